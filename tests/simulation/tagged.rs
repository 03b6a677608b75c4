//! What the tags of a client's lines must be: times, ids of messages, batches and labels.

use std::collections::{BTreeMap, BTreeSet};

use super::line::{self, Line};
use super::model::Fault;

/// What a client's tags have told it.
#[derive(Default)]
pub struct Tagged {
    /// Some of what is said has several lines, of which only the first has the id.
    pub several: bool,
    /// Labels whose answer is complete, in order.
    pub answered: Vec<String>,
    /// Ids of messages with what they were: its number and where it was sent.
    pub messages: Vec<(String, (u64, String))>,
    /// Batches that have begun and not ended, with the label that they answer.
    open: BTreeMap<String, Option<String>>,
}

impl Tagged {
    /// Takes a line; whether it says something beside its tags.
    pub fn line(&mut self, line: &Line<'_>, caps: &BTreeSet<String>) -> Result<bool, Fault> {
        let tags: Vec<_> = line.tags.split(';').filter(|tag| !tag.is_empty()).collect();
        let find = |key: &str| {
            let halves = tags.iter().map(|tag| tag.split_once('=').unwrap_or((tag, "")));
            halves.into_iter().find(|(found, _)| *found == key).map(|(_, value)| value.to_owned())
        };
        let has = |cap: &str| caps.contains(cap);
        check(has("server-time") == find("time").is_some(), "time tag")?;
        let is_message = matches!(line.verb, "PRIVMSG" | "NOTICE" | "TAGMSG");
        let within = find("batch");
        if let Some(name) = &within {
            check(self.open.contains_key(name), "in a batch that is not open")?;
        }
        if is_message {
            let has_id = find("msgid").is_some();
            check(has("message-tags") == has_id || self.several && !has_id, "msgid tag")?;
        }
        if let Some(id) = find("msgid") {
            // A message of several lines has one id, which is that of its batch.
            let several = line.verb == "BATCH" && line.last() != "" && has("draft/multiline");
            check(is_message || several, "the id of a message on something else")?;
            if let Some(number) = line::id(line.last()) {
                self.messages.push((id, (number, line.param(0).to_owned())));
            }
        }
        let label = find("label");
        match (line.verb, line.param(0).split_at_checked(1)) {
            ("BATCH", Some(("+", name))) => {
                check(has("batch"), "BATCH without batch")?;
                let before = self.open.insert(name.to_owned(), label);
                check(before.is_none(), "a batch twice")?;
                Ok(false)
            }
            ("BATCH", Some((_, name))) => {
                let ended = self.open.remove(name).ok_or("the end of no batch")?;
                self.answered.extend(ended);
                Ok(false)
            }
            (verb, _) => {
                self.answered.extend(label);
                Ok(verb != "ACK")
            }
        }
    }

    /// Whether no batch is open.
    pub fn is_complete(&self) -> bool {
        self.open.is_empty()
    }
}

/// The ids of messages over all clients: one message, one id.
#[derive(Default)]
pub struct Ids {
    by_id: BTreeMap<String, (u64, String)>,
}

impl Ids {
    /// Compares what one client has heard with what the others have.
    pub fn agree(&mut self, heard: &mut Vec<(String, (u64, String))>) -> Result<(), Fault> {
        for (id, message) in heard.drain(..) {
            let known = self.by_id.entry(id).or_insert_with(|| message.clone());
            if known.0 != message.0
                || super::model::fold(&known.1) != super::model::fold(&message.1)
            {
                return Err(format!("{known:?} and {message:?} have one id"));
            }
        }
        Ok(())
    }
}

fn check(holds: bool, otherwise: &str) -> Result<(), Fault> {
    if holds { Ok(()) } else { Err(otherwise.to_owned()) }
}
