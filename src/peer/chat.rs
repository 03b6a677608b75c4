//! A client of the workshop chat: lines over TCP, the first of which is the user's name.

use std::{
    io::{self, BufRead, Read, Write},
    thread,
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpStream, tcp::OwnedReadHalf},
    runtime,
    sync::mpsc,
    time::timeout,
};

use crate::gateway::fifo::{Framed, Lines};
use crate::gateway::text::shown;

/// Bytes of a line of the server.
const MAX_LINE: usize = 64 << 10;

/// How long the server may take to close after we have said all.
const FAREWELL: Duration = Duration::from_secs(2);

/// Why there is no chat.
#[derive(Debug, thiserror::Error)]
pub enum ChatError {
    /// The name would be none, or two lines.
    #[error("the user name is empty or has a line break in it")]
    Name,
    /// The server is not there.
    #[error("{server}: {source}; is the server running, and its workshop listener on?")]
    Connect {
        /// Which.
        server: String,
        /// What the system says.
        source: io::Error,
    },
    /// The server has ended the conversation.
    #[error("the server has closed the connection")]
    Closed,
    /// Standard input or output, the connection, or the runtime.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Sends standard input line by line to `server`, as `user`, and shows what comes as `> LINE`, until
/// the end of standard input.
pub fn chat(user: &str, server: &str) -> Result<(), ChatError> {
    if user.is_empty() || user.contains(['\n', '\r']) {
        return Err(ChatError::Name);
    }
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    match runtime.block_on(converse(user, server)) {
        // The reader of our standard output, `head` perhaps, has seen enough.
        Err(ChatError::Io(why)) if why.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

async fn converse(user: &str, server: &str) -> Result<(), ChatError> {
    let stream = TcpStream::connect(server)
        .await
        .map_err(|source| ChatError::Connect { server: server.to_owned(), source })?;
    let (mut incoming, mut outgoing) = stream.into_split();
    outgoing.write_all(format!("{user}\n").as_bytes()).await?;
    let mut typed = standard_input();
    let mut lines = Lines::new(MAX_LINE);
    loop {
        tokio::select! {
            is_open = show(&mut incoming, &mut lines) => {
                if !is_open? {
                    return Err(ChatError::Closed);
                }
            }
            line = typed.recv() => match line {
                Some(line) => outgoing.write_all(&line).await?,
                None => break,
            },
        }
    }
    outgoing.shutdown().await?;
    let rest = async { while matches!(show(&mut incoming, &mut lines).await, Ok(true)) {} };
    // A server that goes on talking has heard all the same.
    let _ = timeout(FAREWELL, rest).await;
    Ok(())
}

/// Shows what comes next; false at the end.  May be cancelled without loss.
async fn show(from: &mut OwnedReadHalf, lines: &mut Lines) -> io::Result<bool> {
    let mut bytes = [0; 4096];
    let read = from.read(&mut bytes).await?;
    lines.push(bytes.get(..read).unwrap_or_default());
    if read == 0 {
        lines.finish();
    }
    let mut out = io::stdout().lock();
    while let Some(framed) = lines.next_line() {
        match framed {
            Framed::Line(line) => writeln!(out, "> {}", shown(&String::from_utf8_lossy(line)))?,
            Framed::TooLong => writeln!(out, "> (a line too long to be shown)")?,
        }
    }
    out.flush()?;
    Ok(read > 0)
}

/// Lines, with their ends, read on a thread that ends with the process; long ones come in parts.
fn standard_input() -> mpsc::Receiver<Vec<u8>> {
    let (to, lines) = mpsc::channel(1);
    thread::spawn(move || {
        let mut input = io::stdin().lock();
        let mut ended = true;
        loop {
            let mut part = Vec::new();
            match input.by_ref().take(MAX_LINE as u64).read_until(b'\n', &mut part) {
                Ok(read) if read > 0 => ended = part.ends_with(b"\n"),
                _ if ended => return,
                _ => {
                    part.push(b'\n');
                    ended = true;
                }
            }
            if to.blocking_send(part).is_err() {
                return;
            }
        }
    });
    lines
}
