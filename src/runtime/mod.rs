//! Starts, wires, reloads and stops.

mod busy;
mod error;
mod listeners;
mod persister;
mod preflight;
mod shards;
mod signals;

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::time::timeout;

use self::listeners::Listeners;
use self::persister::Persister;
use self::preflight::preflight;
use self::shards::{First, Shards};
use self::signals::{Meaning, Signals};
use crate::command::{Close, Reloaded};
use crate::config::Config;
use crate::core::Network;
use crate::net::{Clock, Control, Request};
use crate::telemetry::Telemetry;
use crate::{config, gateway, metrics, net};

pub use self::error::RunError;

/// How long stopping may take, the last changes of the store included.
const END_WITHIN: Duration = Duration::from_millis(4900);

/// Why the server has stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It was asked to.
    Stop,
    /// It is to be started again.
    Restart,
}

/// Files that may be open beside the connections: listeners, pipes, the store.
const FILES_BESIDE: usize = 64;

/// Has the system make its table of this process's files large enough for so many: grown later, when
/// there are several threads, it makes the one that opens a file wait some 15 ms each time.
fn make_room_for_files(count: usize) -> io::Result<()> {
    let (soft, _) = rlimit::getrlimit(rlimit::Resource::NOFILE)?;
    let last = ((count + FILES_BESIDE) as u64).min(soft.saturating_sub(1));
    let file = File::open("/dev/null")?;
    // Closed at once; the table does not become smaller.
    rustix::io::fcntl_dupfd_cloexec(&file, last.try_into().unwrap_or(i32::MAX))?;
    Ok(())
}

/// Runs the server until Ctrl-C, SIGTERM or an operator stops it.  SIGHUP has the configuration
/// read again, from `file` and the environment.
pub fn run(config: Config, file: Option<PathBuf>, telemetry: Telemetry) -> Result<End, RunError> {
    for warning in &config.warnings {
        tracing::warn!(%warning, "configuration");
    }
    let (store, snapshot) = persister::open(&config)?;
    let (mut listeners, changes) = Listeners::new();
    let prepared = listeners.prepare(&config)?;
    let metrics = config.metrics.map(|address| net::bind_ip("metrics.address", address));
    let metrics = metrics.transpose()?;
    let connections = config.settings.machine.limits.connections;
    match rlimit::increase_nofile_limit(u64::MAX) {
        // More connections than that are no fault until they come.
        Ok(open_files) if (open_files as usize) < connections + FILES_BESIDE => tracing::warn!(
            open_files,
            connections,
            "the system allows fewer open files than limits.connections needs"
        ),
        Ok(_) => {}
        Err(why) => tracing::warn!(%why, "the limit of open files stays as it is"),
    }
    if let Err(why) = make_room_for_files(connections) {
        tracing::debug!(%why, "the table of open files grows as they come");
    }
    let gateways =
        gateway::prepare(config.gateway.clone(), config.settings.network.casemap, random()?)?;
    let runtime = shards::runtime()?;
    // Whoever has read the announcement may already send one.
    let signals = {
        let _in = runtime.enter();
        Signals::new()?
    };
    let clock = Clock::start(snapshot.latest());
    let mut network = Network::new(config.settings.clone(), config.shards, clock.now().moment());
    if metrics.is_some() {
        network.nanoseconds = net::nanoseconds;
    }
    let network = Arc::new(network);
    network.restore(snapshot);
    prepared.announce(&config, gateways.workshop(), metrics.as_ref())?;
    listeners.apply(prepared);
    let (control, requests) = Control::new();
    let control = control.with_store(store.clone());
    let persister =
        store.clone().map(|store| Persister::start(&runtime, Arc::clone(&network), store));
    let first = First { listeners: changes, gateways };
    let mut shards = Shards::start(&network, config.shards, clock.clone(), &control, first)?;
    let mut server =
        Server { network: Arc::clone(&network), clock, listeners, file, telemetry, config };
    if let Some(metrics) = metrics {
        runtime.spawn_local(metrics::serve(
            metrics,
            Arc::clone(&server.network),
            server.listeners.tls(),
        ));
    }
    let end = runtime.block_on(server.supervise(&mut shards, signals, requests));
    tracing::info!("stopping");
    let stopping = Instant::now();
    shards.stop(match end {
        Ok(End::Restart) => Close::Restart,
        _ => Close::Shutdown,
    });
    let left = || END_WITHIN.saturating_sub(stopping.elapsed());
    if persister.is_some_and(|persister| !persister.finish(&runtime, left())) {
        tracing::error!("the last changes of permanent channels are not stored");
    }
    if let Some(store) = store {
        let closed = runtime.block_on(async { timeout(left(), store.close()).await });
        if closed.is_err() {
            tracing::error!(
                "the store was not closed in time: copy the -wal file beside it as well"
            );
        }
    }
    end
}

