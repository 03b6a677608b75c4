//! Listeners, certificates and gateways.

use std::fs;

use pipewright::config::{Address, load};
use pipewright::state::Sts;

use crate::{HASH, fault, fine, said};

fn listen(address: &str, rest: &str) -> String {
    format!("[[listen]]\naddress = \"{address}\"\n{rest}\n")
}

#[test]
fn a_listener_is_what_its_table_says() {
    let text = listen("0.0.0.0:6697", "tls = true\nsendq = \"64KiB\"\nrecvq = \"4KiB\"")
        + &listen("./irc.sock", "mode = \"0660\"\nproxy = [\"::1\"]")
        + &listen("127.0.0.1:1", "websocket = true\norigins = [\"https://a.example\"]");
    let config = fine(&text);
    let [tls, unix, web] = config.listen.as_slice() else { panic!("three listeners") };
    assert!(tls.tls && tls.websocket.is_none());
    assert_eq!((tls.limits.sendq, tls.limits.recvq), (Some(64 << 10), Some(4 << 10)));
    assert!(matches!(&unix.address, Address::Path(path) if path.ends_with("irc.sock")));
    assert_eq!(unix.mode, 0o660);
    assert_eq!(unix.proxy.len(), 1);
    let origins = web.websocket.as_ref().map(|origins| origins.0.clone());
    assert_eq!(origins, Some(vec!["https://a.example".into()]));
}

#[test]
fn what_a_listener_has_no_use_for_is_refused() {
    let (line, key, _) = fault(&listen("127.0.0.1:1", "mode = \"0660\""));
    assert_eq!((line, key.as_str()), (3, "listen.mode"));
    let (_, key, said) = fault(&listen("127.0.0.1:1", "origins = [\"*\"]"));
    assert_eq!(key, "listen.origins");
    assert!(said.contains("websocket = true"), "{said}");
    let twice = listen("/run/irc.sock", "") + &listen("/run/irc.sock", "");
    assert!(fault(&twice).2.contains("is taken by"));
}

#[test]
fn a_certificate_is_read_with_its_key_before_anything_listens() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipewright.toml");
    let made = |name: &str| {
        let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
        fs::write(folder.path().join(format!("{name}.pem")), made.cert.pem()).unwrap();
        let key = made.signing_key.serialize_pem();
        fs::write(folder.path().join(format!("{name}.key")), key).unwrap();
    };
    made("a");
    made("b");
    let load = |chain: &str, key: &str, rest: &str| {
        let text = format!("[[certificate]]\nchain = \"{chain}\"\nkey = \"{key}\"\n{rest}");
        fs::write(&path, text).unwrap();
        load(Some(&path), [("", ""); 0])
    };
    let one = |chain, key| {
        let faults = load(chain, key, "").unwrap_err();
        assert_eq!(faults.len(), 1);
        said(&faults[0])
    };
    assert_eq!(load("a.pem", "a.key", "").unwrap().tls.certificates.len(), 1);
    assert!(one("a.pem", "b.key").starts_with("pipewright.toml:3: certificate.key: "));
    assert!(one("c.pem", "a.key").starts_with("pipewright.toml:2: certificate.chain: "));
    assert!(one("a.key", "a.key").contains("there is no certificate in it"));
    assert!(one("a.pem", "a.pem").contains("there is no private key in it"));
    let sts = load("a.pem", "a.key", "[tls]\nsts = \"24h\"").unwrap().settings.sts;
    assert_eq!(sts, Some(Sts { port: 6697, duration: 86_400 }));
}

#[test]
fn sts_needs_a_certificate_that_clients_may_trust() {
    let (line, key, said) = fault("[tls]\nsts = \"24h\"");
    assert_eq!((line, key.as_str()), (2, "tls.sts"));
    assert!(said.contains("[[certificate]]"), "{said}");
}

#[test]
fn a_gateway_has_an_address_and_a_password_or_certificate() {
    let gateway = |rest: &str| format!("[[webirc]]\nname = \"web\"\n{rest}");
    let from = "from = [\"10.0.0.0/8\"]\n";
    let password = format!("password_hash = \"{HASH}\"\n");
    let config = fine(&gateway(&format!("{from}{password}")));
    assert!(config.settings.webirc[0].is_at("10.1.2.3".parse().unwrap()));
    assert!(fault(&gateway(from)).2.contains("add password_hash or certificate"));
    assert_eq!(fault(&gateway(&format!("from = []\n{password}"))).1, "webirc.from");
    assert_eq!(fault(&gateway(&format!("from = [\"web\"]\n{password}"))).1, "webirc.from");
}
