//! What is said, beside its text.

use std::sync::Arc;

use super::event::{Body, Text, owned};
use super::msgid::MsgId;
use crate::names::{MetaKey, Nick};

/// What the tags of a message say.
#[derive(Clone, Debug)]
pub struct With<'a> {
    /// Which message it is.
    pub id: MsgId,
    /// Its client-only tags, as they were sent, with `;` between them.
    pub tags: Text<'a>,
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

impl With<'_> {
    pub(super) fn to_static(&self) -> With<'static> {
        With {
            id: self.id,
            tags: owned(&self.tags),
            lines: self.lines.clone(),
            relayed: self.relayed.clone(),
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

impl KeyValue {
    /// As what has happened.
    pub fn body(target: &str, key: &MetaKey, value: Option<&Arc<[u8]>>) -> Body<'static> {
        let (target, key, value) = (target.into(), key.clone(), value.cloned());
        Body::Metadata(Arc::new(Self { target, key, value }))
    }
}

impl Body<'_> {
    /// Whether those are told too who have the source on MONITOR, if they want to be.
    pub fn is_told_to_watchers(&self) -> bool {
        matches!(
            self,
            Self::Away { .. } | Self::Setname { .. } | Self::Chghost { .. } | Self::Metadata(_)
        )
    }
}
