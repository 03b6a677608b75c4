//! The end of a pipe that is written.

use std::{collections::VecDeque, fs::OpenOptions, io, sync::Arc};

use parking_lot::Mutex;
use tokio::{
    io::Interest,
    net::unix::pipe::Sender,
    sync::Notify,
    time::{Instant, sleep, sleep_until},
};

use crate::gateway::fifo::{CHECK, Fifo, FifoError, Identity, RETRY};

/// What a pipe takes as a whole or not at all, so that the lines of several writers are never mixed
/// (PIPE_BUF, POSIX `write`; on Linux 4096).
const ATOMIC: usize = 4096;

/// A pipe that we write.
///
/// Lines are written whole, as many at once as the kernel takes in one piece; one that is longer
/// than 4096 bytes goes in parts, between which another writer of the same pipe may come.
#[derive(Debug)]
pub struct Output {
    fifo: Fifo,
    pipe: Option<(Sender, Identity)>,
    queue: Arc<Queue>,
    /// Taken from the queue and being written.
    chunk: Vec<u8>,
    written: usize,
    check: Instant,
    /// A fault was told and has not gone.
    faulty: bool,
    /// There is another reader in the place of one that was told to have gone.
    has_come: bool,
}

/// Where lines for an [`Output`] are put, by anybody.
#[derive(Clone, Debug)]
pub struct Outbox(Arc<Queue>);

/// What has happened at the other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Went {
    /// There is a reader now.
    ReaderCame,
    /// The last reader has gone, and with it this many lines that wait to be written; how many of
    /// those that were written it has read is not known.
    ReaderLost {
        /// Of these lines.
        unsent: usize,
    },
    /// All has been written.
    Drained {
        /// Lines that were refused meanwhile, because the queue was full.
        refused: u64,
    },
}

/// Why a line is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unheard {
    /// Nobody has the pipe open.
    #[error("no one reads the pipe")]
    NoReader,
    /// The line does not fit behind those that wait.  It is dropped, as each that does not fit, and
    /// those that fit go on: what is written stays in order.
    #[error("the reader of the pipe does not keep up")]
    Full,
}

#[derive(Debug)]
struct Queue {
    limit: usize,
    /// After a line was refused none is taken before all others have been written.
    one_gap: bool,
    filled: Notify,
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    lines: VecDeque<Box<str>>,
    /// With an end for each line.  Invariant: at most the limit.
    bytes: usize,
    refused: u64,
    has_reader: bool,
}

impl Output {
    /// For at most `limit` bytes that wait.  Does not open the pipe: [`Output::wait`] does, as soon
    /// as it has a reader.
    pub fn new(fifo: Fifo, limit: usize) -> Self {
        Self::with(fifo, limit, false)
    }

    /// The same; what does not fit is missing in one place: no further line is taken before
    /// [`Went::Drained`] has told how many are missing.
    pub fn with_one_gap(fifo: Fifo, limit: usize) -> Self {
        Self::with(fifo, limit, true)
    }

    fn with(fifo: Fifo, limit: usize, one_gap: bool) -> Self {
        let queue = Queue { limit, one_gap, filled: Notify::new(), waiting: Mutex::default() };
        Self {
            fifo,
            pipe: None,
            queue: Arc::new(queue),
            chunk: Vec::new(),
            written: 0,
            check: Instant::now() + CHECK,
            faulty: false,
            has_come: false,
        }
    }

    /// Where its lines are put.
    pub fn outbox(&self) -> Outbox {
        Outbox(Arc::clone(&self.queue))
    }

    /// Where it is.
    pub fn fifo(&self) -> &Fifo {
        &self.fifo
    }

    /// Writes, and waits until something happens.  An error is told once, and the pipe is tried
    /// again.  May be cancelled without loss.
    pub async fn wait(&mut self) -> Result<Went, FifoError> {
        if std::mem::take(&mut self.has_come) && self.pipe.is_some() {
            self.queue.waiting.lock().has_reader = true;
            return Ok(Went::ReaderCame);
        }
        loop {
            let Some((pipe, identity)) = &self.pipe else {
                if self.open()? {
                    return Ok(Went::ReaderCame);
                }
                sleep(RETRY).await;
                continue;
            };
            if self.written == self.chunk.len() {
                let had = !self.chunk.is_empty();
                self.chunk.clear();
                self.written = 0;
                self.queue.take(&mut self.chunk);
                if had && self.chunk.is_empty() {
                    return Ok(Went::Drained { refused: self.queue.take_refused() });
                }
            }
            if self.chunk.is_empty() {
                tokio::select! {
                    // The one thing that ends an idle pipe: it has no reader.
                    _ = pipe.ready(Interest::ERROR) => return Ok(self.close()),
                    () = self.queue.filled.notified() => {}
                    () = sleep_until(self.check) => {
                        self.check = Instant::now() + CHECK;
                        if !self.fifo.leads_to(*identity) {
                            return Ok(self.close());
                        }
                    }
                }
                continue;
            }
            let rest = self.chunk.get(self.written..).unwrap_or_default();
            match pipe.writable().await.and_then(|()| pipe.try_write(rest)) {
                Ok(written) => self.written += written,
                Err(why) if why.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => return Ok(self.close()),
            }
        }
    }

