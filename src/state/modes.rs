//! The modes: one table for channels, one for users, read by parsing, checks and ISUPPORT.

use super::lists::ListKind;
use crate::wire::prefix::{Prefixes, RANKS};

/// What a channel mode does with its parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Gives a member a rank.
    Rank(Prefixes),
    /// Adds a mask to a list; without a parameter shows the list.  ISUPPORT `CHANMODES` type A.
    List(ListKind),
    /// The key: a parameter always.  Type B.
    Key,
    /// The limit: a parameter only when set.  Type C.
    Limit,
    /// On or off.  Type D.
    Flag(Flags),
}

/// A row of the channel modes.
#[derive(Debug)]
pub struct ChannelMode {
    /// As MODE spells it.
    pub letter: u8,
    /// How it is parsed and applied.
    pub kind: Kind,
    /// What it does, in a few words.
    pub what: &'static str,
}

const fn row(letter: u8, kind: Kind, what: &'static str) -> ChannelMode {
    ChannelMode { letter, kind, what }
}

/// Every channel mode (Modern IRC, "Channel Modes"; RFC 2811, section 4), in the order of 324.
pub const CHANNEL_MODES: &[ChannelMode] = &[
    row(b'o', Kind::Rank(Prefixes::OP), "channel operator"),
    row(b'v', Kind::Rank(Prefixes::VOICE), "may speak when the channel is moderated"),
    row(b'b', Kind::List(ListKind::Ban), "who may neither join nor speak"),
    row(b'e', Kind::List(ListKind::Except), "whom bans do not concern"),
    row(b'I', Kind::List(ListKind::Invex), "who may join without an invitation"),
    row(b'i', Kind::Flag(Flags::INVITE_ONLY), "only the invited may join"),
    row(b'm', Kind::Flag(Flags::MODERATED), "only voiced members and operators may speak"),
    row(b'n', Kind::Flag(Flags::NO_EXTERNAL), "only members may speak"),
    row(b's', Kind::Flag(Flags::SECRET), "hidden from those who are not in it"),
    row(b't', Kind::Flag(Flags::TOPIC_LOCK), "only operators may set the topic"),
    row(b'k', Kind::Key, "a key is needed to join"),
    row(b'l', Kind::Limit, "how many members there may be"),
];

/// The modes of a channel that are on or off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags(u16);

impl Flags {
    /// `+i`
    pub const INVITE_ONLY: Self = Self(1);
    /// `+m`
    pub const MODERATED: Self = Self(1 << 1);
    /// `+n`
    pub const NO_EXTERNAL: Self = Self(1 << 2);
    /// `+s`
    pub const SECRET: Self = Self(1 << 3);
    /// `+t`
    pub const TOPIC_LOCK: Self = Self(1 << 4);

    /// Whether all of `other` are on.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// These with `other` switched on or off.
    pub const fn with(self, other: Self, on: bool) -> Self {
        if on { Self(self.0 | other.0) } else { Self(self.0 & !other.0) }
    }

    /// Those whose letters are in `letters`; letters of other modes are passed over.
    pub fn of_letters(letters: &str) -> Self {
        letters.bytes().filter_map(channel_mode).fold(Self::default(), |flags, mode| {
            if let Kind::Flag(flag) = mode.kind { flags.with(flag, true) } else { flags }
        })
    }

    /// The letters of those that are on, in the table's order.
    pub fn letters(self) -> impl Iterator<Item = u8> {
        CHANNEL_MODES.iter().filter_map(move |mode| match mode.kind {
            Kind::Flag(flag) if self.has(flag) => Some(mode.letter),
            _ => None,
        })
    }
}

/// The row of a letter.
pub fn channel_mode(letter: u8) -> Option<&'static ChannelMode> {
    CHANNEL_MODES.iter().find(|mode| mode.letter == letter)
}

/// A row of the user modes.
#[derive(Debug)]
pub struct UserMode {
    /// As MODE spells it.
    pub letter: u8,
    /// The mode.
    pub mode: UserModes,
    /// Whether a user may switch it on; anybody may switch off what they have.
    pub by_user: bool,
    /// What it does, in a few words.
    pub what: &'static str,
}

/// Every user mode (Modern IRC, "User Modes").
pub const USER_MODES: &[UserMode] = &[
    UserMode {
        letter: b'i',
        mode: UserModes::INVISIBLE,
        by_user: true,
        what: "found only by those who share a channel or know the nick",
    },
    UserMode { letter: b'o', mode: UserModes::OPERATOR, by_user: false, what: "operator" },
    UserMode {
        letter: b'w',
        mode: UserModes::WALLOPS,
        by_user: true,
        what: "reads what operators write to all",
    },
];

/// The modes that a user has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UserModes(u16);

