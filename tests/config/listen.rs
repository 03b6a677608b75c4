//! Listeners, certificates and gateways.

use std::fs;

use crate::{HASH, fault, fine, said};
use pipewright::config::{Address, load};
use pipewright::core::Sts;

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
    let sts = load("a.pem", "a.key", "[tls]\nsts = \"24h\"").unwrap().settings.machine.sts;
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
    assert!(config.settings.machine.webirc[0].is_at("10.1.2.3".parse().unwrap()));
    assert!(fault(&gateway(from)).2.contains("add password_hash or certificate"));
    assert_eq!(fault(&gateway(&format!("from = []\n{password}"))).1, "webirc.from");
    assert_eq!(fault(&gateway(&format!("from = [\"web\"]\n{password}"))).1, "webirc.from");
}

/// A certificate of X.509 version 1, good until 2126, and its key.
const VERSION_1: [&str; 2] = [
    "\
-----BEGIN CERTIFICATE-----
MIIBMTCB1wIUeB/FK5fjTi1HwEUZxn9M9xvS8wcwCgYIKoZIzj0EAwIwGjEYMBYG
A1UEAwwPaXJjLmV4YW1wbGUub3JnMCAXDTI2MTEyOTAyNDQxNloYDzIxMjYxMTA1
MDI0NDE2WjAaMRgwFgYDVQQDDA9pcmMuZXhhbXBsZS5vcmcwWTATBgcqhkjOPQIB
BggqhkjOPQMBBwNCAARdZyOz+KdLZ+HhSmNfDKv9TnoIgU78C2/JdCeKrQJCS4Vr
URcKAhINHgmVq1Z9FtE62fzbEh0wWP8eKET2qJ8GMAoGCCqGSM49BAMCA0kAMEYC
IQCDTd/Rybal1NJXT/kHR8GWO8vwguhXA9kDSxa1bj1sVAIhAI+jm21u3e1fbAfy
M9YV0SCOBm0wCzpVglU7QbF2btvt
-----END CERTIFICATE-----",
    "\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQghHgnUMZhTvMjHND8
STv2Mk62iCI663vNFAUnVMIBe5ChRANCAARdZyOz+KdLZ+HhSmNfDKv9TnoIgU78
C2/JdCeKrQJCS4VrURcKAhINHgmVq1Z9FtE62fzbEh0wWP8eKET2qJ8G
-----END PRIVATE KEY-----",
];

