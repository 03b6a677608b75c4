//! The store at the start, while the server runs, and at the end.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::LocalRuntime;
use tokio::sync::{Mutex, Notify};
use tokio::time::{sleep, timeout};

use crate::config::Config;
use crate::core::{Cloaking, Network, Settings, Snapshot};
use crate::store::{OpenError, Store};

/// How long nothing is tried again after the store has refused something.
const REST: Duration = Duration::from_secs(1);

/// Opens the store, if the configuration has one, and reads it.  Where nobody can ask for anything
/// to be kept, no file is made.
pub fn open(config: &Config) -> Result<(Option<Store>, Snapshot), OpenError> {
    let Some(path) = &config.store else { return Ok((None, Snapshot::default())) };
    let Settings { network, machine } = &config.settings;
    let is_needed = !machine.operators.is_empty() || matches!(network.cloak, Cloaking::Stored);
    let (store, snapshot) = Store::open(path, is_needed, network.casemap)?;
    // Without it nobody would be hidden, and nobody told.
    if matches!(network.cloak, Cloaking::Stored) && snapshot.cloak_secret.is_none() {
        return Err(OpenError::NoSecret { path: path.path.clone() });
    }
    Ok((Some(store), snapshot))
}

/// Has permanent channels stored.
pub struct Persister {
    network: Arc<Network>,
    store: Store,
    /// One at a time: who has nothing to store does not overtake who has.
    persisting: Mutex<()>,
}

impl Persister {
    /// Begins: whenever they change, for as long as the runtime runs.
    pub fn start(runtime: &LocalRuntime, network: Arc<Network>, store: Store) -> Arc<Self> {
        let waker = Arc::new(Notify::new());
        let wake = Arc::clone(&waker);
        network.router.dirty_channels.set_waker(Box::new(move || wake.notify_one()));
        let persister = Arc::new(Self { network, store, persisting: Mutex::new(()) });
        let working = Arc::clone(&persister);
        runtime.spawn_local(async move {
            loop {
                waker.notified().await;
                if !working.persist().await {
                    sleep(REST).await;
                    waker.notify_one();
                }
            }
        });
        persister
    }

    /// Stores what has changed last, once nothing changes any more; whether it is stored in time.
    pub fn finish(&self, runtime: &LocalRuntime, within: Duration) -> bool {
        runtime.block_on(async { timeout(within, self.persist()).await }) == Ok(true)
    }

    /// Stores the channels that have changed; `false`: they wait.
    async fn persist(&self) -> bool {
        let _one_at_a_time = self.persisting.lock().await;
        let changes = self.network.take_dirty();
        if changes.is_empty() || self.store.persist(changes.clone()).await {
            return true;
        }
        self.network.requeue_dirty(&changes);
        false
    }
}

#[cfg(test)]
mod tests {
    use tokio::task::yield_now;

    use super::*;
    use crate::config;
    use crate::proto::names::ChannelName;
    use crate::proto::time::Now;
    use crate::runtime::shards;

    #[test]
    fn the_end_waits_for_what_is_being_stored() {
        let folder = tempfile::tempdir().expect("a folder");
        let (store, release) = Store::held(&folder.path().join("test.db"));
        let runtime = shards::runtime().expect("a runtime");
        let settings = config::load(None, [("", ""); 0]).expect("the defaults").settings;
        let network = Arc::new(Network::new(settings, 1, Now { monotonic: 0, unix: 1 }.moment()));
        let persister = Persister::start(&runtime, Arc::clone(&network), store);
        network.router.dirty_channels.add(ChannelName::parse(b"#gone", 64).expect("a name"));
        runtime.block_on(async {
            for _ in 0..10 {
                yield_now().await;
            }
        });
        assert!(network.take_dirty().is_empty(), "it is being stored");
        assert!(!persister.finish(&runtime, Duration::ZERO), "the store has not stored it");
        release.send(()).expect("the store waits");
        assert!(persister.finish(&runtime, Duration::from_secs(10)));
    }
}
