//! Clients, thousands of them in one thread.

use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use std::{fs, io, thread};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant as At, timeout, timeout_at};

/// Longer than anything takes that goes well.
const PATIENCE: Duration = Duration::from_secs(30);

/// Connections begun at once: fewer than a listener's backlog holds.
const AT_ONCE: usize = 64;

/// Has the calling thread run only when a processor has nothing else to do, as if it were on a
/// machine of its own: so that it is the server that makes others wait, and not whoever abuses it.
pub fn stand_back() -> io::Result<()> {
    let thread = fs::read_link("/proc/thread-self")?;
    let number = thread.file_name().unwrap_or_default();
    let status = Command::new("chrt").args(["--idle", "--pid", "0"]).arg(number).status()?;
    status.success().then_some(()).ok_or_else(|| io::Error::other("chrt could not do it"))
}

/// Gives the first processor to the server alone and the others to this program, where there are
/// several.
pub fn divide_processors(server: u32) -> io::Result<()> {
    // As many as there were before this was done for the first time.
    static COUNT: OnceLock<usize> = OnceLock::new();
    let now = thread::available_parallelism()?.get();
    let count = *COUNT.get_or_init(|| now);
    if count < 2 {
        return Ok(());
    }
    for (processors, process) in [("0", server), (&*format!("1-{}", count - 1), std::process::id())]
    {
        let mut taskset = Command::new("taskset");
        taskset.args(["--all-tasks", "--cpu-list", "--pid", processors]);
        let done = taskset.arg(process.to_string()).stdout(Stdio::null()).status()?;
        done.success().then_some(()).ok_or_else(|| io::Error::other("taskset could not do it"))?;
    }
    Ok(())
}

/// Runs clients in this thread; those still there at the end are dropped with it.
pub fn block_on<R>(work: impl Future<Output = io::Result<R>>) -> io::Result<R> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}

/// A connection.
pub struct Client {
    stream: TcpStream,
    unread: Vec<u8>,
}

impl Client {
    /// Nothing is said yet.
    pub async fn connect(addr: SocketAddr) -> io::Result<Self> {
        let stream = patiently(TcpStream::connect(addr)).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, unread: Vec::new() })
    }

    /// One whose system keeps as little as it can of what it does not read.
    pub async fn connect_narrow(addr: SocketAddr) -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.set_recv_buffer_size(2048)?;
        Ok(Self { stream: patiently(socket.connect(addr)).await?, unread: Vec::new() })
    }

    /// Registers, and returns once all that brings has come.
    pub async fn register(mut self, nick: &str) -> io::Result<Self> {
        self.says(&format!("NICK {nick}\r\nUSER {nick} 0 * :{nick}\r\n")).await?;
        self.meets().await?;
        Ok(self)
    }

    /// Its two directions, once all that came has been read.
    pub fn apart(self) -> (OwnedReadHalf, OwnedWriteHalf) {
        self.stream.into_split()
    }

    /// Sends text as it is.
    pub async fn says(&mut self, text: &str) -> io::Result<()> {
        patiently(self.stream.write_all(text.as_bytes())).await
    }

    /// Sends PING and reads up to its PONG; all that was said before has been done.
    pub async fn meets(&mut self) -> io::Result<()> {
        self.says("PING meet\r\n").await?;
        loop {
            let line = self.hears().await?;
            if line.contains(" PONG ") && line.ends_with(":meet") {
                return Ok(());
            }
        }
    }

    /// The next line, without its end; what is not UTF-8 is replaced.
    pub async fn hears(&mut self) -> io::Result<String> {
        patiently(self.hears_sometime()).await
    }

    /// As [`Client::hears`], however long it takes.  May be given up without losing anything.
    pub async fn hears_sometime(&mut self) -> io::Result<String> {
        loop {
            if let Some(end) = self.unread.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.unread.drain(..=end).collect();
                return Ok(String::from_utf8_lossy(&line).trim_end().to_owned());
            }
            if self.stream.read_buf(&mut self.unread).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    /// Sends bytes, reading whatever comes, until then; how many were taken.
    pub async fn pours(&mut self, bytes: &[u8], until: Instant) -> usize {
        let (mut reader, mut writer) = self.stream.split();
        let mut taken = 0;
        let writing = async {
            while let Some(left) = bytes.get(taken..).filter(|left| !left.is_empty()) {
                match writer.write(left).await {
                    Ok(more @ 1..) => taken += more,
                    _ => return,
                }
            }
        };
        let reading = async {
            let mut bytes = vec![0; 16 << 10];
            while matches!(reader.read(&mut bytes).await, Ok(1..)) {}
        };
        let both = async { tokio::join!(writing, reading) };
        let _ = timeout_at(At::from_std(until), both).await;
        taken
    }

    /// Reads whatever comes from now on, as everybody's client does.
    pub fn listens(mut self) -> Listener {
        let listening = tokio::spawn(async move {
            let mut bytes = vec![0; 4 << 10];
            while matches!(self.stream.read(&mut bytes).await, Ok(1..)) {}
        });
        Listener(listening.abort_handle())
    }

    /// Sends `lines` over and over until then, reading whatever comes; how many bytes were sent.
    /// A server that closes the connection ends it.
    pub async fn floods(&mut self, lines: &[u8], until: Instant) -> u64 {
        let (mut reader, mut writer) = self.stream.split();
        let mut sent = 0;
        let writing = async {
            loop {
                if writer.write_all(lines).await.is_err() {
                    return;
                }
                sent += lines.len() as u64;
                // A server that takes all at once must not keep the other clients from running.
                tokio::task::yield_now().await;
            }
        };
        let reading = async {
            let mut bytes = vec![0; 16 << 10];
            while matches!(reader.read(&mut bytes).await, Ok(1..)) {}
        };
        let both = async { tokio::join!(writing, reading) };
        let _ = timeout_at(At::from_std(until), both).await;
        sent
    }
}

/// A client that reads, and leaves when this is dropped.
pub struct Listener(AbortHandle);

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn patiently<R>(work: impl Future<Output = io::Result<R>>) -> io::Result<R> {
    timeout(PATIENCE, work).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}

/// Makes `count` clients by `make`, several at once, in any order.
pub async fn crowd<F, C>(count: usize, make: impl Fn(usize) -> F) -> io::Result<Vec<C>>
where
    F: Future<Output = io::Result<C>> + Send + 'static,
    C: Send + 'static,
{
    let (mut begun, mut clients) = (JoinSet::new(), Vec::new());
    for number in 0..count {
        begun.spawn(make(number));
        if begun.len() >= AT_ONCE {
            clients.extend(begun.join_next().await.transpose()?.transpose()?);
        }
    }
    while let Some(client) = begun.join_next().await {
        clients.push(client??);
    }
    Ok(clients)
}

/// All of them flood at once; bytes that were sent.
pub async fn flood(
    clients: Vec<Client>,
    lines: impl Fn(usize) -> Vec<u8>,
    until: Instant,
) -> io::Result<u64> {
    let mut floods = JoinSet::new();
    for (number, mut client) in clients.into_iter().enumerate() {
        let lines = lines(number);
        floods.spawn(async move { client.floods(&lines, until).await });
    }
    let mut sent = 0;
    while let Some(one) = floods.join_next().await {
        sent += one?;
    }
    Ok(sent)
}
