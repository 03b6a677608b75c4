//! What a command sees: the world, its own shard's delivery, the client, the time.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;

use super::{Close, Job, Mark, Progress, Rest, batch::Batches};
use crate::delivery::{Delivery, Labelled};
use crate::names::{Casemap, ConnId, Identity, Nick, Once, UserId};
use crate::state::operators::Operator;
use crate::state::{Metadata, Origin, Settings, User, World};
use crate::wire::caps::CapSet;
use crate::wire::event::{Body, Event, Line, Relayed, Source};
use crate::wire::fill;
use crate::wire::numerics::{Numeric, Word};
use crate::wire::tags::ClientOnly;
use crate::wire::template::middle;
use crate::wire::time::Now;
use crate::work;

/// What an item of a list costs that is put into a line.
const ITEM_GRAINS: usize = 4;

/// A connection as commands know it.
pub struct Client {
    /// Its queue in this shard's delivery.
    pub conn: ConnId,
    /// Where it has come from.
    pub origin: Arc<Origin>,
    /// A gateway has said where it has come from.
    pub is_vouched_for: bool,
    /// The capabilities it has.
    pub caps: CapSet,
    /// It has asked for version 302 of capability negotiation, with which cap-notify stays on.
    pub keeps_cap_notify: bool,
    /// How far it has come.
    pub stage: Stage,
    /// What it has said as an operator, or to become one.
    pub oper: Oper,
    /// What few clients have.
    pub rare: Option<Box<Rare>>,
}

/// What few clients have, so that the others need no memory for it.
#[derive(Default)]
pub struct Rare {
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
    pub vouched: Option<Box<Vouched>>,
    /// CAP LS or REQ came and CAP END has not.
    pub negotiating: bool,
    /// Others are asked who it is: registration ends with [`Job::LookUp`].
    pub looks_up: bool,
    /// AWAY, with a text.
    pub away: Option<Arc<[u8]>>,
    /// METADATA.
    pub metadata: Metadata,
}

/// What a gateway says of a connection that it has made for somebody.
pub struct Vouched {
    /// The address of the user.
    pub address: IpAddr,
    /// The host of the user, if it is one.
    pub host: Option<Box<str>>,
    /// Whether the user's connection to the gateway is encrypted.
    pub secure: bool,
}

/// What a command asks of its caller.
pub enum Flow {
    /// Nothing: the next command.
    Continue,
    /// The connection is to be closed.
    Close(Close),
    /// The server is to stop.
    Stop,
    /// Something that takes long is to be done outside; until it is, no further command of this
    /// client is run.
    Job(Job),
    /// It has done enough for now: the rest is to be done by [`super::go_on`] after others were
    /// served; until it is, no further command of this client is run.
    More(Box<Rest>),
}

/// What a command comes to: what to do next, or why it was refused.
pub type Outcome<'p> = Result<Flow, Numeric<'p>>;

/// The parameters of a line; asking for one that is not there gives an empty one.
#[derive(Clone, Copy, Debug)]
pub struct Params<'p>(pub &'p [&'p [u8]]);

impl<'p> Params<'p> {
    /// The parameter at `at`, counted from 0, or an empty one.
    pub fn word(self, at: usize) -> &'p [u8] {
        self.get(at).unwrap_or_default()
    }

    /// The parameter at `at`, if it is there and not empty.
    pub fn get(self, at: usize) -> Option<&'p [u8]> {
        self.0.get(at).copied().filter(|word| !word.is_empty())
    }

    /// The parameter at `at`, if it is there, even when empty.
    pub fn given(self, at: usize) -> Option<&'p [u8]> {
        self.0.get(at).copied()
    }

    /// The parameters from `at` on.
    pub fn from(self, at: usize) -> impl Iterator<Item = &'p [u8]> {
        self.0.iter().skip(at).copied()
    }

    /// The items of [`Params::list`], each once, whatever its case: the channels and users that a
    /// command names.
    pub fn targets(self, at: usize, casemap: Casemap) -> impl Iterator<Item = &'p [u8]> {
        let has_several = self.word(at).contains(&b',');
        let mut once = Once::new(casemap);
        self.list(at).filter(move |item| !has_several || once.is_new(item))
    }

    /// The comma-separated items of the parameter at `at`, empty ones passed over.
    pub fn list(self, at: usize) -> impl Iterator<Item = &'p [u8]> {
        self.word(at).split(|&byte| byte == b',').filter(|item| !item.is_empty())
    }
}

/// What comes with a command beside its parameters.
#[derive(Default)]
pub struct Carried {
    /// Its client-only tags.
    pub tags: ClientOnly,
    /// The lines of a message that has several.
    pub lines: Option<Arc<[Line]>>,
    /// As whom a message is said.
    pub relayed: Option<Box<Relayed>>,
}

/// What a command may use.
pub struct Cx<'a> {
    /// What all shards share.
    pub world: &'a World,
    /// The configuration, as it was when the command came.
    pub settings: &'a Settings,
    /// This shard's delivery.
    pub here: &'a mut Delivery,
    /// The connection whose command it is.
    pub client: &'a mut Client,
    /// When.
    pub now: Now,
    /// What came with the command beside its parameters.
    pub carried: Carried,
    /// What of it was done in earlier slices.
    pub progress: Progress,
    /// When it began, or its slice.
    pub(super) begun: Mark,
    /// The row of the command that was run or refused.
    pub row: Option<usize>,
    /// Flood control takes the command for a question: see `Spec::asks`.
    pub is_question: bool,
}

