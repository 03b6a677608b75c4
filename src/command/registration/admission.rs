//! Who may come in: asked before anything of a connection is read, and again when a gateway has said
//! where its user is.

use crate::command::Close;
use crate::core::server::notice_mask::Kinds;
use crate::core::{MachineLimits, MachineSettings, Network, Origin};
use crate::proto::time::Moment;

/// Counts a connection, and says why it may not stay.
pub fn refusal(
    network: &Network,
    machine: &MachineSettings,
    origin: &Origin,
    now: Moment,
) -> Option<Close> {
    // A gateway has many users, who are counted once it has said where they are.
    let for_others = machine.webirc.iter().any(|gateway| origin.comes_from(gateway));
    let by_address = refusal_of(network, &machine.limits, origin, now);
    if network.counts.connections.up() > machine.limits.connections {
        return Some(Close::Full);
    }
    by_address.filter(|why| !for_others || matches!(why, Close::Banned { .. }))
}

/// Counts a connection for its address, and says why it may not come from there.
pub fn refusal_of(
    network: &Network,
    limits: &MachineLimits,
    origin: &Origin,
    now: Moment,
) -> Option<Close> {
    let counted = origin.counted();
    let too_many = !network.addresses.enter(counted, limits);
    if let Some(ban) = network.bans.of_address(origin.address, now) {
        return Some(Close::Banned { reason: ban.reason.to_vec() });
    }
    if too_many {
        return Some(Close::TooMany);
    }
    let too_fast = !network.addresses.may_come(counted, limits, now);
    too_fast.then_some(Close::TooFast)
}

/// Forgets a connection that was counted.
pub fn leave(network: &Network, origin: &Origin, limits: &MachineLimits) {
    network.counts.connections.down();
    network.addresses.leave(origin.counted(), limits);
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
