//! Layers, and values that go together.

use std::fs;

use crate::{fault, faults_with, fine, load_with, said};
use pipewright::config::load;
use pipewright::core::NetworkLimits;

const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$aGFzaGhhc2hoYXNoaGFzaA";

#[test]
fn the_environment_goes_before_the_file_and_the_file_before_the_defaults() {
    let text = "[server]\nname = \"file.example\"\nnetwork = \"File\"\n[limits]\nnick = 9";
    let env = [
        ("PIPEWRIGHT_SERVER__NAME", "env.example"),
        ("PIPEWRIGHT_LIMITS__NICK", "12"),
        ("PIPEWRIGHT_LIMITS__SENDQ", "64KiB"),
        ("PIPEWRIGHT_LIMITS__REGISTRATION", "1500ms"),
        ("PIPEWRIGHT", "not ours"),
    ];
    let settings = load_with(text, &env).unwrap().settings;
    assert_eq!(
        (&*settings.machine.server_name, &*settings.network.network),
        ("env.example", "File")
    );
    let (limits, machine) = (settings.network.limits, settings.machine.limits);
    assert_eq!((limits.nick, machine.sendq, machine.registration_ms), (12, 64 << 10, 1_500));
    assert_eq!(limits.user, NetworkLimits::default().user);
}

#[test]
fn plaintext_is_public_only_where_the_configuration_says_so() {
    let listen = |address: &str, public: bool| {
        format!("[[listen]]\naddress = \"{address}\"\nplaintext_public = {public}\n")
    };
    for address in ["0.0.0.0:6667", "[::]:6667", "192.0.2.1:6667", "[fe80::1%2]:6667"] {
        let (line, key, said) = fault(&listen(address, false));
        assert_eq!((line, key.as_str()), (2, "listen.address"));
        assert!(said.contains("nothing on it is encrypted"), "{said}");
        fine(&listen(address, true));
    }
    for address in ["127.0.0.1:6667", "127.3.2.1:0", "[::1]:6667"] {
        fine(&listen(address, false));
    }
    let two = listen("0.0.0.0:1", true) + &listen("0.0.0.0:2", false);
    assert_eq!(fault(&two).0, 5, "leave for one listener is not leave for another");
}

#[test]
fn two_listeners_do_not_stand_in_each_others_way() {
    let both = |one: &str, other: &str| {
        let row =
            |address| format!("[[listen]]\naddress = \"{address}\"\nplaintext_public = true\n");
        row(one) + &row(other)
    };
    for (one, other) in [
        ("127.0.0.1:6667", "127.0.0.1:6667"),
        ("0.0.0.0:6667", "127.0.0.1:6667"),
        ("[::1]:6667", "[::]:6667"),
    ] {
        let (line, _, said) = fault(&both(one, other));
        assert_eq!(line, 5);
        assert!(said.ends_with(&format!("{other} is taken by {one} above")), "{said}");
    }
    fine(&both("127.0.0.1:0", "127.0.0.1:0"));
    fine(&both("0.0.0.0:6667", "[::]:6667"));
    fine(&both("127.0.0.1:6667", "127.0.0.2:6667"));
}

#[test]
fn the_environment_describes_one_listener_in_place_of_all() {
    let text = "[[listen]]\naddress = \"127.0.0.1:1\"\n[[listen]]\naddress = \"127.0.0.1:2\"";
    let env = [("PIPEWRIGHT_LISTEN__ADDRESS", "127.0.0.1:3")];
    let listen = load_with(text, &env).unwrap().listen;
    assert_eq!(listen.len(), 1);
    assert_eq!(listen[0].address.to_string(), "127.0.0.1:3");
    let public = [("PIPEWRIGHT_LISTEN__ADDRESS", "0.0.0.0:3")];
    let told = faults_with(text, &public)[0].to_string();
    assert!(
        told.starts_with("PIPEWRIGHT_LISTEN__ADDRESS: listen.address: 0.0.0.0:3 may"),
        "{told}"
    );
    let half = faults_with(text, &[("PIPEWRIGHT_LISTEN__PLAINTEXT_PUBLIC", "true")]);
    assert!(
        half[0].to_string().starts_with("PIPEWRIGHT_LISTEN__ADDRESS: listen.address: is missing")
    );
}

