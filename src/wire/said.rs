//! What is said, beside its text.

use std::sync::Arc;

use super::event::{Text, owned};
use super::msgid::MsgId;
use crate::names::Nick;

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
