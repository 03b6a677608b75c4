//! What waits for one connection, bounded in bytes.

use std::collections::VecDeque;
use std::ops::Range;

use slab::Slab;

use crate::core::shrink::Shrink;
use crate::delivery::labelled::{LabelRequest, Labelled};
use crate::delivery::tick::{Chain, For, TickBuffer};
use crate::proto::caps::CapSet;
use crate::proto::names::ConnId;

/// Where lines go to: sockets, or a test's buffers.
pub trait Sink {
    /// Writes what it can without waiting; returns how many bytes were taken.
    fn write(&mut self, conn: ConnId, bytes: &[u8]) -> usize;

    /// Whether it has written for so long that others should be asked what they want.
    fn is_late(&mut self) -> bool {
        false
    }

    /// Nothing more comes for the connection, but something still waits to be written.
    fn ending(&mut self, _conn: ConnId) {}

    /// The connection may be read again.
    fn resumed(&mut self, _conn: ConnId) {}

    /// Nothing waits for the connection any more, and nothing will: it can be closed.
    fn finished(&mut self, conn: ConnId);
}

/// The output of one connection.
///
/// Invariant: `queued` is the length of `backlog` and of the lines in `chain`, and is never more
/// than `limit`, but for the last line, which always has room: it says why.
pub(super) struct Outbox {
    pub(super) generation: u32,
    caps: CapSet,
    pub(super) queued: usize,
    limit: usize,
    pub(super) chain: Chain,
    /// What the socket would not take.  While something is here, the shard runtime writes it when the
    /// socket is ready, and ticks only add to it.
    pub(super) backlog: Vec<u8>,
    /// Is in [`Queues::dirty`].
    pub(super) dirty: bool,
    /// Is in [`Queues::prioritized`].
    pub(super) prioritized: bool,
    pub(super) state: State,
    /// The last round of [`Queues::new_round`] that reached it.
    round: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Open,
    /// Past its limit: emptied, takes nothing more, waits for its quit.
    Overflowed,
    /// Closed as soon as what waits is written.
    Ending,
}

/// Connections that may have priority at once: what is told to more has none.
const MAX_PRIORITIZED: usize = 128;

/// The output queues of a shard's connections, and the tick's lines.
#[derive(Default)]
pub struct Queues {
    pub(super) tick: TickBuffer,
    pub(super) boxes: Slab<Outbox>,
    /// Where lines of one connection that do not follow one another are put together.
    pub(super) room: Vec<u8>,
    /// Those with news, to be written in this order.
    pub(super) dirty: VecDeque<u32>,
    /// Those whose news is to be written before.
    pub(super) prioritized: Vec<u32>,
    /// Those who have lines of their own in this tick.
    pub(super) answered: Vec<u32>,
    /// What is queued now has priority.
    pub(super) priority: bool,
    /// Some of the tick is written.
    pub(super) is_writing: bool,
    overflowed: Vec<ConnId>,
    generation: u32,
    round: u32,
    pub(super) traffic: Traffic,
    /// What is being said in answer to a labelled command.
    answer: Option<Box<Labelled>>,
    /// Batches named so far.
    batches: u64,
}

/// What has gone through the queues since the start.
#[derive(Clone, Copy, Debug, Default)]
pub struct Traffic {
    /// Lines queued, once for each connection that gets one.
    pub lines: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Those of the lines that answer the connection itself.
    pub replies: u64,
    /// Bytes that now wait because a socket would not take them.
    pub waiting: usize,
}

impl Queues {
    pub fn traffic(&self) -> Traffic {
        self.traffic
    }

    /// As [`Queues::push`], for what answers the connection itself.
    pub fn push_reply(
        &mut self,
        slot: u32,
        make: impl FnOnce(CapSet, &mut Vec<u8>) -> Option<Range<usize>>,
    ) {
        let before = self.traffic.lines;
        self.push_for(slot, For::One, make);
        self.traffic.replies += self.traffic.lines - before;
    }

