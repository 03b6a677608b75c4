//! The store at the start, while the server runs, and at the end.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::LocalRuntime;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use crate::config::Config;
use crate::state::{Cloaking, Snapshot, World};
use crate::store::{OpenError, Store};

/// How long nothing is tried again after the store has refused something.
const REST: Duration = Duration::from_secs(1);

/// Opens the store, if the configuration has one, and reads it.  Where nobody can ask for anything
/// to be kept, no file is made.
pub fn open(config: &Config) -> Result<(Option<Store>, Snapshot), OpenError> {
    let Some(path) = &config.store else { return Ok((None, Snapshot::default())) };
    let settings = &config.settings;
    let is_needed = !settings.operators.is_empty() || matches!(settings.cloak, Cloaking::Kept);
    let (store, snapshot) = Store::open(path, is_needed, settings.casemap)?;
    Ok((Some(store), snapshot))
}

/// Has permanent channels stored whenever they change, for as long as the runtime runs.
pub fn start(runtime: &LocalRuntime, world: &Arc<World>, store: &Store) {
    let bell = Arc::new(Notify::new());
    let ring = Arc::clone(&bell);
    world.places.changed.ring_with(Box::new(move || ring.notify_one()));
    let (world, store) = (Arc::clone(world), store.clone());
    runtime.spawn_local(async move {
        loop {
            bell.notified().await;
            if !keep(&world, &store).await {
                sleep(REST).await;
                bell.notify_one();
            }
        }
    });
}

/// Stores what has changed last, once nothing changes any more, in so far as it can be done in time.
pub fn finish(runtime: &LocalRuntime, world: &World, store: &Store, within: Duration) {
    let kept = runtime.block_on(async { timeout(within, keep(world, store)).await });
    if kept != Ok(true) {
        tracing::error!("the last changes of permanent channels are not stored");
    }
}

/// Stores the channels that have changed; `false`: they wait.
async fn keep(world: &World, store: &Store) -> bool {
    let changes = world.take_changed();
    if changes.is_empty() || store.keep(changes.clone()).await {
        return true;
    }
    world.give_back_changed(&changes);
    false
}
