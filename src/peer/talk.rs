//! What a peer does, whatever it looks like.

use std::{future::pending, io, path::Path, time::Duration};

use tokio::{
    signal::unix::{SignalKind, signal},
    time::{Instant, sleep_until, timeout},
};

use crate::gateway::fifo::{Fifo, FifoError, Framed, Input, Outbox, Output, Read, Unheard, Went};
use crate::gateway::files::replace;
use crate::gateway::netchat::{
    BadLine, Heard, Limits, Link, MAX_LINE, News, Node, Refused, SiteId, Snapshot,
};
use crate::peer::PeerError;

/// Bytes that wait for a reader who does not keep up.
const QUEUE: usize = 8 << 20;

/// How long the last lines may take when we leave.
const FAREWELL: Duration = Duration::from_secs(5);

/// What is saved for snapshots: a peer is one site only.
const LIMITS: Limits = Limits { sites: 1, saved_bytes: 512 << 10 };

/// How a person or a script sees the peer.
pub(super) trait Face {
    /// Whether what is to be sent waits for somebody who hears it, rather than being said to nobody.
    const WAITS: bool;

    /// The next thing that is wanted.  May be cancelled without loss.
    async fn wish(&mut self) -> Wish;

    /// Something has happened.
    fn tell(&mut self, notice: Notice<'_>) -> io::Result<()>;

    /// All that has happened at once has been told.
    fn refresh(&mut self, state: State<'_>) -> io::Result<()>;
}

/// What somebody wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// To speak to everyone.
    Public(String),
    /// To speak to this site.
    Private(String, String),
    /// The files of a snapshot.
    Snapshot,
    /// To see the clock.
    Clock,
    /// To leave, after a snapshot that is being taken.
    Leave,
    /// To leave now.
    LeaveNow,
}

/// What has happened.
#[derive(Debug)]
pub(super) enum Notice<'a> {
    /// Others have said or done something.
    News(&'a News),
    /// Nobody writes to our input any more, and with that this site is gone.
    Lost(&'a SiteId),
    /// Somebody reads our output now, or nobody does.
    HeardBySomebody(bool),
    /// This was said, and nobody hears it.
    Unheard(Unheard),
    /// Lines that the reader missed.
    Missed(u64),
    /// Both files are written.
    Snapshot(&'a Snapshot),
    /// They could not be.
    Unsaved(&'a io::Error),
    /// What was wanted cannot be.
    Refused(Refused),
    /// A line of the input is no message.
    BadLine(BadLine),
    /// A pipe is out of order.
    Fault(&'a FifoError),
    /// As it was asked for.
    Clock(&'a [(&'a SiteId, u64)]),
}

/// How things are.
#[derive(Clone, Copy)]
pub(super) struct State<'a> {
    /// Who is there.
    pub others: &'a [&'a SiteId],
    /// Whether somebody reads our output.
    pub is_heard: bool,
}

/// A site with its pipes.
pub(super) struct Talk {
    name: String,
    node: Node,
    link: Link,
    input: Input,
    output: Output,
    outbox: Outbox,
    start: Instant,
    /// Somebody has read the output.  What is read before could not be passed on, and waits.
    has_come: bool,
    /// Wanted, and waiting for somebody who hears it.
    held: Option<Wish>,
    leaving: bool,
}

impl Talk {
    /// The site does not come before somebody reads its output.
    pub fn new(name: &str, seed: u64, input: Fifo, output: Fifo) -> Result<Self, FifoError> {
        let output = Output::new(output, QUEUE);
        Ok(Self {
            name: name.to_owned(),
            node: Node::new(name, seed, LIMITS),
            link: Link::FIRST,
            input: Input::open(input, MAX_LINE)?,
            outbox: output.outbox(),
            output,
            start: Instant::now(),
            has_come: false,
            held: None,
            leaving: false,
        })
    }

    /// Until it leaves, which it says to the others.
    pub async fn run<F: Face>(mut self, mut face: F) -> Result<(), PeerError> {
        let told = self.talk(&mut face).await;
        if let Ok(line) = self.node.leave(&self.name) {
            // If nobody hears it nobody misses it.
            let _ = self.outbox.push(&line);
        }
        let _ = timeout(FAREWELL, self.output.flush()).await;
        Ok(told?)
    }

    async fn talk<F: Face>(&mut self, face: &mut F) -> io::Result<()> {
        let mut ends = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()]
            .map(signal)
            .into_iter()
            .collect::<io::Result<Vec<_>>>()?;
        let [interrupt, terminate, hangup] = ends.as_mut_slice() else { return Ok(()) };
        loop {
            self.refresh(face)?;
            if self.leaving && self.node.snapshot_deadline().is_none() {
                return Ok(());
            }
            let due = self.node.due(self.start.elapsed().as_millis() as u64);
            let due = due.map(|at| self.start + Duration::from_millis(at));
            let takes_wishes = self.held.is_none() && !self.leaving;
            tokio::select! {
                read = self.input.wait(), if self.has_come => self.read(read, face)?,
                went = self.output.wait() => self.went(went, face)?,
                wish = face.wish(), if takes_wishes => match wish {
                    Wish::LeaveNow => return Ok(()),
                    wish => self.held = Some(wish),
                },
                () = until(due) => {}
                _ = interrupt.recv() => return Ok(()),
                _ = terminate.recv() => return Ok(()),
                _ = hangup.recv() => return Ok(()),
            }
            self.grant::<F>(face)?;
            self.answer();
            self.finish_snapshot(face)?;
        }
    }

