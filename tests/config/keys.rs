//! Each key by itself, and how faults are told.

use std::{fs, path::Path, path::PathBuf};

use proptest::prelude::*;

use crate::{every_key, fault, faults_with, file_with, fine, load_with, said};
use pipewright::config::{Fault, Kind, Location, default_config, load, tables, variable};
use pipewright::core::{MachineLimits, NetworkLimits, Settings};

#[test]
fn a_key_misspelled_by_a_letter_is_refused_and_the_right_one_named() {
    for (table, key) in every_key() {
        let name = key.name;
        let doubled = (1..=name.len()).map(|at| format!("{}{}", &name[..at], &name[at - 1..]));
        let ended = format!("{}z", &name[..name.len() - 1]);
        for wrong in doubled.chain([ended]) {
            let (line, path, said) = fault(&file_with(table, key, &format!("{wrong} = 1")));
            assert_eq!((line, path), (3, format!("{}.{wrong}", table.name)));
            let told = format!(
                "pipewright.toml:3: {}.{wrong}: unknown key; did you mean \"{name}\"?",
                table.name
            );
            assert_eq!(said, told);
        }
    }
}

#[test]
fn a_misspelled_variable_is_refused_and_the_right_one_named() {
    for (table, key) in every_key() {
        let right = variable(table, key);
        let wrong = format!("{right}X");
        let faults = load(None, [(wrong.as_str(), "1")]).unwrap_err();
        let told = format!("{wrong}: unknown variable; did you mean {right}?");
        assert_eq!(faults.iter().map(Fault::to_string).collect::<Vec<_>>(), [told]);
    }
    for wrong in ["PIPEWRIGHT_SERVER_NAME", "PIPEWRIGHT_server__name", "PIPEWRIGHT_"] {
        let faults = load(None, [(wrong, "irc.example.org")]).unwrap_err();
        assert!(faults[0].to_string().starts_with(&format!("{wrong}: unknown")), "{faults:?}");
    }
}

#[test]
fn a_wrong_type_in_a_file_is_refused_and_never_coerced() {
    const VALUES: [&str; 8] =
        ["12", "\"12\"", "true", "\"yes\"", "1.5", "[1]", "{ a = 1 }", "1979-05-27"];
    for (table, key) in every_key() {
        for value in VALUES {
            let right = match key.kind {
                Kind::Flag => value == "true",
                Kind::Count(..) => value == "12",
                // Any text is a path or a message, and "12" and "yes" are words.
                Kind::Text(_) => value.starts_with('"'),
                Kind::Word(_) | Kind::Size(..) | Kind::Time(..) => false,
                Kind::Texts(_) | Kind::Words(_) => false,
            };
            if right {
                continue;
            }
            let (line, path, said) =
                fault(&file_with(table, key, &format!("{} = {value}", key.name)));
            assert_eq!((line, &path), (3, &key.path(table)), "{said}");
            assert!(said.starts_with(&format!("pipewright.toml:3: {path}: ")), "{said}");
        }
    }
    assert!(fault("[server]\nname = 12").2.contains("a whole number is not allowed here"));
    assert!(
        fault("[[listen]]\naddress = \"[::1]:1\"\ntls = \"yes\"").2.contains("not allowed here")
    );
}

#[test]
fn each_word_is_taken_and_no_other() {
    for (table, key) in every_key() {
        let Kind::Word(words) = key.kind else { continue };
        for word in words {
            fine(&file_with(table, key, &format!("{} = \"{word}\"", key.name)));
        }
        let capital = words[0].to_uppercase();
        let said = fault(&file_with(table, key, &format!("{} = \"{capital}\"", key.name))).2;
        assert!(said.ends_with(&format!("did you mean \"{}\"?", words[0])), "{said}");
    }
}

/// The limits that a file comes to, a line each.
fn limits(file: &str) -> String {
    let Settings { network, machine } = fine(file).settings;
    format!("{:#?}", (network.limits, machine.limits))
}

