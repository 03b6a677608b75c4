//! What people ask the bridge itself for.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::rc::Rc;

use foldhash::fast::RandomState;
use tokio::task::{spawn_blocking, spawn_local};

use crate::gateway::bridge::people::lossy;
use crate::gateway::bridge::{Bridge, shown};
use crate::gateway::files::{private_folder, replace};
use crate::gateway::netchat::Snapshot;
use crate::gateway::words;
use crate::proto::Message;

/// People who may wait to be looked up at once.
const MOST: usize = 64;

const HELP: &str =
    "say: snapshot, to have snapshot.json and history.json written (operators); who, for the peers";

/// Who has asked for a snapshot.
#[derive(Default)]
pub struct Asks {
    /// By nick, while WHOIS is under way: whether it has shown an operator so far.
    asking: HashMap<String, bool, RandomState>,
    /// Whom to tell when it is done.
    waiting: Option<String>,
    /// What is to be told to whom, now that it is done.
    done: Rc<RefCell<Vec<(String, String)>>>,
}

impl Bridge {
    /// Somebody has said this to the bridge.
    pub(super) fn asked(&mut self, nick: &str, words: &str) {
        match words.trim() {
            "snapshot" if self.asks.asking.len() < MOST => {
                self.asks.asking.insert(nick.to_owned(), false);
                self.own.send(&format!("WHOIS {nick}"));
            }
            "who" => {
                let text = self.who();
                self.notify(nick, &text);
            }
            _ => self.notify(nick, HELP),
        }
    }

    /// What a peer is told that has said this to the bridge.
    pub(super) fn answer_to_peer(&self, words: &str) -> String {
        match words.trim() {
            "who" => self.who(),
            _ => {
                let channel = &self.setup.channel;
                format!("this is the bridge to {channel}, which nobody reads; say to it: who")
            }
        }
    }

    /// The peers, in words.
    fn who(&self) -> String {
        let names: Vec<_> = self.node.others().iter().map(|site| shown(site)).collect();
        match names.as_slice() {
            [] => "no peers are connected".to_owned(),
            [name] => format!("1 peer: {name}"),
            names => format!("{} peers: {}", names.len(), names.join(", ")),
        }
    }

    /// An answer to WHOIS, perhaps.
    pub(super) fn asks_line(&mut self, message: &Message<'_>) {
        let word = |at: usize| lossy(message.params.get(at).copied().unwrap_or_default());
        let nick = word(1);
        let Some(privileged) = self.asks.asking.get_mut(&nick) else { return };
        match message.verb {
            b"313" => *privileged = true,
            b"319" => {
                let channel = self.setup.channel.as_str();
                let is_ours = |name: &str| {
                    let plain = name.trim_start_matches(['~', '&', '@']);
                    plain.len() < name.len() && plain.eq_ignore_ascii_case(channel)
                };
                *privileged |= word(2).split_whitespace().any(is_ours);
            }
            b"318" => {
                if self.asks.asking.remove(&nick) == Some(true) {
                    self.begin_snapshot(nick);
                } else {
                    let text = format!("only operators of {} may do that", self.setup.channel);
                    self.notify(&nick, &text);
                }
            }
            _ => {}
        }
    }

    fn begin_snapshot(&mut self, nick: String) {
        match self.node.ask_for_snapshot(&self.home, self.now_ms()) {
            Ok(line) => {
                tracing::info!(by = nick, channel = %self.setup.channel, "a snapshot is taken");
                self.asks.waiting = Some(nick);
                if self.broadcast(&line) {
                    self.node.snapshot_was_asked_for();
                }
            }
            Err(why) => self.notify(&nick, &why.to_string()),
        }
    }

    pub(super) fn finish_snapshot(&mut self) {
        let Some(snapshot) = self.node.finished_snapshot(self.now_ms()) else { return };
        let Some(nick) = self.asks.waiting.take() else { return };
        let folder = self.setup.folder.clone();
        let (done, waker) = (Rc::clone(&self.asks.done), Rc::clone(&self.waker));
        spawn_local(async move {
            let sites = snapshot.dates.len();
            let missing: Vec<_> = snapshot.missing.iter().map(shown).collect();
            let into = folder.clone();
            let written = spawn_blocking(move || write(&into, &snapshot)).await;
            let shown = folder.display();
            let text = match written {
                Ok(Ok(())) if missing.is_empty() => {
                    format!("snapshot.json and history.json of {sites} sites are in {shown}")
                }
                Ok(Ok(())) => format!(
                    "snapshot.json and history.json of {sites} sites are in {shown}; no answer \
                     from {}",
                    missing.join(", ")
                ),
                Ok(Err(why)) => format!("the snapshot could not be written: {why}"),
                Err(_) => "the snapshot could not be written".to_owned(),
            };
            tracing::info!(sites, missing = missing.len(), folder = %shown, "a snapshot was taken");
            done.borrow_mut().push((nick, text));
            waker.notify_one();
        });
    }

    /// Tells that snapshots have been written.
    pub(super) fn notify_done(&mut self) {
        let done = std::mem::take(&mut *self.asks.done.borrow_mut());
        for (nick, text) in done {
            self.notify(&nick, &text);
        }
    }

    fn notify(&self, nick: &str, words: &str) {
        for piece in words::messages(words, words::room(&self.setup.limits, "netchat", nick)) {
            self.own.send(&format!("NOTICE {nick} :{piece}"));
        }
    }
}

/// Both files as a whole or not at all, for their owner alone.
fn write(folder: &Path, snapshot: &Snapshot) -> io::Result<()> {
    private_folder(folder)?;
    replace(&folder.join("snapshot.json"), &snapshot.to_json())?;
    replace(&folder.join("history.json"), &snapshot.history_json())
}
