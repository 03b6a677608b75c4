//! What outlives a restart: one SQLite file, and the one thread that writes it.
//!
//! The core knows nothing of it: it is given a [`Snapshot`] at the start, and asks for a [`StoreOp`]
//! to be stored before it says that it is.

mod file;
mod rows;
mod schema;

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Duration;
use std::{iter, mem, thread};

use tokio::sync::oneshot;
use tokio::time::sleep;

use crate::config::StorePath;
use crate::core::{Snapshot, StoreOp};
use crate::proto::names::Casemap;
use file::{File, WriteError};

pub use file::OpenError;

/// Requests that wait for the thread.  One that finds the queue full is refused, and whoever asked
/// is told so: nothing waits without bound, and nothing is dropped unsaid.
const WAITING: usize = 1024;

/// Requests that are committed together, at most.
const GROUP: usize = 256;

/// After how long a thread with many requests is asked again to close.
const AGAIN: Duration = Duration::from_millis(5);

/// A way to the thread that writes.
#[derive(Clone, Debug)]
pub struct Store {
    requests: SyncSender<Request>,
}

enum Request {
    Keep(Keep),
    /// To close the file; nothing is stored after that.
    Close(oneshot::Sender<bool>),
}

struct Keep {
    changes: Vec<Arc<StoreOp>>,
    done: oneshot::Sender<bool>,
}

impl Store {
    /// Reads what is kept in a file, and starts the thread that writes it.  A file that is not there
    /// is made at once with `make`, and otherwise when there is something to store; its folder too, if
    /// the place says so.
    pub fn open(
        place: &StorePath,
        make: bool,
        casemap: Casemap,
    ) -> Result<(Self, Snapshot), OpenError> {
        let (file, snapshot) = File::open(place, make, casemap)?;
        let (requests, waiting) = sync_channel(WAITING);
        let thread = thread::Builder::new().name("store".into());
        let started = thread.spawn(move || serve(file, &waiting));
        started.map_err(|why| OpenError::Thread { why })?;
        Ok((Self { requests }, snapshot))
    }

    /// Stores changes, all of them or none.  Whether they are on the disk: if not, the log says why.
    pub async fn persist(&self, changes: Vec<Arc<StoreOp>>) -> bool {
        let (done, is_done) = oneshot::channel();
        match self.requests.try_send(Request::Keep(Keep { changes, done })) {
            // The thread is gone only after a fault of ours.
            Ok(()) => is_done.await.unwrap_or(false),
            Err(TrySendError::Full(_)) => {
                tracing::error!("the store cannot keep up: {WAITING} requests wait for it");
                false
            }
            Err(TrySendError::Disconnected(_)) => false,
        }
    }

    /// Closes the file, after all that was asked for before, so that it holds everything by itself:
    /// no other file beside it is needed for a copy.  Whether it does: if not, the log says why.
    pub async fn close(&self) -> bool {
        let (done, is_done) = oneshot::channel();
        let mut request = Request::Close(done);
        // Full: the thread takes requests as fast as the disk does.
        while let Err(TrySendError::Full(again)) = self.requests.try_send(request) {
            request = again;
            sleep(AGAIN).await;
        }
        is_done.await.unwrap_or(false)
    }
}

/// Writes until it is to be closed, or nobody is left to ask for anything.  What has come meanwhile
/// is one transaction: the disk is waited for once, however many have asked.
fn serve(mut file: File, waiting: &Receiver<Request>) {
    let mut group = Vec::new();
    let mut refused = None;
    while let Ok(first) = waiting.recv() {
        let mut closing = None;
        for request in iter::once(first).chain(waiting.try_iter().take(GROUP - 1)) {
            match request {
                Request::Keep(keep) => group.push(keep),
                Request::Close(done) => closing = Some(done),
            }
        }
        if !group.is_empty() {
            let stored = file.write(group.iter().flat_map(|keep| &keep.changes));
            tell(file.path(), &stored, &mut refused);
            for keep in mem::take(&mut group) {
                // Whoever asked may be gone.
                let _ = keep.done.send(stored.is_ok());
            }
        }
        if let Some(done) = closing {
            let path = file.path().to_owned();
            let closed = file.close();
            if let Err(why) = &closed {
                let path = path.display();
                tracing::error!(%why, %path, "the store is not one whole file: what was stored last is in the \
                     -wal file beside it");
            }
            let _ = done.send(closed.is_ok());
            return;
        }
    }
}

/// Says in the log that nothing can be stored, once for each reason, and when it works again.
fn tell(path: &Path, stored: &Result<(), WriteError>, refused: &mut Option<String>) {
    let path = path.display();
    match (stored, &*refused) {
        (Ok(()), None) => {}
        (Ok(()), Some(_)) => {
            tracing::info!(%path, "the store can be written again");
            *refused = None;
        }
        (Err(why), before) => {
            let why = why.to_string();
            if before.as_ref() != Some(&why) {
                tracing::error!(why, %path, "what was to be stored was not");
                *refused = Some(why);
            }
        }
    }
}

#[cfg(test)]
impl Store {
    /// One that stores nothing before it is told to go on.
    pub fn held(path: &Path) -> (Self, SyncSender<()>) {
        let (file, _) = File::open(&path.into(), true, Casemap::Ascii).expect("it opens");
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
