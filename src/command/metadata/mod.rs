//! METADATA (IRCv3 metadata, `draft/metadata-2`).
//!
//! The document is being written, and contradicts itself about its codes; where it does, we send
//! what its test suite (irctest) wants and what other servers and clients have: `KEY_INVALID`, 766
//! for a key without a value, also for one that has just been taken.  All metadata is visible to
//! everybody who may know of the user or channel, so that visibility is always `*`; what is said of a
//! channel with +i, +k, +p or +s, to its members.  Those who change
//! much are held back by flood control, and not refused.

mod subs;
mod sync;

use std::sync::Arc;

use crate::command::message::speech;
use crate::command::oper::ban;
use crate::command::{Cx, Flow, Me, Outcome, Params, Stage};
use crate::core::channel::permissions;
use crate::core::channel::permissions::Permission;
use crate::core::channel::speech::{Speech, judge};
use crate::core::{Metadata, MetadataChange, Unchanged, User, Value};
use crate::proto::caps::CapSet;
use crate::proto::event::{Audience, KeyValue};
use crate::proto::names::{Casemap, ChannelName, MetaKey, Once, is_channel};
use crate::proto::numerics::Numeric;

pub use sync::{joined, monitored, notify_own};

/// Shows or changes metadata of users and channels, and what a client is told of it.  Before
/// registration a client has its own alone.
pub fn metadata<'p>(cx: &mut Cx<'_>, p: Params<'p>) -> Outcome<'p> {
    if !cx.client.caps.has(CapSet::METADATA) {
        return Err(Numeric::UnknownCommand { command: "METADATA".into() });
    }
    let (raw, subcommand) = (p.word(0), p.word(1).to_ascii_uppercase());
    let takes_keys = matches!(subcommand.as_slice(), b"GET" | b"SET" | b"SUB" | b"UNSUB");
    if takes_keys && p.get(2).is_none() {
        return Err(Numeric::NeedMoreParams { command: "METADATA".into() });
    }
    let Some(target) = Target::find(cx, raw) else {
        refuse(cx, raw, b"", Refused::Target);
        return Ok(Flow::Continue);
    };
    match (subcommand.as_slice(), &target) {
        (b"GET", _) => get(cx, raw, &target, p),
        (b"LIST", _) => list(cx, raw, &target),
        (b"SET", _) => set(cx, raw, &target, p),
        (b"CLEAR", _) => clear(cx, raw, &target),
        (b"SYNC", _) => sync::sync(cx, raw, &target),
        (b"SUB", Target::Own) => subs::add(cx, p),
        (b"UNSUB", Target::Own) => subs::remove(cx, p),
        (b"SUBS", Target::Own) => subs::list(cx),
        (b"SUB" | b"UNSUB" | b"SUBS", _) => refuse(cx, raw, b"", Refused::Target),
        _ => cx.fail("METADATA", "SUBCOMMAND_INVALID", &[p.word(1)], "There is no such subcommand"),
    }
    Ok(Flow::Continue)
}

/// Whose metadata is meant.
enum Target {
    /// The client's own.
    Own,
    User(Arc<User>),
    /// What may be a channel.
    Channel,
}

impl Target {
    fn find(cx: &Cx<'_>, raw: &[u8]) -> Option<Self> {
        let user = cx.client.user();
        if raw == b"*" {
            return Some(Self::Own);
        }
        if is_channel(raw) {
            return user.map(|_| Self::Channel);
        }
        let (me, named) = (user?, cx.network.find_user(raw)?);
        Some(if me.id == named.id { Self::Own } else { Self::User(named) })
    }
}

/// Why a subcommand is refused.
enum Refused {
    Target,
    Forbidden,
    Muted,
    /// The value may not be said in this channel, where it would be told.
    Unsaid(ChannelName),
    Unchanged(Unchanged),
}

impl From<Unchanged> for Refused {
    fn from(why: Unchanged) -> Self {
        Self::Unchanged(why)
    }
}

