//! The program under abuse.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::process::Running;

/// What is particular about a start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// Nothing.
    Plain,
    /// There is no room for what it logs.
    FullDisk,
    /// Flood control is off, and a client may be in ten thousand channels, read slowly and be silent.
    Unbraked,
    /// It may have only this many files open.
    Files(u32),
}

/// A server, stopped when this is dropped.
pub struct Server(Running);

impl Server {
    /// Returns once it accepts connections.
    pub fn start(program: &Path, start: Start) -> io::Result<Self> {
        let program = program.canonicalize()?;
        let running = Running::start(|folder, addr| {
            let file = folder.join("pipewright.toml");
            fs::write(&file, config(addr, start))?;
            let log = match start {
                Start::FullDisk => OpenOptions::new().write(true).open("/dev/full")?,
                _ => File::create(folder.join("log"))?,
            };
            let mut command = match start {
                Start::Files(files) => {
                    let mut runtime = Command::new("/bin/sh");
                    runtime
                        .arg("-c")
                        .arg(format!("ulimit -n {files}; exec \"$0\" \"$@\""))
                        .arg(&program);
                    runtime
                }
                _ => Command::new(&program),
            };
            command.env_clear().arg("--config").arg(file).current_dir(folder);
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
            Ok(command)
        })?;
        Ok(Self(running))
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.0.addr()
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.0.id()
    }

    /// Whether it is gone.
    pub fn has_ended(&mut self) -> bool {
        self.0.has_ended()
    }

    /// Its resident memory in KiB; 0 once it is gone.
    pub fn memory(&self) -> u64 {
        self.status("VmRSS:")
    }

    /// See [`Running::processor_time`].
    pub fn processor_time(&self) -> io::Result<Duration> {
        self.0.processor_time()
    }

    /// The most that ever was, in KiB.
    pub fn most_memory(&self) -> u64 {
        self.status("VmHWM:")
    }

    fn status(&self, field: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix(field));
        let number = line.and_then(|rest| rest.split_whitespace().next());
        number.and_then(|number| number.parse().ok()).unwrap_or_default()
    }

    /// Its memory once it is back to within a tenth of `before`, or when `patience` ends.
    pub fn memory_once_calm(&self, before: u64, patience: Duration) -> u64 {
        let end = Instant::now() + patience;
        loop {
            let now = self.memory();
            if now <= before + before / 10 || Instant::now() > end {
                return now;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// Where a server at that address speaks WebSocket: the same port of another address of this machine.
pub fn websocket(addr: SocketAddr) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 2], addr.port()))
}

/// As it comes, but for room for all the connections.
fn config(addr: SocketAddr, start: Start) -> String {
    let level = if start == Start::FullDisk { "trace" } else { "info" };
    let limits = match start {
        Start::Unbraked => {
            "flood_rate = 0\nchannels_per_user = 10000\nsendq = \"256MiB\"\nping_interval = \"1h\"\n"
        }
        _ => "",
    };
    format!(
        "[[listen]]\naddress = \"{addr}\"\n\
         [[listen]]\naddress = \"{}\"\nwebsocket = true\n\
         [limits]\nconnections = 20000\n{limits}[log]\nlevel = \"{level}\"\n",
        websocket(addr)
    )
}
