//! Who may come in: asked before anything of a connection is read.

use std::net::IpAddr;

use crate::command::Close;
use crate::state::notices::Kinds;
use crate::state::{Limits, World};
use crate::wire::time::Now;

/// Counts a connection, and says why it may not stay.
pub fn refusal(world: &World, address: IpAddr, now: Now, limits: &Limits) -> Option<Close> {
    let too_many = !world.addresses.enter(address, limits);
    let is_full = world.counts.connections.up() > limits.connections;
    if let Some(ban) = world.bans.of_address(address, now) {
        return Some(Close::Banned { reason: ban.reason.to_vec() });
    }
    if is_full {
        return Some(Close::Full);
    }
    if too_many {
        return Some(Close::TooMany);
    }
    let too_fast = !world.addresses.may_come(address, limits, now);
    too_fast.then_some(Close::TooFast)
}

/// Forgets a connection that was counted.
pub fn leave(world: &World, address: IpAddr, limits: &Limits) {
    world.counts.connections.down();
    world.addresses.leave(address, limits);
}

/// Of which kind a notice of a refusal is.
pub fn kind(why: &Close) -> Kinds {
    if matches!(why, Close::Banned { .. }) { Kinds::BANS } else { Kinds::FLOODS }
}
