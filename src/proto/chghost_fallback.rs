//! What those are told of a user with another host who do not know that hosts can change (IRCv3
//! chghost, "Fallback when the chghost capability has not been negotiated").

use std::sync::Arc;

use crate::proto::content::Moved;
use crate::proto::event::{Body, Event, Source};
use crate::proto::names::{ChannelId, EventId, UserId};
use crate::proto::prefix::Prefixes;
use crate::proto::time::Moment;

/// Why it seems to leave.
const REASON: &[u8] = b"Changing host";

impl Moved {
    /// By which `user` seems to leave all that it shares with somebody.
    pub fn quit(event: &Event) -> Event {
        let identity = Arc::clone(&event.source.identity);
        let source = Source { user: event.source.user, identity };
        Event {
            id: EventId::NONE,
            source,
            time: event.time,
            body: Body::Quit { reason: REASON.into() },
        }
    }

    /// By which `user` seems to come to a channel, as a member of it is told of who does: with its
    /// ranks, and that it is away.
    pub fn comes(&self, user: UserId, channel: ChannelId, now: Moment) -> Vec<Event> {
        let at = self.channels.binary_search_by_key(&channel, |(id, ..)| *id);
        let Some((_, channel, ranks)) = at.ok().and_then(|at| self.channels.get(at)) else {
            return Vec::new();
        };
        let by = |user, identity| Source { user, identity: Arc::clone(identity) };
        let realname = Arc::clone(&self.realname);
        let join = Body::Join { channel: channel.clone(), prefixes: *ranks, realname };
        let mut events = vec![Event {
            id: EventId::NONE,
            source: by(user, &self.identity),
            time: now,
            body: join,
        }];
        if *ranks != Prefixes::NONE {
            let mut changes: Vec<u8> = b"+".iter().copied().chain(ranks.letters()).collect();
            for _ in ranks.letters() {
                changes.push(b' ');
                changes.extend_from_slice(self.identity.nick.as_str().as_bytes());
            }
            let channel = channel.clone();
            let body = Body::Mode { channel, changes: changes.into(), ranks: Default::default() };
            events.push(Event {
                id: EventId::NONE,
                source: by(UserId::SERVER, &self.server),
                time: now,
                body,
            });
        }
        if let Some(text) = &self.away {
            let body = Body::Away { text: Some(Arc::clone(text)) };
            events.push(Event {
                id: EventId::NONE,
                source: by(user, &self.identity),
                time: now,
                body,
            });
        }
        events
    }
}
