//! The store at the start, while the server runs, and at the end.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::LocalRuntime;
use tokio::sync::{Mutex, Notify};
use tokio::time::{sleep, timeout};

use crate::config::Config;
use crate::state::{Cloaking, Snapshot, World};
use crate::store::{OpenError, Store};

/// How long nothing is tried again after the store has refused something.
const REST: Duration = Duration::from_secs(1);

/// Opens the store, if the configuration has one, and reads it.  Where nobody can ask for anything
/// to be kept, no file is made.
pub fn open(config: &Config) -> Result<(Option<Store>, Snapshot), OpenError> {
    let Some(place) = &config.store else { return Ok((None, Snapshot::default())) };
    let settings = &config.settings;
    let is_needed = !settings.operators.is_empty() || matches!(settings.cloak, Cloaking::Kept);
    let (store, snapshot) = Store::open(place, is_needed, settings.casemap)?;
    // Without it nobody would be hidden, and nobody told.
    if matches!(settings.cloak, Cloaking::Kept) && snapshot.cloak_secret.is_none() {
        return Err(OpenError::NoSecret { path: place.path.clone() });
    }
    Ok((Some(store), snapshot))
}

/// Has permanent channels stored.
pub struct Keeper {
    world: Arc<World>,
    store: Store,
    /// One at a time: who has nothing to store does not overtake who has.
    turn: Mutex<()>,
}

impl Keeper {
    /// Begins: whenever they change, for as long as the runtime runs.
    pub fn start(runtime: &LocalRuntime, world: Arc<World>, store: Store) -> Arc<Self> {
        let bell = Arc::new(Notify::new());
        let ring = Arc::clone(&bell);
        world.places.changed.ring_with(Box::new(move || ring.notify_one()));
        let keeper = Arc::new(Self { world, store, turn: Mutex::new(()) });
        let working = Arc::clone(&keeper);
        runtime.spawn_local(async move {
            loop {
                bell.notified().await;
                if !working.keep().await {
                    sleep(REST).await;
                    bell.notify_one();
                }
            }
        });
        keeper
    }

    /// Stores what has changed last, once nothing changes any more; whether it is stored in time.
    pub fn finish(&self, runtime: &LocalRuntime, within: Duration) -> bool {
        runtime.block_on(async { timeout(within, self.keep()).await }) == Ok(true)
    }

    /// Stores the channels that have changed; `false`: they wait.
    async fn keep(&self) -> bool {
        let _turn = self.turn.lock().await;
        let changes = self.world.take_changed();
        if changes.is_empty() || self.store.keep(changes.clone()).await {
            return true;
        }
        self.world.give_back_changed(&changes);
        false
    }
}

#[cfg(test)]
mod tests {
    use tokio::task::yield_now;

    use super::*;
    use crate::config;
    use crate::names::ChannelName;
    use crate::runtime::shards;
    use crate::wire::time::Now;

    #[test]
    fn the_end_waits_for_what_is_being_stored() {
        let folder = tempfile::tempdir().expect("a folder");
        let (store, release) = Store::held(&folder.path().join("test.db"));
        let runtime = shards::runtime().expect("a runtime");
        let settings = config::load(None, [("", ""); 0]).expect("the defaults").settings;
        let world = Arc::new(World::new(settings, 1, Now { monotonic: 0, unix: 1 }));
        let keeper = Keeper::start(&runtime, Arc::clone(&world), store);
        world.places.changed.add(ChannelName::parse(b"#gone", 64).expect("a name"));
        runtime.block_on(async {
            for _ in 0..10 {
                yield_now().await;
            }
        });
        assert!(world.take_changed().is_empty(), "it is being stored");
        assert!(!keeper.finish(&runtime, Duration::ZERO), "the store has not stored it");
        release.send(()).expect("the store waits");
        assert!(keeper.finish(&runtime, Duration::from_secs(10)));
    }
}
