//! Texts that patterns are matched against: a bit-parallel matcher.

use std::borrow::Cow;
use std::cell::OnceCell;

use smallvec::{SmallVec, smallvec};

use crate::proto::names::Casemap;
use crate::work;

/// A folded character, or a byte that is not part of one: 0x110000 more than the byte.
pub(super) type Unit = u32;

/// A text that is matched against one pattern or against many: what is found out about it for the
/// first serves the others.
pub struct Subject<'t> {
    text: Cow<'t, [u8]>,
    is_ascii: bool,
    casemap: Casemap,
    shards: OnceCell<Router>,
}

impl<'t> Subject<'t> {
    /// To be matched against patterns of that case mapping.
    pub fn new(text: impl Into<Cow<'t, [u8]>>, casemap: Casemap) -> Self {
        let text = text.into();
        Self { is_ascii: text.is_ascii(), text, casemap, shards: OnceCell::new() }
    }

    /// The text.
    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    /// Whether it has nothing but ASCII in it.
    pub(super) fn is_ascii(&self) -> bool {
        self.is_ascii
    }

    /// Nothing is matched yet.
    pub(super) fn start(&self) -> Reached<'_> {
        let shards = self.shards.get_or_init(|| Router::of(&self.text, self.casemap));
        let mut ends = smallvec![0; shards.words];
        ends.iter_mut().take(1).for_each(|first| *first = 1);
        Reached { shards, ends, steps: 0 }
    }
}

/// Which units stand where in a text: a row of bits for each unit that occurs, in which bit `i` is
/// set where the unit at `i` is it.
struct Router {
    /// How many units there are.
    len: usize,
    /// `u64`s of a row, which has room for a bit at the end of the text.
    words: usize,
    /// The row of no unit, the row of all, and those of the units that occur.
    rows: Vec<u64>,
    /// The row of each byte of ASCII.
    ascii: [u8; 128],
    /// The other units, ascending; their rows come last, in this order.
    others: Vec<Unit>,
}

const NONE: usize = 0;
const ALL: usize = 1;

impl Router {
    fn of(text: &[u8], casemap: Casemap) -> Self {
        let mut rest = text;
        let units = std::iter::from_fn(|| {
            let (unit, left) = next_unit(rest, casemap)?;
            rest = left;
            Some(unit)
        });
        let units: SmallVec<[Unit; 128]> = units.collect();
        let mut others: Vec<Unit> = units.iter().copied().filter(|unit| *unit >= 128).collect();
        others.sort_unstable();
        others.dedup();
        let (mut ascii, mut count) = ([NONE as u8; 128], 2);
        for &unit in &units {
            if let Some(row) = ascii.get_mut(unit as usize).filter(|row| **row == NONE as u8) {
                (*row, count) = (count, count + 1);
            }
        }
        let (len, words) = (units.len(), units.len() / 64 + 1);
        let rows = vec![0; words * (usize::from(count) + others.len())];
        let mut shards = Self { len, words, rows, ascii, others };
        for (at, &unit) in units.iter().enumerate() {
            for row in [ALL, shards.row(unit)] {
                if let Some(word) = shards.rows.get_mut(row * words + at / 64) {
                    *word |= 1 << (at % 64);
                }
            }
        }
        work::charge_grains(32 + 2 * len);
        shards
    }

    fn row(&self, unit: Unit) -> usize {
        if let Some(row) = self.ascii.get(unit as usize) {
            return usize::from(*row);
        }
        let first = self.rows.len() / self.words - self.others.len();
        self.others.binary_search(&unit).map_or(NONE, |at| first + at)
    }
}

/// How far a pattern has come: bit `i` of `ends` is set where what was matched so far fits the first
/// `i` units of the text.  So all ways to match it are followed at once, and each piece of the
/// pattern costs a few operations for 64 units of the text (Baeza-Yates and Gonnet's Shift-And, with
/// the bits on the side of the text, which one ban list has many patterns for).
pub(super) struct Reached<'s> {
    shards: &'s Router,
    ends: SmallVec<[u64; 4]>,
    steps: usize,
}

impl Reached<'_> {
    /// One unit, which is to be that one; whether it may still fit.
    pub(super) fn unit(&mut self, unit: Unit) -> bool {
        self.step(self.shards.row(unit))
    }

    /// One unit, whichever; whether it may still fit.
    pub(super) fn any_one(&mut self) -> bool {
        self.step(ALL)
    }

    /// Any number of units.
    pub(super) fn any_number(&mut self) {
        self.steps += 1;
        let mut found = false;
        for word in &mut self.ends {
            // From its lowest bit on.
            *word = if found { u64::MAX } else { *word | word.wrapping_neg() };
            found |= *word != 0;
        }
    }

    /// Whether the whole text fits.
    pub(super) fn is_whole(&self) -> bool {
        let len = self.shards.len;
        self.ends.get(len / 64).is_some_and(|word| word >> (len % 64) & 1 == 1)
    }

    fn step(&mut self, row: usize) -> bool {
        self.steps += 1;
        let words = self.shards.words;
        let row = self.shards.rows.get(row * words..).unwrap_or_default();
        let (mut carry, mut some) = (0, 0);
        for (word, row) in self.ends.iter_mut().zip(row) {
            let fits = *word & row;
            *word = fits << 1 | carry;
            carry = fits >> 63;
            some |= *word;
        }
        some != 0
    }
}

impl Drop for Reached<'_> {
    fn drop(&mut self) {
        work::charge_grains(self.steps * self.shards.words);
    }
}

/// The first unit of a text, and what is left.
pub(super) fn next_unit(text: &[u8], casemap: Casemap) -> Option<(Unit, &[u8])> {
    let (&first, rest) = text.split_first()?;
    if first.is_ascii() {
        return Some((u32::from(casemap.fold_byte(first)), rest));
    }
    match bstr::decode_utf8(text) {
        (Some(c), size) => Some((u32::from(c), text.get(size..).unwrap_or_default())),
        (None, _) => Some((0x11_0000 + u32::from(first), rest)),
    }
}
