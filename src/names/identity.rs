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
    /// What else others are told of it, in tags.
    pub marks: Marks,
    mask: Box<str>,
}

/// What tags say of a user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// It says that it is a bot (IRCv3 bot-mode).
    pub bot: bool,
    /// It is an operator of the server.
    pub oper: bool,
}

impl Identity {
    /// Puts the three together.
    pub fn new(nick: Nick, user: &str, host: &str) -> Self {
        let mask = format!("{nick}!{user}@{host}").into();
        Self { nick, user: user.into(), host: host.into(), marks: Marks::default(), mask }
    }

    /// A server, which is shown by its name alone.
    pub fn of_server(name: &str) -> Self {
        let nick = Nick::of_server(name);
        Self {
            nick,
            user: "".into(),
            host: name.into(),
            marks: Marks::default(),
            mask: name.into(),
        }
    }

    /// The same under another nick.
    pub fn renamed(&self, nick: Nick) -> Self {
        Self::new(nick, &self.user, &self.host).marked(self.marks)
    }

    /// The same with other marks.
    pub fn marked(self, marks: Marks) -> Self {
        Self { marks, ..self }
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
