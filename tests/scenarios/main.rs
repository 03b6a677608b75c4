//! The dialogues of `conformance/scenarios`, in each form that the project can be played in.

#![allow(clippy::indexing_slicing, reason = "a test fails by a panic")]

use std::fs;

mod in_process;
#[path = "../support/mod.rs"]
mod support;

use conformance::player::Player;
use conformance::suite::{self, Summary};
use conformance::tcp::Tcp;
use conformance::{differential, scenario};

use in_process::InProcess;
use support::program::Program;

/// The message of the day, which the scenarios ask for.
const MOTD: &str = "Welcome to the test.";
use pipewright::config;
use pipewright::state::Settings;
use pipewright::state::operators::PRIVILEGE_NAMES;

/// Two operators, of whom the scenarios ask the one who may do everything.
fn operators() -> String {
    let class = |name: &str, privileges: &[&str]| {
        format!("[[operator_class]]\nname = \"{name}\"\nprivileges = {privileges:?}\n")
    };
    let operator = |name: &str, class: &str, rest: &str| {
        let hash = config::hash_password(format!("{name}pass").as_bytes()).expect("a hash");
        let head = format!("[[operator]]\nname = \"{name}\"\nclass = \"{class}\"\n");
        format!("{head}password_hash = \"{hash}\"\n{rest}\n")
    };
    [
        class("all", PRIVILEGE_NAMES),
        class("none", &[]),
        operator("oper", "all", ""),
        operator("helper", "none", ""),
        operator("dave", "none", "masks = [\"dave!*@127.0.0.1\"]"),
    ]
    .concat()
}

#[test]
fn every_scenario_passes_in_process_with_virtual_time() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    fs::write(file.path(), operators()).expect("a configuration");
    let config = config::load(Some(file.path()), [("", ""); 0]).expect("it is fine");
    let settings = Settings { motd: vec![MOTD.to_owned()], ..config.settings };
    let mut core = InProcess::new(settings);
    let mut player = Player::new(&mut core).named("pipewright");
    let scenarios = scenario::load(&scenario::shipped()).expect("the scenarios can be read");
    let summary = suite::play(&mut player, &scenarios, |_| {});
    assert_good(&summary);
    for (title, why) in &summary.skipped {
        // Over TCP the other case mapping is played.
        assert!(why.contains("CASEMAPPING=rfc1459"), "skipped: {title}: {why}");
    }
}

#[test]
fn every_scenario_passes_over_tcp_against_the_program() {
    play_over_tcp(1);
}

#[test]
fn every_scenario_passes_when_each_client_is_on_another_shard() {
    play_over_tcp(3);
}

#[track_caller]
fn play_over_tcp(shards: usize) {
    let server = format!("motd = \"{MOTD}\"\nshards = {shards}\ncasemapping = \"rfc1459\"");
    let program = Program::start(&[], &format!("[server]\n{server}\n{}", operators()));
    let mut tcp = Tcp::new(program.address);
    let mut player = Player::new(&mut tcp).named("pipewright");
    let scenarios = scenario::load(&scenario::shipped()).expect("the scenarios can be read");
    let summary = suite::play(&mut player, &scenarios, |_| {});
    assert_good(&summary);
    for (title, why) in &summary.skipped {
        assert_eq!(why, "needs virtual time", "skipped: {title}");
    }
}

#[test]
#[ignore = "needs ngircd (Debian package)"]
fn an_independent_server_differs_only_where_we_know_it_does() {
    let summary = differential::run(|line| println!("{line}")).expect("ngIRCd is installed");
    assert_good(&summary);
}

#[track_caller]
fn assert_good(summary: &Summary) {
    assert!(summary.is_good(), "{}\n{}", summary.in_short(), summary.failed.join("\n"));
    assert!(summary.passed > 0, "nothing was played");
}
