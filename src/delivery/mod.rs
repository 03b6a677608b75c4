//! How a shard tells its own people: its inbox, its local members, their output queues.
//!
//! No sockets: lines end in queues, and [`Sink`] takes them at the end of a tick.  No locks
//! either, but the inbox's: so that a channel may be spoken to, and its members told, while its
//! lock is held.

mod chghost_fallback;
mod labelled;
mod membership;
mod metadata_subscriptions;
mod outbox;
mod rename;
mod responses;
mod tick;
mod writing;

use std::collections::HashMap;
use std::mem;
use std::sync::Arc;

use foldhash::fast::FixedState;
use smallvec::SmallVec;

use crate::core::shrink::Shrink;
use crate::core::{Inbox, LocalShard};
use crate::proto::caps::CapSet;
use crate::proto::event::{
    Audience, Body, Direct, DirectBody, Event, Payload, Post, RemoteCommand, Scope,
};
use crate::proto::names::{ChannelId, ConnId, Identity, MetaKey, Nick, ShardId, UserId};
use crate::proto::prefix::Prefixes;
use crate::proto::render;
use crate::proto::render::{Rendered, Tags};
use crate::proto::time::Moment;
use crate::proto::visibility::{View, Visibility};
use crate::work;
use outbox::Queues;

pub use labelled::{LabelRequest, Labelled};
pub use outbox::{Sink, Traffic};
pub use writing::{SLICE, TICK_BYTES};

/// What a line for one connection costs, and how many bytes of it cost one more.
const REPLY_GRAINS: usize = 48;
const BYTES_A_GRAIN: usize = 8;

/// Keyed by ids, which are ours: nobody outside can make them collide.
type ById<K, V> = HashMap<K, V, FixedState>;

/// A shard's way of telling its people.
///
/// Membership travels with the messages: the lists of local members change by the same JOIN,
/// PART, KICK, QUIT and MODE events that are told, so that a member hears exactly what lies
/// between its JOIN and its PART.
pub struct Delivery {
    shard_id: ShardId,
    inbox: Arc<Inbox>,
    line_limit: usize,
    queues: Queues,
    channels: ById<ChannelId, Vec<LocalMember>>,
    users: ById<UserId, LocalUser>,
    /// By slot: few connections have any.
    subscriptions: ById<u32, Vec<MetaKey>>,
    remote_commands: Vec<PendingCommand>,
    /// Shards that are to be woken.
    waking: Vec<Arc<Inbox>>,
    /// One of them has been told something that has priority.
    wakes_soon: bool,
    /// The batch that replies are in.
    batch: Option<String>,
}

/// A user of this shard.
struct LocalUser {
    /// What it is called, as of what this shard has told so far.
    nick: Nick,
    /// Its connections.
    slots: SmallVec<[u32; 1]>,
    /// It is told nothing of its channels.
    no_channel_delivery: bool,
}

/// What the shard is to do to one of its users.
pub struct PendingCommand {
    /// The user.
    pub user: UserId,
    /// The slots of its connections.
    pub slots: SmallVec<[u32; 1]>,
    /// Who wants it.
    pub by: Arc<Identity>,
    /// What.
    pub order: RemoteCommand,
}

/// A connection of this shard whose user is in a channel.
#[derive(Clone, Copy)]
struct LocalMember {
    user: UserId,
    slot: u32,
    prefixes: Prefixes,
    view: View,
}

impl Delivery {
    /// For the shard whose inbox this is; lines are cut to `line_limit` bytes without tags, and
    /// messages said here have ids of this `run` of the server.
    pub fn new(shard_id: ShardId, inbox: Arc<Inbox>, line_limit: usize) -> Self {
        Self {
            shard_id,
            inbox,
            line_limit,
            queues: Queues::default(),
            channels: ById::default(),
            users: ById::default(),
            subscriptions: ById::default(),
            remote_commands: Vec::new(),
            waking: Vec::new(),
            wakes_soon: false,
            batch: None,
        }
    }

    /// A new connection, with room for `sendq` bytes.
    pub fn open(&mut self, sendq: usize) -> ConnId {
        self.queues.open(sendq)
    }

    /// The connection is gone; its id is never valid again.
    pub fn close(&mut self, conn: ConnId) {
        self.subscriptions.remove(&conn.slot);
        self.queues.close(conn);
    }

    /// The connection has these capabilities from the next line on.
    pub fn set_caps(&mut self, conn: ConnId, caps: CapSet) {
        if !caps.has(CapSet::METADATA) {
            self.subscriptions.remove(&conn.slot);
        }
        self.queues.set_caps(conn, caps);
    }

    /// The user, who is called so now, is present by this connection.
    pub fn attach(&mut self, user: UserId, nick: &Nick, conn: ConnId) {
        let none =
            || LocalUser { nick: nick.clone(), slots: SmallVec::new(), no_channel_delivery: false };
        self.users.entry(user).or_insert_with(none).slots.push(conn.slot);
    }