fn refuse(cx: &mut Cx<'_>, target: &[u8], key: &[u8], why: Refused) {
    let (code, context, why): (_, &[&[u8]], _) = match why {
        Refused::Target => ("INVALID_TARGET", &[target], "There is no such user or channel here"),
        Refused::Forbidden => {
            ("KEY_NO_PERMISSION", &[target, key], "You may not change what is said there")
        }
        Refused::Unsaid(channel) => {
            let why = format!("You may not say that in {channel}, where it would be told");
            return cx.fail("METADATA", "KEY_NO_PERMISSION", &[target, key], &why);
        }
        Refused::Muted => ("KEY_NO_PERMISSION", &[target, key], "You are muted on this server"),
        Refused::Unchanged(Unchanged::NotSet) => {
            ("KEY_NOT_SET", &[target, key], "The key is not set")
        }
        Refused::Unchanged(Unchanged::Full) => {
            ("LIMIT_REACHED", &[target], "There are as many keys as there may be: take one away")
        }
    };
    cx.fail("METADATA", code, context, why);
}

fn invalid(cx: &mut Cx<'_>, key: &[u8]) {
    cx.fail(
        "METADATA",
        "KEY_INVALID",
        &[key],
        "A key has lower-case letters, digits and _ . / - only",
    );
}

/// What a target is called and has, as the client may see it.
fn seen(cx: &Cx<'_>, raw: &[u8], target: &Target) -> Option<(Vec<u8>, Metadata)> {
    let of_user = |user: &User| {
        let profile = user.profile();
        (profile.identity.nick.as_str().as_bytes().to_vec(), profile.metadata.clone())
    };
    match (target, &cx.client.stage) {
        (Target::Own, Stage::Registering(now)) => {
            Some((cx.client.nick().to_vec(), now.metadata.clone()))
        }
        (Target::Own, Stage::Registered { user, .. }) => Some(of_user(user)),
        (Target::User(user), _) => Some(of_user(user)),
        (Target::Channel, _) => {
            let id = cx.client.user()?.id;
            let told = cx.network.with_visible_channel(raw, id, |channel| {
                let name = || channel.name().as_str().as_bytes().to_vec();
                channel.is_open_to(id).then(|| (name(), channel.metadata.clone()))
            });
            told.flatten()
        }
    }
}

fn get(cx: &mut Cx<'_>, raw: &[u8], target: &Target, p: Params<'_>) {
    let Some((name, metadata)) = seen(cx, raw, target) else {
        return refuse(cx, raw, b"", Refused::Target);
    };
    let mut once = Once::new(Casemap::Ascii);
    in_batch(cx, &name, |cx| {
        for raw in p.from(2) {
            match MetaKey::parse(raw) {
                Some(key) if !once.is_new(key.as_bytes()) => {}
                Some(key) => notify(cx, &name, &key, metadata.get(&key)),
                None => invalid(cx, raw),
            }
        }
    });
}

fn list(cx: &mut Cx<'_>, raw: &[u8], target: &Target) {
    let Some((name, metadata)) = seen(cx, raw, target) else {
        return refuse(cx, raw, b"", Refused::Target);
    };
    in_batch(cx, &name, |cx| {
        for (key, value) in metadata.iter() {
            if !cx.has_room() {
                let (command, mask) = ("METADATA".into(), name.as_slice().into());
                return cx.reply(&Numeric::TooManyMatches { command, mask });
            }
            notify(cx, &name, key, Some(value));
        }
    });
}

fn set(cx: &mut Cx<'_>, raw: &[u8], target: &Target, p: Params<'_>) {
    let Some(key) = MetaKey::parse(p.word(2)) else { return invalid(cx, p.word(2)) };
    // The empty string is a value; none takes the key away.
    let value = p.given(3);
    let longest = cx.settings.limits.metadata_value;
    if value.is_some_and(|value| value.len() > longest || std::str::from_utf8(value).is_err()) {
        let why = format!("A value is UTF-8 and has {longest} bytes at most");
        return cx.fail("METADATA", "VALUE_INVALID", &[], &why);
    }
    let most = cx.settings.limits.metadata_keys;
    let changed = change(cx, raw, target, value, |metadata, value| {
        let value = value.map(Value::from);
        metadata.set(&key, value.clone(), most)?;
        Ok(vec![(key.clone(), value)])
    });
    match changed {
        Ok((name, changed)) => {
            changed.iter().for_each(|(key, value)| notify(cx, &name, key, value.as_ref()));
        }
        Err(why) => refuse(cx, raw, key.as_bytes(), why),
    }
}

