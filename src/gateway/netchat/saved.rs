//! What a site keeps for snapshots.

use std::collections::VecDeque;

use crate::gateway::netchat::message::Message;

/// Each message that the site sent to everyone or to one site or to ask for a snapshot, and each
/// private one that it was sent; of all these the newest that fit into a number of bytes.
#[derive(Debug, Default)]
pub struct Saved {
    messages: VecDeque<(Message, usize)>,
    bytes: usize,
}

impl Saved {
    /// Keeps `message`, whose line has `bytes`, and forgets the oldest past `limit`; one that is
    /// longer than the limit by itself is not kept.
    pub fn push(&mut self, message: Message, bytes: usize, limit: usize) {
        if bytes > limit {
            return;
        }
        self.bytes += bytes;
        self.messages.push_back((message, bytes));
        while self.bytes > limit {
            let Some((_, bytes)) = self.messages.pop_front() else { break };
            self.bytes -= bytes;
        }
    }

    /// From the oldest to the newest.
    pub fn to_vec(&self) -> Vec<Message> {
        self.messages.iter().map(|(message, _)| message.clone()).collect()
    }
}