    pub fn open(&mut self, limit: usize) -> ConnId {
        self.generation = self.generation.wrapping_add(1);
        let slot = self.boxes.insert(Outbox {
            generation: self.generation,
            caps: CapSet::NONE,
            queued: 0,
            limit,
            chain: Chain::EMPTY,
            backlog: Vec::new(),
            dirty: false,
            prioritized: false,
            state: State::Open,
            round: self.round,
        });
        ConnId { slot: slot as u32, generation: self.generation }
    }

    pub fn close(&mut self, conn: ConnId) {
        if self.find(conn).is_some() {
            let outbox = self.boxes.remove(conn.slot as usize);
            self.traffic.waiting -= outbox.backlog.len();
        }
    }

    /// Gives back what a crowd has left.
    pub fn shrink(&mut self) {
        self.boxes.shrink();
        self.dirty.shrink();
        self.tick.shrink();
        self.room = Vec::new();
    }

    pub(super) fn find(&mut self, conn: ConnId) -> Option<&mut Outbox> {
        self.boxes.get_mut(conn.slot as usize).filter(|outbox| outbox.generation == conn.generation)
    }

    pub fn set_caps(&mut self, conn: ConnId, caps: CapSet) {
        if let Some(outbox) = self.find(conn) {
            outbox.caps = caps;
        }
    }

    /// Whether more may be queued for the connection: neither past its limit nor about to end.
    pub fn is_open(&mut self, conn: ConnId) -> bool {
        self.find(conn).is_some_and(|outbox| outbox.state == State::Open)
    }

    /// What a connection has room for, in bytes; 0 when it is to take nothing more.
    pub fn room(&mut self, conn: ConnId) -> usize {
        self.find(conn)
            .filter(|outbox| outbox.state == State::Open)
            .map_or(0, |outbox| outbox.limit - outbox.queued)
    }

    /// Begins a round in which each connection counts once: see [`Queues::first_in_round`].
    pub fn new_round(&mut self) {
        self.round = self.round.wrapping_add(1);
    }

    /// Whether the connection was not yet asked about in this round.
    pub fn first_in_round(&mut self, slot: u32) -> bool {
        let round = self.round;
        self.boxes.get_mut(slot as usize).is_some_and(|outbox| {
            let first = outbox.round != round;
            outbox.round = round;
            first
        })
    }

    /// Queues, for the connection in `slot`, the line that `make` finds or makes in the arena for
    /// its capabilities.
    #[inline]
    pub fn push(
        &mut self,
        slot: u32,
        make: impl FnOnce(CapSet, &mut Vec<u8>) -> Option<Range<usize>>,
    ) {
        self.push_for(slot, For::Many, make);
    }

    #[inline]
    fn push_for(
        &mut self,
        slot: u32,
        whom: For,
        make: impl FnOnce(CapSet, &mut Vec<u8>) -> Option<Range<usize>>,
    ) {
        if self.answer.as_ref().is_some_and(|answer| answer.slot == slot) {
            return self.push_answer(slot, whom, make);
        }
        self.push_as_it_is(slot, whom, make);
    }

    #[inline]
    fn push_as_it_is(
        &mut self,
        slot: u32,
        whom: For,
        make: impl FnOnce(CapSet, &mut Vec<u8>) -> Option<Range<usize>>,
    ) {
        let Some(outbox) = self.boxes.get_mut(slot as usize) else { return };
        if outbox.state != State::Open {
            return;
        }
        let Some(range) = make(outbox.caps, self.tick.arena(whom)) else { return };
        if outbox.queued + range.len() > outbox.limit {
            outbox.state = State::Overflowed;
            self.traffic.waiting -= outbox.backlog.len();
            outbox.empty();
            self.overflowed.push(ConnId { slot, generation: outbox.generation });
            return;
        }
        outbox.queued += range.len();
        self.traffic.lines += 1;
        self.traffic.bytes += range.len() as u64;
        self.tick.push(&mut outbox.chain, whom, &range);
        if whom == For::One && self.answered.last() != Some(&slot) {
            self.answered.push(slot);
        }
        if self.priority && self.prioritized.len() < MAX_PRIORITIZED {
            if !outbox.prioritized {
                outbox.prioritized = true;
                self.prioritized.push(slot);
            }
        } else if !outbox.dirty && !outbox.prioritized {
            outbox.dirty = true;
            self.dirty.push_back(slot);
        }
    }