impl UserModes {
    /// `+i`
    pub const INVISIBLE: Self = Self(1);
    /// `+o`
    pub const OPERATOR: Self = Self(1 << 1);
    /// `+w`
    pub const WALLOPS: Self = Self(1 << 2);

    /// Whether all of `other` are on.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// These with `other` switched on or off.
    pub const fn with(self, other: Self, on: bool) -> Self {
        if on { Self(self.0 | other.0) } else { Self(self.0 & !other.0) }
    }

    /// `+` and the letters of those that are on.
    pub fn text(self) -> String {
        let on = USER_MODES.iter().filter(|row| self.has(row.mode));
        std::iter::once('+').chain(on.map(|row| char::from(row.letter))).collect()
    }
}

/// One change that a MODE command asks for.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Switched on (`+`) or off.
    pub add: bool,
    /// The letter as given.
    pub letter: u8,
    /// Its row; `None`: no such mode.
    pub mode: Option<&'static ChannelMode>,
    /// Its parameter, when it takes one and there was one.
    pub parameter: Option<&'a [u8]>,
}

/// Reads `+ov-l alice bob` as the changes it asks for, in order; letters before any sign are
/// added.  Parameters that no letter takes are passed over.
pub fn asked<'a>(
    letters: &'a [u8],
    parameters: impl Iterator<Item = &'a [u8]> + 'a,
) -> impl Iterator<Item = Asked<'a>> + 'a {
    let (mut add, mut parameters) = (true, parameters);
    letters.iter().filter_map(move |&letter| {
        if matches!(letter, b'+' | b'-') {
            add = letter == b'+';
            return None;
        }
        let mode = channel_mode(letter);
        let takes_one = match mode.map(|mode| mode.kind) {
            Some(Kind::Rank(_) | Kind::List(_) | Kind::Key) => true,
            Some(Kind::Limit) => add,
            Some(Kind::Flag(_)) | None => false,
        };
        let parameter = if takes_one { parameters.next() } else { None };
        Some(Asked { add, letter, mode, parameter })
    })
}

/// ISUPPORT `CHANMODES`: list modes, then those with a parameter always, when set, and never.
pub fn chanmodes() -> String {
    let of = |wanted: fn(&Kind) -> bool| -> String {
        let rows = CHANNEL_MODES.iter().filter(|mode| wanted(&mode.kind));
        rows.map(|mode| char::from(mode.letter)).collect()
    };
    [
        of(|kind| matches!(kind, Kind::List(_))),
        of(|kind| matches!(kind, Kind::Key)),
        of(|kind| matches!(kind, Kind::Limit)),
        of(|kind| matches!(kind, Kind::Flag(_))),
    ]
    .join(",")
}

/// ISUPPORT `PREFIX`: `(ov)@+`.
pub fn prefix() -> String {
    let letters: String = RANKS.iter().map(|rank| char::from(rank.letter)).collect();
    format!("({letters}){}", statusmsg())
}

/// ISUPPORT `STATUSMSG`: the symbols, highest first.
pub fn statusmsg() -> String {
    RANKS.iter().map(|rank| char::from(rank.symbol)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn isupport_tells_what_the_tables_have() {
        assert_eq!(chanmodes(), "beI,k,l,imnst");
        assert_eq!(prefix(), "(ov)@+");
    }

    #[test]
    fn no_letter_stands_twice() {
        for (at, mode) in CHANNEL_MODES.iter().enumerate() {
            assert!(CHANNEL_MODES.iter().skip(at + 1).all(|other| other.letter != mode.letter));
        }
        for rank in RANKS {
            let kind = channel_mode(rank.letter).map(|mode| mode.kind);
            assert_eq!(kind, Prefixes::of_letter(rank.letter).map(Kind::Rank));
        }
    }

    #[test]
    fn each_letter_takes_the_parameter_that_is_meant_for_it() {
        let words: [&[u8]; 3] = [b"alice", b"5", b"key"];
        let read: Vec<_> = asked(b"+nol-lk+z", words.into_iter())
            .map(|asked| (asked.add, char::from(asked.letter), asked.parameter))
            .collect();
        assert_eq!(
            read,
            [
                (true, 'n', None),
                (true, 'o', Some(&b"alice"[..])),
                (true, 'l', Some(&b"5"[..])),
                (false, 'l', None),
                (false, 'k', Some(&b"key"[..])),
                (true, 'z', None),
            ]
        );
    }

    #[test]
    fn flags_are_written_as_they_were_read() {
        let flags = Flags::of_letters("tnkq");
        assert_eq!(flags.letters().collect::<Vec<_>>(), b"nt");
        assert!(!flags.with(Flags::TOPIC_LOCK, false).has(Flags::TOPIC_LOCK));
    }
}
