//! Starts and stops all that takes part through gateways.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;
use std::{fs, io};

use tokio::sync::Notify;
use tokio::task::{JoinHandle, spawn_local};
use tokio::time::{Instant, sleep_until, timeout};

use crate::config::{Address, Gateway, Lines, Netchat};
use crate::core::{ClientKind, NetworkLimits, NetworkSettings, Origin};
use crate::gateway::bridge::{Bridge, LINK_BYTES, Setup, Shared};
use crate::gateway::fifo::{
    End, Fifo, FifoError, Input, Outbox, Output, Read, Went, inspect, inspect_folder,
};
use crate::gateway::lines::{LONGEST_LINE, OUTPUT_BYTES, Script, missing};
use crate::gateway::netchat::MAX_LINE;
use crate::gateway::workshop::Workshop;
use crate::net::{Acceptor, BindError, Listener, ShardRuntime, Socket, bind_ip};
use crate::proto::names::{Casemap, ChannelName};

/// How long the peers' pipes may take what is left when the server stops.
const LAST_WORDS: Duration = Duration::from_millis(500);

const NETCHAT_INPUT: &str = "gateway.netchat.input";
const NETCHAT_OUTPUT: &str = "gateway.netchat.output";
const LINES_INPUT: &str = "gateway.lines.input";
const LINES_OUTPUT: &str = "gateway.lines.output";

