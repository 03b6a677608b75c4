//! Who may come in: asked before anything of a connection is read, and again when a gateway has said
//! where its user is.

use super::Close;
use crate::state::notices::Kinds;
use crate::state::{Limits, Origin, Settings, World};
use crate::wire::time::Now;

/// Counts a connection, and says why it may not stay.
pub fn refusal(world: &World, settings: &Settings, origin: &Origin, now: Now) -> Option<Close> {
    // A gateway has many users, who are counted once it has said where they are.
    let for_others = settings.webirc.iter().any(|gateway| gateway.is_of(origin));
    let by_address = refusal_of(world, &settings.limits, origin, now);
    if world.counts.connections.up() > settings.limits.connections {
        return Some(Close::Full);
    }
    by_address.filter(|why| !for_others || matches!(why, Close::Banned { .. }))
}

/// Counts a connection for its address, and says why it may not come from there.
pub fn refusal_of(world: &World, limits: &Limits, origin: &Origin, now: Now) -> Option<Close> {
    let counted = origin.counted();
    let too_many = !world.addresses.enter(counted, limits);
    if let Some(ban) = world.bans.of_address(origin.address, now) {
        return Some(Close::Banned { reason: ban.reason.to_vec() });
    }
    if too_many {
        return Some(Close::TooMany);
    }
    let too_fast = !world.addresses.may_come(counted, limits, now);
    too_fast.then_some(Close::TooFast)
}

/// Forgets a connection that was counted.
pub fn leave(world: &World, origin: &Origin, limits: &Limits) {
    world.counts.connections.down();
    world.addresses.leave(origin.counted(), limits);
}

/// Of which kind a notice is of connections that ended for the reason of this name
/// ([`Close::name`]); `None`: operators are not told.
pub fn kind(reason: &str) -> Option<Kinds> {
    let banned = Close::Banned { reason: Vec::new() };
    let by_number = [Close::Full, Close::TooMany, Close::TooFast];
    if reason == banned.name() {
        return Some(Kinds::BANS);
    }
    by_number.iter().any(|why| why.name() == reason).then_some(Kinds::FLOODS)
}
