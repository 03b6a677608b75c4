//! The threads of the shards, and what goes on in each.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::rc::Rc;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, watch};
use tokio::task::{AbortHandle, LocalSet, spawn_local};

use super::listeners::Change;
use crate::gateway::Gateways;
use crate::names::PlaceId;
use crate::net::{Acceptor, Clock, Control, Shell};
use crate::session::Shard;
use crate::state::World;

/// Accepted connections that may wait for a shard to take them.
const WAITING: usize = 1024;

/// Threads of a shard for what takes long, such as checking a password.
const JOB_THREADS: usize = 1;

/// How long stopping may take; after that the process ends with what is left.
const STOP_WITHIN: Duration = Duration::from_millis(4500);

/// A connection on its way to its shard.
type Arrival = (TcpStream, IpAddr);

/// All shards.
pub struct Shards {
    threads: Vec<thread::JoinHandle<()>>,
    stop: watch::Sender<bool>,
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
    shard: Shard,
    clock: Clock,
    control: Control,
    world: Arc<World>,
    first: Option<First>,
    doors: Vec<mpsc::Sender<Arrival>>,
    arrivals: mpsc::Receiver<Arrival>,
    stopped: watch::Receiver<bool>,
}

impl Shards {
    /// Starts one thread for each of `count` places of the world; the first accepts and hands
    /// every shard its share.
    pub fn start(
        world: &Arc<World>,
        count: usize,
        clock: Clock,
        control: &Control,
        first: First,
    ) -> io::Result<Self> {
        let (stop, stopped) = watch::channel(false);
        let (end, ended) = mpsc::channel(count);
        let (doors, arrivals): (Vec<_>, Vec<_>) =
            (0..count).map(|_| mpsc::channel(WAITING)).unzip();
        let mut first = Some(first);
        let mut threads = Vec::new();
        for (number, arrivals) in arrivals.into_iter().enumerate() {
            let Some(shard) = Shard::new(Arc::clone(world), PlaceId(number as u16)) else { break };
            let (doors, stopped, control) = (doors.clone(), stopped.clone(), control.clone());
            let (world, first) = (Arc::clone(world), first.take());
            let task = Task { shard, clock, control, world, first, doors, arrivals, stopped };
            let ended = Ended(end.clone());
            let runtime = runtime()?;
            let thread = thread::Builder::new().name(format!("shard-{number}"));
            threads.push(thread.spawn(move || {
                let _ended = ended;
                LocalSet::new().block_on(&runtime, task.serve());
                runtime.shutdown_background();
            })?);
        }
        Ok(Self { threads, stop, ended })
    }

    /// Returns when a shard's thread has ended before its time.
    pub async fn any_ended(&mut self) {
        self.ended.recv().await;
    }

    /// Stops them all, and waits for it, but not for ever.
    pub fn stop(self) {
        // Nobody listens any more only when every shard has ended already.
        let _ = self.stop.send(true);
        let (done, all_done) = std::sync::mpsc::channel();
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
pub fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().max_blocking_threads(JOB_THREADS).build()
}

impl Task {
    async fn serve(mut self) {
        let shell = Shell::start(self.shard, self.clock, self.control);
        let doors = Rc::new(self.doors);
        let (mut listeners, gateways) = match self.first {
            Some(First { listeners, gateways }) => (Some(listeners), Some(gateways)),
            None => (None, None),
        };
        let started = gateways.map(|all| all.start(&shell, &self.world.settings()));
        let gateways = match started.transpose() {
            Ok(gateways) => gateways,
            Err(why) => return tracing::error!(%why, "cannot go on"),
        };
        let mut accepting: HashMap<SocketAddr, AbortHandle> = HashMap::new();
        loop {
            tokio::select! {
                arrival = self.arrivals.recv() => match arrival {
                    Some((stream, address)) => match tokio::net::TcpStream::from_std(stream) {
                        Ok(stream) => shell.serve(Box::new(stream), address),
                        Err(why) => tracing::warn!(%why, "connection could not be served"),
                    },
                    None => break,
                },
                Some(change) = next(&mut listeners) => match change {
                    Change::Open(listen, listener) => {
                        let accept = accept(listener, Rc::clone(&shell), Rc::clone(&doors));
                        accepting.insert(listen.address, spawn_local(accept).abort_handle());
                    }
                    Change::Close(listen) => {
                        accepting.remove(&listen.address).inspect(AbortHandle::abort);
                    }
                },
                () = shell.failed() => break,
                // An error means that the one who would say so is gone.
                _ = self.stopped.changed() => break,
            }
        }
        accepting.values().for_each(AbortHandle::abort);
        if let Some(gateways) = gateways {
            gateways.stop().await;
        }
        shell.shut_down().await;
    }
}

/// The next change for the shard that accepts; for the others there is none.
async fn next(listeners: &mut Option<mpsc::UnboundedReceiver<Change>>) -> Option<Change> {
    listeners.as_mut()?.recv().await
}

/// Gives each shard its share, one after the other, this one (the first) included; waits while a
/// shard has too many waiting.
async fn accept(listener: TcpListener, shell: Rc<Shell>, doors: Rc<Vec<mpsc::Sender<Arrival>>>) {
    let accepting = async {
        let mut acceptor = Acceptor::new(listener)?;
        for (at, door) in doors.iter().enumerate().cycle() {
            let (stream, address) = acceptor.next().await;
            if at == 0 {
                shell.serve(Box::new(stream), address);
            } else if door.send((stream.into_std()?, address)).await.is_err() {
                break;
            }
        }
        Ok::<_, io::Error>(())
    };
    if let Err(why) = accepting.await {
        tracing::error!(%why, "a listener has failed");
    }
}
