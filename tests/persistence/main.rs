//! What outlives the program: bans and permanent channels, in a file that is made when needed.

#![allow(clippy::indexing_slicing, reason = "a panic here is a test that fails")]

#[allow(dead_code, reason = "other suites need more of it")]
#[path = "../bad_input/person.rs"]
mod person;
#[path = "../support/mod.rs"]
mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Instant;

use tempfile::TempDir;

use person::Person;
use pipewright::core::server::operators::PRIVILEGE_NAMES;
use support::program::{Program, boss, without_configuration};

/// A place for a store that outlives the servers.
fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("test.db");
    (folder, path)
}

/// A configuration with an operator called boss, whose password is xyzzy, and this store.
fn config(path: &Path, more: &str) -> String {
    format!("{}[store]\npath = {path:?}\n{more}", boss(PRIVILEGE_NAMES))
}

/// What the program says when it cannot start with this configuration.
fn refused(config: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("pipewright.toml");
    let listen = "[[listen]]\naddress = \"127.0.0.1:0\"\n";
    fs::write(&file, format!("{listen}{config}")).expect("a configuration");
    let mut command = Command::new("timeout");
    command.args(["10", env!("CARGO_BIN_EXE_pipewright"), "--config"]).arg(&file);
    without_configuration(&mut command);
    let Output { status, stderr, .. } = command.output().expect("the program starts");
    assert_eq!(status.code(), Some(1));
    String::from_utf8(stderr).expect("text")
}

/// Whether somebody of that nick (and user name) may register; the numeric that says so.
fn registers(server: &Program, nick: &str) -> String {
    let mut person = Person::connect(server);
    person.sends(&format!("NICK {nick}\r\nUSER {nick} 0 * :{nick}"));
    let line = person.line().expect("an answer");
    line.split(' ').nth(1).expect("a numeric").to_owned()
}

#[test]
fn a_ban_that_was_answered_holds_after_the_program_was_killed() {
    let (_folder, path) = place();
    let config = config(&path, "");
    let server = Program::start(&[], &config);
    let mut operator = Person::operator(&server);
    let said = operator.asks("KLINE ~mallory@* :spam\r\nKLINE 1s ~short@* :a moment");
    assert!(said[0].contains("KLINE is set on ~mallory@*"), "{said:?}");
    assert_eq!(registers(&server, "mallory"), "465");
    // Killed: nothing can be written any more.
    drop(server);
    let server = Program::start(&[], &config);
    assert_eq!(registers(&server, "mallory"), "465");
    assert_eq!(registers(&server, "alice"), "001");
    Person::operator(&server).asks("UNKLINE ~mallory@*");
    drop(server);
    assert_eq!(registers(&Program::start(&[], &config), "mallory"), "001");
}

#[test]
fn a_permanent_channel_is_there_again_before_anybody_comes() {
    let (_folder, path) = place();
    let config = config(&path, "");
    let mut server = Program::start(&[], &config);
    let mut operator = Person::operator(&server);
    operator.asks(
        "JOIN #keep\r\nTOPIC #keep :here to stay\r\nMODE #keep +P-t\r\nMODE #keep +lkb 50 key x!*@*",
    );
    server.stop();
    let server = Program::start(&[], &config);
    let mut alice = Person::register(&server, "alice");
    let heard =
        alice.asks("JOIN #keep\r\nJOIN #keep key\r\nMODE #keep\r\nMODE #keep +b").join("\n");
    for part in [" 475 ", ":here to stay", " 353 alice = #keep :alice", "+Pnkl key 50", "x!*@*"] {
        assert!(heard.contains(part), "{part:?} is not in\n{heard}");
    }
    let mut operator = Person::operator(&server);
    operator.asks("SAMODE #keep -P");
    alice.asks("PART #keep");
    let mut server = server;
    server.stop();
    let server = Program::start(&[], &config);
    let mut alice = Person::register(&server, "alice");
    assert!(alice.asks("MODE #keep")[0].contains(" 403 "));
}

#[test]
fn without_operators_nothing_is_written() {
    let (folder, path) = place();
    let server = Program::start(&[], &format!("[store]\npath = {path:?}\n"));
    Person::register(&server, "alice").asks("JOIN #c\r\nTOPIC #c :nothing lasts");
    drop(server);
    assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 0);
}

#[test]
fn what_cannot_be_stored_is_refused_and_not_in_force() {
    let (folder, path) = place();
    let config = config(&path, "");
    // Nobody can ask for anything to be stored, so there is no file yet; and then no place for one.
    let server = Program::start(&[], &format!("[store]\npath = {path:?}\n"));
    drop(folder);
    let file = server.folder.path().join("pipewright.toml");
    fs::write(file, format!("[[listen]]\naddress = \"127.0.0.1:0\"\n{config}")).expect("another");
    let pid = server.child.id().to_string();
    assert!(Command::new("kill").args(["-HUP", &pid]).status().expect("kill runs").success());
    let start = Instant::now();
    let mut operator = loop {
        assert!(start.elapsed() < person::PATIENCE, "it never took the other configuration");
        let mut person = Person::register(&server, "boss");
        if person.asks("OPER boss xyzzy").iter().any(|line| line.contains(" 381 ")) {
            break person;
        }
        person.sends("QUIT");
        person.rest();
    };
    let said = operator.asks("KLINE ~mallory@* :spam");
    assert!(said[0].contains(" 400 boss KLINE :It could not be stored"), "{said:?}");
    assert_eq!(registers(&server, "mallory"), "001");
    assert!(server.log().contains("what was to be stored was not"));
}

