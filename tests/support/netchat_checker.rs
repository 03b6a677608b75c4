//! What a netchat site may write, by the rules of the protocol.  Knows nothing of our own codec.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;

/// Watches all lines of one writer; panics at the first that breaks a rule.
#[derive(Default)]
pub struct Checker {
    read: HashMap<u64, Value>,
    written: HashSet<u64>,
    clock: BTreeMap<String, u64>,
}

impl Checker {
    /// The writer was given this line, which is a message.
    pub fn read(&mut self, line: &str) {
        let message: Value = serde_json::from_str(line).unwrap();
        self.read.entry(message["id"].as_u64().unwrap()).or_insert(message);
    }

    /// The writer wrote this line, without its end.
    #[track_caller]
    pub fn wrote(&mut self, line: &str) {
        if let Err(fault) = self.check(line) {
            panic!("{fault}\n{line}");
        }
    }

    fn check(&mut self, line: &str) -> Result<(), String> {
        if line.contains(['\n', '\r']) || has_spaces(line) {
            return Err("is not compact, or not one line".to_owned());
        }
        let message: Value = serde_json::from_str(line).map_err(|why| why.to_string())?;
        let (id, sender, clock) = message_parts(&message)?;
        let start = format!("{{\"id\":{id},\"sender_id\":{},\"header\":", message["sender_id"]);
        if !line.starts_with(&start) || !line.ends_with("}}") {
            return Err("has its fields in another order, or the id as a float".to_owned());
        }
        if !self.written.insert(id) {
            return Err("was written before".to_owned());
        }
        header(&message["header"], &sender)?;
        for (site, date) in &self.clock {
            if clock.get(site) < Some(date) {
                return Err(format!("goes back behind {date} of {site:?}"));
            }
        }
        if clock == self.clock {
            return Err("no date is later than in the line before".to_owned());
        }
        self.clock = clock;
        match self.read.get(&id) {
            Some(original) => same(original, &message),
            None => is_saved(&message["header"], &sender),
        }
    }
}

type Parts = (u64, String, BTreeMap<String, u64>);

/// Id, sender and clock, which has a date for the sender.
fn message_parts(message: &Value) -> Result<Parts, String> {
    let fields = message.as_object().ok_or("is no object")?;
    if fields.len() != 4 {
        return Err("has not four fields".to_owned());
    }
    let id = message["id"].as_u64().ok_or("id is no u64")?;
    let sender = message["sender_id"].as_str().ok_or("sender_id is no string")?;
    let clock = message["clock"].as_object().ok_or("clock is no object")?;
    let clock: BTreeMap<_, _> = clock
        .iter()
        .map(|(site, date)| Some((site.clone(), date.as_u64()?)))
        .collect::<Option<_>>()
        .ok_or("a date is no u64")?;
    if !clock.contains_key(sender) {
        return Err("the clock lacks its sender: a requester would panic".to_owned());
    }
    Ok((id, sender.to_owned(), clock))
}

fn header(header: &Value, sender: &str) -> Result<(), String> {
    if matches!(header.as_str(), Some("Connection" | "Disconnection")) {
        return Ok(());
    }
    let fields = header.as_object().filter(|it| it.len() == 1).ok_or("header is no header")?;
    let (kind, content) = fields.iter().next().ok_or("header is empty")?;
    let pair = content.as_array().filter(|it| it.len() == 2);
    match (kind.as_str(), pair) {
        ("Public" | "SnapshotRequest", _) if content.is_string() => Ok(()),
        ("Private", Some(pair)) if pair.iter().all(Value::is_string) => Ok(()),
        ("SnapshotResponse", Some(pair)) => {
            let requester = pair[0].as_str().ok_or("the requester is no string")?;
            let saved = pair[1].as_array().ok_or("what was saved is no list")?;
            saved.iter().try_for_each(|message| held(message, sender, requester))
        }
        _ => Err(format!("header {kind} is none")),
    }
}

