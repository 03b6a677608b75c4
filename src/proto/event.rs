//! What happened: the one thing that sessions and shards are told.

use std::sync::Arc;

use smallvec::SmallVec;

use crate::proto::names::{ChannelId, ChannelName, EventId, Identity, MetaKey, Nick, UserId};
use crate::proto::numerics::Numeric;
use crate::proto::prefix::Prefixes;
use crate::proto::time::Moment;
use crate::proto::visibility::{View, Visibility};

pub use crate::proto::content::{
    KeyValue, Line, MessageKind, MessageTags, Moved, Relayed, Roster, RosterEntry, Text,
};

/// What happened, who did it, and when.
#[derive(Clone, Debug)]
pub struct Event {
    /// Which: in order of time, and never given to another.
    pub id: EventId,
    /// Whose doing it was.
    pub source: Source,
    /// When.
    pub time: Moment,
    /// What.
    pub body: Body,
}

/// Who did it, as the line will name them.
#[derive(Clone, Debug)]
pub struct Source {
    /// The user.
    pub user: UserId,
    /// Nick, user name and host at that moment.
    pub identity: Arc<Identity>,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum Body {
    /// A message or notice to a channel, to those in it of a rank, or to a user.
    Message {
        /// PRIVMSG, NOTICE or TAGMSG.
        kind: MessageKind,
        /// Channel, prefixed channel or nick, as it is to be shown.
        target: Text,
        /// Empty only in TAGMSG.
        text: Text,
        /// What tags say of it.
        with: MessageTags,
    },
    /// A message is taken back, which those are told who know what that is.
    Redact {
        /// Where it was said, as it is to be shown.
        target: Text,
        /// Which message.
        id: EventId,
        /// May be empty.
        reason: Text,
        /// What tags say of this.
        with: MessageTags,
    },
    /// The source is in the channel from here on.
    Join {
        /// The channel's name as it was first spelled.
        channel: ChannelName,
        /// With which ranks.
        prefixes: Prefixes,
        /// The source's real name, for `extended-join`.
        realname: Text,
    },
    /// The source is no longer in the channel after this.
    Part {
        /// The channel's name.
        channel: ChannelName,
        /// May be empty.
        reason: Text,
    },
    /// The victim is no longer in the channel after this.
    Kick {
        /// The channel's name.
        channel: ChannelName,
        /// Who must go.
        victim: UserId,
        /// Their nick.
        nick: Nick,
        /// May not be empty.
        reason: Text,
    },
    /// The source is gone from the network.
    Quit {
        /// Why.
        reason: Text,
    },
    /// The source is called otherwise from here on.
    Nick {
        /// The new nick.
        to: Nick,
    },
    /// The channel has another topic.
    Topic {
        /// The channel's name.
        channel: ChannelName,
        /// Empty: there is none any more.
        text: Text,
    },
    /// Modes of the channel have changed.
    Mode {
        /// The channel's name.
        channel: ChannelName,
        /// Letters with signs, then parameters: `+ov-l alice bob`.
        changes: Text,
        /// The ranks among them.
        ranks: SmallVec<[RankChange; 2]>,
    },
    /// The channel has another name and another id from here on.
    Rename {
        /// What it was called.
        from: ChannelName,
        /// What it is called.
        to: ChannelName,
        /// Its new id.
        id: ChannelId,
        /// May be empty.
        reason: Text,
        /// For those who must be told of another channel; `None`: it is the same one to them.
        roster: Option<Arc<Roster>>,
    },
    /// Somebody has been asked into the channel.
    Invite {
        /// The channel's name.
        channel: ChannelName,
        /// Who.
        nick: Nick,
    },
    /// The source asks for an invitation, which the server tells the operators.
    Knock {
        /// The server's name, which the line comes from.
        server: Arc<str>,
        /// The channel's name.
        channel: ChannelName,
        /// May be empty.
        text: Text,
    },
    /// The source has another real name.
    Setname {
        /// The real name.
        realname: Text,
    },
    /// The source is called so from here on: at another host, or by another user name.
    Chghost {
        /// Its nick is the same.
        to: Arc<Identity>,
        /// For those who must be told of one who leaves and comes; `None`: too many would be.
        moved: Option<Arc<Moved>>,
    },
    /// The source has gone away, or come back.
    Away {
        /// `None`: is back.
        text: Option<Text>,
    },
    /// A key of metadata has another value: told only to those who have subscribed to it.
    Metadata(Arc<KeyValue>),
}

/// The kinds of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the variant of `Body` of that name")]
pub enum EventKind {
    Message,
    Redact,
    Join,
    Part,
    Kick,
    Quit,
    Nick,
    Topic,
    Mode,
    Rename,
    Invite,
    Knock,
    Setname,
    Chghost,
    Away,
    Metadata,
}

impl EventKind {
    /// All of them, by their number.
    pub const ALL: [Self; 16] = [
        Self::Message,
        Self::Redact,
        Self::Join,
        Self::Part,
        Self::Kick,
        Self::Quit,
        Self::Nick,
        Self::Topic,
        Self::Mode,
        Self::Rename,
        Self::Invite,
        Self::Knock,
        Self::Setname,
        Self::Chghost,
        Self::Away,
        Self::Metadata,
    ];

