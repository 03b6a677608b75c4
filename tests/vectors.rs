//! The published vectors of the ircdocs parser-tests collection, all of them.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use pipewright::proto::names::{Casemap, Glob, Source, is_hostname};
use pipewright::proto::{Message, tags};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vectors<T> {
    tests: Vec<T>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Atoms {
    #[serde(default)]
    tags: BTreeMap<String, String>,
    source: Option<String>,
    verb: String,
    #[serde(default)]
    params: Vec<String>,
}

#[test]
fn messages_split_as_published() {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Split {
        input: String,
        atoms: Atoms,
    }
    for Split { input, atoms } in read(include_str!("vectors/msg-split.yaml")) {
        let message = Message::parse(input.as_bytes()).expect(&input);
        // Collecting keeps the last of equal keys, as the tags specification has it.
        let tags: BTreeMap<_, _> = message.tags().map(|(k, v)| (text(k), text(&v))).collect();
        let params: Vec<_> = message.params.iter().map(|param| text(param)).collect();
        assert_eq!(tags, atoms.tags, "{input}");
        assert_eq!(message.source.map(text), atoms.source, "{input}");
        assert_eq!(text(message.verb), atoms.verb, "{input}");
        assert_eq!(params, atoms.params, "{input}");
    }
}

#[test]
fn messages_join_as_published() {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Join {
        desc: String,
        atoms: Atoms,
        matches: Vec<String>,
    }
    for Join { desc, atoms, matches } in read(include_str!("vectors/msg-join.yaml")) {
        let mut tags = Vec::new();
        for (key, value) in &atoms.tags {
            tags::push(&mut tags, key.as_bytes(), value.as_bytes());
        }
        let message = Message {
            tags: (!tags.is_empty()).then_some(&tags),
            source: atoms.source.as_ref().map(String::as_bytes),
            verb: atoms.verb.as_bytes(),
            params: atoms.params.iter().map(String::as_bytes).collect(),
        };
        let mut line = Vec::new();
        message.write(&mut line);
        assert!(matches.contains(&text(&line)), "{desc}: {}", text(&line));
    }
}

#[test]
fn masks_match_as_published() {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct MaskMatch {
        mask: String,
        matches: Vec<String>,
        fails: Vec<String>,
    }
    for MaskMatch { mask, matches, fails } in read(include_str!("vectors/mask-match.yaml")) {
        for casemap in [Casemap::Rfc1459, Casemap::Ascii] {
            let glob = Glob::new(mask.as_bytes(), casemap);
            assert!(matches.iter().all(|subject| glob.matches(subject.as_bytes())), "{mask}");
            assert!(!fails.iter().any(|subject| glob.matches(subject.as_bytes())), "{mask}");
        }
    }
}

#[test]
fn sources_split_as_published() {
    #[derive(Default, Deserialize)]
    #[serde(deny_unknown_fields, default)]
    struct Parts {
        nick: String,
        user: String,
        host: String,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Split {
        source: String,
        atoms: Parts,
    }
    for Split { source, atoms } in read(include_str!("vectors/userhost-split.yaml")) {
        let found = Source::split(source.as_bytes());
        assert_eq!(text(found.nick), atoms.nick, "{source}");
        assert_eq!(text(found.user), atoms.user, "{source}");
        assert_eq!(text(found.host), atoms.host, "{source}");
    }
}

#[test]
fn host_names_are_valid_as_published() {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Host {
        host: String,
        valid: bool,
    }
    for Host { host, valid } in read(include_str!("vectors/validate-hostname.yaml")) {
        assert_eq!(is_hostname(&host), valid, "{host:?}");
    }
}

fn read<T: DeserializeOwned>(yaml: &str) -> Vec<T> {
    let vectors: Vectors<T> = serde_yaml_ng::from_str(yaml).expect("the form of the vectors");
    assert!(!vectors.tests.is_empty());
    vectors.tests
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("the vectors are UTF-8")
}
