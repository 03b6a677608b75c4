//! Members who have come behind a veil (`+u`, `+D`), and how it falls.

use std::borrow::Cow;
use std::sync::Arc;

use super::channel::{ChannelGuard, Member};
use super::modes::Flags;
use super::places::Places;
use super::speech::away_text;
use crate::delivery::Delivery;
use crate::names::{PlaceId, UserId};
use crate::wire::event::{Audience, Body, Event, Post, Scope, Source};
use crate::wire::prefix::Prefixes;
use crate::wire::sight::{Sight, Veil};
use crate::wire::time::Now;

impl ChannelGuard<'_> {
    /// Who is to be told of an event that `audience` is meant to hear: of the coming and going of a
    /// member behind a veil, those who see it.  By whatever else it does, it shows itself.
    pub(super) fn unveiled(
        &self,
        places: &Places,
        here: &mut Delivery,
        audience: Audience,
        event: &Event<'_>,
    ) -> Audience {
        let source = event.source.user;
        let about = if let Body::Kick { victim, .. } = event.body { victim } else { source };
        let veil = self.veil(about);
        if !veil.is_on() {
            return audience;
        }
        match (&event.body, audience) {
            (Body::Join { .. } | Body::Part { .. } | Body::Kick { .. }, _) => {
                Audience::Seeing(about, veil)
            }
            (Body::Away { .. } | Body::Metadata(_), _) => Audience::OthersSeeing(veil),
            // Those with a rank see it already.
            (_, Audience::OthersOfRank(_)) if Sight::RANKED.sees(veil) => audience,
            _ => {
                self.show(places, here, source, event.time);
                audience
            }
        }
    }

    /// Shows a member to those who have not seen it so far.
    pub fn show(&self, places: &Places, here: &mut Delivery, user: UserId, now: Now) {
        let Some(member) = self.member(user).filter(|member| member.veil.get().is_on()) else {
            return;
        };
        let scope = Scope::Channel(self.id(), Audience::Unseeing(member.veil.get()));
        let to: Vec<_> = self.places().collect();
        self.tell_of(places, here, member, (&to, &scope), now);
        member.veil.set(Veil::NONE);
    }

    /// Those who are still behind a veil although the mode that has put it on is off.
    pub fn left_veiled(&self) -> Vec<UserId> {
        let (delays, hides) =
            (self.flags.has(Flags::DELAYED_JOIN), self.flags.has(Flags::AUDITORIUM));
        if delays && hides {
            return Vec::new();
        }
        let is_left = |member: &&Member| match member.veil.get() {
            Veil::FROM_ALL => !delays,
            veil => veil.is_on() && !hides,
        };
        self.members().filter(is_left).map(|member| member.user.id).collect()
    }

    /// Shows a member, who saw as `before`, those whom it sees now.
    pub fn show_to(
        &self,
        places: &Places,
        here: &mut Delivery,
        viewer: UserId,
        before: Sight,
        now: Now,
    ) {
        let Some(viewer) = self.member(viewer).filter(|viewer| viewer.sight != before) else {
            return;
        };
        let scope = Scope::User(viewer.user.id);
        for member in self.members().filter(|member| member.user.id != viewer.user.id) {
            let veil = member.veil.get();
            if viewer.sight.sees(veil) && !before.sees(veil) {
                self.tell_of(places, here, member, (&[viewer.user.home], &scope), now);
            }
        }
    }

    /// The JOIN of a member who is there already, and that it is away.
    fn tell_of(
        &self,
        places: &Places,
        here: &mut Delivery,
        member: &Member,
        (to, scope): (&[PlaceId], &Scope),
        now: Now,
    ) {
        let (identity, realname, away) = {
            let profile = member.user.profile();
            let realname = Arc::clone(&profile.realname);
            (Arc::clone(&profile.identity), realname, profile.away.clone())
        };
        let channel = self.name().clone();
        let realname = realname[..].into();
        let join = Body::Join { channel, prefixes: Prefixes::NONE, realname };
        let away = away
            .as_deref()
            .map(|text| Body::Away { text: Some(away_text(self, &member.user, text, now)) });
        for body in [Some(join), away].into_iter().flatten() {
            let source = Source { user: member.user.id, identity: Cow::Borrowed(&identity) };
            let event = Event { source, time: now, body };
            places.tell(to.iter().copied(), here, &Post { scope: scope.clone(), event });
        }
    }
}
