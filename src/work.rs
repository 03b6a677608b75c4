//! Work units: what a command makes the server look at, compare or write, counted where that is done.
//!
//! Whatever walks over users, channels, masks or bytes charges for it here, so that no command can
//! forget to.  A shard is one thread and runs one command at a time: what has been charged between
//! two readings belongs to the command that ran between them.  What is counted depends on the input
//! alone and on no clock, so the same input costs the same in each run.

use std::cell::Cell;

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

/// What has been charged on this thread so far, in units.
#[must_use]
#[inline]
pub fn spent() -> u64 {
    GRAINS.get() / GRAINS_A_UNIT
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
}