#[test]
fn each_limit_is_bounded_both_ways_and_reaches_its_own_field() {
    let table = tables().iter().find(|table| table.name == "limits").unwrap();
    let default = format!("{:#?}", (NetworkLimits::default(), MachineLimits::default()));
    for key in &table.keys {
        let (min, max, value): (u64, u64, fn(u64) -> String) = match key.kind {
            Kind::Count(min, max) => (min, max, |n| n.to_string()),
            Kind::Size(min, max) => (min, max, |n| format!("\"{n}B\"")),
            Kind::Time(min, max) => (min, max, |n| format!("\"{n}ms\"")),
            kind => panic!("a limit is a number, not {kind:?}"),
        };
        let along = match key.name {
            "line" => "ping_timeout = \"1m\"",
            "ping_interval" => "ping_timeout = \"1s\"",
            "ping_timeout" => "ping_interval = \"1h\"",
            _ => "line = 8192",
        };
        let file = |n| format!("[limits]\n{} = {}\n{along}", key.name, value(n));
        let base = limits(&format!("[limits]\n{along}"));
        for n in [min, max] {
            let changed = limits(&file(n));
            let other: Vec<_> =
                changed.lines().zip(base.lines()).filter(|(now, then)| now != then).collect();
            let same = default.contains(&format!(" {}: {n},", key.name));
            assert_eq!(other.len(), usize::from(!same), "{}: {other:?}", key.name);
            assert!(other.iter().all(|(now, _)| now.trim().starts_with(key.name)), "{other:?}");
            assert!(other.iter().all(|(now, _)| now.ends_with(&format!(" {n},"))), "{other:?}");
        }
        for n in [min.checked_sub(1), Some(max + 1), Some(u64::MAX >> 1)].into_iter().flatten() {
            let (line, path, said) = fault(&file(n));
            assert_eq!((line, path), (2, key.path(table)));
            assert!(said.contains("out of bounds"), "{said}");
        }
    }
    assert!(fault("[limits]\nnick = -1").2.contains("-1 is out of bounds"));
}

#[test]
fn all_faults_are_told_at_once_in_the_order_of_the_file() {
    let text = "\
[server]
nmae = \"irc.example.org\"
shards = \"2\"

[limits]
topic = 600
sendq = 65536

[log]
level = \"inof\"

[[listen]]
address = \"0.0.0.0:6667\"
";
    let faults = faults_with(text, &[("PIPEWRIGHT_LIMITS__NICK", "many")]);
    let told: Vec<_> = faults.iter().map(said).collect();
    assert_eq!(
        told,
        [
            "pipewright.toml:2: server.nmae: unknown key; did you mean \"name\"?",
            "pipewright.toml:3: server.shards: text is not allowed here; must be a whole number \
             from 1 to 64, without quotes",
            "pipewright.toml:6: limits.topic: a topic of 600 bytes does not fit into a line of 512",
            "pipewright.toml:7: limits.sendq: a whole number is not allowed here; must be a size \
             from \"16KiB\" to \"256MiB\", in B, KiB or MiB",
            "pipewright.toml:10: log.level: \"inof\" is not one of \"off\", \"error\", \"warn\", \
             \"info\", \"debug\", \"trace\"; did you mean \"info\"?",
            "pipewright.toml:13: listen.address: 0.0.0.0:6667 may be reached from other machines, \
             and nothing on it is encrypted; add tls = true, use 127.0.0.1 or [::1], or allow it by \
             plaintext_public = true",
            "PIPEWRIGHT_LIMITS__NICK: limits.nick: \"many\" is not a whole number from 1 to 64, \
             without quotes",
        ]
    );
}

