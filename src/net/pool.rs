//! Threads for one kind of blocking work, so that no kind waits behind another.
//!
//! They are the runtime's threads for what blocks, of which there are more than all pools together
//! have (`runtime::shards`): a pool bounds how many of them its own kind of work takes.

use std::sync::Arc;
use std::thread;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;

/// Threads for one kind of work that blocks: at most as many as it was made with; what is more waits
/// in the order in which it came.
#[derive(Clone, Debug)]
pub struct Pool {
    free: Arc<Semaphore>,
}

/// One thread of a pool, which nobody else gets before this is dropped or its work is done.
#[derive(Debug)]
pub struct PoolPermit {
    permit: OwnedSemaphorePermit,
}

impl Pool {
    /// A pool of so many threads.
    pub fn new(threads: usize) -> Self {
        Self { free: Arc::new(Semaphore::new(threads)) }
    }

    /// For what keeps a core busy: all cores but one, which the shards keep; at least one thread.
    pub fn of_cores() -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        Self::new(cores.saturating_sub(1).max(1))
    }

    /// Waits for a thread.
    pub async fn permit(&self) -> Option<PoolPermit> {
        // It is never closed.
        let permit = Arc::clone(&self.free).acquire_owned().await.ok()?;
        Some(PoolPermit { permit })
    }
}

impl PoolPermit {
    /// Does the work on the thread, which goes on with it also when nobody waits any more.  `None`: it
    /// panicked, or the runtime is shutting down.
    pub async fn run<T: Send + 'static>(
        self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let Self { permit } = self;
        let done = spawn_blocking(move || {
            let _permit = permit;
            work()
        });
        done.await.ok()
    }
}
