//! TLS: who is known by it, and what goes wrong.

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use conformance::transport::Tls;
use ring::digest::{SHA256, digest};

use crate::client::{Client, PATIENCE, rest, told};
use crate::{beside_a_chat, server};

const TLS: &str = "tls = true";

/// What a client by TLS sends first, as far as anybody reads it who does not speak TLS.
const HELLO: &[u8] = &[22, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3, 7, 7, 7, 7];

#[test]
fn plaintext_to_the_tls_port_is_told_so_within_a_second() {
    let server = server(TLS, "");
    let (text, time) = told(server.addresses[1], b"CAP LS 302\r\nNICK ann\r\n");
    assert!(text.starts_with("ERROR :") && text.contains("turn TLS on"), "{text}");
    assert!(text.ends_with("\r\n") && time < Duration::from_secs(2), "{time:?}");
}

#[test]
fn tls_to_the_plaintext_port_is_told_so_within_a_second() {
    let server = server(TLS, "");
    let (text, time) = told(server.address, HELLO);
    assert!(text.starts_with("ERROR :") && text.contains("turn TLS off"), "{text}");
    assert!(time < Duration::from_secs(2), "{time:?}");
}

#[test]
fn a_handshake_that_stalls_is_ended_in_time_and_costs_no_one_else() {
    let server = server(TLS, "[limits]\nregistration = \"1s\"");
    beside_a_chat(&server, || {
        let mut stalled: Vec<_> = (0..100)
            .map(|count| {
                let mut stream = TcpStream::connect(server.addresses[1]).unwrap();
                stream.set_read_timeout(Some(PATIENCE)).unwrap();
                stream.write_all(&HELLO[..count % HELLO.len()]).unwrap();
                stream
            })
            .collect();
        Client::tls(Tls::default(), server.addresses[1]).registered("carol");
        for stream in &mut stalled {
            assert_eq!(rest(stream), "");
        }
    });
}

#[test]
fn what_is_no_handshake_is_ended_and_costs_no_one_else() {
    let server = server(TLS, "");
    beside_a_chat(&server, || {
        for garbage in [&[22; 64][..], &[22, 3, 3, 255, 255, 1], &[22, 3, 3, 0, 4, 9, 9, 9, 9]] {
            let mut stream = TcpStream::connect(server.addresses[1]).unwrap();
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            stream.write_all(garbage).unwrap();
            stream.shutdown(std::net::Shutdown::Write).unwrap();
            // An alert, if anything.
            assert!(rest(&mut stream).len() < 16);
        }
    });
}

#[test]
fn a_client_is_known_by_its_certificate_and_an_operator_needs_no_password_with_it() {
    let made = rcgen::generate_simple_self_signed(["ann".to_owned()]).unwrap();
    let digits = digest(&SHA256, made.cert.der());
    let print: String = digits.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let config = format!(
        "[[operator_class]]\nname = \"some\"\n[[operator]]\nname = \"boss\"\nclass = \"some\"\n\
         certificate = \"{}\"\n",
        print.to_uppercase()
    );
    let server = server(TLS, &config);
    let pem = made.cert.pem() + &made.signing_key.serialize_pem();
    let shows = Tls { certificate: Some(pem), ..Tls::default() };
    let mut ann = Client::tls(shows, server.addresses[1]).registered("ann");
    let mut bob = Client::tls(Tls::default(), server.addresses[1]).registered("bob");
    let has = |lines: &[String], part: &str| lines.iter().any(|line| line.contains(part));
    let told = format!(" 276 ann ann :has client certificate fingerprint {print}");
    assert!(has(&ann.asks("WHOIS ann"), &told));
    let seen = bob.asks("WHOIS ann");
    assert!(has(&seen, " 671 bob ann ") && !has(&seen, " 276 "), "{seen:?}");
    assert!(has(&bob.asks("OPER boss"), " 461 bob OPER "));
    assert!(has(&bob.asks("OPER boss guess"), " 464 bob "));
    assert!(has(&ann.asks("OPER boss"), " 381 ann "));
    assert!(has(&ann.asks("WHOIS ann"), " 276 ann ann "));
}

#[test]
fn what_a_slow_reader_is_told_by_tls_arrives_in_the_end() {
    let server = server(TLS, "");
    let mut ann = Client::tls(Tls::default(), server.addresses[1]).registered("ann");
    // Far more than the network takes at once.
    for _ in 0..40 {
        ann.sends(&["HELP"; 5].join("\r\n"));
    }
    let ends = ann.catches_up().iter().filter(|line| line.contains(" 706 ")).count();
    assert_eq!(ends, 200);
}

#[test]
fn an_idle_connection_by_tls_costs_at_most_24_kib() {
    const COUNT: u64 = 200;
    let server = server(TLS, "");
    let resident = || {
        let status = format!("/proc/{}/status", server.child.id());
        let status = std::fs::read_to_string(status).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().strip_suffix(" kB").unwrap().trim().parse::<u64>().unwrap()
    };
    let come = |from: u64| {
        let come = |number| {
            let nick = format!("idle{number}");
            Client::tls(Tls::default(), server.addresses[1]).registered(&nick)
        };
        (from..from + COUNT).map(come).collect::<Vec<_>>()
    };
    // What is made once, and what the allocator keeps for the next.
    let _first = come(0);
    let before = resident();
    let _more = come(COUNT);
    let each = resident().saturating_sub(before) * 1024 / COUNT;
    println!("{each} bytes for each");
    assert!(each <= 24 << 10, "{each} bytes for each");
}

#[test]
fn a_listener_has_its_own_limits() {
    let server = server("tls = true\nconnections = 1\nrecvq = \"512B\"\nsendq = \"16KiB\"", "");
    let mut ann = Client::tls(Tls::default(), server.addresses[1]).registered("ann");
    let rejected = TcpStream::connect(server.addresses[1]).unwrap();
    rejected.set_read_timeout(Some(PATIENCE)).unwrap();
    assert_eq!(rest(&mut &rejected), "");
    Client::plain(server.address).registered("bob");
    // It is read in small pieces, and no answer is longer than its queue allows.
    let many: Vec<_> = (0..200).map(|number| format!("PING {number}")).collect();
    assert_eq!(ann.asks(&many.join("\r\n")).len(), 200);
}
