//! What is said, beside its text.

use std::sync::Arc;

use crate::proto::names::{ChannelId, ChannelName, Identity, MetaKey, Nick, UserId};
use crate::proto::prefix::Prefixes;
use crate::proto::visibility::{View, Visibility};

/// What the tags of a message say.
#[derive(Clone, Debug)]
pub struct MessageTags {
    /// Its client-only tags, as they were sent, with `;` between them.
    pub tags: Text,
    /// All its lines, if it has several: the text is the first that is not empty.
    pub lines: Option<Arc<[Line]>>,
    /// As whom it is said, if not as the source.
    pub relayed: Option<Box<Relayed>>,
}

/// A line of a message that has several (IRCv3 multiline).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// May be empty.
    pub text: Box<[u8]>,
    /// It goes on with the line before it, with no line feed between them.
    pub joined: bool,
}

/// Somebody elsewhere who says something through the source (IRCv3 relaymsg).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relayed {
    /// `name!user@host` as it is shown.
    pub mask: Box<str>,
    /// The nick of the source.
    pub by: Nick,
}

/// A command that says something to somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageKind {
    /// May be answered automatically.
    Privmsg,
    /// Must never be (RFC 1459, section 4.4.2).
    Notice,
    /// Says nothing but by its tags (IRCv3 message-tags).
    Tagmsg,
}

impl MessageKind {
    /// The command's name.
    pub const fn verb(self) -> &'static str {
        match self {
            Self::Privmsg => "PRIVMSG",
            Self::Notice => "NOTICE",
            Self::Tagmsg => "TAGMSG",
        }
    }
}

/// A key of metadata with its new value (IRCv3 metadata, "METADATA server message").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyValue {
    /// The nick or channel that it is of.
    pub target: Box<str>,
    /// Which.
    pub key: MetaKey,
    /// `None`: it has none any more.
    pub value: Option<Arc<[u8]>>,
}

/// A user as it is shown to whoever shares a channel with it, after its host has changed.
#[derive(Clone, Debug)]
pub struct Moved {
    /// The server, which gives the ranks back.
    pub server: Arc<Identity>,
    /// What it is called from then on.
    pub identity: Arc<Identity>,
    /// Its real name.
    pub realname: Arc<[u8]>,
    /// Why it is away, if it is.
    pub away: Option<Arc<[u8]>>,
    /// Its channels, ascending by id, and its ranks there.
    pub channels: Vec<(ChannelId, ChannelName, Prefixes)>,
}

/// A channel as it is shown to whoever joins it.
#[derive(Clone, Debug)]
pub struct Roster {
    /// The server's name.
    pub server: Arc<str>,
    /// `=`, `*` or `@`, for NAMES.
    pub symbol: &'static str,
    /// Text, who set it, and when, in seconds since 1970.
    pub topic: Option<(Box<[u8]>, Box<str>, u64)>,
    /// Ascending by id.
    pub members: Vec<RosterEntry>,
}

/// A member.
#[derive(Clone, Debug)]
pub struct RosterEntry {
    /// Who.
    pub user: UserId,
    /// With which ranks.
    pub prefixes: Prefixes,
    /// Its visibility.
    pub visibility: Visibility,
    /// Through which it sees.
    pub view: View,
    /// Called how.
    pub identity: Arc<Identity>,
    /// And how in full.
    pub realname: Arc<[u8]>,
}

/// Bytes of an event, shared by all to whom it is told.
pub type Text = Arc<[u8]>;