    /// Writes until all is written; returns at once if there is no reader, and when it goes.
    pub async fn flush(&mut self) {
        while self.pipe.is_some() && !(self.chunk.is_empty() && self.queue.is_empty()) {
            if self.wait().await.is_err() {
                return;
            }
        }
    }

    fn open(&mut self) -> Result<bool, FifoError> {
        match self.try_open() {
            Ok(pipe) => {
                self.faulty = false;
                self.pipe = pipe;
                self.queue.waiting.lock().has_reader = self.pipe.is_some();
                Ok(self.pipe.is_some())
            }
            Err(_) if self.faulty => Ok(false),
            Err(why) => {
                self.faulty = true;
                Err(why)
            }
        }
    }

    fn try_open(&self) -> Result<Option<(Sender, Identity)>, FifoError> {
        let Some((file, identity)) = self.fifo.open(OpenOptions::new().write(true))? else {
            return Ok(None);
        };
        let pipe = Sender::from_file(file).map_err(|why| self.fifo.fault(why))?;
        Ok(Some((pipe, identity)))
    }

    /// The reader has gone.  Another may have come already: the pipe is opened for it before the old
    /// end is closed, or it would find that the last writer has left.
    fn close(&mut self) -> Went {
        // A fault is told when the pipe is tried again.
        let next = self.try_open().unwrap_or_default();
        self.has_come = next.is_some();
        let is_cut = self.chunk.get(..self.written).is_some_and(|written| !written.is_empty())
            && self.chunk.get(self.written - 1) != Some(&b'\n');
        let same = match (&self.pipe, &next) {
            (Some((_, old)), Some((_, new))) => old == new,
            _ => false,
        };
        self.pipe = next;
        let begun = self.chunk.get(self.written..).unwrap_or_default();
        let begun = begun.iter().filter(|byte| **byte == b'\n').count();
        self.chunk.clear();
        self.written = 0;
        if is_cut && same {
            // What the other reader finds of that line is to be a line of its own.
            self.chunk.push(b'\n');
        }
        let waiting = std::mem::take(&mut *self.queue.waiting.lock());
        Went::ReaderLost { unsent: begun + waiting.lines.len() }
    }
}

impl Outbox {
    /// Puts a line, without its end, behind the others.  Never waits.
    pub fn push(&self, line: &str) -> Result<(), Unheard> {
        let mut waiting = self.0.waiting.lock();
        if !waiting.has_reader {
            return Err(Unheard::NoReader);
        }
        let bytes = waiting.bytes + line.len() + 1;
        if bytes > self.0.limit || self.0.one_gap && waiting.refused > 0 {
            waiting.refused += 1;
            return Err(Unheard::Full);
        }
        waiting.bytes = bytes;
        waiting.lines.push_back(line.into());
        drop(waiting);
        self.0.filled.notify_one();
        Ok(())
    }

    /// How many bytes would be taken now; 0 if there is no reader.
    pub fn room(&self) -> usize {
        let waiting = self.0.waiting.lock();
        if waiting.has_reader { self.0.limit - waiting.bytes } else { 0 }
    }

    /// Whether somebody has the pipe open.
    pub fn has_reader(&self) -> bool {
        self.0.waiting.lock().has_reader
    }
}

impl Queue {
    fn is_empty(&self) -> bool {
        self.waiting.lock().lines.is_empty()
    }

    /// Moves to `chunk` what is to be written at once: lines of up to 4096 bytes together, or one.
    fn take(&self, chunk: &mut Vec<u8>) {
        let mut waiting = self.waiting.lock();
        while let Some(line) = waiting.lines.front() {
            if !chunk.is_empty() && chunk.len() + line.len() >= ATOMIC {
                return;
            }
            chunk.extend_from_slice(line.as_bytes());
            chunk.push(b'\n');
            waiting.bytes -= line.len() + 1;
            waiting.lines.pop_front();
        }
    }

    /// How many were refused since this was asked last.
    fn take_refused(&self) -> u64 {
        std::mem::take(&mut self.waiting.lock().refused)
    }
}
