//! The one place that asks what time it is.

use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

use crate::proto::time::Now;

/// Milliseconds since it was made, and since 1970.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Instant,
}

/// Nanoseconds since it was first asked.
pub fn nanoseconds() -> u64 {
    static START: OnceLock<std::time::Instant> = OnceLock::new();
    START.get_or_init(std::time::Instant::now).elapsed().as_nanos() as u64
}

impl Clock {
    /// Begins at 0.
    pub fn start() -> Self {
        Self { start: Instant::now() }
    }

    /// The moment.
    pub fn now(&self) -> Now {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Now {
            monotonic: self.start.elapsed().as_millis() as u64,
            unix: since_1970.as_millis() as u64,
        }
    }
}
