//! Records and notices of connections that come to nothing, once a second.

use std::fmt;

use crate::command::registration::admission;
use crate::core::{Unreported, notify_operators};
use crate::proto::time::Now;
use crate::shard::Shard;

/// How many others a notice stands for.
pub(in crate::shard) struct Others(pub(in crate::shard) u64);

impl fmt::Display for Others {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 { Ok(()) } else { write!(f, " (and {} more)", self.0) }
    }
}

impl Shard {
    /// Writes what there was of incidents beyond those that records have told of.
    pub(in crate::shard) fn record_incidents(&mut self, now: Now) {
        for Unreported { kind, count, address } in
            self.network.incidents.take_unreported(now.moment())
        {
            let address = address.to_canonical().to_string();
            tracing::info!(kind, count, address = &*address, "more of a kind");
            if let Some(notice) = admission::kind(kind) {
                let text = format_args!("{count} more refused: {kind}, the last from {address}");
                notify_operators(&self.network, &mut self.here, now.moment(), notice, text);
            }
        }
    }
}
