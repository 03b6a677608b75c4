//! The list of operations, and how they are applied.

use std::sync::Arc;

use crate::core::network::Network;
use crate::core::router::LocalShard;
use crate::core::server::ban::Ban;
use crate::core::server::network_settings::NetworkSettings;
use crate::proto::time::Moment;

/// Something that changes the network.
#[derive(Clone, Debug)]
pub enum Op {
    /// Time has passed: what is due expires, such as a ban that was set for a while.  Applied before
    /// any operation that comes after it in time.
    Tick,
    /// Other settings decide what operations do.
    Settings(Box<NetworkSettings>),
}

/// What an operation has come to.
#[derive(Debug, PartialEq, Eq)]
pub enum Done {
    /// All that was asked.
    Whole,
    /// These bans of the server have ended.
    Ended(Vec<Arc<Ban>>),
}

impl Network {
    /// Applies an operation at that moment, and tells whom it concerns.
    pub fn apply(&self, here: &mut dyn LocalShard, now: Moment, op: Op) -> Done {
        match op {
            Op::Tick => Done::Ended(self.tick(here, now)),
            Op::Settings(settings) => {
                self.replace_settings(*settings);
                Done::Whole
            }
        }
    }
}
