//! What outlives a restart: one SQLite file, and the one thread that writes it.
//!
//! The core knows nothing of it: it is given a [`Snapshot`] at the start, and asks for a [`Change`]
//! to be stored before it says that it is.

mod file;
mod rows;
mod schema;

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::{mem, thread};

use tokio::sync::oneshot;

use crate::names::Casemap;
use crate::state::{Change, Snapshot};

use file::File;
pub use file::OpenError;

/// Requests that wait for the thread.  One that finds the queue full is refused, and whoever asked
/// is told so: nothing waits without bound, and nothing is dropped unsaid.
const WAITING: usize = 1024;

/// Requests that are committed together, at most.
const GROUP: usize = 256;

/// A way to the thread that writes.
#[derive(Clone, Debug)]
pub struct Store {
    requests: SyncSender<Request>,
}

struct Request {
    changes: Vec<Arc<Change>>,
    done: oneshot::Sender<bool>,
}

impl Store {
    /// Reads what is kept in a file, and starts the thread that writes it.  A file that is not there
    /// is made at once with `make`, and otherwise when there is something to store.
    pub fn open(path: &Path, make: bool, casemap: Casemap) -> Result<(Self, Snapshot), OpenError> {
        let (file, snapshot) = File::open(path, make, casemap)?;
        let (requests, waiting) = sync_channel(WAITING);
        let thread = thread::Builder::new().name("store".into());
        let started = thread.spawn(move || serve(file, &waiting));
        started.map_err(|why| OpenError::Thread { why })?;
        Ok((Self { requests }, snapshot))
    }

    /// Stores changes, all of them or none.  Whether they are on the disk: if not, the log says why.
    pub async fn keep(&self, changes: Vec<Arc<Change>>) -> bool {
        let (done, is_done) = oneshot::channel();
        match self.requests.try_send(Request { changes, done }) {
            // The thread is gone only after a fault of ours.
            Ok(()) => is_done.await.unwrap_or(false),
            Err(TrySendError::Full(_)) => {
                tracing::error!("the store cannot keep up: {WAITING} requests wait for it");
                false
            }
            Err(TrySendError::Disconnected(_)) => false,
        }
    }
}

/// Writes until nobody is left to ask for it.  What has come meanwhile is one transaction: the disk
/// is waited for once, however many have asked.
fn serve(mut file: File, waiting: &Receiver<Request>) {
    let mut group = Vec::new();
    while let Ok(first) = waiting.recv() {
        group.push(first);
        group.extend(waiting.try_iter().take(GROUP - 1));
        let stored = file.write(group.iter().flat_map(|request| &request.changes));
        if let Err(why) = &stored {
            let path = file.path().display();
            tracing::error!(%why, %path, "what was to be stored was not");
        }
        for request in mem::take(&mut group) {
            // Whoever asked may be gone.
            let _ = request.done.send(stored.is_ok());
        }
    }
}

#[cfg(test)]
impl Store {
    /// One that stores nothing before it is told to go on.
    pub fn held(path: &Path) -> (Self, SyncSender<()>) {
        let (file, _) = File::open(path, true, Casemap::Ascii).expect("it opens");
        let (requests, waiting) = sync_channel(WAITING);
        let (release, released) = sync_channel(1);
        thread::spawn(move || {
            let _ = released.recv();
            serve(file, &waiting);
        });
        (Self { requests }, release)
    }
}

#[cfg(test)]
mod tests;
