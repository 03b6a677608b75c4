//! The dialogues of `conformance/scenarios`, in each form that the project can be played in.

#![allow(clippy::indexing_slicing, reason = "a test fails by a panic")]

use std::fs;

mod in_process;
#[path = "../support/mod.rs"]
mod support;

use conformance::player::Player;
use conformance::scenario::Scenario;
use conformance::suite::{self, Summary};
use conformance::tcp::Tcp;
use conformance::transport::{Tls, Transport};
use conformance::{differential, report, scenario};

use in_process::InProcess;
use support::program::Program;

/// The message of the day, which the scenarios ask for.
const MOTD: &str = "Welcome to the test.";

/// Who runs it; the part in between is left out.
const ADMIN: &str = "location = \"Where the test is\"\nemail = \"test@localhost\"";

use pipewright::command::TABLE;
use pipewright::config;
use pipewright::core::modes::{CHANNEL_MODES, USER_MODES};
use pipewright::core::server::operators::PRIVILEGE_NAMES;
use pipewright::core::{Admin, Settings};
use pipewright::proto::caps::CAPS;
use pipewright::proto::names::Casemap;

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
        webirc(),
        operator("dave", "none", "masks = [\"dave!*@127.0.0.1\"]"),
    ]
    .concat()
}

/// A gateway, at the address from which all clients of the scenarios come.
fn webirc() -> String {
    let hash = config::hash_password(b"webpass").expect("a hash");
    format!("[[webirc]]\nname = \"webchat\"\nfrom = [\"127.0.0.1\"]\npassword_hash = \"{hash}\"\n")
}

#[test]
fn every_scenario_passes_in_process_with_virtual_time() {
    let scenarios = shipped();
    let needs_tls = |why: &str| why == "needs TLS";
    assert_good(&play_in_process(&scenarios, Casemap::Rfc1459), needs_tls);
    // Names are compared otherwise by default.
    let needs_the_other = |why: &str| needs_tls(why) || why.contains("CASEMAPPING=rfc1459");
    assert_good(&play_in_process(&scenarios, Casemap::Ascii), needs_the_other);
}

fn shipped() -> Vec<Scenario> {
    scenario::load(&scenario::shipped()).expect("the scenarios can be read")
}

fn play_in_process(scenarios: &[Scenario], casemap: Casemap) -> Summary {
    let file = tempfile::NamedTempFile::new().expect("a file");
    fs::write(file.path(), operators()).expect("a configuration");
    let config = config::load(Some(file.path()), [("", ""); 0]).expect("it is fine");
    let location = Some("Where the test is".into());
    let admin = Admin { location, email: Some("test@localhost".into()), ..Admin::default() };
    let motd = vec![MOTD.to_owned()];
    let Settings { mut network, mut machine } = config.settings;
    network.casemap = casemap;
    (machine.motd, machine.admin) = (motd, admin);
    machine.limits.flood_rate = 0;
    let mut core = InProcess::new(Settings { network, machine });
    let mut player = Player::new(&mut core).named("pipewright");
    suite::play(&mut player, scenarios, |_| {})
}

#[test]
fn every_scenario_passes_over_tcp_against_the_program() {
    play_over_tcp(1);
}

#[test]
fn every_scenario_passes_by_tls() {
    play_by(Transport { tls: Some(Tls::default()), websocket: false }, 2);
}

#[test]
fn every_scenario_passes_by_websocket() {
    play_by(Transport { tls: None, websocket: true }, 1);
}

#[test]
fn every_scenario_passes_by_websocket_and_tls() {
    play_by(Transport { tls: Some(Tls::default()), websocket: true }, 1);
}

#[test]
fn every_scenario_passes_when_each_client_is_on_another_shard() {
    play_over_tcp(3);
}

#[track_caller]
fn play_over_tcp(shards: usize) {
    play_by(Transport::default(), shards);
}

