//! What a client is told at once of the keys that it has subscribed to (sections "Notifications",
//! "Postponed synchronization" and "METADATA SYNC").

use std::collections::HashSet;
use std::sync::Arc;

use crate::command::metadata::{Refused, Target, in_batch, refuse, seen};
use crate::command::{Cx, Me};
use crate::core::channel::speech::{Speech, judge};
use crate::core::{ChannelGuard, Form, Metadata, User};
use crate::proto::caps::CapSet;
use crate::proto::event::{Audience, KeyValue};
use crate::proto::names::{MetaKey, Nick, UserId};
use crate::proto::numerics::Numeric;

/// A channel with more members than this is told of only when it is asked about.
const AT_ONCE: usize = 200;

/// METADATA SYNC: of a channel that the client is in, also what its members say of themselves.
pub fn sync(cx: &mut Cx<'_>, raw: &[u8], target: &Target) {
    let Some((name, metadata)) = seen(cx, raw, target) else {
        return refuse(cx, raw, b"", Refused::Target);
    };
    let keys = cx.here.subscriptions(cx.client.conn).to_vec();
    let mut complete = true;
    in_batch(cx, &name, |cx| match (target, cx.client.me()) {
        (Target::Channel, Some(me)) => {
            let network = cx.network;
            let told = network.with_visible_channel(raw, me.user.id, |channel| {
                of_channel(cx, &me, channel, &keys, &mut HashSet::from([me.user.id]))
            });
            complete = told.unwrap_or(true);
        }
        _ => complete = values(cx, &name, &metadata, &keys),
    });
    if !complete {
        later(cx, &name);
    }
}

/// What concerns metadata when a user has just joined: it is told the channel's and that of those
/// there, and they are told its own, as far as that may be said here.
pub fn joined(cx: &mut Cx<'_>, me: &Me, channel: &ChannelGuard<'_>) {
    let keys = cx.here.subscriptions(cx.client.conn).to_vec();
    at_once(cx, me, channel, &keys, &mut HashSet::from([me.user.id]));
    let metadata = me.user.profile().metadata.clone();
    for (key, value) in metadata.iter() {
        if judge(channel, &me.user, Speech::Metadata, value, cx.now).is_err() {
            continue;
        }
        let body = KeyValue::body(me.identity.nick.as_str(), key, Some(value));
        let router = &cx.network.router;
        channel.publish(router, cx.here, Audience::Others, me.does(cx.network, cx.now, body));
    }
}

/// Tells of keys that the client has just subscribed to, whoever it is told of from now on.
pub fn subscribed(cx: &mut Cx<'_>, keys: &[MetaKey]) {
    let Some(me) = cx.client.me().filter(|_| !keys.is_empty()) else { return };
    let mut told = HashSet::new();
    of_user(cx, &me.user, keys, &mut told);
    for channel in me.user.channels() {
        let channel = channel.lock();
        // A kick may be quicker.
        if channel.member(me.user.id).is_some() {
            at_once(cx, &me, &channel, keys, &mut told);
        }
    }
    let nicks = cx.network.watches.lock().of_user(me.user.id, Form::Monitor);
    of_nicks(cx, &nicks, keys, &mut told);
}

/// Tells of the nicks that the client has just put on its list of MONITOR.
pub fn monitored(cx: &mut Cx<'_>, nicks: &[Nick]) {
    let keys = cx.here.subscriptions(cx.client.conn).to_vec();
    of_nicks(cx, nicks, &keys, &mut HashSet::new());
}

/// Tells a client that knows metadata all of its own, in a batch that may be empty.
pub fn notify_own(cx: &mut Cx<'_>) {
    let Some(me) = cx.client.me().filter(|_| cx.client.caps.has(CapSet::METADATA)) else { return };
    let metadata = me.user.profile().metadata.clone();
    let name = me.identity.nick.as_str().as_bytes();
    in_batch(cx, name, |cx| {
        for (key, value) in metadata.iter() {
            line(cx, name, key, value);
        }
    });
}

/// As [`of_channel`], unless that is too much, or enough has been told already.
fn at_once(
    cx: &mut Cx<'_>,
    me: &Me,
    channel: &ChannelGuard<'_>,
    keys: &[MetaKey],
    told: &mut HashSet<UserId>,
) {
    if keys.is_empty() {
        return;
    }
    if channel.count_seen_by(me.user.id) > AT_ONCE
        || cx.is_enough()
        || !of_channel(cx, me, channel, keys, told)
    {
        later(cx, channel.name().as_str().as_bytes());
    }
}

/// The channel's metadata, and to a member that of the others whom it sees and has not been `told`
/// of; whether there was room for all of it.
fn of_channel(
    cx: &mut Cx<'_>,
    me: &Me,
    channel: &ChannelGuard<'_>,
    keys: &[MetaKey],
    told: &mut HashSet<UserId>,
) -> bool {
    let is_member = channel.member(me.user.id).is_some();
    values(cx, channel.name().as_str().as_bytes(), &channel.metadata, keys)
        && (!is_member
            || channel
                .members_seen_by(me.user.id)
                .all(|member| of_user(cx, &member.user, keys, told)))
}

fn of_nicks(cx: &mut Cx<'_>, nicks: &[Nick], keys: &[MetaKey], told: &mut HashSet<UserId>) {
    if keys.is_empty() {
        return;
    }
    for nick in nicks {
        let Some(user) = cx.network.registry.user(nick) else { continue };
        if !of_user(cx, &user, keys, told) {
            return later(cx, nick.as_str().as_bytes());
        }
    }
}

fn of_user(cx: &mut Cx<'_>, user: &User, keys: &[MetaKey], told: &mut HashSet<UserId>) -> bool {
    let (identity, metadata) = {
        let profile = user.profile();
        if profile.metadata.is_empty() {
            return true;
        }
        (Arc::clone(&profile.identity), profile.metadata.clone())
    };
    !told.insert(user.id) || values(cx, identity.nick.as_str().as_bytes(), &metadata, keys)
}

/// Those of `keys` that have a value; whether there was room for all.
fn values(cx: &mut Cx<'_>, target: &[u8], metadata: &Metadata, keys: &[MetaKey]) -> bool {
    for (key, value) in metadata.iter().filter(|(key, _)| keys.contains(key)) {
        if !cx.has_room() {
            return false;
        }
        line(cx, target, key, value);
    }
    true
}

fn line(cx: &mut Cx<'_>, target: &[u8], key: &MetaKey, value: &[u8]) {
    let value = [b":", value].concat();
    cx.server_line(&[b"METADATA", target, key.as_bytes(), b"*", &value]);
}

fn later(cx: &mut Cx<'_>, target: &[u8]) {
    cx.reply(&Numeric::MetadataSyncLater { target: target.into() });
}
