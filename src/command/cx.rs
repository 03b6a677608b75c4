//! What a command sees: the network, its own shard's delivery, the client, the time.

use std::mem;

use crate::command::client::{Client, Stage};
use crate::command::flow::Flow;
use crate::command::params::{Carried, Params};
use crate::command::slices::{Items, Mark, Progress, Rest, SLICE};
use crate::core::{MachineSettings, Network, NetworkSettings};
use crate::delivery::Delivery;
use crate::proto::caps::CapSet;
use crate::proto::fill;
use crate::proto::numerics::{Numeric, Word};
use crate::proto::template::middle;
use crate::proto::time::Moment;
use crate::work;

/// What an item of a list costs that is put into a line.
const ITEM_GRAINS: usize = 4;

/// What a command may use.
pub struct Cx<'a> {
    /// What all shards share.
    pub network: &'a Network,
    /// The settings of the network, as they were when the command came.
    pub settings: &'a NetworkSettings,
    /// Those of this machine.
    pub machine: &'a MachineSettings,
    /// This shard's delivery.
    pub here: &'a mut Delivery,
    /// The connection whose command it is.
    pub client: &'a mut Client,
    /// When.
    pub now: Moment,
    /// What came with the command beside its parameters.
    pub carried: Carried,
    /// What of it was done in earlier slices.
    pub progress: Progress,
    /// When it began, or its slice.
    pub(in crate::command) begun: Mark,
    /// The row of the command that was run or refused.
    pub row: Option<usize>,
    /// Flood control takes the command for a question: see `Spec::asks`.
    pub is_question: bool,
}

impl<'a> Cx<'a> {
    /// For a command of this client, or for what concerns it without one.
    pub fn new(
        network: &'a Network,
        settings: &'a NetworkSettings,
        machine: &'a MachineSettings,
        here: &'a mut Delivery,
        client: &'a mut Client,
        now: Moment,
    ) -> Self {
        Self {
            network,
            settings,
            machine,
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
        let server = self.machine.server_name.as_bytes();
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
        let server = self.machine.server_name.len();
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
            *identity = self.network.set_tag_flags(user);
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
        let server = self.machine.server_name.as_bytes();
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
        let server = self.machine.server_name.as_bytes();
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
        self.here.room(self.client.conn) > self.client.origin.sendq(&self.machine.limits) / 4
    }
}

impl Cx<'_> {
    /// Whether the command has done enough for one slice.  Never so before it has done anything.
    pub fn is_enough(&self) -> bool {
        self.begun.since(self.here) >= SLICE
    }

    /// The command goes on in a later slice, where it finds that progress in [`Cx::progress`].
    pub fn goes_on(&mut self, p: Params<'_>, at: usize, items: Items) -> Flow {
        let params = p.0.iter().map(|param| Box::from(*param)).collect();
        let (row, carried) = (self.row.unwrap_or_default(), mem::take(&mut self.carried));
        Flow::More(Box::new(Rest { row, params, carried, progress: Progress { at, items } }))
    }
}
