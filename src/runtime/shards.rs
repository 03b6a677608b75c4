//! The threads of the shards, and what goes on in each.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{self, Arc};
use std::time::Duration;
use std::{io, thread};

use tokio::runtime::{Builder, LocalOptions, LocalRuntime};
use tokio::sync::{mpsc, watch};
use tokio::task::{AbortHandle, spawn_local, yield_now};

use crate::command::Close;
use crate::config::Address;
use crate::core::{ConnectionPermit, Network};
use crate::gateway::Gateways;
use crate::net::{
    Acceptor, Clock, Control, DetachedSocket, Listener, ListenerProfile, Resolver, ShardRuntime,
};
use crate::proto::names::ShardId;
use crate::runtime::busy;
use crate::runtime::listeners::Change;
use crate::shard::Shard;

/// Accepted connections that may wait for a shard to take them.
const WAITING: usize = 1024;

/// Threads of a shard for what blocks, at the most: more than all pools of it have together, each of
/// which has a bound of its own (`net::Pool`).
const BLOCKING_THREADS: usize = 512;

/// Connections that are accepted before the system is asked again who else is ready.
const ACCEPTED_AT_ONCE: usize = 4;

/// Tasks that run before the system is asked again who is ready: all that it says at once (tokio's
/// default), so that a tick asks once.
const EVENT_INTERVAL: u32 = 1024;

/// How long stopping may take; after that the process ends with what is left.
const STOP_WITHIN: Duration = Duration::from_millis(4500);

/// A connection on its way to its shard, with the profile of the listener that accepted it and its connection permit.
type Arrival = (DetachedSocket, Arc<ListenerProfile>, Option<ConnectionPermit>);

/// A listener whose profile may be replaced while it accepts clients.
type OpenListener = Rc<RefCell<Arc<ListenerProfile>>>;

/// All shards.
pub struct Shards {
    threads: Vec<thread::JoinHandle<()>>,
    stop: watch::Sender<Option<Close>>,
    ended: mpsc::Receiver<()>,
}

/// Tells that a shard's thread has ended, however that came.
struct Ended(mpsc::Sender<()>);

impl Drop for Ended {
    fn drop(&mut self) {
        // There is room for one of each shard.
        let _ = self.0.try_send(());
    }
}

/// What the first shard has besides.
pub struct First {
    /// What it is to accept from.
    pub listeners: mpsc::UnboundedReceiver<Change>,
    /// Who takes part without being an IRC client.
    pub gateways: Gateways,
}

/// What a shard's thread is given.
struct Task {
    shard_id: ShardId,
    shard: Shard,
    clock: Clock,
    control: Control,
    network: Arc<Network>,
    first: Option<First>,
    /// The ways to all shards.
    shards: Vec<mpsc::Sender<Arrival>>,
    arrivals: mpsc::Receiver<Arrival>,
    stopped: watch::Receiver<Option<Close>>,
}

impl Shards {
    /// Starts one thread for each of `count` shards of the network; the first accepts for all.
    pub fn start(
        network: &Arc<Network>,
        count: usize,
        clock: Clock,
        control: &Control,
        first: First,
    ) -> io::Result<Self> {
        let (stop, stopped) = watch::channel(None);
        let (end, ended) = mpsc::channel(count);
        let (ways, arrivals): (Vec<_>, Vec<_>) = (0..count).map(|_| mpsc::channel(WAITING)).unzip();
        let mut first = Some(first);
        let mut threads = Vec::new();
        for (number, arrivals) in arrivals.into_iter().enumerate() {
            let shard_id = ShardId(number as u16);
            let Some(shard) = Shard::new(Arc::clone(network), shard_id) else { break };
            let (shards, stopped, control) = (ways.clone(), stopped.clone(), control.clone());
            let (network, first) = (Arc::clone(network), first.take());
            let task = Task {
                shard_id,
                shard,
                clock: clock.clone(),
                control,
                network,
                first,
                shards,
                arrivals,
                stopped,
            };
            let ended = Ended(end.clone());
            let (tell, told) = sync::mpsc::channel();
            let thread = thread::Builder::new().name(format!("shard-{number}"));
            threads.push(thread.spawn(move || {
                let _ended = ended;
                match runtime() {
                    Ok(runtime) => {
                        // Nobody asks when this thread is the last to know.
                        let _ = tell.send(Ok(()));
                        runtime.block_on(task.serve());
                        runtime.shutdown_background();
                    }
                    Err(why) => _ = tell.send(Err(why)),
                }
            })?);
            told.recv().map_err(io::Error::other)??;
        }
        Ok(Self { threads, stop, ended })
    }

    /// Returns when a shard's thread has ended before its time.
    pub async fn any_ended(&mut self) {
        self.ended.recv().await;
    }