fn random() -> io::Result<u64> {
    getrandom::u64().map_err(io::Error::other)
}

/// What a reload concerns.
struct Server {
    network: Arc<Network>,
    clock: Clock,
    listeners: Listeners,
    file: Option<PathBuf>,
    telemetry: Telemetry,
    /// As it is in force.
    config: Config,
}

impl Server {
    /// Does what signals and operators want, until that is to end.
    async fn supervise(
        &mut self,
        shards: &mut Shards,
        mut signals: Signals,
        mut requests: mpsc::Receiver<Request>,
    ) -> Result<End, RunError> {
        loop {
            tokio::select! {
                meaning = signals.next() => match meaning {
                    Meaning::Stop => return Ok(End::Stop),
                    Meaning::Reload => drop(self.reload()),
                },
                () = self.listeners.certificates_changed() => self.listeners.read_certificates(),
                () = shards.any_ended() => return Err(RunError::Shard),
                request = requests.recv() => match request {
                    Some(Request::Stop) => return Ok(End::Stop),
                    // Who has left meanwhile is not told.
                    Some(Request::Reload(reply)) => drop(reply.send(self.reload())),
                    Some(Request::Restart(reply)) => {
                        let preflighted = self.preflight_restart();
                        let is_good = preflighted.is_ok();
                        drop(reply.send(preflighted));
                        if is_good {
                            return Ok(End::Restart);
                        }
                    }
                    None => return Err(RunError::Shard),
                },
            }
        }
    }

    /// Puts the configuration in force as it is now; a faulty one changes nothing.  What only a
    /// restart changes is left as it was, and named.
    fn reload(&mut self) -> Reloaded {
        let reloaded = self.load().and_then(|config| self.put_in_force(config));
        match &reloaded {
            Ok(waiting) if waiting.is_empty() => tracing::info!("reloaded"),
            Ok(waiting) => tracing::warn!(
                waiting = waiting.join(", "),
                "reloaded, but for what needs a restart"
            ),
            Err(faults) => {
                tracing::error!(faults = faults.join("; "), "not reloaded: nothing has changed")
            }
        }
        reloaded
    }

    fn load(&self) -> Result<Config, Vec<String>> {
        config::load(self.file.as_deref(), std::env::vars_os())
            .map_err(|faults| faults.iter().map(ToString::to_string).collect())
    }

    /// Whether the server could start again with the configuration as it is now.
    fn preflight_restart(&self) -> Result<(), Vec<String>> {
        let next = self.load()?;
        preflight(&self.config, &next).map_err(|why| vec![why.to_string()])
    }

    fn put_in_force(&mut self, mut config: Config) -> Reloaded {
        let prepared = self.listeners.prepare(&config).map_err(|why| vec![why.to_string()])?;
        let mut waiting = config.retain_immutable(&self.config);
        waiting.extend(config.settings.retain_immutable(&self.config.settings));
        self.listeners.apply(prepared);
        self.telemetry.set(config.log);
        for warning in &config.warnings {
            tracing::warn!(%warning, "configuration");
        }
        self.network.set_settings(self.clock.now().moment(), config.settings.clone());
        self.config = config;
        Ok(waiting.into_iter().map(String::from).collect())
    }
}
