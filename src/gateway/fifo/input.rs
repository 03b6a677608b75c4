//! The end of a pipe that is read.

use std::{fs::OpenOptions, io};

use tokio::{
    net::unix::pipe::Receiver,
    time::{Instant, sleep_until},
};

use crate::gateway::fifo::lines::Lines;
use crate::gateway::fifo::{CHECK, Fifo, FifoError, Framed, Identity};

/// As much as a pipe usually holds.
const READ_BYTES: usize = 64 << 10;

/// A pipe that we read, line by line.
#[derive(Debug)]
pub struct Input {
    fifo: Fifo,
    /// `None` after a fault that was told, until it has gone.
    pipe: Option<(Receiver, Identity)>,
    chunk: Box<[u8]>,
    lines: Lines,
    check: Instant,
}

/// What has happened at the other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    /// Something was written.
    Bytes,
    /// The last writer has gone, or the pipe was removed and made again.  There may be a last line.
    Lost,
}

impl Input {
    /// Opens the pipe, which does not wait for a writer.  Lines have at most `max` bytes.
    ///
    /// To be called within a tokio runtime with I/O and time.
    pub fn open(fifo: Fifo, max: usize) -> Result<Self, FifoError> {
        let pipe = Some(open(&fifo)?);
        let chunk = vec![0; READ_BYTES].into_boxed_slice();
        Ok(Self { fifo, pipe, chunk, lines: Lines::new(max), check: Instant::now() + CHECK })
    }

    /// Waits until something happens; then take all lines.  An error is told once, and the pipe is
    /// tried again every two seconds.  May be cancelled without loss.
    pub async fn wait(&mut self) -> Result<Read, FifoError> {
        loop {
            let Some((pipe, identity)) = &self.pipe else {
                sleep_until(self.check).await;
                self.check = Instant::now() + CHECK;
                self.pipe = open(&self.fifo).ok();
                continue;
            };
            let ready = tokio::select! {
                ready = pipe.readable() => ready,
                () = sleep_until(self.check) => {
                    self.check = Instant::now() + CHECK;
                    if self.fifo.leads_to(*identity) {
                        continue;
                    }
                    return self.reopen();
                }
            };
            match ready.and_then(|()| pipe.try_read(&mut self.chunk)) {
                Ok(0) => return self.reopen(),
                Ok(read) => {
                    self.lines.push(self.chunk.get(..read).unwrap_or_default());
                    return Ok(Read::Bytes);
                }
                Err(why) if why.kind() == io::ErrorKind::WouldBlock => {}
                Err(why) => {
                    let fault = self.fifo.fault(why);
                    self.pipe = None;
                    return Err(fault);
                }
            }
        }
    }

    /// The next line of what has been read.
    pub fn next_line(&mut self) -> Option<Framed<'_>> {
        self.lines.next_line()
    }

    /// Where it is.
    pub fn fifo(&self) -> &Fifo {
        &self.fifo
    }

    /// An end that has seen the last writer go says so for ever; a new one waits for the next.  It
    /// is opened before the old one is closed, so that a writer always finds a reader.
    fn reopen(&mut self) -> Result<Read, FifoError> {
        self.lines.finish();
        match open(&self.fifo) {
            Ok(pipe) => {
                self.pipe = Some(pipe);
                Ok(Read::Lost)
            }
            Err(why) => {
                self.pipe = None;
                Err(why)
            }
        }
    }
}

fn open(fifo: &Fifo) -> Result<(Receiver, Identity), FifoError> {
    let absent = || fifo.fault(io::ErrorKind::NotFound.into());
    let (file, identity) = fifo.open(OpenOptions::new().read(true))?.ok_or_else(absent)?;
    let pipe = Receiver::from_file(file).map_err(|why| fifo.fault(why))?;
    Ok((pipe, identity))
}
