//! The kinds of server notices, and sets of them: what `MODE nick +s +ck` asks for.
//!
//! Letters are those of Ergo's and Solanum's masks where these have the kind.

use serde::{Deserialize, Serialize};

use crate::core::server::operators::Privileges;

/// A row: a kind of notice.
#[derive(Debug)]
pub struct Row {
    /// As `MODE nick +s +ck` spells it.
    pub letter: u8,
    /// The set with just this kind.
    pub kind: Kinds,
    /// What each notice of the kind begins with.
    pub label: &'static str,
    /// What it tells of, in a few words.
    pub what: &'static str,
    /// What an operator must have to be told.
    pub privilege: Privileges,
}

const fn row(
    letter: u8,
    kind: Kinds,
    privilege: Privileges,
    label: &'static str,
    what: &'static str,
) -> Row {
    Row { letter, kind, label, what, privilege }
}

/// Every kind.
pub const KINDS: &[Row] = &[
    row(b'c', Kinds::CONNECTS, Privileges::NOTICES_CONNECTS, "CONNECT", "who registers"),
    row(
        b'f',
        Kinds::FLOODS,
        Privileges::NOTICES_FLOODS,
        "FLOOD",
        "connections refused for their number, once a second",
    ),
    row(b'k', Kinds::KILLS, Privileges::NOTICES_KILLS, "KILL", "whom operators disconnect"),
    row(b'n', Kinds::NICKS, Privileges::NOTICES_NICKS, "NICK", "who takes another nick"),
    row(
        b'o',
        Kinds::OPERATORS,
        Privileges::NOTICES_OPERATORS,
        "OPER",
        "who becomes operator or fails to, and what operators do",
    ),
    row(b'q', Kinds::QUITS, Privileges::NOTICES_QUITS, "QUIT", "who leaves the network"),
    row(
        b'x',
        Kinds::BANS,
        Privileges::NOTICES_BANS,
        "XLINE",
        "bans of the server, set, taken off and met",
    ),
];

/// A set of kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kinds(u16);

impl Kinds {
    /// None.
    pub const NONE: Self = Self(0);
    /// All.
    pub const ALL: Self = Self((1 << KINDS.len()) - 1);
    /// Who registers.
    pub const CONNECTS: Self = Self(1);
    /// Connections refused.
    pub const FLOODS: Self = Self(1 << 1);
    /// Whom operators disconnect.
    pub const KILLS: Self = Self(1 << 2);
    /// Who takes another nick.
    pub const NICKS: Self = Self(1 << 3);
    /// Who becomes operator or fails to, and what operators do.
    pub const OPERATORS: Self = Self(1 << 4);
    /// Who leaves the network.
    pub const QUITS: Self = Self(1 << 5);
    /// Bans of the server.
    pub const BANS: Self = Self(1 << 6);

    /// Whether all of `other` are here.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// These after `+ck-q`; letters before any sign are added.  `None`: one of them is no kind.
    pub fn changed(self, letters: &[u8]) -> Option<Self> {
        let (mut kinds, mut add) = (self.0, true);
        for &letter in letters {
            if matches!(letter, b'+' | b'-') {
                add = letter == b'+';
                continue;
            }
            let row = KINDS.iter().find(|row| row.letter == letter)?;
            kinds = if add { kinds | row.kind.0 } else { kinds & !row.kind.0 };
        }
        Some(Self(kinds))
    }

    /// Those of these that an operator with the privileges may be told of.
    pub fn allowed(self, to: Privileges) -> Self {
        let rows = KINDS.iter().filter(|row| self.has(row.kind) && to.has(row.privilege));
        Self(rows.fold(0, |all, row| all | row.kind.0))
    }

    /// The first privilege that an operator who has `privileges` lacks to be told of all these.
    pub fn lacking(self, privileges: Privileges) -> Option<Privileges> {
        let mut needed = KINDS.iter().filter(|row| self.has(row.kind)).map(|row| row.privilege);
        needed.find(|privilege| !privileges.has(*privilege))
    }

    /// `+` and the letters of those that are here.
    pub fn text(self) -> String {
        let here = KINDS.iter().filter(|row| self.has(row.kind));
        std::iter::once('+').chain(here.map(|row| char::from(row.letter))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_own_letter_and_bit() {
        for (at, row) in KINDS.iter().enumerate() {
            let mut rest = KINDS.iter().skip(at + 1);
            assert!(rest.all(|other| other.letter != row.letter && other.kind != row.kind));
            assert!(Kinds::ALL.has(row.kind));
        }
    }

    #[test]
    fn letters_add_and_take_kinds_and_are_shown_in_the_tables_order() {
        let kinds = Kinds::NONE.changed(b"qk+c-k").expect("kinds");
        assert_eq!(kinds.text(), "+cq");
        assert_eq!(kinds.changed(b"-cq"), Some(Kinds::NONE));
        assert_eq!(kinds.changed(b"+c?"), None);
    }
}
