//! Replies that belong together: batches, and answers to labelled commands.

use crate::delivery::{Delivery, LabelRequest, Labelled};
use crate::proto::names::ConnId;

impl Delivery {
    /// A name that no other batch has.
    pub fn next_batch(&mut self) -> String {
        self.queues.next_batch()
    }

    /// Puts the replies from here on into a batch that has been begun, or into none.
    pub fn set_batch(&mut self, name: Option<String>) {
        self.batch = name;
    }

    /// What the connection is told from here on answers what it has asked, up to
    /// [`Delivery::end_answer`]; what comes from other shards meanwhile does not.
    pub fn begin_answer(&mut self, conn: ConnId, asked: LabelRequest) {
        self.queues.begin_answer(conn, asked);
    }

    /// All is said in answer; if that was nothing, the command is acknowledged.
    pub fn end_answer(&mut self) {
        self.queues.end_answer();
    }

    /// The rest of the answer comes later: see [`Delivery::resume_answer`].
    pub fn pause_answer(&mut self) -> Option<Box<Labelled>> {
        self.queues.pause_answer()
    }

    /// Goes on with an answer.
    pub fn resume_answer(&mut self, answer: Option<Box<Labelled>>) {
        self.queues.resume_answer(answer);
    }

    /// Whether what comes from here on is no answer, though it comes of the command; how it was
    /// before.
    pub fn set_aside(&mut self, on: bool) -> bool {
        self.queues.aside(on)
    }
}
