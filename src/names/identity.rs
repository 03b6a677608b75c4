//! A user's name to others.

use super::Nick;

/// `nick!user@host` at one moment.  Never changes: a nick change makes another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The nick.
    pub nick: Nick,
    /// The user name.
    pub user: Box<str>,
    /// The host shown to others.
    pub host: Box<str>,
    mask: Box<str>,
}

impl Identity {
    /// Puts the three together.
    pub fn new(nick: Nick, user: &str, host: &str) -> Self {
        let mask = format!("{nick}!{user}@{host}").into();
        Self { nick, user: user.into(), host: host.into(), mask }
    }

    /// A server, which is shown by its name alone.
    pub fn of_server(name: &str) -> Self {
        let nick = Nick::of_server(name);
        Self { nick, user: "".into(), host: name.into(), mask: name.into() }
    }

    /// The same under another nick.
    pub fn renamed(&self, nick: Nick) -> Self {
        Self::new(nick, &self.user, &self.host)
    }

    /// The same at another host.
    pub fn moved(&self, host: &str) -> Self {
        Self::new(self.nick.clone(), &self.user, host)
    }

    /// `nick!user@host`.
    pub fn mask(&self) -> &str {
        &self.mask
    }
}
