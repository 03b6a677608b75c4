//! The shipped files.

use std::{collections::HashMap, fs, path::Path};

use crate::{HASH, every_key, fault, fine};
use pipewright::config::{Config, Format, Level, default_config, load};
use pipewright::core::server::operators::{PRIVILEGES, Privileges};
use pipewright::core::{Cloaking, MachineLimits, NetworkLimits};

const SHIPPED: [&str; 2] = ["config/pipewright.toml", "config/public.toml"];

#[test]
fn no_file_an_empty_file_and_the_default_file_are_the_same() {
    // The store is in the folder of the file, or where the program runs.
    let shown = |config: Config| {
        assert!(config.store.as_ref().is_some_and(|place| place.path.ends_with("pipewright.db")));
        format!("{:?}", Config { store: None, ..config })
    };
    let none = shown(load(None, [("PATH", "/bin")]).unwrap());
    assert_eq!(none, shown(fine("")));
    assert_eq!(none, shown(fine(&default_config())));
    let config = fine("");
    assert_eq!(config.settings.network.limits, NetworkLimits::default());
    assert_eq!(config.settings.machine.limits, MachineLimits::default());
    assert_eq!(&*config.settings.machine.server_name, "pipewright.localhost");
    assert_eq!(
        config.settings.machine.motd.first().unwrap(),
        "Welcome to Pipewright, an IRC server that runs Pipewright."
    );
    assert_eq!(config.settings.machine.password_hash, None);
    assert!(config.settings.machine.operators.is_empty());
    assert_eq!(config.shards, 1);
    let listen: Vec<_> = config.listen.iter().map(|listen| listen.address.to_string()).collect();
    let expected = ["127.0.0.1:6667", "[::1]:6667", "127.0.0.1:6697", "[::1]:6697"];
    assert_eq!(listen, expected);
    let tls: Vec<_> = config.listen.iter().map(|listen| listen.tls).collect();
    assert_eq!(tls, [false, false, true, true]);
}

#[test]
fn the_shipped_default_is_what_the_program_prints() {
    assert_eq!(shipped("config/pipewright.toml"), default_config());
}

#[test]
fn the_public_example_is_what_it_says() {
    let config = fine(&shipped("config/public.toml"));
    assert_eq!(&*config.settings.machine.server_name, "irc.example.org");
    let listen: Vec<_> = config.listen.iter().map(|listen| listen.address.to_string()).collect();
    let expected = ["0.0.0.0:6667", "[::]:6667", "0.0.0.0:6697", "[::]:6697", "127.0.0.1:8067"];
    assert_eq!(listen[..5], expected);
    assert_eq!(config.shards, 2);
    assert_eq!((config.log.level, config.log.format), (Level::Info, Format::Json));
    assert!(config.log.audit && matches!(config.settings.network.cloak, Cloaking::Stored));
}

/// With the marks before the operator taken away, and a hash in place.
#[test]
fn with_the_operator_that_the_public_example_describes_one_can_run_a_community() {
    let text = shipped("config/public.toml");
    let at = text.find("#[[operator]]").unwrap();
    let (before, rest) = text.split_at(at);
    let (table, after) = rest.split_at(rest.find("# What holds for all listeners").unwrap());
    let keys = ["[[operator]]", "name", "password_hash", "class"];
    let table: Vec<_> = table
        .lines()
        .map(|line| {
            let bare = line.trim_start_matches('#');
            if keys.iter().any(|key| bare.starts_with(key)) { bare } else { line }
        })
        .collect();
    let table = table.join("\n").replace("what `pipewright hash-password` printed", HASH);
    let operators = fine(&format!("{before}{table}\n{after}")).settings.machine.operators;
    let all = PRIVILEGES.iter().fold(Privileges::default(), |all, row| all.or(row.set));
    assert_eq!(operators.len(), 1);
    assert_eq!(operators[0].privileges, all);
}

#[test]
fn each_shipped_file_has_every_key_with_the_comment_that_the_program_prints() {
    let mut printed = HashMap::new();
    for file in SHIPPED {
        let text = shipped(file);
        let lines: Vec<_> = text.lines().collect();
        for (table, key) in every_key() {
            let start = format!("{} = ", key.name);
            let heading = lines.iter().position(|line| {
                let line = if table.is_absent() { line.trim_start_matches('#') } else { line };
                line == table.heading()
            });
            let heading = heading.unwrap();
            let at = (heading..lines.len())
                .find(|at| lines[*at].trim_start_matches('#').starts_with(&start))
                .unwrap_or_else(|| panic!("{file} lacks {}", key.path(table)));
            let begin = lines[..at].iter().rposition(|line| !line.starts_with("# ")).unwrap() + 1;
            let comment = lines[begin..at].join(" ");
            assert!(!comment.is_empty(), "{file}:{}: no comment", at + 1);
            // The file that the program prints is the first.
            let expected = printed.entry(key.path(table)).or_insert_with(|| comment.clone());
            assert!(comment.starts_with(&*expected), "{file}:{}: not '{expected}'", at + 1);
        }
    }
}

#[test]
fn an_unknown_key_is_refused_in_every_table_of_each_shipped_file() {
    for file in SHIPPED {
        let text = shipped(file);
        let headings = text.lines().enumerate().filter(|(_, line)| line.starts_with('['));
        let mut seen = 0;
        for (at, heading) in headings {
            let mut lines: Vec<_> = text.lines().collect();
            lines.insert(at + 1, "surprise = \"yes\"");
            let (line, key, said) = fault(&lines.join("\n"));
            assert_eq!(line, at + 2, "{said}");
            assert_eq!(key, format!("{}.surprise", heading.trim_matches(['[', ']'])));
            assert!(said.contains("unknown key"), "{said}");
            seen += 1;
        }
        assert!(seen >= 6, "{file} has {seen} tables");
        assert!(fault(&format!("surprise = 1\n{text}")).2.contains("unknown table"));
    }
}

fn shipped(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap()
}
