//! The modes: one table for channels, one for users, read by parsing, checks and ISUPPORT.

use serde::{Deserialize, Serialize};

use crate::core::channel::parameters::ParamMode;
use crate::proto::prefix::{Prefixes, RANKS};

/// Which list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListKind {
    /// `+b`
    Ban,
    /// `+e`, ISUPPORT `EXCEPTS`
    Except,
    /// `+I`, ISUPPORT `INVEX`
    Invex,
}

/// What a channel mode does with its parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Gives a member a rank.
    Rank(Prefixes),
    /// Adds a mask to a list; without a parameter shows the list.  ISUPPORT `CHANMODES` type A.
    List(ListKind),
    /// The key: a parameter always.  Type B.
    Key,
    /// A parameter only when set.  Type C.
    ParamMode(ParamMode),
    /// On or off.  Type D.
    Flag(Flags),
    /// On or off, for operators of the server with a privilege.  Type D.
    OperatorFlag(Flags),
    /// On or off, but not for anybody to change.  Type D.
    ServerFlag(Flags),
}

impl Kind {
    /// Whether it takes a parameter when it is set (`add`) or removed.
    pub const fn takes_parameter(self, add: bool) -> bool {
        match self {
            Self::Rank(_) | Self::List(_) | Self::Key => true,
            Self::ParamMode(_) => add,
            Self::Flag(_) | Self::OperatorFlag(_) | Self::ServerFlag(_) => false,
        }
    }

    /// Whether nothing can be done without that parameter.  A list is shown then, and a key is
    /// removed by whoever may, known or not.
    pub const fn needs_parameter(self, add: bool) -> bool {
        match self {
            Self::List(_) => false,
            Self::Key => add,
            kind => kind.takes_parameter(add),
        }
    }
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
/// Letters beyond the documents' are Ergo's (C, M, R, U, f), then those of InspIRCd and its extras.
pub const CHANNEL_MODES: &[ChannelMode] = &[
    row(b'q', Kind::Rank(Prefixes::FOUNDER), "founder: whose channel it is"),
    row(b'a', Kind::Rank(Prefixes::ADMIN), "admin: an operator whom operators cannot act on"),
    row(b'o', Kind::Rank(Prefixes::OP), "channel operator"),
    row(b'h', Kind::Rank(Prefixes::HALFOP), "halfop: keeps order among those below"),
    row(b'v', Kind::Rank(Prefixes::VOICE), "may speak when the channel is moderated"),
    row(b'b', Kind::List(ListKind::Ban), "who may neither join nor speak"),
    row(b'e', Kind::List(ListKind::Except), "whom bans do not concern"),
    row(b'I', Kind::List(ListKind::Invex), "who may join without an invitation"),
    row(b'C', Kind::Flag(Flags::NO_CTCP), "no CTCP but ACTION"),
    row(b'D', Kind::Flag(Flags::DELAYED_JOIN), "who joins is shown when it first speaks"),
    row(b'K', Kind::Flag(Flags::NO_KNOCK), "nobody may knock"),
    row(
        b'M',
        Kind::Flag(Flags::REGISTERED_SPEAK),
        "only those with an account, or voice, may speak; not yet",
    ),
    row(b'N', Kind::Flag(Flags::NO_NICKS), "members below operator may not change their nick"),
    row(
        b'P',
        Kind::OperatorFlag(Flags::PERMANENT),
        "permanent: stays without members and over a restart; operators of the server with the privilege set it, whether in the channel or not",
    ),
    row(b'Q', Kind::Flag(Flags::NO_KICKS), "nobody may be kicked"),
    row(b'R', Kind::Flag(Flags::REGISTERED_JOIN), "only those with an account may join; not yet"),
    row(b'S', Kind::Flag(Flags::STRIP), "colours and other formatting are taken out of messages"),
    row(b'T', Kind::Flag(Flags::NO_NOTICES), "no notices"),
    row(b'U', Kind::Flag(Flags::OP_MODERATED), "halfops and above alone hear those without voice"),
    row(b'c', Kind::Flag(Flags::NO_COLOURS), "no colours"),
    row(b'i', Kind::Flag(Flags::INVITE_ONLY), "only the invited may join"),
    row(b'm', Kind::Flag(Flags::MODERATED), "only voiced members and those above may speak"),
    row(b'n', Kind::Flag(Flags::NO_EXTERNAL), "only members may speak"),
    row(b'p', Kind::Flag(Flags::PRIVATE), "not in LIST and WHOIS for those who are not in it"),
    row(b'r', Kind::ServerFlag(Flags::REGISTERED), "registered; only the server sets it"),
    row(b's', Kind::Flag(Flags::SECRET), "exists for members alone; others can but join it"),
    row(b't', Kind::Flag(Flags::TOPIC_LOCK), "only halfops and above may set the topic"),
    row(
        b'u',
        Kind::Flag(Flags::AUDITORIUM),
        "auditorium: who joins is shown to those with a rank, and to all when it speaks or gets one",
    ),
    row(b'z', Kind::Flag(Flags::SECURE), "only those on a secure connection may join"),
    row(b'k', Kind::Key, "a key is needed to join"),
    row(b'l', Kind::ParamMode(ParamMode::Limit), "how many members there may be"),
    row(b'f', Kind::ParamMode(ParamMode::Forward), "the channel where those go who may not join"),
    row(b'j', Kind::ParamMode(ParamMode::Joins), "as `5:10`: that many joins in that many seconds"),
    row(
        b'J',
        Kind::ParamMode(ParamMode::NoRejoin),
        "seconds in which whoever was kicked may not come back",
    ),
    row(
        b'W',
        Kind::ParamMode(ParamMode::Slow),
        "as `2:10`: that many messages in that many seconds of each without voice",
    ),
];

/// The modes of a channel that are on or off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flags(u32);

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
    /// `+C`
    pub const NO_CTCP: Self = Self(1 << 5);
    /// `+M`
    pub const REGISTERED_SPEAK: Self = Self(1 << 6);
    /// `+N`
    pub const NO_NICKS: Self = Self(1 << 7);
    /// `+Q`
    pub const NO_KICKS: Self = Self(1 << 8);
    /// `+R`
    pub const REGISTERED_JOIN: Self = Self(1 << 9);
    /// `+P`
    pub const PERMANENT: Self = Self(1 << 24);
    /// `+S`
    pub const STRIP: Self = Self(1 << 10);
    /// `+T`
    pub const NO_NOTICES: Self = Self(1 << 11);
    /// `+U`
    pub const OP_MODERATED: Self = Self(1 << 12);
    /// `+c`
    pub const NO_COLOURS: Self = Self(1 << 13);
    /// `+p`
    pub const PRIVATE: Self = Self(1 << 14);
    /// `+r`
    pub const REGISTERED: Self = Self(1 << 15);
    /// `+z`
    pub const SECURE: Self = Self(1 << 16);
    /// `+u`
    pub const AUDITORIUM: Self = Self(1 << 17);
    /// `+D`
    pub const DELAYED_JOIN: Self = Self(1 << 18);
    /// `+K`
    pub const NO_KNOCK: Self = Self(1 << 19);