#[test]
fn a_listener_needs_an_address() {
    let (line, key, said) = fault("\n[[listen]]\nplaintext_public = true");
    assert_eq!((line, key.as_str()), (2, "listen.address"));
    assert!(said.ends_with("is missing under [[listen]]"), "{said}");
    fault("[[listen]]\naddress = \"localhost:6667\"");
}

#[test]
fn the_motd_is_text_or_a_file_beside_the_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipewright.toml");
    let load_here = |text: &str| {
        fs::write(&path, text).unwrap();
        load(Some(&path), std::iter::empty::<(String, String)>())
    };
    let told = |text: &str| {
        let faults = load_here(text).unwrap_err();
        assert_eq!(faults.len(), 1, "{faults:?}");
        said(&faults[0])
    };
    fs::write(folder.path().join("motd.txt"), "From\r\n\r\na file\r\n").unwrap();
    let from_file = "[server]\nmotd_file = \"motd.txt\"\n";
    assert_eq!(load_here(from_file).unwrap().settings.machine.motd, ["From", "", "a file"]);
    assert!(load_here("[server]\nmotd = \"\"\n").unwrap().settings.machine.motd.is_empty());
    let inline = "[server]\nmotd = '''\nTwo\nlines'''\n";
    assert_eq!(load_here(inline).unwrap().settings.machine.motd, ["Two", "lines"]);

    let both = told("[server]\nmotd = \"a\"\nmotd_file = \"motd.txt\"");
    assert!(both.starts_with("pipewright.toml:3: server.motd_file: there is server.motd as well"));
    let none = told("[server]\nmotd_file = \"none.txt\"");
    assert!(none.starts_with("pipewright.toml:2: server.motd_file: "), "{none}");
    assert!(none.contains("none.txt: cannot be read: No such file"), "{none}");
    fs::write(folder.path().join("latin.txt"), b"ok\ncaf\xe9\n").unwrap();
    assert!(told("[server]\nmotd_file = \"latin.txt\"").ends_with("is not UTF-8 in line 2"));
    fs::write(folder.path().join("motd.txt"), "a\0b").unwrap();
    assert!(told(from_file).contains("its line 1 holds a NUL"));
    fs::write(folder.path().join("motd.txt"), format!("fits\n{}", "x".repeat(460))).unwrap();
    assert!(told(from_file).contains("its line 2 is longer than the 450 bytes that fit"));
    fs::write(folder.path().join("motd.txt"), "x\n".repeat(9_000)).unwrap();
    assert!(told(from_file).contains("more than half of a sendq of"));
}

#[test]
fn limits_that_do_not_go_together_are_told_where_somebody_wrote_one() {
    let (line, key, said) = fault("[limits]\nping_interval = \"30s\"");
    assert_eq!((line, key.as_str()), (2, "limits.ping_interval"));
    assert!(said.ends_with("ping_timeout (1m) is longer than ping_interval (30s)"), "{said}");
    for text in ["topic", "kick", "away", "realname", "reason"] {
        assert_eq!(fault(&format!("[limits]\n{text} = 500")).1, format!("limits.{text}"));
        fine(&format!("[limits]\n{text} = 490"));
    }
    let only_the_line = fault("[limits]\ntopic = 600\nline = \"1024\"");
    assert_eq!(only_the_line.1, "limits.line");
}