    fn refresh(&self, face: &mut impl Face) -> io::Result<()> {
        let others = self.node.others();
        face.refresh(State { others: &others, is_heard: self.outbox.has_reader() })
    }

    fn read(&mut self, read: Result<Read, FifoError>, face: &mut impl Face) -> io::Result<()> {
        while let Some(framed) = self.input.next_line() {
            let heard = match framed {
                Framed::TooLong => Err(BadLine::TooLong),
                Framed::Line(line) => self.node.receive(self.link, line),
            };
            match heard {
                Ok(Heard { relay, news, .. }) => {
                    // What does not fit is counted, and told when there is room again.
                    let _ = relay.map(|line| self.outbox.push(&line));
                    news.iter().try_for_each(|news| face.tell(Notice::News(news)))?;
                }
                Err(why) => {
                    tracing::warn!(%why, "a line is refused");
                    face.tell(Notice::BadLine(why))?;
                }
            }
        }
        match read {
            Ok(Read::Bytes) => Ok(()),
            Ok(Read::Lost) => {
                tracing::info!("nobody writes to the input");
                let gone = self.node.lose(self.link);
                gone.iter().try_for_each(|site| face.tell(Notice::Lost(site)))
            }
            Err(why) => fault(&why, face),
        }
    }

    fn went(&mut self, went: Result<Went, FifoError>, face: &mut impl Face) -> io::Result<()> {
        match went {
            Ok(Went::ReaderCame) => {
                tracing::info!("somebody reads the output");
                // Once only: for a reader who returns this site is still there.
                if let Ok(line) = self.node.join(&self.name) {
                    self.has_come = true;
                    let _ = self.outbox.push(&line);
                }
                face.tell(Notice::HeardBySomebody(true))
            }
            Ok(Went::ReaderLost { unsent }) => {
                tracing::warn!(unsent, "nobody reads the output");
                face.tell(Notice::HeardBySomebody(false))
            }
            Ok(Went::Drained { refused: 0 }) => Ok(()),
            Ok(Went::Drained { refused }) => {
                tracing::warn!(refused, "the reader of the output did not keep up");
                face.tell(Notice::Missed(refused))
            }
            Err(why) => fault(&why, face),
        }
    }

    /// Does what was wanted, unless it has to wait.
    fn grant<F: Face>(&mut self, face: &mut F) -> io::Result<()> {
        let Some(wish) = &self.held else { return Ok(()) };
        let speaks = !matches!(wish, Wish::Clock | Wish::Leave | Wish::LeaveNow);
        if F::WAITS && speaks && self.outbox.room() < QUEUE / 2 {
            return Ok(());
        }
        let Some(wish) = self.held.take() else { return Ok(()) };
        let (node, name) = (&mut self.node, self.name.as_str());
        let is_snapshot = wish == Wish::Snapshot;
        let line = match wish {
            Wish::Public(text) => node.public(name, &text),
            Wish::Private(to, text) => node.private(name, &to, &text),
            Wish::Snapshot => node.ask_for_snapshot(name, self.start.elapsed().as_millis() as u64),
            Wish::Clock => {
                let dates: Vec<_> = node.clock().iter().collect();
                return face.tell(Notice::Clock(&dates));
            }
            Wish::Leave | Wish::LeaveNow => {
                self.leaving = true;
                return Ok(());
            }
        };
        match line {
            Ok(line) => match self.outbox.push(&line) {
                Ok(()) => {
                    if is_snapshot {
                        self.node.snapshot_was_asked_for();
                    }
                    Ok(())
                }
                Err(why) => face.tell(Notice::Unheard(why)),
            },
            // Before anybody has read the output the site has not come.
            Err(Refused::NotHere) => face.tell(Notice::Unheard(Unheard::NoReader)),
            Err(why) => face.tell(Notice::Refused(why)),
        }
    }

    fn answer(&mut self) {
        while self.outbox.room() > QUEUE / 2 {
            let Some(line) = self.node.answer() else { return };
            let _ = self.outbox.push(&line);
        }
    }

    fn finish_snapshot(&mut self, face: &mut impl Face) -> io::Result<()> {
        let now = self.start.elapsed().as_millis() as u64;
        let Some(snapshot) = self.node.finished_snapshot(now) else { return Ok(()) };
        let written = replace(Path::new("snapshot.json"), &snapshot.to_json())
            .and_then(|()| replace(Path::new("history.json"), &snapshot.history_json()));
        tracing::info!(missing = snapshot.missing.len(), ok = written.is_ok(), "snapshot");
        match written {
            Ok(()) => face.tell(Notice::Snapshot(&snapshot)),
            Err(why) => face.tell(Notice::Unsaved(&why)),
        }
    }
}

fn fault(why: &FifoError, face: &mut impl Face) -> io::Result<()> {
    tracing::error!(%why, "a pipe is out of order");
    face.tell(Notice::Fault(why))
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => pending().await,
    }
}
