//! A server on the current `LocalSet`, and people at the other ends of its pipes.

use std::{
    cell::Cell,
    io,
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{
        AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader, DuplexStream, ReadBuf,
        duplex,
    },
    task::LocalSet,
    time::{Instant, sleep, timeout},
};

use pipewright::config;
use pipewright::core::{Network, Origin, Settings};
use pipewright::net::{Clock, Control, Resolver, ShardRuntime, Subject};
use pipewright::proto::names::ShardId;
use pipewright::proto::time::Moment;
use pipewright::shard::Shard;

/// More than any timer of the server.
const PATIENCE: Duration = Duration::from_secs(600);

/// Bytes that a pipe takes, where a test is not about that.
const WIDE: usize = 1 << 20;

/// What the protocol allows a line, with its CR LF.
const LINE: usize = 512;

pub struct Server {
    pub runtime: Rc<ShardRuntime>,
}

/// Runs `test` with what a shell needs around it.
pub async fn with_server(change: impl FnOnce(&mut Settings), test: impl AsyncFnOnce(Server)) {
    with_resolver(change, Resolver::of_system(), test).await;
}

/// The same, with somebody else to ask who connects.
pub async fn with_resolver(
    change: impl FnOnce(&mut Settings),
    resolver: Resolver,
    test: impl AsyncFnOnce(Server),
) {
    with_control(change, resolver, Control::new().0, test).await;
}

/// The same, with other threads for what takes long.
pub async fn with_control(
    change: impl FnOnce(&mut Settings),
    resolver: Resolver,
    control: Control,
    test: impl AsyncFnOnce(Server),
) {
    let defaults = config::load(None, [("HOME", "")]).expect("the defaults are fine");
    let mut settings = defaults.settings;
    settings.machine.limits.flood_rate = 0;
    change(&mut settings);
    let test = async {
        let clock = Clock::start(Moment::default());
        let network = Arc::new(Network::new(settings, 1, clock.now().moment()));
        let shard = Shard::new(network, ShardId(0)).expect("the only place");
        test(Server { runtime: ShardRuntime::start(shard, clock, control, resolver) }).await;
    };
    LocalSet::new().run_until(test).await;
}

impl Server {
    /// Somebody who has said nothing yet.
    pub fn stranger(&self) -> Person {
        self.stranger_by(WIDE)
    }

    /// Somebody whose pipe takes no more than `width` bytes each way.
    pub fn stranger_by(&self, width: usize) -> Person {
        let (near, far) = duplex(width);
        self.runtime.serve(Box::new(far), Origin::local());
        Person { stream: BufReader::new(near) }
    }

    /// Somebody whose stream counts in `waits` how often it takes nothing.
    pub fn counted(&self, waits: &Rc<Cell<u32>>) -> Person {
        let (near, stream) = duplex(WIDE);
        self.runtime.serve(Box::new(Counted { stream, waits: Rc::clone(waits) }), Origin::local());
        Person { stream: BufReader::new(near) }
    }

    /// Somebody of whom others are asked, from `origin`.
    pub fn known(&self, origin: Origin, subject: Subject) -> Person {
        let (near, far) = duplex(WIDE);
        self.runtime.serve_known(Box::new(far), origin, subject);
        Person { stream: BufReader::new(near) }
    }

    /// Somebody who has been welcomed.
    pub async fn person(&self, nick: &str) -> Person {
        let mut person = self.stranger();
        person.registers(nick).await;
        person
    }

    /// Somebody in `#pond`, with the names of it read.
    pub async fn member(&self, nick: &str) -> Person {
        let mut person = self.person(nick).await;
        person.says("JOIN #pond").await;
        person.until(" 366 ").await;
        person
    }

    /// Returns once no more than `count` connections are left; `witness` is served meanwhile.
    pub async fn has_only(&self, count: usize, witness: &mut Person) {
        let start = Instant::now();
        while self.runtime.connection_count() > count {
            assert!(start.elapsed() < PATIENCE, "more than {count} connections");
            witness.catches_up().await;
            sleep(Duration::from_millis(100)).await;
        }
    }
}

pub struct Person {
    pub stream: BufReader<DuplexStream>,
}

impl Person {
    pub async fn registers(&mut self, nick: &str) {
        self.says(&format!("NICK {nick}\r\nUSER {nick} 0 * :{nick}")).await;
        self.until(" 376 ").await;
    }

    pub async fn says(&mut self, lines: &str) {
        self.writes(&format!("{lines}\r\n")).await;
    }

    /// Bytes as they are.
    pub async fn writes(&mut self, bytes: &str) {
        self.stream.get_mut().write_all(bytes.as_bytes()).await.expect("the server reads");
    }

    /// The next line without its end; `None` at the end of the stream.
    pub async fn line(&mut self) -> Option<String> {
        let mut line = Vec::new();
        let read = timeout(PATIENCE, self.stream.read_until(b'\n', &mut line)).await;
        let read = read.expect("a line or the end, in time").expect("the pipe does not fail");
        assert!(read <= LINE, "{read} bytes: {line:?}");
        let line = String::from_utf8(line).expect("whole characters");
        line.strip_suffix("\r\n").map(String::from)
    }

    /// Reads on, PINGs answered, to the line that has `part` in it, and returns that.
    pub async fn until(&mut self, part: &str) -> String {
        let start = Instant::now();
        loop {
            assert!(start.elapsed() < PATIENCE, "no {part:?}");
            let line = self.line().await.unwrap_or_else(|| panic!("the end before {part:?}"));
            if let Some(token) = line.strip_prefix("PING ") {
                self.says(&format!("PONG {token}")).await;
            }
            if line.contains(part) {
                return line;
            }
        }
    }

    /// All lines up to the end of the stream, without what is left of a line there.
    pub async fn rest(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        while let Some(line) = self.line().await {
            lines.push(line);
        }
        lines
    }

    /// Everything that the server has said so far.
    pub async fn catches_up(&mut self) -> Vec<String> {
        self.says("PING :caught-up").await;
        let mut lines = Vec::new();
        loop {
            let line = self.line().await.expect("an answer");
            if line.ends_with(":caught-up") {
                return lines;
            }
            lines.push(line);
        }
    }
}

/// Each of the two says something to `#pond`, and the other hears that next.
pub async fn chat(one: &mut Person, other: &mut Person) {
    says_to(one, other).await;
    says_to(other, one).await;
}

async fn says_to(from: &mut Person, to: &mut Person) {
    from.says("PRIVMSG #pond :good morning").await;
    let heard = to.line().await.expect("the other hears it");
    assert!(heard.ends_with(" PRIVMSG #pond :good morning"), "{heard}");
}

/// The last line of somebody whose connection was closed.
pub fn error(why: &str) -> String {
    format!("ERROR :Closing Link: 127.0.0.1 ({why})")
}

/// Whole seconds since `start`, in the test's time.
pub fn seconds_since(start: Instant) -> u64 {
    start.elapsed().as_secs()
}

/// A stream that counts how often it could not take what was written, and why ever that was.
pub struct Counted {
    stream: DuplexStream,
    waits: Rc<Cell<u32>>,
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, into)
    }
}

impl AsyncWrite for Counted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.waits.set(self.waits.get() + u32::from(written.is_pending()));
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