#[test]
fn what_is_wrong_with_a_certificate_is_told_in_plain_words_with_the_file_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipewright.toml");
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let made = |name: &str| {
        let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
        (made.cert.pem(), made.signing_key.serialize_pem(), made.cert.der().to_vec())
    };
    let ((a, a_key, a_der), (b, b_key, _)) = (made("a"), made("b"));
    write("a.pem", &a);
    write("a.key", &a_key);
    write("b.key", &b_key);
    write("wrong-order.pem", &format!("{b}{a}"));
    write("old.pem", VERSION_1[0]);
    write("old.key", VERSION_1[1]);
    write("empty", "");
    write("locked.key", &a_key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"));
    write("locked-old.key", "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n");
    write("broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    fs::write(folder.path().join("a.der"), a_der).unwrap();
    for (chain, key, at, words) in [
        ("old.pem", "old.key", "chain", ["old.pem: ", "is not of X.509 version 3", "make another"]),
        ("a.pem", "b.key", "key", ["b.key: ", "is not the key of the certificate in", "a.pem"]),
        ("wrong-order.pem", "a.key", "chain", ["wrong-order.pem: ", "must come first", "number 2"]),
        ("empty", "a.key", "chain", ["empty: ", "no certificate in it", "BEGIN CERTIFICATE"]),
        ("a.pem", "empty", "key", ["empty: ", "no private key in it", "BEGIN PRIVATE KEY"]),
        ("a.key", "a.pem", "chain", ["a.key: ", "there is a key", "wrong way round"]),
        ("a.pem", "a.pem", "key", ["a.pem: ", "there is a certificate", "wrong way round"]),
        ("a.pem", "locked.key", "key", ["locked.key: ", "is encrypted", "openssl pkey"]),
        ("a.pem", "locked-old.key", "key", ["locked-old.key: ", "is encrypted", "openssl pkey"]),
        ("a.der", "a.key", "chain", ["a.der: ", "as DER", "openssl x509 -inform der"]),
        ("broken.pem", "a.key", "chain", ["broken.pem: ", "certificate 1", "cannot be read"]),
    ] {
        fs::write(&path, format!("[[certificate]]\nchain = \"{chain}\"\nkey = \"{key}\"")).unwrap();
        let faults = load(Some(&path), [("", ""); 0]).expect_err(chain);
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert_eq!(faults[0].key, format!("certificate.{at}"), "{faults:?}");
        let told = faults[0].to_string();
        for part in words {
            assert!(told.contains(part), "{part:?} is not in {told}");
        }
        assert!(!told.contains("Error"), "{told}");
    }
}

#[test]
fn what_clients_will_not_like_is_a_warning_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipewright.toml");
    let write = |name: &str, [begins, ends]: [i64; 2]| {
        let mut params = rcgen::CertificateParams::new([name.to_owned()]).unwrap();
        let now = time::OffsetDateTime::now_utc();
        params.not_before = now + time::Duration::days(begins);
        params.not_after = now + time::Duration::days(ends);
        let key = rcgen::KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem() + &key.serialize_pem();
        fs::write(folder.path().join("c.pem"), pem).unwrap();
    };
    let warned = |rest: &str| {
        let text = "[server]\nname = \"irc.example.org\"\n[[certificate]]\nchain = \"c.pem\"\nkey = \"c.pem\"\n";
        fs::write(&path, format!("{text}{rest}")).unwrap();
        let warnings = load(Some(&path), [("", ""); 0]).expect("no faults").warnings;
        warnings.iter().map(said).collect::<Vec<_>>()
    };
    write("irc.example.org", [-1, 90]);
    assert_eq!(warned(""), [""; 0]);
    for (days, words) in [
        ([-9, -1], "has expired on 20"),
        ([-9, 9], "expires on 20"),
        ([1, 90], "is not valid before 20"),
    ] {
        write("irc.example.org", days);
        let warnings = warned("");
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(
            warnings[0].starts_with("pipewright.toml:4: warning: certificate.chain: "),
            "{warnings:?}"
        );
        assert!(warnings[0].contains(words), "{warnings:?}");
    }
    write("other.example.org", [-1, 90]);
    assert!(warned("")[0].contains("is not for irc.example.org"), "{:?}", warned(""));
    write("irc.example.org", [-1, 90]);
    let listen = "[[listen]]\naddress = \"127.0.0.1:7000\"\n[[listen]]\naddress = \"127.0.0.1:7001\"\ntls = true\n";
    let sts = |port: u16| format!("[tls]\nsts = \"1d\"\nsts_port = {port}\n{listen}");
    assert_eq!(warned(&sts(7001)), [""; 0]);
    assert!(warned(&sts(7002))[0].contains("no [[listen]] is at port 7002"));
    fs::write(&path, fs::read_to_string(&path).unwrap().replace("7002", "7000")).unwrap();
    let faults = load(Some(&path), [("", ""); 0]).unwrap_err();
    assert_eq!(faults[0].key, "tls.sts_port");
    assert!(faults[0].to_string().contains("is not for clients with TLS"), "{faults:?}");
    let store = warned("[store]\npath = \"none/here.db\"\n");
    assert!(
        store[0].contains("warning: store.path: the folder ")
            && store[0].contains("none is not there")
    );
}

#[test]
fn a_file_that_is_no_store_is_found_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let (path, notes) = (folder.path().join("pipewright.toml"), folder.path().join("notes.txt"));
    fs::write(&path, "[store]\npath = \"notes.txt\"\n").unwrap();
    fs::write(&notes, "not to be lost\n").unwrap();
    let faults = load(Some(&path), [("", ""); 0]).unwrap_err();
    assert!(faults[0].to_string().contains("notes.txt is no store of Pipewright"), "{faults:?}");
    for empty_or_store in ["", "SQLite format 3\0 and so on"] {
        fs::write(&notes, empty_or_store).unwrap();
        assert!(load(Some(&path), [("", ""); 0]).is_ok(), "{empty_or_store:?}");
    }
}
