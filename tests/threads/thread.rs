//! A thread with a shard and clients of its own.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Barrier, mpsc};
use std::time::{Duration, Instant};

use super::model::Model;
use super::order::Heard;
use super::rng::Rng;
use super::test_shard::{Link, START, TestShard, witnessed};
use pipewright::core::{Network, User};

/// Far more than any of these tests takes, in seconds; `THREADS_DEADLINE` names another for where
/// all is slower.
const DEADLINE: u64 = 60;

pub struct Thread {
    pub number: usize,
    pub rng: Rng,
    pub network: Arc<Network>,
    pub clients: Vec<Option<Client>>,
    /// What those heard who are gone.
    pub past: Vec<Heard>,
    test_shard: TestShard,
    connections: Arc<AtomicU64>,
    barrier: Arc<Barrier>,
}

pub struct Client {
    pub model: Model,
    link: Link,
    connection: u64,
    user: Arc<User>,
}

/// Runs `work` on `count` threads, each a shard of one network, which must be empty afterwards;
/// a thread that panics or hangs is named.
pub fn on_threads<R: Send + 'static>(
    count: usize,
    work: impl Fn(Thread) -> R + Send + Sync + 'static,
) -> Vec<R> {
    let (network, witness) = witnessed(count);
    let (barrier, connections) = (Arc::new(Barrier::new(count)), Arc::new(AtomicU64::new(0)));
    let work = Arc::new(work);
    let (done, results) = mpsc::channel();
    for number in 0..count {
        let thread = Thread {
            number,
            rng: Rng::new(number as u64),
            network: Arc::clone(&network),
            clients: Vec::new(),
            past: Vec::new(),
            test_shard: TestShard::new(&network, number, 0),
            connections: Arc::clone(&connections),
            barrier: Arc::clone(&barrier),
        };
        let (work, done) = (Arc::clone(&work), done.clone());
        std::thread::spawn(move || {
            let result = catch_unwind(AssertUnwindSafe(|| work(thread)));
            // Nobody waits any more if another thread was faster with a fault.
            let _ = done.send((number, result));
        });
    }
    let deadline = std::env::var("THREADS_DEADLINE").ok();
    let deadline = deadline.map_or(DEADLINE, |text| text.parse().expect("seconds"));
    let end = Instant::now() + Duration::from_secs(deadline);
    let mut finished: Vec<(usize, R)> = Vec::new();
    while finished.len() < count {
        match results.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok((number, Ok(result))) => finished.push((number, result)),
            Ok((number, Err(fault))) => panic!("thread {number}: {}", text(&*fault)),
            Err(_) => {
                let back: Vec<_> = finished.iter().map(|(number, _)| number).collect();
                panic!("threads hang: only {back:?} of {count} came back within {deadline} s");
            }
        }
    }
    assert!(matches!(witness.verdict(), Ok(1..)), "{:?}", witness.verdict());
    assert!(network.registry.is_empty(), "a nick or a channel is left in the registry");
    assert_eq!(network.counts.users.now() + network.counts.connections.now(), 0);
    finished.sort_by_key(|(number, _)| *number);
    finished.into_iter().map(|(_, result)| result).collect()
}

fn text(fault: &(dyn Any + Send)) -> &str {
    let text = fault.downcast_ref::<String>().map(String::as_str);
    text.or(fault.downcast_ref::<&str>().copied()).unwrap_or("a panic without words")
}

impl Thread {
    /// A new client in place `at`, registered under a nick that nobody else has.
    pub fn connect(&mut self, at: usize, nick: &str) {
        let connection = self.connections.fetch_add(1, Ordering::Relaxed);
        let link = self.test_shard.open(START);
        let name = format!("u{connection}");
        self.test_shard.feed(
            START,
            link,
            format!("NICK {nick}\r\nUSER {name} 0 * :r\r\n").as_bytes(),
        );
        let name = format!("~{name}");
        let users = self.network.registry.users();
        let user = users.into_iter().find(|user| *user.identity().user() == *name);
        let user = user.expect("registered at once");
        if self.clients.len() <= at {
            self.clients.resize_with(at + 1, || None);
        }
        self.clients[at] = Some(Client { model: Model::new(name), link, connection, user });
        self.tick();
    }

    pub fn is_connected(&self, at: usize) -> bool {
        self.clients.get(at).is_some_and(Option::is_some)
    }

    /// The number of a client's connection, which no other has.
    pub fn connection(&self, at: usize) -> u64 {
        self.clients[at].as_ref().expect("connected").connection
    }

    pub fn user(&self, at: usize) -> &Arc<User> {
        &self.clients[at].as_ref().expect("connected").user
    }

    /// Somebody's nick as it was a moment ago.
    pub fn nick(&mut self) -> String {
        let users = self.network.registry.users();
        if users.is_empty() || self.rng.once_in(8) {
            return self.rng.pick(&["x", "y", "z"]).to_owned();
        }
        users[self.rng.below(users.len())].identity().nick.as_str().to_owned()
    }

    /// The client says `line`, and the thread ends its tick.
    pub fn send(&mut self, at: usize, line: &str) {
        let link = self.clients[at].as_ref().expect("connected").link;
        self.test_shard.feed(START, link, format!("{line}\r\n").as_bytes());
        self.tick();
    }

    /// Drains the inbox, writes all, and lets the clients read it.
    pub fn tick(&mut self) {
        self.test_shard.publish(START);
        for slot in &mut self.clients {
            let Some(client) = slot else { continue };
            let (bytes, is_closed) = self.test_shard.read(client.link);
            let mut last = Vec::new();
            let read = client.model.read(&bytes, |line| last.push(line.to_owned()));
            if let Err(fault) = read {
                panic!("{}: {fault}; with it came {last:#?}", client.model.user);
            }
            if is_closed {
                assert!(client.model.is_over && !client.model.is_within_a_line());
                self.past.push(std::mem::take(&mut client.model.heard));
                *slot = None;
            }
        }
    }

    /// Waits until all threads are here; all they have sent before has come after the next tick.
    pub fn meet(&mut self) {
        self.barrier.wait();
    }

    /// All quit or are cut off; nothing of them is left on this shard.
    pub fn leave(&mut self) {
        for at in 0..self.clients.len() {
            match &self.clients[at] {
                Some(client) if at % 2 == 0 => self.test_shard.cut(client.link),
                Some(_) => self.send(at, "QUIT :bye"),
                None => {}
            }
        }
        self.tick();
        self.meet();
        self.tick();
        assert!(self.test_shard.shard.is_empty(), "shard {} still holds something", self.number);
    }
}
