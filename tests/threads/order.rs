//! Orders that several have seen, compared.

use std::collections::{BTreeMap, BTreeSet};

/// Numbers of messages with where they were sent, as one client heard them.
pub type Heard = Vec<(u64, String)>;

/// Whether there is one order that all of `seen` agree with, and none has anything twice.
pub fn one_order(seen: &[Vec<u64>]) -> Result<(), String> {
    let mut after: BTreeMap<u64, BTreeSet<u64>> = BTreeMap::new();
    let mut waits: BTreeMap<u64, usize> = BTreeMap::new();
    for one in seen {
        let distinct: BTreeSet<_> = one.iter().collect();
        if distinct.len() != one.len() {
            return Err("something was heard twice".to_owned());
        }
        for id in one {
            waits.entry(*id).or_default();
        }
        for pair in one.windows(2) {
            if after.entry(pair[0]).or_default().insert(pair[1]) {
                *waits.entry(pair[1]).or_default() += 1;
            }
        }
    }
    // Takes away, again and again, what nothing comes before; a circle is left.
    let mut free: Vec<_> = waits.iter().filter(|(_, n)| **n == 0).map(|(id, _)| *id).collect();
    while let Some(id) = free.pop() {
        waits.remove(&id);
        for next in after.remove(&id).unwrap_or_default() {
            let left = waits.get_mut(&next).expect("counted above");
            *left -= 1;
            if *left == 0 {
                free.push(next);
            }
        }
    }
    match waits.len() {
        0 => Ok(()),
        left => Err(format!("{left} messages were heard in different orders")),
    }
}

/// Whether the messages of each sender, which is the upper half of a number, rise.
pub fn senders_keep_their_order(heard: &Heard) -> Result<(), String> {
    let mut last = BTreeMap::new();
    for (id, _) in heard {
        let before = last.insert(id >> 32, *id);
        // Who writes to itself and has echoes hears it twice.
        if before.is_some_and(|before| before > *id) {
            return Err(format!("{id} was heard after {before:?}"));
        }
    }
    Ok(())
}

#[test]
fn different_orders_are_found_out() {
    assert!(one_order(&[vec![1, 2, 3], vec![1, 3], vec![2, 3, 4]]).is_ok());
    assert!(one_order(&[vec![1, 2, 3], vec![3, 4], vec![4, 2]]).is_err());
    assert!(one_order(&[vec![1, 1]]).is_err());
}
