//! Ranks of channel members and the prefixes that show them.

use serde::{Deserialize, Serialize};

/// A rank: one row of ISUPPORT `PREFIX`.
#[derive(Debug)]
pub struct Rank {
    /// The mode that gives it.
    pub letter: u8,
    /// What stands before the nick in NAMES and WHO.
    pub symbol: u8,
    /// What it is called.
    pub name: &'static str,
}

/// Every rank, the highest first (Modern IRC, "Channel Membership Prefixes").
pub const RANKS: &[Rank] = &[
    Rank { letter: b'q', symbol: b'~', name: "founder" },
    Rank { letter: b'a', symbol: b'&', name: "admin" },
    Rank { letter: b'o', symbol: b'@', name: "operator" },
    Rank { letter: b'h', symbol: b'%', name: "halfop" },
    Rank { letter: b'v', symbol: b'+', name: "voice" },
];

/// The ranks that one member has: a bit for each row of [`RANKS`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prefixes(u8);

impl Prefixes {
    /// An ordinary member.
    pub const NONE: Self = Self(0);
    /// Whose channel it is.
    pub const FOUNDER: Self = Self(1);
    /// An operator whom operators cannot act on.
    pub const ADMIN: Self = Self(1 << 1);
    /// Channel operator.
    pub const OP: Self = Self(1 << 2);
    /// Keeps order among those without a rank and the voiced.
    pub const HALFOP: Self = Self(1 << 3);
    /// May speak in a moderated channel.
    pub const VOICE: Self = Self(1 << 4);

    /// The rank that a mode letter gives.
    pub fn of_letter(letter: u8) -> Option<Self> {
        Self::of_row(RANKS.iter().position(|rank| rank.letter == letter))
    }

    /// The rank that a symbol shows.
    pub fn of_symbol(symbol: u8) -> Option<Self> {
        Self::of_row(RANKS.iter().position(|rank| rank.symbol == symbol))
    }

    fn of_row(row: Option<usize>) -> Option<Self> {
        row.map(|row| Self(1 << row))
    }

    /// Whether all of `other` are here.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether the highest rank here is at least the highest of `other`.
    pub const fn at_least(self, other: Self) -> bool {
        // Bit 0 is the highest rank: fewer trailing zeros, higher rank.
        self.0.trailing_zeros() <= other.0.trailing_zeros()
    }

    /// These with `other` given or taken.
    pub const fn with(self, other: Self, add: bool) -> Self {
        if add { Self(self.0 | other.0) } else { Self(self.0 & !other.0) }
    }

    /// The modes that give them, highest first.
    pub fn letters(self) -> impl Iterator<Item = u8> {
        self.rows().map(|rank| rank.letter)
    }

    /// The symbols, highest first: all of them, or only the highest.
    pub fn symbols(self, all: bool) -> impl Iterator<Item = u8> {
        self.rows().map(|rank| rank.symbol).take(if all { RANKS.len() } else { 1 })
    }

    /// Their rows of the table, highest first.
    fn rows(self) -> impl Iterator<Item = &'static Rank> {
        let rows = RANKS.iter().enumerate().filter(move |(row, _)| self.0 & (1 << row) != 0);
        rows.map(|(_, rank)| rank)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rank_is_at_least_those_below_it_and_none_above() {
        let ranks: Vec<_> =
            RANKS.iter().filter_map(|rank| Prefixes::of_letter(rank.letter)).collect();
        for (at, rank) in ranks.iter().enumerate() {
            for (below, other) in ranks.iter().enumerate() {
                assert_eq!(rank.at_least(*other), at <= below);
            }
        }
    }

    #[test]
    fn an_operator_outranks_a_voice_and_a_voice_a_plain_member() {
        assert!(Prefixes::OP.at_least(Prefixes::VOICE));
        assert!(!Prefixes::VOICE.at_least(Prefixes::OP));
        assert!(!Prefixes::NONE.at_least(Prefixes::VOICE));
        assert!(Prefixes::OP.with(Prefixes::VOICE, true).at_least(Prefixes::OP));
    }

    #[test]
    fn symbols_come_highest_first() {
        let both = Prefixes::VOICE.with(Prefixes::OP, true);
        assert_eq!(both.symbols(true).collect::<Vec<_>>(), b"@+");
        assert_eq!(both.symbols(false).collect::<Vec<_>>(), b"@");
        assert_eq!(both.letters().collect::<Vec<_>>(), b"ov");
        assert_eq!(Prefixes::NONE.symbols(true).count(), 0);
    }

    #[test]
    fn the_named_ranks_are_rows_of_the_table() {
        assert_eq!(Prefixes::of_letter(b'q'), Some(Prefixes::FOUNDER));
        assert_eq!(Prefixes::of_letter(b'a'), Some(Prefixes::ADMIN));
        assert_eq!(Prefixes::of_letter(b'o'), Some(Prefixes::OP));
        assert_eq!(Prefixes::of_letter(b'h'), Some(Prefixes::HALFOP));
        assert_eq!(Prefixes::of_symbol(b'+'), Some(Prefixes::VOICE));
        assert_eq!(Prefixes::of_letter(b'x'), None);
    }
}