    /// Whether all of `other` are on.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// These with `other` switched on or off.
    pub const fn with(self, other: Self, on: bool) -> Self {
        if on { Self(self.0 | other.0) } else { Self(self.0 & !other.0) }
    }

    /// As a number that [`Flags::from_bits`] reads.
    pub(in crate::core) const fn bits(self) -> u32 {
        self.0
    }

    /// What [`Flags::bits`] has given.
    pub(in crate::core) const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    /// Those whose letters are in `letters`; letters of other modes, and of those that cannot be set
    /// yet, are passed over.
    pub fn of_letters(letters: &str) -> Self {
        letters.bytes().filter_map(channel_mode).fold(Self::default(), |flags, mode| {
            match mode.kind {
                Kind::Flag(flag) if mode.is_offered() => flags.with(flag, true),
                _ => flags,
            }
        })
    }

    /// The letters of those that are on, in the table's order.
    pub fn letters(self) -> impl Iterator<Item = u8> {
        CHANNEL_MODES.iter().filter_map(move |mode| match mode.kind {
            Kind::Flag(flag) | Kind::OperatorFlag(flag) | Kind::ServerFlag(flag)
                if self.has(flag) =>
            {
                Some(mode.letter)
            }
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
    /// Who may switch it on; but for what the server sets, anybody may switch off what they have.
    pub set_by: SetBy,
    /// What it does, in a few words.
    pub what: &'static str,
}

/// Who may switch a user mode on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetBy {
    /// The user.
    User,
    /// The user, once it is an operator.
    Operator,
    /// OPER does; whoever has it may give it up by MODE.
    Oper,
    /// The server, which also alone switches it off.
    Server,
}

/// Every user mode (Modern IRC, "User Modes").
pub const USER_MODES: &[UserMode] = &[
    UserMode {
        letter: b'i',
        mode: UserModes::INVISIBLE,
        set_by: SetBy::User,
        what: "found only by those who share a channel or know the nick",
    },
    by_user(b'B', UserModes::BOT, "is a bot"),
    by_user(b'D', UserModes::PRIVATE_DEAF, "nobody may message in private"),
    by_user(b'R', UserModes::REGISTERED_ONLY, "only those with an account may write; not yet"),
    by_user(b'T', UserModes::NO_CTCP, "hears no CTCP but ACTION in private"),
    UserMode {
        letter: b'Z',
        mode: UserModes::SECURE,
        set_by: SetBy::Server,
        what: "is on a secure connection",
    },
    by_user(b'g', UserModes::CALLER_ID, "only those on the list of ACCEPT may message in private"),
    UserMode {
        letter: b'o',
        mode: UserModes::OPERATOR,
        set_by: SetBy::Oper,
        what: "operator of the server",
    },
    UserMode {
        letter: b's',
        mode: UserModes::NOTICES,
        set_by: SetBy::Operator,
        what: "reads the server's notices of some kinds",
    },
    by_user(b'w', UserModes::WALLOPS, "reads what operators write to all"),
    by_user(b'x', UserModes::CLOAKED, "is shown with a hash of the address in place of the host"),
];

const fn by_user(letter: u8, mode: UserModes, what: &'static str) -> UserMode {
    UserMode { letter, mode, set_by: SetBy::User, what }
}

/// The modes that a user has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserModes(u16);

impl UserModes {
    /// `+i`
    pub const INVISIBLE: Self = Self(1);
    /// `+o`
    pub const OPERATOR: Self = Self(1 << 1);
    /// `+w`
    pub const WALLOPS: Self = Self(1 << 2);
    /// `+s`
    pub const NOTICES: Self = Self(1 << 3);
    /// `+Z`, as in Ergo
    pub const SECURE: Self = Self(1 << 4);
    /// `+x`
    pub const CLOAKED: Self = Self(1 << 7);
    /// `+B` (IRCv3 bot-mode)
    pub const BOT: Self = Self(1 << 8);
    /// `+D`, as in InspIRCd
    pub const PRIVATE_DEAF: Self = Self(1 << 9);
    /// `+R`
    pub const REGISTERED_ONLY: Self = Self(1 << 10);
    /// `+T`
    pub const NO_CTCP: Self = Self(1 << 11);
    /// `+g`
    pub const CALLER_ID: Self = Self(1 << 12);

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
pub struct ModeRequest<'a> {
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
) -> impl Iterator<Item = ModeRequest<'a>> + 'a {
    let (mut add, mut parameters) = (true, parameters);
    letters.iter().filter_map(move |&letter| {
        if matches!(letter, b'+' | b'-') {
            add = letter == b'+';
            return None;
        }
        let mode = channel_mode(letter);
        let takes_one = mode.is_some_and(|mode| mode.kind.takes_parameter(add));
        let parameter = if takes_one { parameters.next() } else { None };
        Some(ModeRequest { add, letter, mode, parameter })
    })
}

/// The letters of the list modes, for ISUPPORT `MAXLIST`.
pub fn lists() -> String {
    let rows = CHANNEL_MODES.iter().filter(|mode| matches!(mode.kind, Kind::List(_)));
    rows.map(|mode| char::from(mode.letter)).collect()
}

/// ISUPPORT `CHANMODES`: list modes, then those with a parameter always, when set, and never.
pub fn chanmodes() -> String {
    let of = |wanted: fn(&Kind) -> bool| -> String {
        let rows = CHANNEL_MODES.iter().filter(|mode| mode.is_offered() && wanted(&mode.kind));
        rows.map(|mode| char::from(mode.letter)).collect()
    };
    [
        of(|kind| matches!(kind, Kind::List(_))),
        of(|kind| matches!(kind, Kind::Key)),
        of(|kind| matches!(kind, Kind::ParamMode(_))),
        of(|kind| matches!(kind, Kind::Flag(_) | Kind::OperatorFlag(_) | Kind::ServerFlag(_))),
    ]
    .join(",")
}

/// ISUPPORT `PREFIX`: `(qaohv)~&@%+`.
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
        assert_eq!(chanmodes(), "beI,k,lfjJW,CDKNPQSTUcimnprstuz");
        assert_eq!(prefix(), "(qaohv)~&@%+");
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
        let read: Vec<_> = asked(b"+nol-lk+?", words.into_iter())
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
                (true, '?', None),
            ]
        );
    }

    #[test]
    fn flags_are_written_as_they_were_read() {
        let flags = Flags::of_letters("tnko");
        assert_eq!(flags.letters().collect::<Vec<_>>(), b"nt");
        assert!(!flags.with(Flags::TOPIC_LOCK, false).has(Flags::TOPIC_LOCK));
    }
}
