//! Where it listens, and where it will not.

use std::{
    fs,
    io::BufReader,
    process::{Command, Output, Stdio},
};

use crate::support::program::{Program, announced, without_configuration};
use pipewright::config;

/// What the program says when it cannot start with this configuration.
fn refused(config: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("pipewright.toml");
    fs::write(&file, config).expect("a configuration");
    let mut command = Command::new("timeout");
    command.args(["10", env!("CARGO_BIN_EXE_pipewright"), "--config"]).arg(&file);
    without_configuration(&mut command);
    let Output { status, stderr, .. } = command.output().expect("the program starts");
    assert_eq!(status.code(), Some(1));
    String::from_utf8(stderr).expect("text")
}

#[test]
fn without_configuration_it_listens_on_both_loopback_addresses_alone() {
    let config = config::load(None, [("HOME", "")]).expect("the defaults are fine");
    let addresses: Vec<_> = config.listen.iter().map(|listen| listen.address.to_string()).collect();
    let expected = ["127.0.0.1:6667", "[::1]:6667", "127.0.0.1:6697", "[::1]:6697"];
    assert_eq!(addresses, expected);
}

#[test]
fn without_a_file_the_environment_says_where_it_listens() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pipewright"));
    without_configuration(&mut command);
    let mut child = command
        .env("PIPEWRIGHT_LISTEN__ADDRESS", "[::1]:0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the server starts");
    let addresses = announced(&mut BufReader::new(child.stdout.take().expect("piped")));
    child.kill().expect("it runs");
    child.wait().expect("our child");
    let address = addresses.first().expect("it says where it listens");
    assert!(address.ip().is_loopback() && address.is_ipv6() && address.port() != 0, "{address}");
}

#[test]
fn plaintext_on_a_public_address_must_be_allowed_first() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:6667"] {
        let why = refused(&format!("[[listen]]\naddress = \"{address}\"\n"));
        assert!(why.contains("plaintext_public = true"), "{why}");
        assert!(why.contains(address), "{why}");
    }
}

#[test]
fn a_second_server_on_the_same_port_says_what_is_wrong() {
    let server = Program::start(&[], "");
    let why = refused(&format!("[[listen]]\naddress = \"{}\"\n", server.address));
    let expected = format!("cannot listen on {}", server.address);
    assert!(why.contains(&expected) && why.contains("another server"), "{why}");
}
