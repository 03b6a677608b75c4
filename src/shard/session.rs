//! One connection's stages, and the shard that holds them: bytes in, bytes out.

use std::sync::Arc;

use crate::command::{Client, Oper, Registering, Stage};
use crate::core::{MachineLimits, Metadata, Origin};
use crate::proto::Framing;
use crate::proto::caps::CapSet;
use crate::proto::names::{ConnId, UserId};
use crate::proto::time::Now;
use crate::shard::cost_meter::CostMeter;
use crate::shard::held::Held;
use crate::shard::liveness::Liveness;
use crate::shard::throttle::Throttle;

/// One stream of bytes, and how far it has come.
pub(super) struct Session {
    pub(super) client: Client,
    pub(super) framing: Framing,
    pub(super) liveness: Liveness,
    pub(super) throttle: Throttle,
    pub(super) cost_meter: CostMeter,
    /// Whether commands are run as they arrive.
    pub(super) pace: Pace,
    /// Something has arrived.
    pub(super) begun: bool,
    /// What came after the last command that was run, while none are: at most what the shard runtime reads
    /// at once.
    pub(super) held: Held,
    /// The other side has closed its half while commands waited.
    pub(super) hung_up: bool,
}

/// Whether a client's commands are run as they arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pace {
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
    pub(super) fn new(
        conn: ConnId,
        id: UserId,
        origin: Origin,
        now: Now,
        limits: &MachineLimits,
    ) -> Self {
        let registering = Registering {
            id,
            password: None,
            nick: None,
            user: None,
            webirc_info: None,
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
                is_via_webirc: false,
                caps: CapSet::NONE,
                keeps_cap_notify: false,
                stage,
                oper: Oper::default(),
                extra: None,
            },
            framing: Framing::new(),
            liveness: Liveness::new(now),
            throttle: Throttle::new(now, limits),
            cost_meter: CostMeter::new(now),
            pace: Pace::Running,
            begun: false,
            held: Held::default(),
            hung_up: false,
        }
    }

    pub(super) fn is_registered(&self) -> bool {
        self.client.user().is_some()
    }
}
