//! What peers do, in the order in which it was heard.

use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;

use crate::gateway::netchat::{Header, SiteId};

/// What waits past this many bytes is long.
const LONG: usize = 256 << 10;

/// What a peer does.
#[derive(Debug)]
pub enum Item {
    /// It comes, by this link.
    Enter {
        /// Who.
        site: SiteId,
        /// The number of the link.
        link: usize,
    },
    /// It says something that fits into a line.
    Say {
        /// Who.
        site: SiteId,
        /// To this nick; `None`: to all.
        to: Option<Box<str>>,
        /// What.
        text: String,
        /// If other links wait for what the channel makes of it.
        held: Option<Held>,
    },
    /// It leaves.
    Leave {
        /// Who.
        site: SiteId,
        /// As others are told.
        why: &'static str,
        /// What other links are told, after all that it has said.
        relay: Option<Relay>,
    },
}

/// What is held back of a text until all its pieces have been taken.
#[derive(Debug)]
pub struct Held {
    /// Of the whole text.
    pub text: Rc<Refused>,
    /// With the last piece.
    pub relay: Option<Relay>,
}

/// Whether a piece of a text was refused.
pub type Refused = Cell<bool>;

/// A message of a peer for the links that it did not come by.
#[derive(Debug)]
pub struct Relay {
    /// The number of the link that it came by.
    pub link: usize,
    /// Its id.
    pub id: u64,
    /// Whose it is.
    pub from: SiteId,
    /// What it is.
    pub header: Header,
}

impl Relay {
    fn bytes(&self) -> usize {
        if let Header::Public(text) = &self.header { text.len() } else { 0 }
    }
}

impl Item {
    /// Who does it.
    pub fn site(&self) -> &SiteId {
        match self {
            Self::Enter { site, .. } | Self::Say { site, .. } | Self::Leave { site, .. } => site,
        }
    }

    fn bytes(&self) -> usize {
        let text = match self {
            Self::Say { text, held, .. } => {
                let relay = held.as_ref().and_then(|held| held.relay.as_ref());
                text.len() + relay.map_or(0, Relay::bytes)
            }
            Self::Enter { .. } | Self::Leave { .. } => 0,
        };
        text + size_of::<Self>()
    }
}

/// First in, first out.  Holds at most what is long, and what one read of each link leads to.
#[derive(Debug, Default)]
pub struct Queue {
    items: VecDeque<Item>,
    bytes: usize,
}

impl Queue {
    /// Whether no more should be read.
    pub fn is_long(&self) -> bool {
        self.bytes > LONG
    }

    /// Adds to the end.
    pub fn push(&mut self, item: Item) {
        self.bytes += item.bytes();
        self.items.push_back(item);
    }

    /// Puts back what cannot be done yet.
    pub fn unpop(&mut self, item: Item) {
        self.bytes += item.bytes();
        self.items.push_front(item);
    }

    /// The next.
    pub fn front(&self) -> Option<&Item> {
        self.items.front()
    }

    /// Takes the next.
    pub fn pop(&mut self) -> Option<Item> {
        let item = self.items.pop_front()?;
        self.bytes -= item.bytes();
        Some(item)
    }
}
