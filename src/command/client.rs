//! A connection as commands know it: how far it has come, what it has asked for.

use std::net::IpAddr;
use std::sync::Arc;

use crate::command::message::open_batch::Batches;
use crate::command::slices::Rest;
use crate::core::server::operators::Operator;
use crate::core::{Metadata, Network, Origin, User};
use crate::delivery::Labelled;
use crate::proto::caps::CapSet;
use crate::proto::event::{Body, Event, Source};
use crate::proto::names::{ConnId, EventId, Identity, Nick, UserId};
use crate::proto::time::Moment;

/// A connection as commands know it.
pub struct Client {
    /// Its queue in this shard's delivery.
    pub conn: ConnId,
    /// Where it has come from.
    pub origin: Arc<Origin>,
    /// A gateway has said where it has come from.
    pub is_via_webirc: bool,
    /// The capabilities it has.
    pub caps: CapSet,
    /// It has asked for version 302 of capability negotiation, with which cap-notify stays on.
    pub keeps_cap_notify: bool,
    /// How far it has come.
    pub stage: Stage,
    /// What it has said as an operator, or to become one.
    pub oper: Oper,
    /// What few clients have.
    pub extra: Option<Box<Extra>>,
}

/// What few clients have, so that the others need no memory for it.
#[derive(Default)]
pub struct Extra {
    /// The answer to a labelled command that waits for a job, or for its next slice.
    pub answer: Option<Box<Labelled>>,
    /// The batches that it has begun and not ended.
    pub batches: Batches,
    /// What is left of a command that is done in slices.
    pub rest: Option<Box<Rest>>,
}

/// What a client has said as an operator, or to become one.
#[derive(Default)]
pub struct Oper {
    /// Who it wants to be, while its password is checked.
    pub asked: Option<Arc<Operator>>,
    /// How often it was wrong in a row.
    pub wrong: u8,
    /// What it calls whom it bans, while the ban is stored.
    pub banned: Option<Box<str>>,
}

/// How far a connection has come.
pub enum Stage {
    /// Not all of what registration needs has been said.
    Registering(Box<Registering>),
    /// A user on the network.
    Registered {
        /// The user.
        user: Arc<User>,
        /// Its identity, which only this connection's thread changes.
        identity: Arc<Identity>,
    },
}

/// What has been said so far (Modern IRC, "Connection Registration").
pub struct Registering {
    /// The id that the user will have.
    pub id: UserId,
    /// PASS.
    pub password: Option<Box<[u8]>>,
    /// NICK, claimed.
    pub nick: Option<Nick>,
    /// USER: user name and real name.
    pub user: Option<(Box<str>, Arc<[u8]>)>,
    /// What a gateway says by WEBIRC, while its password is checked.
    pub webirc_info: Option<Box<WebircInfo>>,
    /// CAP LS or REQ came and CAP END has not.
    pub negotiating: bool,
    /// Others are asked who it is: registration ends with [`Job::LookUp`](crate::command::Job::LookUp).
    pub looks_up: bool,
    /// AWAY, with a text.
    pub away: Option<Arc<[u8]>>,
    /// METADATA.
    pub metadata: Metadata,
}

/// What a gateway says of a connection that it has made for somebody.
pub struct WebircInfo {
    /// The address of the user.
    pub address: IpAddr,
    /// The host of the user, if it is one.
    pub host: Option<Box<str>>,
    /// Whether the user's connection to the gateway is encrypted.
    pub secure: bool,
}

impl Client {
    /// A place for what few clients have.
    pub fn extra(&mut self) -> &mut Extra {
        self.extra.get_or_insert_default()
    }

    /// The user's id, also before it is one: no other connection has it.
    pub fn id(&self) -> UserId {
        match &self.stage {
            Stage::Registering(registering) => registering.id,
            Stage::Registered { user, .. } => user.id,
        }
    }

    /// What numerics call the client: its nick, or `*` while it has none.
    pub fn nick(&self) -> &[u8] {
        match &self.stage {
            Stage::Registering(registering) => {
                registering.nick.as_ref().map_or(b"*", |nick| nick.as_str().as_bytes())
            }
            Stage::Registered { identity, .. } => identity.nick.as_str().as_bytes(),
        }
    }

    /// The user with its identity, once it is one.
    pub fn me(&self) -> Option<Me> {
        match &self.stage {
            Stage::Registering(_) => None,
            Stage::Registered { user, identity } => {
                Some(Me { user: Arc::clone(user), identity: Arc::clone(identity) })
            }
        }
    }

    /// The user, once it is one.
    pub fn user(&self) -> Option<&Arc<User>> {
        match &self.stage {
            Stage::Registering(_) => None,
            Stage::Registered { user, .. } => Some(user),
        }
    }
}

/// A registered user with the identity under which its command runs.
pub struct Me {
    /// The user.
    pub user: Arc<User>,
    /// Its nick, user name and host.
    pub identity: Arc<Identity>,
}

impl Me {
    /// What this user does, as an event.
    pub fn does(&self, network: &Network, now: Moment, body: Body) -> Event {
        self.does_as(network.next_event_id(now), now, body)
    }

    /// The same, as the event of that id.
    pub fn does_as(&self, id: EventId, now: Moment, body: Body) -> Event {
        let source = Source { user: self.user.id, identity: Arc::clone(&self.identity) };
        Event { id, source, time: now, body }
    }

    /// Whether this is the user meant.
    pub fn is(&self, user: &User) -> bool {
        self.user.id == user.id
    }
}