#[test]
fn a_password_is_taken_as_a_hash_and_never_repeated() {
    let text = |hash: &str| format!("[server]\npassword_hash = \"{hash}\"");
    let settings = fine(&text(HASH)).settings;
    assert_eq!(settings.machine.password_hash.as_deref(), Some(HASH));
    for wrong in ["correct horse", "$argon2id$correct horse"] {
        let (line, _, said) = fault(&text(wrong));
        assert_eq!(line, 2);
        assert!(said.contains("run `pipewright hash-password`"), "{said}");
        assert!(!said.contains("horse"), "{said}");
    }
}

#[test]
fn what_admin_tells_is_what_was_written() {
    let file = "[admin]\nlocation = \"a\"\norganisation = \"b\"\nemail = \"c\"";
    let admin = fine(file).settings.machine.admin;
    let admin = [admin.location, admin.organisation, admin.email];
    assert_eq!(admin.map(|text| text.unwrap().to_string()), ["a", "b", "c"]);
}

#[test]
fn nobody_is_asked_who_connects_unless_the_configuration_says_so_and_for_seconds_only() {
    let resolve = |text: &str| fine(&format!("[resolve]\n{text}")).settings.machine.resolve;
    let default = resolve("");
    assert_eq!((default.hostnames, default.ident, default.timeout_ms), (false, false, 2000));
    let asked = resolve("hostnames = true\nident = true\ntimeout = \"500ms\"");
    assert_eq!((asked.hostnames, asked.ident, asked.timeout_ms), (true, true, 500));
    for timeout in ["0s", "99ms", "11s", "2"] {
        let (line, key, _) = fault(&format!("[resolve]\ntimeout = \"{timeout}\""));
        assert_eq!((line, key.as_str()), (2, "resolve.timeout"), "{timeout}");
    }
}

#[test]
fn text_without_quotes_is_told_as_that_with_the_quotes_in_place() {
    for (line, meant) in [
        ("[server]\nname = irc.example.org", "name = \"irc.example.org\""),
        ("[server]\nnetwork = Example # ours", "network = \"Example\""),
        ("[limits]\nsendq = 1MiB", "sendq = \"1MiB\""),
        ("[limits]\nping_interval = 2m", "ping_interval = \"2m\""),
        ("[[listen]]\naddress = 127.0.0.1:6667", "address = \"127.0.0.1:6667\""),
        ("[store]\npath = /var/lib/x.db", "path = \"/var/lib/x.db\""),
        ("[cloak]\nenabled = yes", "enabled = true"),
        ("[cloak]\nenabled = False", "enabled = false"),
        (
            "[[operator_class]]\nprivileges = [kill, wallops]",
            "privileges = [\"kill\", \"wallops\"]",
        ),
    ] {
        let faults = faults_with(line, &[]);
        let said = faults[0].to_string();
        assert!(said.contains(":2:") && said.ends_with(&format!("write {meant}")), "{said}");
    }
}

#[test]
fn a_table_or_key_that_is_there_twice_is_named_with_the_first_line_that_has_it() {
    for (text, line, words) in [
        (
            "[server]\n[limits]\n[server]\nname = \"a.b\"",
            3,
            "[server] is there twice: first in line 1",
        ),
        ("[server]\nname = \"a.b\"\nname = \"c.d\"", 3, "name is there twice: first in line 2"),
        (
            "[limits]\nnick = 9\n[server]\n[limits] # again",
            4,
            "[limits] is there twice: first in line 1",
        ),
        ("[limits]\nnick=10\nnick=11", 3, "nick is there twice: first in line 2"),
        (
            "[[listen]]\naddress = \"127.0.0.1:1\"\n[listen]",
            3,
            "[listen] is not written as in line 1, where it is [[listen]]",
        ),
        (
            "[listen]\naddress = \"127.0.0.1:1\"\n[[listen]]",
            3,
            "[[listen]] is not written as in line 1, where it is [listen]",
        ),
    ] {
        let faults = faults_with(text, &[]);
        let said = faults[0].to_string();
        assert!(said.contains(&format!(":{line}:")) && said.contains(words), "{said}");
    }
}
