//! Who may know of what: the questions that every command asks which names a channel or a user, or
//! searches for them.  Whoever may not know of something hears of it what is heard of what does not
//! exist.
//!
//! A nick is known to whoever gives it: users are hidden from searches alone (RFC 2812, section
//! 3.1.5, user mode `i`).

use crate::core::channel::{ChannelState, Member};
use crate::core::modes::{Flags, UserModes};
use crate::core::server::operators::Privileges;
use crate::core::user::{Profile, User};
use crate::proto::names::UserId;
use crate::proto::visibility::View;
use crate::work;

/// Modes under which a channel does not exist for whoever is not in it (RFC 2811, section 4.2.6).
const EXISTENCE: &[Flags] = &[Flags::SECRET];

/// Modes under which nothing that was asked without the channel's name tells of it, nor of who is in
/// it (RFC 2811, section 4.2.6).
const LISTING: &[Flags] = &[Flags::SECRET, Flags::PRIVATE];

/// Modes under which what is said of a channel is for its members; a key is one too.
const INSIDE: &[Flags] = &[Flags::SECRET, Flags::PRIVATE, Flags::INVITE_ONLY];

/// Modes under which some of a channel's members may not be known to others of them.
const HIDING: &[Flags] = &[Flags::AUDITORIUM, Flags::DELAYED_JOIN];

impl Flags {
    fn has_any(self, of: &[Self]) -> bool {
        of.iter().any(|flag| self.has(*flag))
    }

    /// Whether LIST and its like name a channel with these modes to everybody.
    pub fn are_listed(self) -> bool {
        !self.has_any(LISTING)
    }

    /// Whether each member of a channel with these modes is known to all the others.
    pub fn show_all(self) -> bool {
        !self.has_any(HIDING)
    }
}

impl ChannelState {
    /// Whether the user may know of the channel when giving its name.
    pub fn is_visible_to(&self, user: UserId) -> bool {
        !self.flags.has_any(EXISTENCE) || self.member(user).is_some()
    }

    /// Whether the user may be told of the channel without having given its name.
    pub fn is_listed_for(&self, user: UserId) -> bool {
        self.flags.are_listed() || self.member(user).is_some()
    }

    /// Whether the user may know what is said of the channel in its metadata.
    pub fn is_open_to(&self, user: UserId) -> bool {
        let is_open = !self.flags.has_any(INSIDE) && self.key.is_none();
        is_open || self.member(user).is_some()
    }

    /// The members that the user may know of, itself included.
    pub fn members_seen_by(&self, user: UserId) -> impl Iterator<Item = &Member> {
        let view = self.view(user);
        self.members()
            .filter(move |member| member.user.id == user || view.sees(member.visibility.get()))
    }

    /// How many members the user may know of.
    pub fn count_seen_by(&self, user: UserId) -> usize {
        if self.flags.show_all() { self.member_count() } else { self.members_seen_by(user).count() }
    }

    /// Whether `viewer` may know that `user` is a member, when it has given the channel's name.
    pub fn shows(&self, user: UserId, viewer: UserId) -> bool {
        self.member_seen_by(user, viewer, self.view(viewer)).is_some()
    }

    /// The member that `user` is, if `viewer`, who sees so much, may know of it.
    pub fn member_seen_by(&self, user: UserId, viewer: UserId, view: View) -> Option<&Member> {
        let is_seen = |member: &&Member| user == viewer || view.sees(member.visibility.get());
        self.member(user).filter(is_seen)
    }

    /// Whether `viewer` may be told that `user`, who has these modes, is a member, when it has given
    /// the user's nick alone: of those with +i, only where it is a member too.
    pub fn is_disclosed_to(&self, user: UserId, modes: UserModes, viewer: UserId) -> bool {
        let is_hidden = modes.has(UserModes::INVISIBLE) && self.member(viewer).is_none();
        (user == viewer || !is_hidden) && self.is_listed_for(viewer) && self.shows(user, viewer)
    }
}

impl User {
    /// Whether a search may find the user, who has these modes, for `viewer`: not with +i, unless
    /// they share a channel.  Neither profile may be held, nor a channel.
    pub fn is_found_by(&self, modes: UserModes, viewer: &Self) -> bool {
        !modes.has(UserModes::INVISIBLE) || self.id == viewer.id || self.is_met_by(viewer)
    }

    /// Whether they share a channel in which `viewer` may know of the user.
    fn is_met_by(&self, viewer: &Self) -> bool {
        let theirs: Vec<_> = self.profile().channel_ids().collect();
        let mine = viewer.channels();
        work::charge(theirs.len() + mine.len());
        let mut shared = mine.iter().filter(|channel| theirs.binary_search(&channel.id).is_ok());
        shared.any(|channel| channel.lock().shows(self.id, viewer.id))
    }

    /// Whether `viewer` may know the address and the certificate of the user: its own, and operators
    /// with the privilege.  The viewer's profile must not be held.
    pub fn shows_address_to(&self, viewer: &Self) -> bool {
        self.id == viewer.id || viewer.profile().may(Privileges::ADDRESSES)
    }
}

impl Profile {
    /// Whether it is that of an operator with the privilege.
    pub fn may(&self, privilege: Privileges) -> bool {
        self.operator.as_ref().is_some_and(|operator| operator.privileges.has(privilege))
    }
}