    /// In small letters.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Redact => "redact",
            Self::Join => "join",
            Self::Part => "part",
            Self::Kick => "kick",
            Self::Quit => "quit",
            Self::Nick => "nick",
            Self::Topic => "topic",
            Self::Mode => "mode",
            Self::Rename => "rename",
            Self::Invite => "invite",
            Self::Knock => "knock",
            Self::Setname => "setname",
            Self::Chghost => "chghost",
            Self::Away => "away",
            Self::Metadata => "metadata",
        }
    }
}

/// What users are told that is no event: answers, notices of the server, and commands to the shard of
/// a user.
#[derive(Clone, Debug)]
pub struct Direct {
    /// When.
    pub time: Moment,
    /// What.
    pub body: DirectBody,
}

/// See [`Direct`].
#[derive(Clone, Debug)]
pub enum DirectBody {
    /// A numeric of the server: the shard adds what the user is called by then.
    Numeric {
        /// The server's name.
        server: Arc<str>,
        /// The number.
        code: u16,
        /// What follows the user's nick.
        text: Text,
    },
    /// A notice of the server: the shard adds what the user is called by then.
    Notice {
        /// The server's name.
        server: Arc<str>,
        /// Never empty.
        text: Text,
    },
    /// What an operator writes to all who want to read it.
    Wallops {
        /// The operator.
        by: Arc<Identity>,
        /// Never empty.
        text: Text,
    },
    /// What the shard is to do to the user: no line is made of it.
    Command {
        /// Who wants it done.
        by: Arc<Identity>,
        /// What.
        command: RemoteCommand,
    },
}

/// What the shard of a user is to do to it: a user changes only there.
#[derive(Clone, Debug)]
pub enum RemoteCommand {
    /// To end its connection.
    Kill {
        /// Why.
        reason: Text,
    },
    /// To end its connection, for a ban of the server means it.
    Ban {
        /// Why.
        reason: Text,
    },
    /// To have it join, whatever would keep it out.
    Join {
        /// The channel.
        channel: ChannelName,
    },
    /// To have it leave.
    Part {
        /// The channel.
        channel: ChannelName,
        /// May be empty.
        reason: Text,
    },
    /// To call it otherwise.
    Nick {
        /// The new nick.
        to: Nick,
    },
}

/// One member's rank given or taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RankChange {
    /// The member.
    pub user: UserId,
    /// The rank.
    pub prefixes: Prefixes,
    /// Given (`true`) or taken.
    pub add: bool,
    /// Whom the member sees from then on.
    pub view: View,
}

