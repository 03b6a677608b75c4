//! The one place that asks what time it is.

use std::sync::{Arc, OnceLock};
use std::time::{SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;
use tokio::time::Instant;

use crate::proto::time::{Moment, Now, Steady};

/// How far ahead of the system's clock the first moment may be, in milliseconds.
const DAY_MS: u64 = 86_400_000;

/// The clock of the process, shared by its shards.
#[derive(Clone, Debug)]
pub struct Clock {
    start: Instant,
    steady: Arc<Mutex<Steady>>,
}

/// Nanoseconds since it was first asked.
pub fn nanoseconds() -> u64 {
    static START: OnceLock<std::time::Instant> = OnceLock::new();
    START.get_or_init(std::time::Instant::now).elapsed().as_nanos() as u64
}

impl Clock {
    /// Its monotonic time begins at 0, and its moments after `latest`, the last one that is known of
    /// an earlier run; but no more than a day from now, for then the clock was wrong at that time.
    pub fn start(latest: Moment) -> Self {
        let latest = latest.ms().min(since_1970().saturating_add(DAY_MS));
        let steady = Steady::after(Moment::from_ms(latest));
        Self { start: Instant::now(), steady: Arc::new(Mutex::new(steady)) }
    }

    /// The moment.
    pub fn now(&self) -> Now {
        let monotonic = self.start.elapsed().as_millis() as u64;
        Now { monotonic, unix: self.steady.lock().at(monotonic, since_1970()) }
    }
}

/// What the system's clock says, in milliseconds.
fn since_1970() -> u64 {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since_1970.as_millis() as u64
}
