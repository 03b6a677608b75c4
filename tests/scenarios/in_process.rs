//! The core in this process, with virtual time and no sockets: one shard.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use conformance::server::{Conn, Error, Received, Server, Unsupported};

use pipewright::command::{Close, Job, JobResult, LookupResult};
use pipewright::core::{Network, Settings};
use pipewright::delivery::Sink;
use pipewright::net::verify_password;
use pipewright::proto::names::{ConnId, ShardId};
use pipewright::proto::time::Now;
use pipewright::shard::Shard;

/// How often the shard runtime asks a shard what is due.
const TICK: Duration = Duration::from_secs(1);

/// A server that is called instead of connected to.
pub struct InProcess {
    shard: Shard,
    now: Now,
    connections: Vec<Connection>,
}

struct Connection {
    id: ConnId,
    /// Bytes that the server has written and nobody has read.
    output: VecDeque<u8>,
    closed: bool,
}

impl InProcess {
    /// Nobody is connected; it is some moment of 2026.
    pub fn new(settings: Settings) -> Self {
        let now = Now { monotonic: 0, unix: 1_795_356_392_123 };
        let network = Arc::new(Network::new(settings, 1, now.moment()));
        let shard = Shard::new(network, ShardId(0)).expect("the network has one shard");
        Self { shard, now, connections: Vec::new() }
    }

    fn end_tick(&mut self) {
        let mut begun = true;
        while begun {
            let mut sink = Outputs { connections: &mut self.connections, finished: Vec::new() };
            begun = self.shard.end_tick(self.now, &mut sink);
            let jobs = self.shard.take_jobs();
            for id in sink.finished {
                self.shard.close(self.now, id);
            }
            for (id, job) in jobs {
                let answer = match job {
                    Job::VerifyPassword { hash, password, counted } => {
                        let check = || verify_password(&hash, &password);
                        JobResult::Password(self.shard.network().guess(
                            counted,
                            self.now.moment(),
                            check,
                        ))
                    }
                    // There is none; it is as good as stored.
                    Job::Store(change) => JobResult::Stored { change, stored: true },
                    // There is no file; it is as good as it was.
                    Job::LookUp => JobResult::LookupResult(LookupResult::default()),
                    Job::Reload | Job::Restart => JobResult::Reloaded(Ok(Vec::new())),
                };
                self.shard.on_job(self.now, id, &answer);
                begun = true;
            }
        }
    }
}

impl Server for InProcess {
    fn connect(&mut self) -> Result<Conn, Error> {
        let id = self.shard.open(self.now, IpAddr::V4(Ipv4Addr::LOCALHOST));
        self.connections.push(Connection { id, output: VecDeque::new(), closed: false });
        self.end_tick();
        Ok(Conn(self.connections.len() - 1))
    }

    fn send(&mut self, conn: Conn, bytes: &[u8]) -> Result<(), Error> {
        let id = self.connections[conn.0].id;
        self.shard.on_bytes(self.now, id, bytes);
        self.end_tick();
        Ok(())
    }

    fn receive(&mut self, conn: Conn) -> Result<Received, Error> {
        let connection = &mut self.connections[conn.0];
        let Some(end) = connection.output.iter().position(|byte| *byte == b'\n') else {
            return Ok(if connection.closed { Received::Closed } else { Received::Nothing });
        };
        let mut line: Vec<u8> = connection.output.drain(..=end).collect();
        assert!(line.ends_with(b"\r\n"), "a line without CR LF: {line:?}");
        line.truncate(line.len() - 2);
        Ok(Received::Line(line))
    }

    fn close(&mut self, conn: Conn) {
        let connection = &mut self.connections[conn.0];
        connection.closed = true;
        let id = connection.id;
        self.shard.on_closed(id, Close::Gone);
        self.end_tick();
    }

    fn advance(&mut self, by: Duration) -> Result<(), Unsupported> {
        let mut left = by;
        while !left.is_zero() {
            let step = left.min(TICK);
            left -= step;
            let ms = step.as_millis() as u64;
            self.now = Now { monotonic: self.now.monotonic + ms, unix: self.now.unix + ms };
            self.shard.on_timer(self.now);
            self.end_tick();
        }
        Ok(())
    }

    fn knows_silence(&self) -> bool {
        true
    }
}

/// Takes everything at once.
struct Outputs<'a> {
    connections: &'a mut Vec<Connection>,
    finished: Vec<ConnId>,
}

impl Outputs<'_> {
    fn of(&mut self, id: ConnId) -> Option<&mut Connection> {
        self.connections.iter_mut().find(|connection| connection.id == id)
    }
}

impl Sink for Outputs<'_> {
    fn write(&mut self, id: ConnId, bytes: &[u8]) -> usize {
        if let Some(connection) = self.of(id) {
            connection.output.extend(bytes);
        }
        bytes.len()
    }

    fn finished(&mut self, id: ConnId) {
        if let Some(connection) = self.of(id) {
            connection.closed = true;
        }
        self.finished.push(id);
    }
}