    #[cold]
    fn push_answer(
        &mut self,
        slot: u32,
        whom: For,
        make: impl FnOnce(CapSet, &mut Vec<u8>) -> Option<Range<usize>>,
    ) {
        let Some(outbox) = self.boxes.get(slot as usize) else { return };
        let Some(range) = make(outbox.caps, self.tick.arena(whom)) else { return };
        let lines = self.tick.arena(whom).get(range).unwrap_or_default().to_vec();
        self.with_answer(|mut answer, put| {
            answer.hear(&lines, put);
            Some(answer)
        });
    }

    /// Lends the answer that is being given to `change`, and keeps what that gives back.
    fn with_answer(
        &mut self,
        change: impl FnOnce(Box<Labelled>, &mut dyn FnMut(&[u8])) -> Option<Box<Labelled>>,
    ) {
        let Some(answer) = self.answer.take() else { return };
        let slot = answer.slot;
        self.answer = change(answer, &mut |bytes| self.push_bytes(slot, bytes));
    }

    fn push_bytes(&mut self, slot: u32, bytes: &[u8]) {
        self.push_as_it_is(slot, For::One, |_, arena| {
            let start = arena.len();
            arena.extend_from_slice(bytes);
            Some(start..arena.len())
        });
    }

    /// A name that no other batch has.
    pub fn next_batch(&mut self) -> String {
        self.batches += 1;
        self.batches.to_string()
    }

    /// What the connection is told from here on answers what it has asked.
    pub fn begin_answer(&mut self, conn: ConnId, asked: LabelRequest) {
        let name = self.next_batch();
        self.answer = Some(Box::new(Labelled::new(conn.slot, name, asked)));
    }

    /// All is said.
    pub fn end_answer(&mut self) {
        self.with_answer(|answer, put| {
            answer.end(put);
            None
        });
    }

    /// The rest comes later: see [`Queues::resume_answer`].
    pub fn pause_answer(&mut self) -> Option<Box<Labelled>> {
        self.with_answer(|mut answer, put| {
            answer.open(put);
            Some(answer)
        });
        self.answer.take()
    }

    /// Goes on with an answer.
    pub fn resume_answer(&mut self, answer: Option<Box<Labelled>>) {
        self.answer = answer;
    }

    /// What comes is no answer to anything, or is again; how it was before.
    pub fn aside(&mut self, on: bool) -> bool {
        self.answer.as_mut().is_some_and(|answer| std::mem::replace(&mut answer.aside, on))
    }

    /// The connections that have gone past their limit since the last call.
    pub fn take_overflowed(&mut self) -> Vec<ConnId> {
        std::mem::take(&mut self.overflowed)
    }

    /// Queues a last line, also for one that overflowed; the connection is finished once it has
    /// nothing left.
    pub fn end(
        &mut self,
        conn: ConnId,
        make: impl FnOnce(CapSet, Option<&[u8]>, &mut Vec<u8>) -> Range<usize>,
    ) {
        let mut label = None;
        if self.answer.as_ref().is_some_and(|answer| answer.slot == conn.slot) {
            self.with_answer(|answer, put| {
                label = answer.end_with_last(put);
                None
            });
        }
        let Some(outbox) = self.find(conn) else { return };
        if outbox.state == State::Ending {
            return;
        }
        // What was thrown away may have begun in the middle of a line.
        let cut = if outbox.state == State::Overflowed { "\r\n" } else { "" };
        outbox.state = State::Open;
        outbox.limit = usize::MAX;
        self.push_reply(conn.slot, |caps, arena| {
            let start = arena.len();
            arena.extend_from_slice(cut.as_bytes());
            Some(start..make(caps, label.as_deref(), arena).end)
        });
        if let Some(outbox) = self.find(conn) {
            outbox.state = State::Ending;
        }
    }
}

impl Outbox {
    fn empty(&mut self) {
        self.queued = 0;
        self.chain = Chain::EMPTY;
        self.backlog = Vec::new();
    }
}
