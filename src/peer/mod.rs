//! A netchat peer of our own, and the other small programs that come with the server.
//!
//! | command | what it is |
//! |---|---|
//! | `pipewright peer` | a site of a netchat network: on a terminal with a screen, else line by line |
//! | `pipewright ring` | the pipes of a ring of peers, and the commands that join them |
//! | `pipewright chat` | a client of the workshop chat |

mod chat;
mod plain;
mod ring;
mod screen;
mod talk;

use std::{
    io::{self, BufWriter, IsTerminal},
    path::PathBuf,
};

use tokio::runtime;

use crate::gateway::fifo::{End, Fifo, FifoError};
use crate::gateway::netchat::{Ids, MAX_ID};

pub use chat::{ChatError, chat};
pub use ring::{RingError, in_tmux, ring};

/// The permissions of pipes that we make: ours alone.
const MODE: u32 = 0o600;

/// Who we are, and the pipes.
#[derive(Clone, Debug)]
pub struct Options {
    /// What we read: the output of the peer before us.
    pub input: PathBuf,
    /// What we write: the input of the peer after us.
    pub output: PathBuf,
    /// Our id; 8 random alphanumerics without one.
    pub name: Option<String>,
}

/// Why a peer cannot be.
#[derive(Debug, thiserror::Error)]
pub enum PeerError {
    /// A pipe cannot be used.
    #[error(transparent)]
    Pipe(#[from] FifoError),
    /// The name is none.
    #[error("the name is longer than {MAX_ID} bytes; take a shorter one")]
    Name,
    /// There is no randomness.
    #[error("the system gives no random numbers: {0}")]
    Random(#[from] getrandom::Error),
    /// The terminal, standard output, or the runtime.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Takes part until the person leaves, standard input ends, or the process is told to end.
pub fn peer(options: Options) -> Result<(), PeerError> {
    let mut ids = Ids::new(getrandom::u64()?);
    let name = options.name.unwrap_or_else(|| ids.next_name());
    if name.len() > MAX_ID {
        return Err(PeerError::Name);
    }
    let input = Fifo::make(&options.input, MODE)?;
    let output = Fifo::make(&options.output, MODE)?;
    input.permits(End::Read)?;
    output.permits(End::Write)?;
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let talked = runtime.block_on(async {
        let talk = talk::Talk::new(&name, ids.next_id(), input, output)?;
        if io::stdin().is_terminal() && io::stdout().is_terminal() {
            talk.run(screen::Screen::open(&name)?).await
        } else {
            talk.run(plain::Plain::start(BufWriter::new(io::stdout()))).await
        }
    });
    match talked {
        // The reader of our standard output, `head` perhaps, has seen enough.
        Err(PeerError::Io(why)) if why.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}