fn held(message: &Value, responder: &str, requester: &str) -> Result<(), String> {
    let (_, sender, clock) = message_parts(message)?;
    for site in [responder, requester] {
        if !clock.contains_key(site) {
            return Err(format!("holds a message without {site:?}: the requester would panic"));
        }
    }
    header(&message["header"], &sender)
}

/// Of an answer that is the writer's own.
fn is_saved(header: &Value, responder: &str) -> Result<(), String> {
    let saved = header["SnapshotResponse"][1].as_array();
    let saves = |message: &Value| {
        let (kind, is_own) = (&message["header"], message["sender_id"] == responder);
        is_own && (kind["Public"].is_string() || kind["SnapshotRequest"].is_string())
            || kind["Private"].is_array() && (is_own || kind["Private"][0] == responder)
    };
    if saved.is_none_or(|saved| saved.iter().all(saves)) {
        Ok(())
    } else {
        Err("holds what its site does not save".to_owned())
    }
}

/// A relay changes neither sender nor header; it may fill in dates of 0 in what was saved.
fn same(original: &Value, relay: &Value) -> Result<(), String> {
    let without_zeros = |message: &Value| {
        let mut message = message.clone();
        let saved = message.pointer_mut("/header/SnapshotResponse/1").and_then(Value::as_array_mut);
        for held in saved.into_iter().flatten() {
            held["clock"].as_object_mut().unwrap().retain(|_, date| *date != 0);
        }
        (message["sender_id"].clone(), message["header"].clone())
    };
    if without_zeros(original) == without_zeros(relay) {
        Ok(())
    } else {
        Err(format!("is not what was read: {original}"))
    }
}

fn has_spaces(line: &str) -> bool {
    let (mut inside, mut escaped) = (false, false);
    line.chars().any(|character| {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = inside,
            '"' => inside = !inside,
            ' ' | '\t' => return !inside,
            _ => {}
        }
        false
    })
}

#[test]
fn the_checker_sees_what_is_wrong() {
    let held = |clock: &str| {
        format!(
            r#"{{"id":1,"sender_id":"a","header":{{"SnapshotResponse":["b",[{{"id":2,"sender_id":"a","header":{{"Public":""}},"clock":{clock}}}]]}},"clock":{{"a":3}}}}"#
        )
    };
    let fine =
        r#"{"id":9007199254740993,"sender_id":"a b","header":{"Public":" "},"clock":{"a b":1}}"#;
    for line in [fine, &held(r#"{"a":1,"b":0}"#)] {
        assert_eq!(Checker::default().check(line), Ok(()));
    }
    for (line, fault) in [
        (r#"{"id":1, "sender_id":"a","header":"Connection","clock":{"a":1}}"#, "compact"),
        (r#"{"id":1.0,"sender_id":"a","header":"Connection","clock":{"a":1}}"#, "u64"),
        (r#"{"sender_id":"a","id":1,"header":"Connection","clock":{"a":1}}"#, "order"),
        (r#"{"id":1,"sender_id":"a","header":"Connection","clock":{"b":1}}"#, "lacks its sender"),
        (r#"{"id":1,"sender_id":"a","header":"Gossip","clock":{"a":1}}"#, "no header"),
        (r#"{"id":1,"sender_id":"a","header":{"Private":["b"]},"clock":{"a":1}}"#, "Private"),
        (&held(r#"{"a":1}"#), "without \"b\""),
        (&held(r#"{"b":1}"#), "lacks its sender"),
        (&held(r#"{"a":1,"b":0}"#).replace(r#"{"Public":""}"#, "\"Connection\""), "not save"),
    ] {
        let found = Checker::default().check(line).unwrap_err();
        assert!(found.contains(fault), "{found}: {line}");
    }
    let mut checker = Checker::default();
    checker.read(fine);
    let other = fine.replace(r#"" ""#, r#""x""#);
    assert!(checker.check(&other).unwrap_err().contains("not what was read"));
    assert!(checker.check(fine).unwrap_err().contains("before"));
    let back = fine.replace("40993", "40995").replace(":1}", ":0}");
    assert!(checker.check(&back).unwrap_err().contains("goes back"));
}
