//! A line in a crowded network, compared with what it has paid.
//!
//! Processor time is what can be measured without a tool, so a line is measured again and has to be
//! far too dear each time; `tests/cost` counts exactly.

use std::cell::RefCell;

use super::lines;
use super::meter::Meter;
use super::prepared::{Case, Cost, Prepared, Size, Who};
use super::search::MOST_TIMES;

/// Enough for one thing to be dearer than another.
const SIZE: Size = Size { crowd: 100, crossed: 10, shared: 30, listed: 20 };

/// More than this is another input over again.
const MOST_LINES: usize = 120;

/// Processor time that any line may take, in nanoseconds, in a build with its checks.
const ANY: u64 = 5_000_000;

thread_local! {
    /// It is as it was after each line, and takes long to make.
    static NETWORK: RefCell<Option<(Prepared, f64)>> = const { RefCell::new(None) };
}

/// The first byte says who sends all that follows; of its lines the last is measured.
pub fn run(data: &[u8]) {
    let Some((who, text)) = data.split_first() else { return };
    let who = Who::ALL[usize::from(who.wrapping_sub(b'0')) % Who::ALL.len()];
    let mut before: Vec<_> =
        text.split(|byte| *byte == b'\n').take(MOST_LINES).map(<[u8]>::to_vec).collect();
    let Some(line) = before.pop() else { return };
    let case = Case { who, before, line };
    let (mut harness, worth) = NETWORK.take().unwrap_or_else(make);
    let is_too_dear = |cost: Cost| {
        cost.work > ANY && cost.work as f64 > MOST_TIMES * worth * cost.units.max(1) as f64
    };
    let fails = (0..3).all(|_| is_too_dear(harness.measure(&case, &mut Meter::Time)));
    NETWORK.replace(Some((harness, worth)));
    assert!(!fails, "{who:?} does more than it pays for");
}

/// A network, and how many nanoseconds the middle one of honest lines takes for a unit: the least of
/// several tries.
fn make() -> (Prepared, f64) {
    let mut harness = Prepared::new(SIZE);
    let mut one = |case: &Case| {
        let cost = harness.measure(case, &mut Meter::Time);
        cost.work as f64 / cost.units.max(1) as f64
    };
    let honest = lines::honest();
    let least = honest.iter().map(|case| (0..5).map(|_| one(case)).fold(f64::MAX, f64::min));
    let mut least: Vec<_> = least.collect();
    least.sort_by(f64::total_cmp);
    (harness, least[least.len() / 2])
}
