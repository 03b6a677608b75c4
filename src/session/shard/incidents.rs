//! Records and notices of connections that come to nothing, once a second.

use std::fmt;

use super::Shard;
use crate::command::door;
use crate::state::{Untold, notices};
use crate::wire::time::Now;

/// How many others a notice stands for.
pub(super) struct Others(pub(super) u64);

impl fmt::Display for Others {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 { Ok(()) } else { write!(f, " (and {} more)", self.0) }
    }
}

impl Shard {
    /// Writes what there was of incidents beyond those that records have told of.
    pub(super) fn record_incidents(&mut self, now: Now) {
        for Untold { kind, count, address } in self.world.incidents.take_untold(now) {
            let address = address.to_canonical().to_string();
            tracing::info!(kind, count, address = &*address, "more of a kind");
            if let Some(notice) = door::kind(kind) {
                let text = format_args!("{count} more refused: {kind}, the last from {address}");
                notices::tell(&self.world, &mut self.here, now, notice, text);
            }
        }
    }
}
