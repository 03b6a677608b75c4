//! The lines that the server prints at its start, and that README shows, typed as they stand.

use std::{fs, path::Path};

use crate::{
    POND,
    person::{Person, STATUS},
    support::program::Program,
};

/// A server with a listener for plaintext and one for TLS.
fn server() -> Program {
    let listen = "[[listen]]\naddress = \"127.0.0.1:0\"\ntls = true\n";
    Program::start(&[], &format!("[tls]\nfolder = \".\"\n{listen}"))
}

/// The lines for each client at the listener, in the order of the announcement.
fn lines<'b>(banner: &'b str, address: &str) -> Vec<&'b str> {
    let block = banner.lines().skip_while(|line| line.trim() != address).skip(1);
    let lines = block.take_while(|line| line.starts_with("    "));
    lines.map(|line| &line["    irssi:   ".len()..]).collect()
}

#[test]
#[ignore = "needs irssi, weechat-headless and tmux (Debian packages)"]
fn the_lines_that_are_printed_at_the_start_connect_as_they_stand() {
    let server = server();
    let names = [["alice", "bob"], ["carol", "dave"]];
    for (address, [by_irssi, by_weechat]) in server.addresses.iter().zip(names) {
        let [irssi, add, connect] = lines(&server.banner, &address.to_string())[..] else {
            panic!("three lines for {address}\n{}", server.banner)
        };
        let mut one = Person::typing_to_irssi(by_irssi, irssi);
        let mut other = Person::typing_to_weechat(by_weechat, "pw", &[add, connect]);
        one.enters(STATUS, "/join #pond");
        one.sees(POND, &format!("{by_irssi} [*] has joined"));
        other.enters(STATUS, "/join #pond");
        other.sees(POND, &format!("{by_weechat} (*) has joined"));
        one.sees(POND, &format!("{by_weechat} [*] has joined"));
        other.quits("");
        one.quits("");
    }
}

#[test]
fn readme_shows_what_is_printed() {
    let server = server();
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(readme).expect("README.md");
    let shown = readme.split("```text\n").nth(1).and_then(|rest| rest.split("```").next());
    let shown = shown.expect("what is printed");
    let after = |text: &str| {
        let at = text.find("certificate is\n").expect("a fingerprint") + "certificate is\n".len();
        text[at..].lines().next().expect("a line").trim().to_owned()
    };
    let ports = server.addresses.iter().map(|address| address.port().to_string());
    let mut expected = server.banner.replace(&after(&server.banner), &after(shown));
    for (port, usual) in ports.zip(["6667", "6697"]) {
        // Not where the same digits stand in a fingerprint.
        for before in [':', '/', ' '] {
            expected = expected.replace(&format!("{before}{port}"), &format!("{before}{usual}"));
        }
    }
    // README has the default listeners, of which two are at ::1.
    let is_v6 = |line: &&str| line.contains("::1");
    let shown: Vec<_> = shown.lines().filter(|line| !is_v6(line)).collect();
    let mut seen = shown.clone();
    // What belongs to ::1 and does not name it.
    seen.dedup();
    assert_eq!(seen, expected.lines().collect::<Vec<_>>());
}