impl<'a> Cx<'a> {
    /// For a command of this client, or for what concerns it without one.
    pub fn new(
        world: &'a World,
        settings: &'a Settings,
        here: &'a mut Delivery,
        client: &'a mut Client,
        now: Now,
    ) -> Self {
        Self {
            world,
            settings,
            begun: Mark::now(here),
            here,
            client,
            now,
            carried: Carried::default(),
            progress: Progress::default(),
            row: None,
            is_question: false,
        }
    }
}

impl Cx<'_> {
    /// Sends a numeric to the client: a reply, or a refusal when there may be further targets.
    pub fn reply(&mut self, numeric: &Numeric<'_>) {
        let server = self.settings.server_name.as_bytes();
        let nick = self.client.nick();
        self.here.reply(self.client.conn, self.now, |out| {
            out.push(b':');
            out.extend_from_slice(server);
            out.push(b' ');
            out.extend_from_slice(&numeric.digits());
            out.push(b' ');
            out.extend_from_slice(nick);
            out.push(b' ');
            numeric.write(out);
        });
    }

    /// Sends `items` in as few numerics as they fit into; `make` puts the text of one in place.
    /// Whether all of them were sent: no more are once the client has no room for a long answer.
    pub fn reply_filled<'i, 'n>(
        &mut self,
        items: impl Iterator<Item = &'i [u8]>,
        make: impl Fn(Word<'static>) -> Numeric<'n>,
    ) -> bool {
        self.reply_joined(b' ', items, make)
    }

    /// As [`Cx::reply_filled`], with `sep` between the items.
    pub fn reply_joined<'i, 'n>(
        &mut self,
        sep: u8,
        items: impl Iterator<Item = &'i [u8]>,
        make: impl Fn(Word<'static>) -> Numeric<'n>,
    ) -> bool {
        let mut head = Vec::new();
        make("".into()).write(&mut head);
        let server = self.settings.server_name.len();
        // ":server 353 nick " and what the numeric has beside its items.
        let head = head.len() + server + self.client.nick().len() + 7;
        let limit = self.settings.limits.line;
        let mut complete = true;
        let items = items.inspect(|_| work::charge_grains(ITEM_GRAINS));
        fill(head, limit, sep, items, |text| {
            complete &= self.has_room();
            if complete {
                self.reply(&make(text.to_vec().into()));
            }
        });
        complete
    }

    /// Puts what `say` replies into a batch of that type (IRCv3 batch), if there is a type and the
    /// client knows batches.  To be used for replies alone, not around what others are told too.
    pub fn in_batch(&mut self, kind: Option<&str>, say: impl FnOnce(&mut Self)) {
        let Some(kind) = kind.filter(|_| self.client.caps.has(CapSet::BATCH)) else {
            return say(self);
        };
        let name = self.here.next_batch();
        self.server_line(&[b"BATCH", format!("+{name}").as_bytes(), kind.as_bytes()]);
        self.here.set_batch(Some(name.clone()));
        say(self);
        self.here.set_batch(None);
        self.server_line(&[b"BATCH", format!("-{name}").as_bytes()]);
    }

    /// Has what the user's modes say of it stand in the tags of what it does.
    pub fn mark(&mut self) {
        if let Stage::Registered { user, identity } = &mut self.client.stage {
            *identity = self.world.set_marks(user);
        }
    }

    /// Tells that something of a command was not done (IRCv3 standard-replies): `context` are words,
    /// `why` is for people.
    pub fn fail(&mut self, command: &str, code: &str, context: &[&[u8]], why: &str) {
        self.standard_reply("FAIL", command, code, context, why);
    }

    fn standard_reply(
        &mut self,
        kind: &str,
        command: &str,
        code: &str,
        context: &[&[u8]],
        why: &str,
    ) {
        let server = self.settings.server_name.as_bytes();
        self.here.reply(self.client.conn, self.now, |out| {
            out.push(b':');
            out.extend_from_slice(server);
            let words = [kind.as_bytes(), command.as_bytes(), code.as_bytes()];
            for word in words.iter().chain(context) {
                out.push(b' ');
                out.extend_from_slice(middle(word));
            }
            out.extend_from_slice(b" :");
            out.extend_from_slice(why.as_bytes());
        });
    }

    /// A line of the server that is no numeric.
    pub fn server_line(&mut self, parts: &[&[u8]]) {
        let server = self.settings.server_name.as_bytes();
        self.here.reply(self.client.conn, self.now, |out| {
            out.push(b':');
            out.extend_from_slice(server);
            for part in parts {
                out.push(b' ');
                out.extend_from_slice(part);
            }
        });
    }

    /// A notice of the server to the client; control characters are left out.
    pub fn notice(&mut self, text: &str) {
        let nick = self.client.nick().to_vec();
        let text: String = text.chars().filter(|char| !char.is_control()).collect();
        self.server_line(&[b"NOTICE", &nick, &[b":", text.as_bytes()].concat()]);
    }

    /// Whether the client has room for more of a long answer.  At three quarters of its SendQ a
    /// command ends its list with 416: what it asked for must not be what gets it disconnected.
    pub fn has_room(&mut self) -> bool {
        self.here.room(self.client.conn) > self.client.origin.sendq(&self.settings.limits) / 4
    }
}

impl Client {
    /// A place for what few clients have.
    pub fn rare(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
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
    pub fn does<'e>(&'e self, now: Now, body: Body<'e>) -> Event<'e> {
        let source = Source { user: self.user.id, identity: Cow::Borrowed(&self.identity) };
        Event { source, time: now, body }
    }

    /// Whether this is the user meant.
    pub fn is(&self, user: &User) -> bool {
        self.user.id == user.id
    }
}
