//! How busy a shard's thread is.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::{Instant, sleep};

use crate::core::Load;

/// How often that is looked at.
const EVERY: Duration = Duration::from_secs(1);

/// Notes in `load`, once a second, how busy the runtime that this runs on has been; without end.
pub async fn watch(load: Arc<Load>) {
    let metrics = Handle::current().metrics();
    // A runtime of one thread: its only worker is the first.
    let busy = || metrics.worker_total_busy_duration(0);
    loop {
        let (since, before) = (Instant::now(), busy());
        sleep(EVERY).await;
        let share = (busy() - before).as_secs_f64() / since.elapsed().as_secs_f64();
        load.set_busy((share * 1000.0) as u32);
    }
}
