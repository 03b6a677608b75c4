//! Work units: what a command makes the server look at, compare or write, counted where that is done.
//!
//! Whatever walks over users, channels, masks or bytes charges for it here, so that no command can
//! forget to.  A shard is one thread and runs one command at a time: what has been charged between
//! two readings belongs to the command that ran between them.  What is counted depends on the input
//! alone and on no clock, so the same input costs the same in each run.

use std::cell::Cell;
use std::ops::Sub;

/// Grains of a unit.  A unit is some 50 ns: a user or a channel that is looked at.  A grain is some
/// 3 ns: a byte or an entry that is compared.
const GRAINS_A_UNIT: u64 = 16;

thread_local! {
    static GRAINS: Cell<u64> = const { Cell::new(0) };
}

/// Charges for this many users, channels or entries that were looked at.
#[inline]
pub fn charge(units: usize) {
    charge_grains(units.saturating_mul(GRAINS_A_UNIT as usize));
}

/// Charges for small things, of which sixteen cost as much as a user that is looked at.
#[inline]
pub fn charge_grains(grains: usize) {
    GRAINS.set(GRAINS.get().wrapping_add(grains as u64));
}

/// A moment of a thread, from which on what is charged is counted.
#[derive(Clone, Copy, Debug)]
pub struct Spent(u64);

/// This moment.
#[must_use]
#[inline]
pub fn spent() -> Spent {
    Spent(GRAINS.get())
}

const fn units(grains: u64) -> u64 {
    grains / GRAINS_A_UNIT
}

impl Sub for Spent {
    type Output = u64;

    /// What has been charged since an earlier moment, in units.  Rounded from there and not from the
    /// thread's beginning: what was done before must not decide where a slice ends.
    fn sub(self, earlier: Self) -> u64 {
        units(self.0.wrapping_sub(earlier.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_small_things_cost_as_much_as_one() {
        let before = spent();
        charge(2);
        (0..32).for_each(|_| charge_grains(1));
        assert_eq!(spent() - before, 4);
    }

    #[test]
    fn what_was_charged_before_makes_no_difference() {
        for earlier in 0..40 {
            charge_grains(earlier);
            let before = spent();
            charge_grains(40);
            assert_eq!(spent() - before, 2, "after {earlier}");
        }
    }
}
