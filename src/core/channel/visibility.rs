//! Members who have joined hidden (`+u`, `+D`), and how it falls.

use std::sync::Arc;

use crate::core::channel::speech::away_text;
use crate::core::channel::{ChannelGuard, Member};
use crate::core::modes::Flags;
use crate::core::router::{LocalShard, Router};
use crate::core::user::User;
use crate::proto::event::{Audience, Body, Event, Post, Scope, Source};
use crate::proto::names::{EventId, ShardId, UserId};
use crate::proto::prefix::Prefixes;
use crate::proto::time::Moment;
use crate::proto::visibility::{View, Visibility};

impl ChannelGuard<'_> {
    /// Who is to be told of an event that `audience` is meant to hear: of the coming and going of a
    /// member hidden, those who see it.  By whatever else it does, it shows itself.
    pub(in crate::core) fn reveal(
        &self,
        router: &Router,
        here: &mut dyn LocalShard,
        audience: Audience,
        event: &Event,
    ) -> Audience {
        let source = event.source.user;
        let about = if let Body::Kick { victim, .. } = event.body { victim } else { source };
        let visibility = self.visibility(about);
        if !visibility.is_on() {
            return audience;
        }
        match (&event.body, audience) {
            (Body::Join { .. } | Body::Part { .. } | Body::Kick { .. }, _) => {
                Audience::Seeing(about, visibility)
            }
            (Body::Away { .. } | Body::Metadata(_), _) => Audience::OthersSeeing(visibility),
            // Those with a rank see it already.
            (_, Audience::OthersOfRank(_)) if View::RANKED.sees(visibility) => audience,
            _ => {
                self.show(router, here, source, event.time);
                audience
            }
        }
    }

    /// Shows a member to one other who does not see it.
    pub fn show_to_one(
        &self,
        router: &Router,
        here: &mut dyn LocalShard,
        user: UserId,
        viewer: &User,
        now: Moment,
    ) {
        if let Some(member) = self.member(user) {
            self.notify_of(router, here, member, (&[viewer.home], &Scope::User(viewer.id)), now);
        }
    }

    /// Whether a member sees another.
    pub fn sees(&self, viewer: UserId, user: UserId) -> bool {
        viewer == user || self.view(viewer).sees(self.visibility(user))
    }

    /// Shows a member to those who have not seen it so far.
    pub fn show(&self, router: &Router, here: &mut dyn LocalShard, user: UserId, now: Moment) {
        let Some(member) = self.member(user).filter(|member| member.visibility.get().is_on())
        else {
            return;
        };
        let scope = Scope::Channel(self.id(), Audience::Unseeing(member.visibility.get()));
        let to: Vec<_> = self.shards().collect();
        self.notify_of(router, here, member, (&to, &scope), now);
        member.visibility.set(Visibility::NONE);
    }

    /// Those who are still hidden although the mode that has put it on is off.
    pub fn left_hidden(&self) -> Vec<UserId> {
        let (delays, hides) =
            (self.flags.has(Flags::DELAYED_JOIN), self.flags.has(Flags::AUDITORIUM));
        if delays && hides {
            return Vec::new();
        }
        let is_left = |member: &&Member| match member.visibility.get() {
            Visibility::FROM_ALL => !delays,
            visibility => visibility.is_on() && !hides,
        };
        self.members().filter(is_left).map(|member| member.user.id).collect()
    }

    /// Shows a member, who saw as `before`, those whom it sees now.
    pub fn show_to(
        &self,
        router: &Router,
        here: &mut dyn LocalShard,
        viewer: UserId,
        before: View,
        now: Moment,
    ) {
        let Some(viewer) = self.member(viewer).filter(|viewer| viewer.view != before) else {
            return;
        };
        let scope = Scope::User(viewer.user.id);
        for member in self.members().filter(|member| member.user.id != viewer.user.id) {
            let visibility = member.visibility.get();
            if viewer.view.sees(visibility) && !before.sees(visibility) {
                self.notify_of(router, here, member, (&[viewer.user.home], &scope), now);
            }
        }
    }

    /// The JOIN of a member who is there already, and that it is away.
    fn notify_of(
        &self,
        router: &Router,
        here: &mut dyn LocalShard,
        member: &Member,
        (to, scope): (&[ShardId], &Scope),
        now: Moment,
    ) {
        let (identity, realname, away) = {
            let profile = member.user.profile();
            let realname = Arc::clone(&profile.realname);
            (Arc::clone(&profile.identity), realname, profile.away.clone())
        };
        let channel = self.name().clone();

        let join = Body::Join { channel, prefixes: Prefixes::NONE, realname };
        let away = away
            .as_deref()
            .map(|text| Body::Away { text: Some(away_text(self, &member.user, text, now)) });
        for body in [Some(join), away].into_iter().flatten() {
            let source = Source { user: member.user.id, identity: Arc::clone(&identity) };
            let event = Event { id: EventId::NONE, source, time: now, body };
            router.deliver(
                to.iter().copied(),
                here,
                &Post { scope: scope.clone(), payload: event.into() },
            );
        }
    }
}