#[test]
fn a_store_that_cannot_be_used_is_told_at_the_start_with_what_to_do() {
    let (folder, path) = place();
    fs::write(&path, "no database at all, and long enough to be told from one\n".repeat(99))
        .expect("a file");
    assert!(refused(&config(&path, "")).contains("is no store of Pipewright"));
    let missing = folder.path().join("none/test.db");
    assert!(refused(&config(&missing, "")).contains("is not there; make it"));
    let used = folder.path().join("used.db");
    let _server = Program::start(&[], &config(&used, ""));
    assert!(refused(&config(&used, "")).contains("is another server running with it?"));
    let mode = fs::metadata(&used).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_cloaked_host_is_the_same_after_a_restart_and_shown_to_those_it_concerns() {
    let (_folder, path) = place();
    let config = config(&path, "[cloak]\nenabled = true\n");
    let server = Program::start(&[], &config);
    let mut alice = Person::register(&server, "alice");
    let mut bob = Person::register(&server, "bob");
    bob.asks("CAP REQ :chghost\r\nJOIN #c");
    alice.asks("JOIN #c");
    bob.catches_up();
    let own = alice.asks("WHOIS alice").join("\n");
    assert!(own.contains(" 338 alice alice 127.0.0.1 :"), "{own}");
    let shown = bob.asks("WHOIS alice").join("\n");
    assert!(!shown.contains("127.0.0.1"), "{shown}");
    let host = shown.split(' ').nth(5).expect("the host of 311").to_owned();
    assert!(host.ends_with(".cloak"), "{host}");
    let said = alice.asks("MODE alice -x");
    assert!(said.iter().any(|line| line.contains(" 396 alice 127.0.0.1 :")), "{said:?}");
    assert_eq!(bob.catches_up(), [format!(":alice!~alice@{host} CHGHOST ~alice 127.0.0.1")]);
    alice.asks("MODE alice +x");
    assert_eq!(bob.catches_up(), [format!(":alice!~alice@127.0.0.1 CHGHOST ~alice {host}")]);
    drop(server);
    let server = Program::start(&[], &config);
    let mut alice = Person::register(&server, "alice");
    assert!(alice.asks("WHOIS alice")[0].contains(&host));
}

#[test]
fn after_a_clean_stop_the_one_file_is_the_whole_store() {
    let (folder, path) = place();
    let mut server = Program::start(&[], &config(&path, ""));
    let mut operator = Person::operator(&server);
    operator
        .asks("KLINE ~mallory@* :spam\r\nJOIN #keep\r\nMODE #keep +P\r\nTOPIC #keep :here to stay");
    server.stop();
    let copy = folder.path().join("copy.db");
    fs::copy(&path, &copy).expect("a copy of that file alone");
    let server = Program::start(&[], &config(&copy, ""));
    assert_eq!(registers(&server, "mallory"), "465");
    let heard = Person::register(&server, "alice").asks("JOIN #keep").join("\n");
    assert!(heard.contains(":here to stay"), "{heard}");
}

#[test]
fn with_a_full_disk_it_starts_with_what_is_stored_and_says_what_cannot_be() {
    /// No file may grow, as on a full disk.
    const FULL: [&str; 4] = ["sh", "-c", "trap '' XFSZ; ulimit -f 0; exec \"$@\"", "sh"];
    let (_folder, path) = place();
    let config = config(&path, "");
    let mut server = Program::start(&[], &config);
    Person::operator(&server).asks("KLINE ~mallory@* :spam");
    server.stop();
    let server = Program::start(&FULL, &config);
    assert_eq!(registers(&server, "mallory"), "465");
    let said = Person::operator(&server).asks("KLINE ~eve@* :spam");
    assert!(said[0].contains(" 400 boss KLINE :It could not be stored"), "{said:?}");
    assert_eq!(registers(&server, "eve"), "001");
    drop(server);
    // Where nothing was stored there is nothing to lose either.
    let server = Program::start(&FULL, &self::config(&path.with_file_name("new.db"), ""));
    let said = Person::operator(&server).asks("KLINE ~eve@* :spam");
    assert!(said[0].contains(" 400 boss KLINE :It could not be stored"), "{said:?}");
}

#[test]
fn what_an_earlier_version_kept_beside_the_configuration_is_not_left_behind() {
    let folder = tempfile::tempdir().expect("a folder");
    let state = folder.path().join("state");
    let state_is = format!("STATE_DIRECTORY={}", state.display());
    let launcher = ["env", &state_is];
    // Nothing is there: it is made in the folder for such things.
    let mut server = Program::start(&launcher, &boss(PRIVILEGE_NAMES));
    Person::operator(&server).asks("KLINE ~mallory@* :spam");
    server.stop();
    assert!(!server.folder.path().join("pipewright.db").exists());
    let kept = state.join("pipewright.db");
    // An earlier version has made it beside the configuration.
    let file = folder.path().join("pipewright.toml");
    fs::write(&file, "").expect("a configuration");
    fs::rename(&kept, folder.path().join("pipewright.db")).expect("it is moved");
    let environment = [("STATE_DIRECTORY", &*state.to_string_lossy())];
    let load = || pipewright::config::load(Some(&file), environment).expect("it is fine");
    let found = load();
    let path = |config: &pipewright::config::Config| config.store.clone().expect("a store").path;
    assert_eq!(path(&found), folder.path().join("pipewright.db"));
    assert!(found.warnings[0].to_string().contains("as an earlier version made it"));
    fs::remove_file(path(&found)).expect("it is ours");
    assert_eq!((path(&load()), load().warnings.len()), (kept, 0));
}
