//! One connection's stages, and the shard that holds them: bytes in, bytes out.

mod held;
mod liveness;
mod shard;
mod standing;
mod throttle;

use std::sync::Arc;

use crate::command::{Client, Oper, Registering, Stage};
use crate::names::{ConnId, UserId};
use crate::state::{Limits, Metadata, Origin};
use crate::wire::Framing;
use crate::wire::caps::CapSet;
use crate::wire::time::Now;

use held::Held;
use liveness::Liveness;
use standing::Standing;
use throttle::Throttle;

pub use shard::{Charged, Shard};

/// One stream of bytes, and how far it has come.
struct Session {
    client: Client,
    framing: Framing,
    liveness: Liveness,
    throttle: Throttle,
    standing: Standing,
    /// Whether commands are run as they arrive.
    pace: Pace,
    /// Something has arrived.
    begun: bool,
    /// What came after the last command that was run, while none are: at most what the shell reads
    /// at once.
    held: Held,
    /// The other side has closed its half while commands waited.
    hung_up: bool,
}

/// Whether a client's commands are run as they arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pace {
    /// They are.
    Running,
    /// Not until its job is done.
    Job,
    /// Not before its time comes again: it has had its share, or does not take its answers.
    Later,
    /// Not before it has a token of flood control again.  It is read on all the same, a little way
    /// ahead, for what is answered at once (`Spec::goes_ahead`).
    Braked,
    /// Never again: it is about to be ended.
    Leaving,
}

impl Session {
    fn new(conn: ConnId, id: UserId, origin: Origin, now: Now, limits: &Limits) -> Self {
        let registering = Registering {
            id,
            password: None,
            nick: None,
            user: None,
            vouched: None,
            negotiating: false,
            looks_up: false,
            away: None,
            metadata: Metadata::default(),
        };
        let stage = Stage::Registering(Box::new(registering));
        Self {
            client: Client {
                conn,
                origin: Arc::new(origin),
                is_vouched_for: false,
                caps: CapSet::NONE,
                keeps_cap_notify: false,
                stage,
                oper: Oper::default(),
                rare: None,
            },
            framing: Framing::new(),
            liveness: Liveness::new(now),
            throttle: Throttle::new(now, limits),
            standing: Standing::new(now),
            pace: Pace::Running,
            begun: false,
            held: Held::default(),
            hung_up: false,
        }
    }

    fn is_registered(&self) -> bool {
        self.client.user().is_some()
    }
}
