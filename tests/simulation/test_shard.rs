//! A shard with the wires to its clients.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};

use super::operator::operator;
use super::rng::Rng;
use pipewright::command::{Close, Job, JobResult, LookupResult};
use pipewright::core::observer::{InChannel, Observer};
use pipewright::core::{
    Admin, Cloak, Cloaking, Extensions, MachineLimits, MachineSettings, Network, NetworkLimits,
    NetworkSettings, Resolve, Settings,
};
use pipewright::delivery::Sink;
use pipewright::proto::event::Event;
use pipewright::proto::names::{Casemap, ChannelId, ConnId, EventId, ShardId};
use pipewright::proto::time::Now;
use pipewright::shard::Shard;

/// One end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Link {
    pub shard: usize,
    conn: ConnId,
}

/// A shard with its ends of the wires.
pub struct TestShard {
    pub shard: Shard,
    number: usize,
    wires: BTreeMap<ConnId, Wire>,
    /// What is being done outside, with what it will come to.
    jobs: BTreeMap<ConnId, JobResult>,
    rng: Rng,
}

#[derive(Default)]
struct Wire {
    written: Vec<u8>,
    is_closed: bool,
}

/// Takes now and then less than is offered, as sockets do.
struct Taps<'a> {
    wires: &'a mut BTreeMap<ConnId, Wire>,
    finished: Vec<ConnId>,
    rng: &'a mut Rng,
}

impl Sink for Taps<'_> {
    fn write(&mut self, conn: ConnId, bytes: &[u8]) -> usize {
        let taken = if self.rng.once_in(8) { self.rng.below(bytes.len() + 1) } else { bytes.len() };
        if let Some(wire) = self.wires.get_mut(&conn) {
            wire.written.extend_from_slice(&bytes[..taken]);
        }
        taken
    }

    fn finished(&mut self, conn: ConnId) {
        self.finished.push(conn);
    }
}

/// What a network starts with when nothing is configured, but for bounds that are reached, and one
/// that is not.
pub fn settings() -> Settings {
    let network = NetworkSettings {
        network: "Example".into(),
        casemap: Casemap::Rfc1459,
        relay_non_utf8: true,
        channel_modes: "nt".into(),
        cloak: Cloaking::Configured(Cloak::new(b"secret")),
        bans_by_address: false,
        extensions: Extensions::default(),
        limits: NetworkLimits { channels_per_user: 4, list_entries: 3, ..NetworkLimits::default() },
    };
    let machine = MachineSettings {
        server_name: "irc.example.org".into(),
        description: "A simulation".into(),
        admin: Admin::default(),
        motd: Vec::new(),
        password_hash: None,
        operators: vec![Arc::new(operator())],
        webirc: Vec::new(),
        sts: None,
        resolve: Resolve::default(),
        // A thread that the system lets wait must not lose its clients for that.
        limits: MachineLimits { sendq: 1 << 28, flood_rate: 0, ..MachineLimits::default() },
    };
    Settings { network, machine }
}

/// The moment at which every run begins.
/// Sees every event: whether one comes twice, and whether those of a channel are in order without gaps.
#[derive(Default)]
pub struct Witness {
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    /// The latest of each channel, with its number there.
    channels: HashMap<ChannelId, (u64, EventId)>,
    events: HashSet<(EventId, Option<ChannelId>)>,
    /// Of all events, in order.
    digest: DefaultHasher,
    fault: Option<String>,
}

impl Witness {
    /// A number that only the same events in the same order give.
    #[allow(dead_code, reason = "threads have no order that repeats")]
    pub fn digest(&self) -> u64 {
        self.seen.lock().expect("nobody panics with it").digest.finish()
    }

    /// What was wrong first, or how many events there were, each counted in each channel that it
    /// concerned.
    pub fn verdict(&self) -> Result<usize, String> {
        let seen = self.seen.lock().expect("nobody panics with it");
        seen.fault.clone().map_or(Ok(seen.events.len()), Err)
    }
}

impl Seen {
    fn see(&mut self, event: &Event, channel: Option<&InChannel<'_>>) -> Result<(), String> {
        let channel_and_number = channel.map(|channel| (channel.id, channel.sequence));
        format!("{event:?} {channel_and_number:?}").hash(&mut self.digest);
        if !self.events.insert((event.id, channel.map(|channel| channel.id))) {
            return Err(format!("observed twice: {event:?} in {channel:?}"));
        }
        let Some(channel) = channel else { return Ok(()) };
        let latest = (channel.sequence, event.id);
        match self.channels.insert(channel.id, latest) {
            Some(before) if latest.0 != before.0 + 1 || latest.1 <= before.1 => {
                Err(format!("{before:?}, then {latest:?} in {}", channel.name.as_str()))
            }
            _ => Ok(()),
        }
    }
}

