//! Starts, wires and stops.

use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::rc::Rc;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio::task::{LocalSet, spawn_local};

use crate::config::Config;
use crate::gateway::{self, Gateways};
use crate::names::PlaceId;
use crate::net::{self, Acceptor, BindError, Clock, Shell};
use crate::session::Shard;
use crate::state::World;

/// Accepted connections that may wait for a shard to take them.
const WAITING: usize = 1024;

/// Threads of a shard for what takes long, such as checking a password.
const JOB_THREADS: usize = 1;

/// How long stopping may take; after that the process ends with what is left.
const STOP_WITHIN: Duration = Duration::from_millis(4500);

/// Why the server could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A listener could not be opened.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// A gateway's pipe or listener cannot be used.
    #[error("cannot start: {0}")]
    Gateway(#[from] gateway::StartError),
    /// A shard's thread has ended before its time: a fault of ours.
    #[error("a shard has failed; the log has more")]
    Shard,
    /// The operating system refused something that a server needs.
    #[error("cannot start: {0}")]
    Start(#[from] io::Error),
}

/// A connection on its way to its shard.
type Arrival = (TcpStream, IpAddr);

/// Runs the server until Ctrl-C or SIGTERM.
pub fn run(config: Config) -> Result<(), RunError> {
    let listeners = config
        .listen
        .iter()
        .map(|listen| net::bind(listen.address))
        .collect::<Result<Vec<_>, _>>()?;
    let addresses =
        listeners.iter().map(TcpListener::local_addr).collect::<io::Result<Vec<_>>>()?;
    // More connections than the soft limit allows are no fault until they come.
    if let Err(why) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%why, "the limit of open files stays as it is");
    }
    let gateways = gateway::prepare(config.gateway, config.settings.casemap, seed()?)?;
    let runtime = shard_runtime()?;
    // Whoever has read the announcement may already send one.
    let signals = {
        let _in = runtime.enter();
        StopSignals::new()?
    };
    announce(&addresses, gateways.workshop());
    let (stop, stopped) = watch::channel(false);
    let clock = Clock::start();
    let world = Arc::new(World::new(config.settings, config.shards, clock.now()));
    let (ended, mut any_ended) = mpsc::channel(2 * config.shards);
    let shards = start_shards(&world, clock, config.shards, listeners, gateways, &stopped, &ended)?;
    let done = runtime.block_on(async {
        tokio::select! {
            () = signals.any() => Ok(()),
            why = any_ended.recv() => match why {
                Some(Why::Asked) => Ok(()),
                Some(Why::Ended) | None => Err(RunError::Shard),
            },
        }
    });
    tracing::info!("stopping");
    // Nobody listens any more only when every shard has ended already.
    let _ = stop.send(true);
    wait_for(shards);
    done
}

/// Why the server is to stop.
enum Why {
    /// A command asks for it.
    Asked,
    /// A shard's thread has ended.
    Ended,
}

/// Tells that a shard's thread has ended, however that came.
struct Ended(mpsc::Sender<Why>);

impl Drop for Ended {
    fn drop(&mut self) {
        // There is room for two of each shard; nobody reads after the first.
        let _ = self.0.try_send(Why::Ended);
    }
}

/// What a person needs to join, on standard output.
fn announce(addresses: &[SocketAddr], workshop: Option<SocketAddr>) {
    let mut text = format!("Pipewright {} is listening on\n", env!("CARGO_PKG_VERSION"));
    if let Some(address) = workshop {
        let (ip, port) = (address.ip(), address.port());
        text += &format!("  {address:<22} workshop chat: nc {ip} {port}\n");
    }
    for address in addresses {
        let host = match address.ip() {
            ip if ip.is_unspecified() => "127.0.0.1".to_owned(),
            ip => ip.to_string(),
        };
        let port = address.port();
        text += &format!("  {address:<22} irssi: /connect {host} {port}");
        text += &format!("   WeeChat: /connect {host}/{port}\n");
    }
    text += "Ctrl-C stops it.\n";
    // A closed standard output is no reason not to serve.
    let _ = io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush());
}

