//! How often what has happened, for whoever watches from outside.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::core::observer::{InChannel, Observer};
use crate::proto::event::{Body, Event, EventKind};

/// A count for each kind of event: in each channel that it concerns.
#[derive(Debug, Default)]
pub struct EventCounts {
    counts: [AtomicU64; EventKind::ALL.len()],
}

impl EventCounts {
    /// The kinds of events by name, and how many there were of each.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let counts = self.counts.iter().map(|count| count.load(Ordering::Relaxed));
        EventKind::ALL.iter().map(|kind| kind.name()).zip(counts)
    }
}

impl Observer for EventCounts {
    fn observe(&self, event: &Event, _: Option<&InChannel<'_>>) {
        if let Some(count) = self.counts.get(Body::kind(&event.body) as usize) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }
}
