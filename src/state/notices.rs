//! Server notices: what operators with `+s` are told of, each of the kinds that they have asked for.
//!
//! Letters are those of Ergo's and Solanum's masks where these have the kind.  Told to nobody, a
//! notice costs one atomic read and its text is never made.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;

use super::operators::Privileges;
use super::user::User;
use super::world::World;
use crate::delivery::Delivery;
use crate::names::{Identity, PlaceId, UserId};
use crate::wire::event::{Body, Event, Post, Scope, Source};
use crate::wire::time::Now;
use crate::work;

/// A row: a kind of notice.
#[derive(Debug)]
pub struct Row {
    /// As `MODE nick +s +ck` spells it.
    pub letter: u8,
    /// The set with just this kind.
    pub kind: Kinds,
    /// What each notice of the kind begins with.
    pub label: &'static str,
    /// What it tells of, in a few words.
    pub what: &'static str,
    /// What an operator must have to be told.
    pub privilege: Privileges,
}

const fn row(
    letter: u8,
    kind: Kinds,
    privilege: Privileges,
    label: &'static str,
    what: &'static str,
) -> Row {
    Row { letter, kind, label, what, privilege }
}

/// Every kind.
pub const KINDS: &[Row] = &[
    row(b'c', Kinds::CONNECTS, Privileges::NOTICES_CONNECTS, "CONNECT", "who registers"),
    row(
        b'f',
        Kinds::FLOODS,
        Privileges::NOTICES_FLOODS,
        "FLOOD",
        "connections refused for their number, once a second",
    ),
    row(b'k', Kinds::KILLS, Privileges::NOTICES_KILLS, "KILL", "whom operators disconnect"),
    row(b'n', Kinds::NICKS, Privileges::NOTICES_NICKS, "NICK", "who takes another nick"),
    row(
        b'o',
        Kinds::OPERATORS,
        Privileges::NOTICES_OPERATORS,
        "OPER",
        "who becomes operator or fails to, and what operators do",
    ),
    row(b'q', Kinds::QUITS, Privileges::NOTICES_QUITS, "QUIT", "who leaves the network"),
    row(
        b'x',
        Kinds::BANS,
        Privileges::NOTICES_BANS,
        "XLINE",
        "bans of the server, set, taken off and met",
    ),
];

/// A set of kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kinds(u16);

impl Kinds {
    /// None.
    pub const NONE: Self = Self(0);
    /// All.
    pub const ALL: Self = Self((1 << KINDS.len()) - 1);
    /// Who registers.
    pub const CONNECTS: Self = Self(1);
    /// Connections refused.
    pub const FLOODS: Self = Self(1 << 1);
    /// Whom operators disconnect.
    pub const KILLS: Self = Self(1 << 2);
    /// Who takes another nick.
    pub const NICKS: Self = Self(1 << 3);
    /// Who becomes operator or fails to, and what operators do.
    pub const OPERATORS: Self = Self(1 << 4);
    /// Who leaves the network.
    pub const QUITS: Self = Self(1 << 5);
    /// Bans of the server.
    pub const BANS: Self = Self(1 << 6);

    /// Whether all of `other` are here.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// These after `+ck-q`; letters before any sign are added.  `None`: one of them is no kind.
    pub fn changed(self, letters: &[u8]) -> Option<Self> {
        let (mut kinds, mut add) = (self.0, true);
        for &letter in letters {
            if matches!(letter, b'+' | b'-') {
                add = letter == b'+';
                continue;
            }
            let row = KINDS.iter().find(|row| row.letter == letter)?;
            kinds = if add { kinds | row.kind.0 } else { kinds & !row.kind.0 };
        }
        Some(Self(kinds))
    }

    /// Those of these that an operator with the privileges may be told of.
    pub fn allowed(self, to: Privileges) -> Self {
        let rows = KINDS.iter().filter(|row| self.has(row.kind) && to.has(row.privilege));
        Self(rows.fold(0, |all, row| all | row.kind.0))
    }

    /// The first privilege that an operator who has `privileges` lacks to be told of all these.
    pub fn lacking(self, privileges: Privileges) -> Option<Privileges> {
        let mut needed = KINDS.iter().filter(|row| self.has(row.kind)).map(|row| row.privilege);
        needed.find(|privilege| !privileges.has(*privilege))
    }

    /// `+` and the letters of those that are here.
    pub fn text(self) -> String {
        let here = KINDS.iter().filter(|row| self.has(row.kind));
        std::iter::once('+').chain(here.map(|row| char::from(row.letter))).collect()
    }
}

/// Who is told of what.
#[derive(Default)]
pub struct Notices {
    listeners: ArcSwap<Vec<Listener>>,
}

/// An operator who is told of something.
#[derive(Clone)]
struct Listener {
    user: UserId,
    home: PlaceId,
    kinds: Kinds,
}

impl Notices {
    /// The user is told of these kinds from now on.  To be called by the thread of its home place.
    pub fn set(&self, user: &User, kinds: Kinds) {
        self.listeners.rcu(|before| {
            let mut listeners = Vec::clone(before);
            listeners.retain(|listener| listener.user != user.id);
            if kinds != Kinds::NONE {
                listeners.push(Listener { user: user.id, home: user.home, kinds });
            }
            listeners
        });
    }
}

/// Units of work that a listener costs: its line has its nick in it, so that it is written for it alone.
const LISTENER_WORK: usize = 8;

/// Tells the operators who want to hear of this kind what has happened.  May be called under any
/// lock.  What strangers can provoke without limit is counted by [`Incidents`](super::Incidents)
/// first: whoever floods must not flood the operators too.
pub fn tell(world: &World, here: &mut Delivery, now: Now, kind: Kinds, text: fmt::Arguments<'_>) {
    let listeners = world.notices.listeners.load();
    let wanted = || listeners.iter().filter(|listener| listener.kinds.has(kind));
    let Some(row) = KINDS.iter().find(|row| row.kind == kind && wanted().next().is_some()) else {
        return;
    };
    let users: Arc<[UserId]> = wanted().map(|listener| listener.user).collect();
    work::charge(LISTENER_WORK * users.len());
    let text = format!("*** {}: {text}", row.label).into_bytes().into();
    let server = Arc::new(Identity::of_server(&world.settings().server_name));
    let source = Source { user: UserId::SERVER, identity: Cow::Owned(server) };
    let event = Event { source, time: now, body: Body::ServerNotice { text } };
    let mut places: Vec<_> = wanted().map(|listener| listener.home).collect();
    places.sort_unstable();
    places.dedup();
    world.places.tell(places.into_iter(), here, &Post { scope: Scope::Users(users), event });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_own_letter_and_bit() {
        for (at, row) in KINDS.iter().enumerate() {
            let mut rest = KINDS.iter().skip(at + 1);
            assert!(rest.all(|other| other.letter != row.letter && other.kind != row.kind));
            assert!(Kinds::ALL.has(row.kind));
        }
    }

    #[test]
    fn letters_add_and_take_kinds_and_are_shown_in_the_tables_order() {
        let kinds = Kinds::NONE.changed(b"qk+c-k").expect("kinds");
        assert_eq!(kinds.text(), "+cq");
        assert_eq!(kinds.changed(b"-cq"), Some(Kinds::NONE));
        assert_eq!(kinds.changed(b"+c?"), None);
    }
}