    /// From the next JOIN on the user is told nothing of its channels; what is said to it alone
    /// still comes.
    pub fn disable_channel_delivery(&mut self, user: UserId) {
        if let Some(user) = self.users.get_mut(&user) {
            user.no_channel_delivery = true;
        }
    }

    /// The user is no longer present by this connection.
    pub fn detach(&mut self, user: UserId, conn: ConnId) {
        if let Some(LocalUser { slots, .. }) = self.users.get_mut(&user) {
            slots.retain(|slot| *slot != conn.slot);
            if slots.is_empty() {
                self.users.remove(&user);
            }
        }
    }

    /// Whether more may be queued for the connection: neither past its limit nor about to end.
    pub fn is_open(&mut self, conn: ConnId) -> bool {
        self.queues.is_open(conn)
    }

    /// Bytes that the connection has room for; 0 when it is to take nothing more.
    pub fn room(&mut self, conn: ConnId) -> usize {
        self.queues.room(conn)
    }

    /// A line for one connection only, without its end; what others have said before comes
    /// before it.
    pub fn reply(&mut self, conn: ConnId, now: Moment, body: impl FnOnce(&mut Vec<u8>)) {
        self.catch_up();
        let (limit, batch) = (self.line_limit, &self.batch);
        self.queues.push_reply(conn.slot, |caps, arena| {
            let start = arena.len();
            let tags = |tags: &mut Tags<'_>| {
                if let Some(name) = batch {
                    tags.raw(&[b"batch=", name.as_bytes()]);
                }
                tags.time(caps, now);
            };
            render::line(arena, limit, tags, body);
            work::charge_grains(REPLY_GRAINS + (arena.len() - start) / BYTES_A_GRAIN);
            Some(start..arena.len())
        });
    }

    /// A last line for one connection, which is finished once that is written.
    pub fn end(&mut self, conn: ConnId, now: Moment, body: impl FnOnce(&mut Vec<u8>)) {
        let limit = self.line_limit;
        // A command that failed in the middle of one must not leave it to others.
        self.batch = None;
        self.queues.end(conn, |caps, label, arena| {
            let start = arena.len();
            let tags = |tags: &mut Tags<'_>| {
                tags.raw(&[label.unwrap_or_default()]);
                tags.time(caps, now);
            };
            render::line(arena, limit, tags, body);
            start..arena.len()
        });
    }

    /// Tells what other shards have sent.
    pub fn catch_up(&mut self) {
        if self.inbox.is_empty() {
            return;
        }
        let before = (self.queues.aside(true), self.queues.priority);
        for waiting in self.inbox.take() {
            self.set_priority(waiting.priority);
            self.deliver_post(&waiting.post);
        }
        self.queues.aside(before.0);
        self.set_priority(before.1);
    }

    /// Connections that have gone past their limit since the last call.
    pub fn take_overflowed(&mut self) -> Vec<ConnId> {
        self.queues.take_overflowed()
    }

    /// Orders that have come since the last call, in order.
    pub fn take_remote_commands(&mut self) -> Vec<PendingCommand> {
        mem::take(&mut self.remote_commands)
    }

    /// What has gone through its queues.
    pub fn traffic(&self) -> Traffic {
        self.queues.traffic()
    }

    /// Gives back what a crowd has left.
    pub fn shrink(&mut self) {
        self.queues.shrink();
        self.channels.shrink();
        self.users.shrink();
    }

    /// Whether it holds nothing about any user or channel.
    pub fn is_empty(&self) -> bool {
        self.users.is_empty() && self.channels.is_empty() && self.subscriptions.is_empty()
    }

    fn deliver_post(&mut self, post: &Post) {
        match &post.payload {
            Payload::Event(event) => self.deliver_event(&post.scope, event),
            Payload::Direct(direct) => match &post.scope {
                Scope::User(user) => self.deliver_direct(*user, direct),
                Scope::Users(users) => {
                    for &user in users.iter() {
                        self.deliver_direct(user, direct);
                    }
                }
                // It is for users, and told to nobody else.
                Scope::Channel(..) | Scope::CommonChannels { .. } => {}
            },
        }
    }

    fn deliver_event(&mut self, scope: &Scope, event: &Event) {
        if let Body::Metadata(_) = &event.body {
            return self.deliver_to_subscribers(scope, event);
        }
        self.before(scope, event);
        match scope {
            Scope::Channel(channel, audience) => {
                self.deliver_to_channel(*channel, *audience, event);
            }
            Scope::CommonChannels { channels, source, watchers } => {
                self.notify_common_channels(channels, *source, watchers, event);
                self.deliver_chghost_fallback(channels, event);
            }
            Scope::User(user) => self.notify_user(*user, event),
            Scope::Users(users) => {
                for &user in users.iter() {
                    self.notify_user(user, event);
                }
            }
        }
        self.after(scope, event);
    }

    fn deliver_to_channel(&mut self, channel: ChannelId, audience: Audience, event: &Event) {
        if let Body::Rename { from, to, reason, roster, .. } = &event.body {
            let names = (from, to, &**reason);
            return self.deliver_rename(channel, names, roster.as_deref(), event);
        }
        let source = event.source.user;
        let echoes = matches!(event.body, Body::Message { .. } | Body::Redact { .. });
        let others = |m: &LocalMember, caps: CapSet| {
            m.user != source || echoes && caps.has(CapSet::ECHO_MESSAGE)
        };
        match audience {
            Audience::All => self.fan_out(channel, event, |_, _| true),
            Audience::Others => self.fan_out(channel, event, others),
            Audience::OthersOfRank(rank) => self.fan_out(channel, event, |m, caps| {
                others(m, caps) && (m.user == source || m.prefixes.at_least(rank))
            }),
            Audience::InviteNotify(invited) => self.fan_out(channel, event, |m, caps| {
                m.user != source && m.user != invited && caps.has(CapSet::INVITE_NOTIFY)
            }),
            Audience::Seeing(whom, visibility) => {
                self.fan_out(channel, event, |m, _| m.user == whom || m.view.sees(visibility));
            }
            Audience::OthersSeeing(visibility) => {
                self.fan_out(channel, event, |m, _| m.user != source && m.view.sees(visibility));
            }
            Audience::Unseeing(visibility) => {
                self.fan_out(channel, event, |m, _| m.user != source && !m.view.sees(visibility));
            }
        }
    }

    #[inline]
    fn fan_out(
        &mut self,
        channel: ChannelId,
        event: &Event,
        include: impl Fn(&LocalMember, CapSet) -> bool,
    ) {
        let Some(members) = self.channels.get(&channel) else { return };
        // Those who are told are counted by what they are told.
        work::charge_grains(members.len() / 2);
        let mut line = Rendered::new(event, self.line_limit);
        for member in members {
            self.queues.push(member.slot, |caps, arena| {
                include(member, caps).then(|| line.for_caps(caps, arena)).flatten()
            });
        }
    }

    fn notify_common_channels(
        &mut self,
        channels: &[(ChannelId, Visibility)],
        source: bool,
        watchers: &[UserId],
        event: &Event,
    ) {
        let mut line = Rendered::new(event, self.line_limit);
        let own = event.source.user;
        self.queues.new_round();
        let own_slots = self.users.get(&own).into_iter().flat_map(|user| &user.slots).copied();
        let own_slots = own_slots.filter(|_| source);
        let seeing = channels.iter().flat_map(|(channel, visibility)| {
            let members = self.channels.get(channel).map_or(&[][..], Vec::as_slice);
            work::charge_grains(members.len());
            members.iter().filter(|member| member.view.sees(*visibility))
        });
        let slots = seeing.filter(|member| member.user != own).map(|member| member.slot);
        for slot in own_slots.chain(slots) {
            if self.queues.first_in_round(slot) {
                self.queues.push(slot, |caps, arena| line.for_caps(caps, arena));
            }
        }
        let watchers = watchers.iter().filter(|watcher| **watcher != own);
        let watchers = watchers.filter_map(|watcher| self.users.get(watcher));
        for &slot in watchers.flat_map(|user| &user.slots) {
            if self.queues.first_in_round(slot) {
                self.queues.push(slot, |caps, arena| {
                    let wants = caps.has(CapSet::EXTENDED_MONITOR);
                    wants.then(|| line.for_caps(caps, arena)).flatten()
                });
            }
        }
    }

    fn notify_user(&mut self, user: UserId, event: &Event) {
        let Some(LocalUser { slots, .. }) = self.users.get(&user) else { return };
        let mut line = Rendered::new(event, self.line_limit);
        for &slot in slots {
            self.queues.push(slot, |caps, arena| line.for_caps(caps, arena));
        }
    }

    fn deliver_direct(&mut self, user: UserId, direct: &Direct) {
        let Some(LocalUser { nick, slots, .. }) = self.users.get(&user) else { return };
        if let DirectBody::Command { by, command } = &direct.body {
            let (by, order, slots) = (Arc::clone(by), command.clone(), slots.clone());
            return self.remote_commands.push(PendingCommand { user, slots, by, order });
        }
        for &slot in slots {
            self.queues.push(slot, |caps, arena| {
                let start = arena.len();
                let is_line = render::direct(direct, nick.as_str(), caps, self.line_limit, arena);
                is_line.then_some(start..arena.len())
            });
        }
    }
}

impl LocalShard for Delivery {
    fn shard_id(&self) -> ShardId {
        self.shard_id
    }

    fn deliver(&mut self, post: &Post) {
        self.catch_up();
        self.deliver_post(post);
    }

    fn send(&mut self, shard_id: &Arc<Inbox>, post: Arc<Post>) {
        let priority = self.queues.priority;
        if shard_id.push(post, priority) {
            self.waking.push(Arc::clone(shard_id));
        }
        self.wakes_soon |= priority;
    }
}
