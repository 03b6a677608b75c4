//! What peers do, in the order in which it was heard.

use std::collections::VecDeque;

use super::super::netchat::SiteId;

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
    },
    /// It leaves.
    Leave {
        /// Who.
        site: SiteId,
        /// As others are told.
        why: &'static str,
    },
}

impl Item {
    /// Who does it.
    pub fn site(&self) -> &SiteId {
        match self {
            Self::Enter { site, .. } | Self::Say { site, .. } | Self::Leave { site, .. } => site,
        }
    }

    fn bytes(&self) -> usize {
        let text = if let Self::Say { text, .. } = self { text.len() } else { 0 };
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