/// Ctrl-C and SIGTERM, caught from when it was made.
struct StopSignals {
    interrupt: Signal,
    terminate: Signal,
}

impl StopSignals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn any(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

fn shard_runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().max_blocking_threads(JOB_THREADS).build()
}

/// A number that nobody can guess.
fn seed() -> io::Result<u64> {
    getrandom::u64().map_err(io::Error::other)
}

/// One thread each; the first accepts, hands every shard its share, and has the gateways.
fn start_shards(
    world: &Arc<World>,
    clock: Clock,
    count: usize,
    listeners: Vec<TcpListener>,
    gateways: Gateways,
    stopped: &watch::Receiver<bool>,
    ended: &mpsc::Sender<Why>,
) -> io::Result<Vec<thread::JoinHandle<()>>> {
    let (doors, arrivals): (Vec<_>, Vec<_>) = (0..count).map(|_| mpsc::channel(WAITING)).unzip();
    let mut listeners = Some(listeners);
    let mut gateways = Some(gateways);
    let mut threads = Vec::new();
    for (number, arrivals) in arrivals.into_iter().enumerate() {
        let listeners = listeners.take().unwrap_or_default();
        let gateways = gateways.take();
        let (world, doors, stopped) = (Arc::clone(world), doors.clone(), stopped.clone());
        let ended = Ended(ended.clone());
        let ask = ended.0.clone();
        let runtime = shard_runtime()?;
        let thread = thread::Builder::new().name(format!("shard-{number}")).spawn(move || {
            let _ended = ended;
            let place = PlaceId(number as u16);
            let Some(shard) = Shard::new(Arc::clone(&world), place) else { return };
            let serve = async {
                let shell = Shell::start(shard, clock);
                let started = gateways.map(|all| all.start(&shell, &world.settings()));
                let gateways = match started.transpose() {
                    Ok(gateways) => gateways,
                    Err(why) => return tracing::error!(%why, "cannot start"),
                };
                serve(Rc::clone(&shell), listeners, doors, arrivals, stopped, ask).await;
                if let Some(gateways) = gateways {
                    gateways.stop().await;
                }
                shell.shut_down().await;
            };
            LocalSet::new().block_on(&runtime, serve);
            runtime.shutdown_background();
        })?;
        threads.push(thread);
    }
    Ok(threads)
}

async fn serve(
    shell: Rc<Shell>,
    listeners: Vec<TcpListener>,
    doors: Vec<mpsc::Sender<Arrival>>,
    mut arrivals: mpsc::Receiver<Arrival>,
    mut stopped: watch::Receiver<bool>,
    ask: mpsc::Sender<Why>,
) {
    let doors = Rc::new(doors);
    let accepting: Vec<_> = listeners
        .into_iter()
        .map(|listener| spawn_local(accept(listener, Rc::clone(&shell), Rc::clone(&doors))))
        .collect();
    loop {
        tokio::select! {
            arrival = arrivals.recv() => match arrival {
                Some((stream, address)) => match tokio::net::TcpStream::from_std(stream) {
                    Ok(stream) => shell.serve(Box::new(stream), address),
                    Err(why) => tracing::warn!(%why, "connection could not be served"),
                },
                None => break,
            },
            // Full only when it has been asked already.
            () = shell.wants_stop() => drop(ask.try_send(Why::Asked)),
            // An error means that the one who would say so is gone.
            _ = stopped.changed() => break,
        }
    }
    for task in accepting {
        task.abort();
    }
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

fn wait_for(shards: Vec<thread::JoinHandle<()>>) {
    let (done, all_done) = std::sync::mpsc::channel();
    thread::spawn(move || {
        for shard in shards {
            if shard.join().is_err() {
                tracing::error!("a shard has panicked");
            }
        }
        let _ = done.send(());
    });
    if all_done.recv_timeout(STOP_WITHIN).is_err() {
        tracing::warn!("some connections were not closed in time");
    }
}