/// Why a gateway could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A pipe cannot be used.
    #[error("{key}: {why}")]
    Pipe {
        /// The key of the configuration.
        key: &'static str,
        /// Why.
        why: FifoError,
    },
    /// The folder of a pipe cannot be made.
    #[error("{key}: {}: {why}", path.display())]
    Folder {
        /// The key of the configuration.
        key: &'static str,
        /// The folder.
        path: PathBuf,
        /// What the system says.
        why: io::Error,
    },
    /// The listener cannot be opened.
    #[error("gateway.workshop: {0}")]
    Bind(#[from] BindError),
    /// The operating system refused something else.
    #[error("the gateway cannot start: {0}")]
    Io(#[from] io::Error),
}

/// All gateways, with their pipes made and their listener open: nothing of them can fail any more.
pub struct Gateways {
    bridges: Vec<Links>,
    scripts: Vec<(Lines, Fifo, Option<Fifo>)>,
    workshop: Option<(Listener, ChannelName)>,
    seed: u64,
}

/// The links to one channel.
struct Links {
    channel: ChannelName,
    folder: PathBuf,
    links: Vec<(Netchat, Fifo, Fifo)>,
}

/// All that would keep the pipes from being used, as far as it can be seen without making any.
pub fn inspect_pipes(config: &Gateway) -> Vec<StartError> {
    let links = config.netchat.iter().flat_map(|link| {
        [(NETCHAT_INPUT, &link.input, End::Read), (NETCHAT_OUTPUT, &link.output, End::Write)]
    });
    let scripts = config.lines.iter().flat_map(|lines| {
        let output = lines.output.iter().map(|path| (LINES_OUTPUT, path, End::Write));
        [(LINES_INPUT, &lines.input, End::Read)].into_iter().chain(output)
    });
    let fault = |(key, path, end): (_, &PathBuf, _)| {
        inspect(path, end).err().map(|why| StartError::Pipe { key, why })
    };
    links.chain(scripts).filter_map(fault).collect()
}

/// Makes the pipes that are missing and opens the listener.  `seed` is random.
pub fn prepare(config: Gateway, casemap: Casemap, seed: u64) -> Result<Gateways, StartError> {
    let mut bridges: BTreeMap<_, Links> = BTreeMap::new();
    for link in config.netchat {
        let input = fifo(NETCHAT_INPUT, &link.input, End::Read, link.mode)?;
        let output = fifo(NETCHAT_OUTPUT, &link.output, End::Write, link.mode)?;
        let folder = link.input.with_file_name(&*link.name);
        let none = || Links { channel: link.channel.clone(), folder, links: Vec::new() };
        let links = &mut bridges.entry(link.channel.key(casemap)).or_insert_with(none).links;
        links.push((link, input, output));
    }
    let mut scripts = Vec::new();
    for lines in config.lines {
        let input = fifo(LINES_INPUT, &lines.input, End::Read, lines.mode)?;
        let output = lines.output.as_deref();
        let output = output.map(|path| fifo(LINES_OUTPUT, path, End::Write, lines.mode));
        let output = output.transpose()?;
        scripts.push((lines, input, output));
    }
    let workshop = match config.workshop {
        Some(workshop) => {
            Some((bind_ip("gateway.workshop.address", workshop.address)?, workshop.channel))
        }
        None => None,
    };
    Ok(Gateways { bridges: bridges.into_values().collect(), scripts, workshop, seed })
}

fn fifo(key: &'static str, path: &Path, end: End, mode: u32) -> Result<Fifo, StartError> {
    let pipe = |why| StartError::Pipe { key, why };
    if let Some(folder) = path.parent()
        && !folder.is_dir()
    {
        inspect_folder(path).map_err(pipe)?;
        let made = fs::create_dir_all(folder);
        made.map_err(|why| StartError::Folder { key, path: folder.to_owned(), why })?;
    }
    let fifo = Fifo::make(path, mode).map_err(pipe)?;
    fifo.permits(end).map_err(pipe)?;
    Ok(fifo)
}

impl Gateways {
    /// Where the workshop chat is served, if it is.
    pub fn workshop(&self) -> Option<Address> {
        self.workshop.as_ref().and_then(|(listener, _)| listener.address().ok())
    }

    /// Starts all of them on the current local runtime.
    pub fn start(
        self,
        runtime: &Rc<ShardRuntime>,
        settings: &NetworkSettings,
    ) -> Result<Running, StartError> {
        let mut running = Running { stop: Rc::default(), bridges: Vec::new(), tasks: Vec::new() };
        for (number, links) in self.bridges.into_iter().enumerate() {
            let seed = self.seed.wrapping_add(number as u64);
            running.bridge(runtime, settings, links, seed)?;
        }
        for (lines, input, output) in self.scripts {
            running.script(runtime, &settings.limits, lines, input, output)?;
        }
        if let Some((listener, room)) = self.workshop {
            let accept = accept(Rc::clone(runtime), listener, room, settings.limits.clone());
            running.tasks.push(spawn_local(accept));
        }
        Ok(running)
    }
}

/// The gateways, while the server runs.
pub struct Running {
    stop: Rc<Notify>,
    bridges: Vec<(Shared, Vec<JoinHandle<()>>)>,
    tasks: Vec<JoinHandle<()>>,
}

impl Running {
    fn bridge(
        &mut self,
        runtime: &Rc<ShardRuntime>,
        settings: &NetworkSettings,
        links: Links,
        seed: u64,
    ) -> Result<(), StartError> {
        let (waker, room) = (Rc::<Notify>::default(), Rc::<Notify>::default());
        let mut names = Vec::new();
        let mut pipes = Vec::new();
        for (link, input, output) in links.links {
            let pipe = |why| StartError::Pipe { key: NETCHAT_INPUT, why };
            let input = Input::open(input, MAX_LINE).map_err(pipe)?;
            let output = Output::new(output, LINK_BYTES);
            names.push((link.name, output.outbox()));
            pipes.push((input, output));
        }
        let setup = Setup {
            channel: links.channel,
            links: names,
            folder: links.folder,
            casemap: settings.casemap,
            limits: settings.limits.clone(),
            seed,
        };
        let bridge = Bridge::new(Rc::clone(runtime), Rc::clone(&waker), setup);
        let bridge = Rc::new(RefCell::new(bridge));
        let mut writers = Vec::new();
        for (link, (input, output)) in pipes.into_iter().enumerate() {
            let ends = (Rc::clone(&bridge), Rc::clone(&waker));
            self.tasks.push(spawn_local(read(ends.clone(), Rc::clone(&room), link, input)));
            writers.push(spawn_local(write(ends, Rc::clone(&self.stop), link, output)));
        }
        self.tasks.push(spawn_local(turns(Rc::clone(&bridge), waker, room)));
        self.bridges.push((bridge, writers));
        Ok(())
    }

    fn script(
        &mut self,
        runtime: &Rc<ShardRuntime>,
        limits: &NetworkLimits,
        lines: Lines,
        input: Fifo,
        output: Option<Fifo>,
    ) -> Result<(), StartError> {
        let pipe = |why| StartError::Pipe { key: LINES_INPUT, why };
        let input = Input::open(input, LONGEST_LINE).map_err(pipe)?;
        let output = output.map(|output| Output::with_one_gap(output, OUTPUT_BYTES));
        let outbox = output.as_ref().map(Output::outbox);
        let script = Script::new(Rc::clone(runtime), lines, limits.clone(), outbox);
        self.tasks.push(spawn_local(script.run(input)));
        let outputs = output.into_iter().map(|output| spawn_local(write_lines(output)));
        self.tasks.extend(outputs);
        Ok(())
    }

    /// Stops all of them; the peers are told, as far as they listen.
    pub async fn stop(self) {
        for task in self.tasks {
            task.abort();
        }
        for (bridge, _) in &self.bridges {
            bridge.borrow_mut().leave();
        }
        self.stop.notify_waiters();
        let writers = self.bridges.into_iter().flat_map(|(_, writers)| writers);
        let all = async {
            for writer in writers {
                // It has ended in any case.
                let _ = writer.await;
            }
        };
        // What is not read by then is not going to be.
        let _ = timeout(2 * LAST_WORDS, all).await;
    }
}

type Ends = (Shared, Rc<Notify>);

/// Reads a link, as long as not too much waits to be said.
async fn read((bridge, waker): Ends, room: Rc<Notify>, link: usize, mut input: Input) {
    loop {
        loop {
            let has_room = room.notified();
            if !bridge.borrow().is_busy() {
                break;
            }
            has_room.await;
        }
        let came = input.wait().await;
        {
            let mut bridge = bridge.borrow_mut();
            while let Some(line) = input.next_line() {
                bridge.line(link, line);
            }
            match came {
                Ok(Read::Bytes) => {}
                Ok(Read::Lost) => bridge.lost(link),
                Err(why) => tracing::error!(%why, "a link cannot be read"),
            }
        }
        waker.notify_one();
    }
}

/// Writes a link until the server stops.
async fn write((bridge, waker): Ends, stop: Rc<Notify>, link: usize, mut output: Output) {
    loop {
        tokio::select! {
            // First, for it is said once.
            biased;
            () = stop.notified() => {
                // What is not read by then is not going to be.
                let _ = timeout(LAST_WORDS, output.flush()).await;
                return;
            }
            went = output.wait() => match went {
                Ok(Went::ReaderCame) => bridge.borrow_mut().reader_came(link),
                Ok(Went::ReaderLost { unsent }) => bridge.borrow_mut().reader_left(link, unsent),
                Ok(Went::Drained { refused }) => bridge.borrow_mut().drained(link, refused),
                Err(why) => tracing::error!(%why, "a link cannot be written"),
            }
        }
        waker.notify_one();
    }
}

/// Does what the bridge has to do, when it has something to do.
async fn turns(bridge: Shared, waker: Rc<Notify>, room: Rc<Notify>) {
    loop {
        let due = bridge.borrow().due();
        tokio::select! {
            () = waker.notified() => {}
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {}
        }
        let mut bridge = bridge.borrow_mut();
        bridge.tick();
        if !bridge.is_busy() {
            room.notify_waiters();
        }
    }
}

/// Writes a script's output, and in it how many lines are missing where some are.
async fn write_lines(mut output: Output) {
    let outbox: Outbox = output.outbox();
    loop {
        match output.wait().await {
            Ok(Went::Drained { refused }) if refused > 0 => {
                tracing::warn!(pipe = %output.fifo().path().display(), refused, "lines not written");
                // It is empty, and nothing was taken meanwhile.
                let _ = outbox.push(&missing(refused));
            }
            Ok(_) => {}
            Err(why) => tracing::error!(%why, "a script's output cannot be written"),
        }
    }
}

/// Serves the workshop chat.
async fn accept(
    runtime: Rc<ShardRuntime>,
    listener: Listener,
    room: ChannelName,
    limits: NetworkLimits,
) {
    let mut acceptor = match Acceptor::new(listener) {
        Ok(acceptor) => acceptor,
        Err(why) => return tracing::error!(%why, "the workshop's listener has failed"),
    };
    loop {
        let Socket::Tcp(stream, address) = acceptor.next().await else { continue };
        let peer = stream.peer_addr().unwrap_or_else(|_| SocketAddr::new(address, 0));
        let stream = Workshop::new(stream, peer, &room, &limits);
        runtime.serve(Box::new(stream), Origin::of(address).by(ClientKind::Workshop));
    }
}