impl Observer for Witness {
    fn observe(&self, event: &Event, channel: Option<&InChannel<'_>>) {
        let mut seen = self.seen.lock().expect("nobody panics with it");
        if let Err(fault) = seen.see(event, channel) {
            seen.fault.get_or_insert(fault);
        }
    }
}

/// A network with a witness.
pub fn witnessed(shards: usize) -> (Arc<Network>, Arc<Witness>) {
    let (mut network, witness) = (Network::new(settings(), shards, START.moment()), Arc::default());
    network.router.add_observer(Arc::clone(&witness) as Arc<dyn Observer>);
    (Arc::new(network), witness)
}

pub const START: Now = Now { monotonic: 0, unix: 1_795_356_392_123 };

impl TestShard {
    pub fn new(network: &Arc<Network>, number: usize, seed: u64) -> Self {
        let shard = Shard::new(Arc::clone(network), ShardId(number as u16)).expect("such a shard");
        let (wires, jobs) = (BTreeMap::new(), BTreeMap::new());
        Self { shard, number, wires, jobs, rng: Rng::new(seed ^ number as u64) }
    }

    pub fn open(&mut self, now: Now) -> Link {
        let conn = self.shard.open(now, IpAddr::V4(Ipv4Addr::LOCALHOST));
        self.wires.insert(conn, Wire::default());
        Link { shard: self.number, conn }
    }

    pub fn feed(&mut self, now: Now, link: Link, bytes: &[u8]) {
        self.shard.on_bytes(now, link.conn, bytes);
        for (conn, job) in self.shard.take_jobs() {
            let answer = match job {
                Job::VerifyPassword { hash, password, counted } => {
                    let check = || hash.as_bytes() == &*password;
                    JobResult::Password(self.shard.network().guess(counted, now.moment(), check))
                }
                // There is no file; it is as good as it was.
                Job::Store(change) => JobResult::Stored { change, stored: true },
                Job::LookUp => JobResult::LookupResult(LookupResult::default()),
                Job::Reload | Job::Restart => JobResult::Reloaded(Ok(Vec::new())),
            };
            self.jobs.insert(conn, answer);
        }
    }

    /// Whether something is being done for this client: what it sends has to wait.
    pub fn is_busy(&self, link: Link) -> bool {
        self.jobs.contains_key(&link.conn)
    }

    /// That is done; a client that is gone meanwhile need not know.
    pub fn answered(&mut self, now: Now, link: Link) {
        if let Some(answer) = self.jobs.remove(&link.conn) {
            self.answer(now, link.conn, &answer);
        }
    }

    fn answer(&mut self, now: Now, conn: ConnId, answer: &JobResult) {
        if self.shard.wants_job(conn) {
            self.shard.on_job(now, conn, answer);
        }
    }

    /// The client is gone without a word.
    pub fn cut(&mut self, link: Link) {
        self.shard.on_closed(link.conn, Close::Gone);
    }

    /// Writes what is due, and closes what has ended; whether the next tick has begun already.
    pub fn end_tick(&mut self, now: Now) -> bool {
        let Self { shard, wires, rng, .. } = self;
        let mut taps = Taps { wires, finished: Vec::new(), rng };
        let begun = shard.end_tick(now, &mut taps);
        let Taps { finished, .. } = taps;
        self.close(now, &finished);
        begun
    }

    /// Writes what was not taken before; whether something still waits.
    pub fn write_backlogs(&mut self, now: Now) -> bool {
        let Self { shard, wires, rng, .. } = self;
        let open: Vec<_> = wires.keys().copied().collect();
        let mut taps = Taps { wires, finished: Vec::new(), rng };
        let waits = open.into_iter().filter(|conn| shard.write_backlog(*conn, &mut taps)).count();
        let Taps { finished, .. } = taps;
        self.close(now, &finished);
        waits > 0
    }

    fn close(&mut self, now: Now, finished: &[ConnId]) {
        for conn in finished {
            self.shard.close(now, *conn);
            if let Some(wire) = self.wires.get_mut(conn) {
                wire.is_closed = true;
            }
        }
    }

    /// Takes all other shards have sent, and writes until nothing waits.
    pub fn publish(&mut self, now: Now) {
        self.shard.on_inbox();
        for (conn, answer) in std::mem::take(&mut self.jobs) {
            self.answer(now, conn, &answer);
        }
        while self.end_tick(now) || self.write_backlogs(now) {}
    }

    /// What has come for the client, and whether the connection is closed.
    pub fn read(&mut self, link: Link) -> (Vec<u8>, bool) {
        let wire = self.wires.get_mut(&link.conn).expect("an open link");
        let (written, is_closed) = (std::mem::take(&mut wire.written), wire.is_closed);
        if is_closed {
            self.wires.remove(&link.conn);
        }
        (written, is_closed)
    }
}