/// Whom a shard is to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Members of the channel.
    Channel(ChannelId, Audience),
    /// Whoever shares one of these channels with the source, each once, and the source's own
    /// connections when `source` says so.
    CommonChannels {
        /// The source's channels, with its visibility in each: who does not see it there shares no channel with it.
        channels: Arc<[(ChannelId, Visibility)]>,
        /// Whether the source is told too.
        source: bool,
        /// Who watches the source by MONITOR: those of them who have `extended-monitor` are told,
        /// and nobody twice.
        watchers: Arc<[UserId]>,
    },
    /// All connections of one user.
    User(UserId),
    /// All connections of each of these users, those of them that the shard has.
    Users(Arc<[UserId]>),
}

/// Which members of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// All.
    All,
    /// All but the source; those of its connections that have `echo-message` are told too.
    Others,
    /// As `Others`, of members with this rank or a higher one.
    OthersOfRank(Prefixes),
    /// Those who have `invite-notify`, but not the source and not the invited.
    InviteNotify(UserId),
    /// The member that it is about, and those who see it.
    Seeing(UserId, Visibility),
    /// Those who see the source, but not the source.
    OthersSeeing(Visibility),
    /// Those who have not seen the source so far.
    Unseeing(Visibility),
}

/// An event with those it is meant for: what goes into a shard's inbox.
#[derive(Clone, Debug)]
pub struct Post {
    /// Whom to tell.
    pub scope: Scope,
    /// What.
    pub payload: Payload,
}

/// What users are told.
#[derive(Clone, Debug)]
pub enum Payload {
    /// Something has happened.
    Event(Event),
    /// Something else.
    Direct(Direct),
}

impl From<Event> for Payload {
    fn from(event: Event) -> Self {
        Self::Event(event)
    }
}

impl From<Direct> for Payload {
    fn from(direct: Direct) -> Self {
        Self::Direct(direct)
    }
}

impl Direct {
    /// A numeric for one user.
    pub fn numeric(server: &Arc<str>, time: Moment, numeric: &Numeric<'_>) -> Self {
        let mut text = Vec::new();
        numeric.write(&mut text);
        let (server, code) = (Arc::clone(server), numeric.code());
        Self { time, body: DirectBody::Numeric { server, code, text: text.into() } }
    }
}

impl Body {
    /// Which kind it is.
    pub const fn kind(&self) -> EventKind {
        match self {
            Self::Message { .. } => EventKind::Message,
            Self::Redact { .. } => EventKind::Redact,
            Self::Join { .. } => EventKind::Join,
            Self::Part { .. } => EventKind::Part,
            Self::Kick { .. } => EventKind::Kick,
            Self::Quit { .. } => EventKind::Quit,
            Self::Nick { .. } => EventKind::Nick,
            Self::Topic { .. } => EventKind::Topic,
            Self::Mode { .. } => EventKind::Mode,
            Self::Rename { .. } => EventKind::Rename,
            Self::Invite { .. } => EventKind::Invite,
            Self::Knock { .. } => EventKind::Knock,
            Self::Setname { .. } => EventKind::Setname,
            Self::Chghost { .. } => EventKind::Chghost,
            Self::Away { .. } => EventKind::Away,
            Self::Metadata(_) => EventKind::Metadata,
        }
    }
}

impl KeyValue {
    /// As what has happened.
    pub fn body(target: &str, key: &MetaKey, value: Option<&Arc<[u8]>>) -> Body {
        let (target, key, value) = (target.into(), key.clone(), value.cloned());
        Body::Metadata(Arc::new(Self { target, key, value }))
    }
}

impl Body {
    /// Whether those are told too who have the source on MONITOR, if they want to be.
    pub fn notifies_watchers(&self) -> bool {
        matches!(
            self,
            Self::Away { .. } | Self::Setname { .. } | Self::Chghost { .. } | Self::Metadata(_)
        )
    }
}
