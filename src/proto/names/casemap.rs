//! How names are compared: the one place that knows about case.

use std::collections::HashSet;

use foldhash::fast::RandomState;
use smallvec::SmallVec;

/// A name in the form of [`Casemap::fold`], in place unless it is long: looking one up allocates
/// nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Folded(SmallVec<[u8; 24]>);

impl Folded {
    /// The name, folded.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Names that have been met before, whatever their case: what a command names twice counts once.
pub struct Once {
    casemap: Casemap,
    met: HashSet<Folded, RandomState>,
}

impl Once {
    /// None has been met yet.
    pub fn new(casemap: Casemap) -> Self {
        Self { casemap, met: HashSet::default() }
    }

    /// Whether the name is met for the first time.
    pub fn is_new(&mut self, name: &[u8]) -> bool {
        self.met.insert(self.casemap.fold(name))
    }
}

/// A case mapping, told in ISUPPORT `CASEMAPPING` (Modern IRC, "CASEMAPPING Parameter").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Casemap {
    /// `A`-`Z` as `a`-`z`, and `[]\~` as `{}|^`.
    Rfc1459,
    /// `A`-`Z` as `a`-`z` only.  The default: servers should avoid the other (Modern IRC,
    /// "CASEMAPPING Parameter").
    #[default]
    Ascii,
}

impl Casemap {
    /// The lower form of each byte of ASCII.
    pub(super) const fn table(self) -> &'static [u8; 128] {
        const ASCII: [u8; 128] = table(Casemap::Ascii);
        const RFC1459: [u8; 128] = table(Casemap::Rfc1459);
        match self {
            Self::Ascii => &ASCII,
            Self::Rfc1459 => &RFC1459,
        }
    }

    /// The lower form of `byte`; bytes past ASCII stay as they are.
    pub const fn fold_byte(self, byte: u8) -> u8 {
        match (self, byte) {
            (Self::Rfc1459, b'[') => b'{',
            (Self::Rfc1459, b']') => b'}',
            (Self::Rfc1459, b'\\') => b'|',
            (Self::Rfc1459, b'~') => b'^',
            _ => byte.to_ascii_lowercase(),
        }
    }

    /// Whether two spell the same name.
    pub fn is_same(self, one: &[u8], other: &[u8]) -> bool {
        one.len() == other.len()
            && one.iter().zip(other).all(|(a, b)| self.fold_byte(*a) == self.fold_byte(*b))
    }

    /// The form of a name that is equal for every spelling of it.
    pub fn fold(self, name: &[u8]) -> Folded {
        Folded(name.iter().map(|byte| self.fold_byte(*byte)).collect())
    }

    /// The value of ISUPPORT `CASEMAPPING`.
    pub fn isupport(self) -> &'static str {
        match self {
            Self::Rfc1459 => "rfc1459",
            Self::Ascii => "ascii",
        }
    }
}

#[expect(clippy::indexing_slicing, reason = "at is below 128; made when the program is")]
const fn table(casemap: Casemap) -> [u8; 128] {
    let mut table = [0; 128];
    let mut at = 0;
    while at < 128 {
        table[at as usize] = casemap.fold_byte(at);
        at += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc1459_folds_letters_and_the_four_brackets() {
        let folded = Casemap::Rfc1459.fold(r"Az[]\~{}|^_`ÄÉ".as_bytes());
        assert_eq!(folded.as_bytes(), "az{}|^{}|^_`ÄÉ".as_bytes());
    }

    #[test]
    fn ascii_folds_letters_only() {
        let folded = Casemap::Ascii.fold(r"Az[]\~{}|^_`ÄÉ".as_bytes());
        assert_eq!(folded.as_bytes(), r"az[]\~{}|^_`ÄÉ".as_bytes());
    }

    #[test]
    fn spellings_are_the_same_when_they_fold_to_the_same() {
        for casemap in [Casemap::Rfc1459, Casemap::Ascii] {
            for (one, other) in [("Az[]", "aZ{}"), ("a", "b"), ("a", "ab"), ("Ä", "ä"), ("", "")]
            {
                let (one, other) = (one.as_bytes(), other.as_bytes());
                let is_same = casemap.fold(one) == casemap.fold(other);
                assert_eq!(casemap.is_same(one, other), is_same, "{one:?}");
            }
        }
    }

    #[test]
    fn bytes_past_ascii_are_left_alone() {
        for byte in 0x80..=0xff {
            assert_eq!(Casemap::Rfc1459.fold_byte(byte), byte);
        }
    }
}