    /// Stops them all, tells everybody why, and waits for it, but not for ever.
    pub fn stop(self, why: Close) {
        // Nobody listens any more only when every shard has ended already.
        let _ = self.stop.send(Some(why));
        let (done, all_done) = sync::mpsc::channel();
        thread::spawn(move || {
            for thread in self.threads {
                if thread.join().is_err() {
                    tracing::error!("a shard has panicked");
                }
            }
            let _ = done.send(());
        });
        if all_done.recv_timeout(STOP_WITHIN).is_err() {
            tracing::warn!("some connections were not closed in time");
        }
    }
}

/// A runtime for the thread that calls.
pub fn runtime() -> io::Result<LocalRuntime> {
    Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(BLOCKING_THREADS)
        .event_interval(EVENT_INTERVAL)
        .build_local(LocalOptions::default())
}

impl Task {
    async fn serve(mut self) {
        let runtime =
            ShardRuntime::start(self.shard, self.clock, self.control, Resolver::of_system());
        let shards = Rc::new(self.shards);
        let (mut listeners, gateways) = match self.first {
            Some(First { listeners, gateways }) => (Some(listeners), Some(gateways)),
            None => (None, None),
        };
        let started = gateways.map(|all| all.start(&runtime, &self.network.settings()));
        let gateways = match started.transpose() {
            Ok(gateways) => gateways,
            Err(why) => return tracing::error!(%why, "cannot go on"),
        };
        if let Some(load) = self.network.router.load(self.shard_id) {
            spawn_local(busy::watch(Arc::clone(load)));
        }
        let mut accepting: HashMap<Address, (AbortHandle, OpenListener)> = HashMap::new();
        loop {
            tokio::select! {
                arrival = self.arrivals.recv() => match arrival {
                    Some((detached, profile, permit)) => match detached.unpack() {
                        Ok(socket) => runtime.receive(socket, &profile, permit),
                        Err(why) => tracing::warn!(%why, "connection could not be served"),
                    },
                    None => break,
                },
                Some(change) = next(&mut listeners) => match change {
                    Change::Open(listener, profile) => {
                        let address = profile.address().clone();
                        let profile = Rc::new(RefCell::new(Arc::new(profile)));
                        let (runtime, shards) = (Rc::clone(&runtime), Rc::clone(&shards));
                        let network = Arc::clone(&self.network);
                        let task = accept(listener, Rc::clone(&profile), runtime, network, shards);
                        let accept = spawn_local(task);
                        accepting.insert(address, (accept.abort_handle(), profile));
                    }
                    Change::Alter(other) => {
                        if let Some((_, profile)) = accepting.get(other.address()) {
                            profile.replace_with(|before| Arc::new(other.after(before)));
                        }
                    }
                    Change::Close(address) => {
                        accepting.remove(&address).inspect(|(task, _)| task.abort());
                    }
                },
                () = runtime.failed() => break,
                // An error means that the one who would say so is gone.
                _ = self.stopped.changed() => break,
            }
        }
        accepting.values().for_each(|(task, _)| task.abort());
        if let Some(gateways) = gateways {
            gateways.stop().await;
        }
        let why = self.stopped.borrow().clone().unwrap_or(Close::Shutdown);
        runtime.shut_down(&why).await;
    }
}

/// The next change for the shard that accepts; for the others there is none.
async fn next(listeners: &mut Option<mpsc::UnboundedReceiver<Change>>) -> Option<Change> {
    listeners.as_mut()?.recv().await
}

/// Gives each connection to the shard that has room for it, this one (the first) above all; waits
/// while that shard has too many waiting.
async fn accept(
    listener: Listener,
    profile: OpenListener,
    runtime: Rc<ShardRuntime>,
    network: Arc<Network>,
    shards: Rc<Vec<mpsc::Sender<Arrival>>>,
) {
    let accepting = async {
        let mut acceptor = Acceptor::new(listener)?;
        for count in 0_usize.. {
            if count % ACCEPTED_AT_ONCE == 0 {
                yield_now().await;
            }
            let socket = acceptor.next().await;
            let profile = Arc::clone(&profile.borrow());
            let most = network.machine().limits.connections_per_shard;
            let Some((shard_id, load)) = network.router.for_new_client(most) else { break };
            let permit = profile.permit(load);
            match shards.get(shard_id) {
                Some(shard) if shard_id > 0 => {
                    if shard.send((socket.pack()?, profile, permit)).await.is_err() {
                        break;
                    }
                }
                _ => runtime.receive(socket, &profile, permit),
            }
        }
        Ok::<_, io::Error>(())
    };
    if let Err(why) = accepting.await {
        tracing::error!(%why, "a listener has failed");
    }
}
