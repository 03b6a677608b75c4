//! Certificates in files: by name, and read again.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use conformance::transport::{Tls, Transport};

use crate::client::{Client, PATIENCE};
use crate::server;

/// Writes a certificate for the name, with its key, and gives it as DER.
fn make(folder: &Path, name: &str) -> Vec<u8> {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let key = made.signing_key.serialize_pem();
    // The key first: what is half there is no reason for a complaint that would hide a real one.
    fs::write(folder.join(format!("{name}.key")), key).unwrap();
    fs::write(folder.join(format!("{name}.pem")), made.cert.pem()).unwrap();
    made.cert.der().to_vec()
}

fn table(folder: &Path, name: &str) -> String {
    let path = folder.join(name);
    let path = path.display();
    format!("[[certificate]]\nchain = \"{path}.pem\"\nkey = \"{path}.key\"\n")
}

fn shows(address: SocketAddr, name: &str, shown: &[u8]) -> bool {
    let tls = Tls { name: name.into(), shown: Some(shown.to_vec()), ..Tls::default() };
    Transport { tls: Some(tls), websocket: false }.connect(address, PATIENCE).is_ok()
}

fn until(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < PATIENCE, "{what}");
        std::thread::yield_now();
    }
}

#[test]
fn a_client_is_shown_the_certificate_for_the_name_that_it_asks_for() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (make(folder.path(), "one.example"), make(folder.path(), "other.example"));
    let tables = table(folder.path(), "one.example") + &table(folder.path(), "other.example");
    let server = server("tls = true", &tables);
    let address = server.addresses[1];
    assert!(shows(address, "one.example", &one) && shows(address, "other.example", &other));
    assert!(!shows(address, "one.example", &other));
    assert!(shows(address, "third.example", &one), "the first is for all other names");
}

#[test]
fn certificates_are_read_again_when_their_files_change_and_no_one_is_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let name = "one.example";
    make(folder.path(), name);
    let server = server("tls = true", &table(folder.path(), name));
    let address = server.addresses[1];
    let mut ann = Client::tls(Tls::default(), address).registered("ann");
    let renewed = make(folder.path(), name);
    until("the new certificate is shown", || shows(address, name, &renewed));
    fs::write(folder.path().join("one.example.pem"), "nothing of use").unwrap();
    let says_why = || server.log().contains("there is no certificate in it");
    until("the log says what is wrong", says_why);
    assert!(shows(address, name, &renewed), "a bad file changes nothing");
    let last = make(folder.path(), name);
    let pid = server.child.id().to_string();
    assert!(Command::new("sh").args(["-c", "kill -HUP \"$0\"", &pid]).status().unwrap().success());
    until("SIGHUP has them read too", || shows(address, name, &last));
    assert!(ann.catches_up().is_empty());
}

#[test]
fn clients_are_told_to_use_tls_where_the_configuration_says_so() {
    let folder = tempfile::tempdir().unwrap();
    make(folder.path(), "one.example");
    let certificate = table(folder.path(), "one.example");
    let server = server("tls = true", &certificate);
    let none = Client::plain(server.address).asks("CAP LS 302").concat();
    assert!(none.contains(" LS ") && !none.contains("sts="), "{none}");
    drop(server);
    let config = format!("sts = \"24h\"\nsts_port = 6697\n{certificate}");
    let listen = "[[listen]]\naddress = \"127.0.0.1:0\"\ntls = true\n";
    let server = crate::Program::start(&[], &format!("[tls]\n{config}{listen}"));
    let plain = Client::plain(server.address).asks("CAP LS 302").concat();
    assert!(plain.contains("sts=port=6697"), "{plain}");
    let secure = Client::tls(Tls::default(), server.addresses[1]).asks("CAP LS 302").concat();
    assert!(secure.contains("sts=duration=86400") && !secure.contains("port="), "{secure}");
    let old = Client::plain(server.address).asks("CAP LS").concat();
    assert!(!old.contains("sts"), "{old}");
}
