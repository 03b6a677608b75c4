//! Commands that are done in slices, so that nobody waits long for what one client asks.
//!
//! A command that goes over many items looks now and then whether it has done enough
//! (`Cx::is_enough`), and if so gives back `Cx::goes_on`: the rest is done in a later slice, after
//! others have been served.  Its session's next command waits until then, and so do the label and the
//! answer.  What is kept meanwhile is data: the command as it was given, and how far it has come.

use std::sync::Arc;

use crate::command::Carried;
use crate::core::{Ban, Channel, User};
use crate::delivery::Delivery;
use crate::proto::names::UserId;
use crate::proto::prefix::Prefixes;
use crate::work;
use crate::work::Spent;

/// Work after which a command goes on in a later slice, in units of work: some 0.5 ms.
pub const SLICE: u64 = 8192;

/// Deliveries that cost as much as a unit of work.
pub const DELIVERIES_A_UNIT: u64 = 2;

/// A moment of a shard, from which on its work is counted.
#[derive(Clone, Copy)]
pub struct Mark {
    charged: Spent,
    told: u64,
}

impl Mark {
    /// This moment.
    pub fn now(here: &Delivery) -> Self {
        Self { charged: work::spent(), told: here.traffic().lines }
    }

    /// Units of work since, what has been told included.
    pub fn since(self, here: &Delivery) -> u64 {
        let told = here.traffic().lines - self.told;
        work::spent() - self.charged + told / DELIVERIES_A_UNIT
    }
}

/// A command of which a part has been done.
pub struct Rest {
    /// Its row of the table.
    pub row: usize,
    /// Its parameters, all of them.
    pub params: Box<[Box<[u8]>]>,
    /// What came with it.
    pub carried: Carried,
    /// How far it has come.
    pub progress: Progress,
}

/// How far a command has come; the default is its beginning.
#[derive(Default)]
pub struct Progress {
    /// How many of its items are done.
    pub at: usize,
    /// What it goes over, if that is more than its parameters say.
    pub items: Items,
}

/// What a command has found in its first slice and goes on with in the others.
#[derive(Default)]
pub enum Items {
    /// Nothing beside its parameters.
    #[default]
    Nothing,
    /// Users, some of whom may have left since.
    Users(Vec<Arc<User>>),
    /// Members of a channel, some of whom may have left since.
    Members(Vec<UserId>),
    /// Channels, some of which may be gone since.
    Channels(Vec<Arc<Channel>>),
    /// Bans of the server.
    Bans(Vec<Arc<Ban>>),
    /// The ranks of the user in the channel.
    Ranks {
        /// When the command began.
        first: Prefixes,
        /// After its last slice.
        last: Prefixes,
        /// Whether there was a change.
        has_changed: bool,
    },
}