fn clear(cx: &mut Cx<'_>, raw: &[u8], target: &Target) {
    let changed = change(cx, raw, target, None, |metadata, _| {
        Ok(metadata.clear().into_iter().map(|key| (key, None)).collect())
    });
    match changed {
        Ok((name, changed)) => in_batch(cx, &name, |cx| {
            changed.iter().for_each(|(key, value)| notify(cx, &name, key, value.as_ref()));
        }),
        Err(why) => refuse(cx, raw, b"*", why),
    }
}

/// Does what `what` does to a target's metadata, given the value as others may hear it, and tells who
/// wants to know; what the target is called, and what has changed.  What takes values away is no text.
fn change(
    cx: &mut Cx<'_>,
    raw: &[u8],
    target: &Target,
    value: Option<&[u8]>,
    what: impl FnOnce(&mut Metadata, Option<&[u8]>) -> Result<Vec<MetadataChange>, Refused>,
) -> Result<(Vec<u8>, Vec<MetadataChange>), Refused> {
    let name = cx.client.nick().to_vec();
    let me = match &mut cx.client.stage {
        Stage::Registering(now) => return Ok((name, what(&mut now.metadata, value)?)),
        Stage::Registered { user, identity } => {
            Me { user: Arc::clone(user), identity: Arc::clone(identity) }
        }
    };
    if value.is_some() && ban::is_muted(cx, &me) {
        return Err(Refused::Muted);
    }
    match target {
        Target::Own => {
            let heard = value.map(|value| speech::everywhere(cx, &me, Speech::Metadata, value));
            let heard = heard.transpose().map_err(Refused::Unsaid)?;
            let what = |metadata: &mut Metadata| what(metadata, heard.as_deref());
            let changed = cx.network.change_metadata(cx.here, &me.user, cx.now, what)?;
            Ok((name, changed))
        }
        Target::User(_) => Err(Refused::Forbidden),
        Target::Channel => {
            let network = cx.network;
            let done = network.with_visible_channel(raw, me.user.id, |channel| {
                let ranks = channel.prefixes(me.user.id);
                if !ranks.is_some_and(|ranks| permissions::may(ranks, Permission::Metadata)) {
                    return Err(Refused::Forbidden);
                }
                let said =
                    value.map(|value| judge(channel, &me.user, Speech::Metadata, value, cx.now));
                let said = said.transpose();
                let said = said.map_err(|_| Refused::Unsaid(channel.name().clone()))?;
                let heard = said.as_ref().map(|said| &*said.text);
                let changed = what(&mut channel.metadata, heard)?;
                let name = channel.name().as_str();
                for (key, value) in &changed {
                    let body = KeyValue::body(name, key, value.as_ref());
                    let event = me.does(cx.network, cx.now, body);
                    channel.publish(&network.router, cx.here, Audience::Others, event);
                }
                Ok((name.as_bytes().to_vec(), changed))
            });
            done.unwrap_or(Err(Refused::Target))
        }
    }
}

fn notify(cx: &mut Cx<'_>, target: &[u8], key: &MetaKey, value: Option<&Value>) {
    let (target, key) = (target.into(), key.as_bytes().into());
    cx.reply(&match value {
        Some(value) => Numeric::KeyValue { target, key, value: value[..].into() },
        None => Numeric::NoMatchingKey { target, key },
    });
}

/// In a batch whose parameter is the target, so that an empty one says of whom nothing is known
/// (section "Batch types").
fn in_batch(cx: &mut Cx<'_>, target: &[u8], say: impl FnOnce(&mut Cx<'_>)) {
    let kind = format!("metadata {}", String::from_utf8_lossy(target));
    cx.in_batch(Some(&kind), say);
}