#[track_caller]
fn play_by(transport: Transport, shards: usize) {
    let (tls, websocket) = (transport.tls.is_some(), transport.websocket);
    let listen = format!(
        "[tls]\nfolder = \".\"\n\
         [[listen]]\naddress = \"127.0.0.1:0\"\ntls = {tls}\nwebsocket = {websocket}\n"
    );
    let server = format!(
        "motd = \"{MOTD}\"\nshards = {shards}\ncasemapping = \"rfc1459\"\n[limits]\nconnections_per_shard = 1"
    );
    let config = format!("[server]\n{server}\n[admin]\n{ADMIN}\n{}{listen}", operators());
    let program = Program::start(&[], &config);
    let is_plain = !tls && !websocket;
    let address = if is_plain { program.address } else { program.addresses[1] };
    let mut tcp = Tcp::new(address).by(transport);
    let mut player = Player::new(&mut tcp).named("pipewright");
    let summary = suite::play(&mut player, &shipped(), |_| {});
    let other = if tls { "needs plaintext" } else { "needs TLS" };
    assert_good(&summary, |why| why == "needs virtual time" || why == other);
}

#[test]
fn every_capability_is_asked_for_and_given_back_in_the_middle_of_a_session() {
    let scenarios = shipped();
    let asked: Vec<_> = scenarios
        .iter()
        .flat_map(|scenario| &scenario.steps)
        .filter_map(|step| step.written.split_once("CAP REQ :"))
        .flat_map(|(_, names)| names.split(' '))
        .collect();
    for cap in CAPS {
        assert!(asked.contains(&cap.name), "no scenario has {}", cap.name);
        let back = format!("-{}", cap.name);
        assert!(asked.contains(&&*back), "no scenario gives {} back", cap.name);
    }
}

#[test]
fn every_command_and_every_mode_has_a_scenario() {
    let scenarios = shipped();
    for spec in TABLE {
        let covers = |scenario: &Scenario| scenario.commands.iter().any(|verb| verb == spec.verb);
        assert!(scenarios.iter().any(covers), "no scenario covers {}", spec.verb);
    }
    let lines: Vec<_> =
        scenarios.iter().flat_map(|scenario| &scenario.steps).map(|step| &step.written).collect();
    let sent = |target: fn(&str) -> bool, letter: u8| {
        lines.iter().filter_map(|line| line.split_once(" MODE ")).any(|(_, rest)| {
            let mut words = rest.split(' ');
            let named = words.next().is_some_and(target);
            let letters = words.next().unwrap_or_default();
            named && letters.bytes().any(|one| one == letter)
        })
    };
    for mode in CHANNEL_MODES {
        let letter = char::from(mode.letter);
        assert!(
            sent(|word| word.starts_with('#'), mode.letter),
            "no scenario sets channel +{letter}"
        );
    }
    for mode in USER_MODES {
        let letter = char::from(mode.letter);
        assert!(
            sent(|word| !word.starts_with('#'), mode.letter),
            "no scenario sets user +{letter}"
        );
    }
}

#[test]
#[ignore = "needs ngircd (Debian package)"]
fn an_independent_server_differs_only_where_we_know_it_does() {
    let theirs = differential::run(|line| println!("{line}")).expect("ngIRCd is installed");
    assert_good(&theirs, |_| true);
    let scenarios = shipped();
    let ours = play_in_process(&scenarios, Casemap::Rfc1459);
    let columns = [("Pipewright", &*ours.verdicts), ("ngIRCd", &*theirs.verdicts)];
    let page = CONFORMANCE.to_owned() + &report::tables(&scenarios, &columns);
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/conformance.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(file, &page).expect("docs can be written");
    }
    let there = std::fs::read_to_string(file).unwrap_or_default();
    assert!(there == page, "docs/conformance.md is not what the run gives: set UPDATE_DOCS=1");
}

/// What stands above the tables.
const CONFORMANCE: &str = "\
# Conformance

Made by `UPDATE_DOCS=1 cargo test --test scenarios -- --include-ignored`, which plays the dialogues
of `conformance/scenarios` against Pipewright in process and against ngIRCd 26.1 over TCP, and
fails when this page is not what they give. A scenario counts for every command that it covers.
\"Not supported\" is what a server does not announce, and what is another server's own choice. Where
ngIRCd fails, [known-differences.md](../conformance/known-differences.md) says what it does
instead.

";

#[track_caller]
fn assert_good(summary: &Summary, may_skip: impl Fn(&str) -> bool) {
    assert!(summary.is_good(), "{}\n{}", summary.in_short(), summary.failed.join("\n"));
    assert!(summary.passed > 0, "nothing was played");
    for (title, why) in &summary.skipped {
        assert!(may_skip(why), "skipped: {title}: {why}");
    }
}
