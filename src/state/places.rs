//! The places that events go to.

use std::sync::Arc;

use super::changed::Changed;
use super::load::{self, Load};
use crate::delivery::{Delivery, Inbox};
use crate::names::PlaceId;
use crate::wire::event::Post;

/// The inboxes of all places, by number, what they have to do, and what the store is told.
#[derive(Default)]
pub struct Places {
    inboxes: Vec<Arc<Inbox>>,
    loads: Vec<Arc<Load>>,
    /// Permanent channels that are to be stored.
    pub changed: Changed,
}

impl Places {
    /// As many places as given, numbered from 0.
    pub fn new(count: usize) -> Self {
        let inboxes = (0..count).map(|_| Arc::default()).collect();
        let loads = (0..count).map(|_| Arc::default()).collect();
        Self { inboxes, loads, changed: Changed::default() }
    }

    /// The inbox of a place; `None`: there is no such place.
    pub fn inbox(&self, place: PlaceId) -> Option<&Arc<Inbox>> {
        self.inboxes.get(usize::from(place.0))
    }

    /// What a place has to do; `None`: there is no such place.
    pub fn load(&self, place: PlaceId) -> Option<&Arc<Load>> {
        self.loads.get(usize::from(place.0))
    }

    /// The place for one more connection, where places are full with `most`; `None`: there is none.
    pub fn for_newcomer(&self, most: usize) -> Option<(usize, &Arc<Load>)> {
        let place = load::for_newcomer(self.loads.iter(), most)?;
        Some((place, self.loads.get(place)?))
    }

    /// Whether another place's inbox is full; if so, `here` is woken when it no longer is.
    pub fn must_wait(&self, here: PlaceId) -> bool {
        let Some(own) = self.inbox(here) else { return false };
        // All of them are asked, so that each full one wakes this place.
        let full =
            self.inboxes.iter().filter(|inbox| !Arc::ptr_eq(inbox, own) && inbox.is_full_for(own));
        full.count() > 0
    }

    /// Each place once: `here`, the place of this thread, at once; the others by their inbox.
    ///
    /// Only for those who hold what the event is about: a channel's guard, a profile's or that
    /// of the watches.
    pub(super) fn tell(
        &self,
        places: impl Iterator<Item = PlaceId>,
        here: &mut Delivery,
        post: &Post<'_>,
    ) {
        let mut shared = None;
        for place in places {
            if place == here.place() {
                here.tell(post);
            } else if let Some(inbox) = self.inbox(place) {
                let post = shared.get_or_insert_with(|| Arc::new(post.to_static()));
                here.send(inbox, Arc::clone(post));
            }
        }
    }
}
