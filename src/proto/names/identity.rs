//! A user's name to others.

use std::sync::Arc;

use crate::proto::names::Nick;

/// `nick!user@host` at one moment.  Never changes: a nick change makes another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The nick.
    pub nick: Nick,
    /// What else others are told of it, in tags.
    pub tag_flags: TagFlags,
    /// The account that it is logged in to.
    pub account: Option<Arc<str>>,
    /// All three, once.
    mask: Box<str>,
    /// Where user name and host begin in it.
    user_at: u32,
    host_at: u32,
}

/// What tags say of a user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TagFlags {
    /// It says that it is a bot (IRCv3 bot-mode).
    pub bot: bool,
    /// It is an operator of the server.
    pub oper: bool,
}

impl Identity {
    /// Puts the three together.
    pub fn new(nick: Nick, user: &str, host: &str) -> Self {
        let mask = format!("{nick}!{user}@{host}").into();
        let user_at = nick.as_str().len() + 1;
        let host_at = user_at + user.len() + 1;
        let (user_at, host_at) = (user_at as u32, host_at as u32);
        Self { nick, tag_flags: TagFlags::default(), account: None, mask, user_at, host_at }
    }

    /// A server, which is shown by its name alone.
    pub fn of_server(name: &str) -> Self {
        let nick = Nick::of_server(name);
        // The name is the host; a user name there is not.
        let (user_at, host_at) = (u32::MAX, 0);
        Self {
            nick,
            tag_flags: TagFlags::default(),
            account: None,
            mask: name.into(),
            user_at,
            host_at,
        }
    }

    /// The user name.
    pub fn user(&self) -> &str {
        let end = (self.host_at as usize).saturating_sub(1);
        self.mask.get(self.user_at as usize..end).unwrap_or_default()
    }

    /// The host shown to others.
    pub fn host(&self) -> &str {
        self.mask.get(self.host_at as usize..).unwrap_or_default()
    }

    /// The same under another nick.
    pub fn renamed(&self, nick: Nick) -> Self {
        Self::new(nick, self.user(), self.host()).of_same_user(self)
    }

    /// With all that does not follow from the name.
    fn of_same_user(self, other: &Self) -> Self {
        Self { tag_flags: other.tag_flags, account: other.account.clone(), ..self }
    }

    /// The same with other tags.
    pub fn marked(self, tag_flags: TagFlags) -> Self {
        Self { tag_flags, ..self }
    }

    /// The same at another host.
    pub fn moved(&self, host: &str) -> Self {
        Self::new(self.nick.clone(), self.user(), host).of_same_user(self)
    }

    /// `nick!user@host`.
    pub fn mask(&self) -> &str {
        &self.mask
    }
}