#[test]
fn what_is_not_toml_is_one_fault_with_line_and_column() {
    for (text, line, column) in [
        ("[server]\nname = irc", 2, 8),
        ("[server]\nname = \"é\" x", 2, 12),
        ("[log]\nlevel = \"info\"\nlevel = \"warn\"", 3, 1),
    ] {
        let faults = faults_with(text, &[]);
        assert_eq!(faults.len(), 1, "{faults:?}");
        let place = format!("pipewright.toml:{line}:{column}: not TOML: ");
        assert!(said(&faults[0]).starts_with(&place), "{}", faults[0]);
        assert!(!faults[0].to_string().contains('\n'));
    }
}

#[test]
fn a_file_that_cannot_be_read_is_told_with_its_path_and_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let no_env = || std::iter::empty::<(String, String)>();
    let told = |path: &Path| {
        let faults = load(Some(path), no_env()).unwrap_err();
        assert_eq!(faults.len(), 1, "{faults:?}");
        faults[0].to_string().replace(&format!("{}", folder.path().display()), "")
    };
    let file = |name: &str, bytes: &[u8]| -> PathBuf {
        fs::write(folder.path().join(name), bytes).unwrap();
        folder.path().join(name)
    };
    assert!(
        told(&folder.path().join("none.toml")).starts_with("/none.toml: cannot be read: No such")
    );
    assert!(told(folder.path()).starts_with(": cannot be read: "));
    assert_eq!(told(&file("l1.toml", b"# a\n# \xe9\n")), "/l1.toml: is not UTF-8 in line 2");
    assert_eq!(told(&file("big.toml", &vec![b'\n'; 2 << 20])), "/big.toml: is longer than 1 MiB");
}

#[test]
fn a_table_in_the_wrong_form_is_told_its_form() {
    for (text, form) in [
        ("server = 1", "[server]"),
        ("[[server]]", "[server]"),
        ("[listen]\naddress = \"[::1]:1\"", "[[listen]]"),
        ("listen = []", "[[listen]]"),
        ("listen = [1]", "[[listen]]"),
    ] {
        let said = fault(text).2;
        assert!(said.ends_with(&format!("must be a table, written {form}")), "{said}");
    }
    fine("server.name = \"a.b\"\nlog = { level = \"off\" }\nlisten = [{ address = \"[::1]:1\" }]");
    assert!(fault("[srever]\nname = \"a.b\"").2.ends_with("did you mean \"server\"?"));
    assert!(fault("name = \"a.b\"").2.ends_with("it belongs under [server]"));
    assert!(fault("[server]\nnick = 9").2.ends_with("it belongs under [limits]"));
    assert!(fault("[log]\n\"a\\u001b\\n\" = 1").2.contains("log.a\\u{1b}\\n: unknown key"));
    assert!(fault("[server.name]\na = 1").2.contains("is a table; must be text"));
}

#[test]
fn a_variable_that_is_not_utf8_is_refused() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
    let env = [(OsStr::new("PIPEWRIGHT_SERVER__DESCRIPTION"), OsStr::from_bytes(b"caf\xe9"))];
    let faults = load(None, env).unwrap_err();
    assert_eq!(
        faults[0].to_string(),
        "PIPEWRIGHT_SERVER__DESCRIPTION: server.description: is not UTF-8"
    );
}

proptest! {
    #[test]
    fn a_damaged_file_is_taken_or_told_and_never_panics(
        at in 0usize..20_000, cut in 0usize..40, patch in "[\\[\\]=\".#\\na-z0-9é{}]{0,8}",
    ) {
        let mut text: Vec<char> = default_config().chars().collect();
        let at = at % text.len();
        let end = (at + cut).min(text.len());
        text.splice(at..end, patch.chars());
        let text: String = text.into_iter().collect();
        if let Err(faults) = load_with(&text, &[]) {
            prop_assert!(!faults.is_empty());
            let placed = |fault: &Fault| matches!(fault.location, Location::File { line: Some(_), .. });
            prop_assert!(faults.iter().all(placed), "{:?}", faults);
        }
    }
}
