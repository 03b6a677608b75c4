//! Who may come in, and how often a password may be guessed.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use super::origins::operator;
use super::{NOW, Server};
use pipewright::command::{Job, JobResult};
use pipewright::core::{Ban, BanKind, BanMask, Origin, Settings, Webirc};
use pipewright::proto::names::{Casemap, Cidr, ConnId};
use pipewright::proto::time::Now;

const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

fn opens(server: &mut Server, now: Now) -> String {
    let conn = server.shard.open(now, ADDRESS);
    while server.end_tick() {}
    let heard = server.hears(conn);
    server.shard.close(now, conn);
    heard
}

fn at(ms: u64) -> Now {
    Now { monotonic: ms, unix: NOW.unix + ms }
}

#[test]
fn an_address_with_a_dline_is_told_why_before_it_says_anything() {
    let mut server = Server::start(|_| {});
    let mask = BanMask::parse(BanKind::Dline, b"192.0.2.0/24", Casemap::Ascii, 99).expect("one");
    let ends = Some(NOW.moment().seconds() + 60);
    server.network.bans.add(Arc::new(Ban {
        kind: BanKind::Dline,
        mask,
        reason: b"open proxy".as_slice().into(),
        oper_reason: b"seen".as_slice().into(),
        set_by: "oper".into(),
        set_at: 0,
        ends,
    }));
    let refused = "ERROR :Closing Link: 192.0.2.1 (Banned: open proxy)\r\n";
    assert_eq!(opens(&mut server, at(59_000)), refused);
    assert_eq!(opens(&mut server, at(60_000)), "");
}

#[test]
fn an_address_that_comes_too_fast_is_told_so_and_may_come_later() {
    let mut server = Server::start(|settings| {
        settings.machine.limits.connect_burst = 2;
        settings.machine.limits.connect_rate = 6;
    });
    let refused = "ERROR :Closing Link: 192.0.2.1 (Connecting too fast, try again later)\r\n";
    assert_eq!(opens(&mut server, at(0)), "");
    assert_eq!(opens(&mut server, at(0)), "");
    assert_eq!(opens(&mut server, at(9_999)), refused);
    assert_eq!(opens(&mut server, at(10_000)), "");
}

/// Gives a wrong password to a new connection of the address; what it hears.
fn guesses(server: &mut Server, now: Now) -> String {
    let conn: ConnId = server.shard.open(now, ADDRESS);
    server.shard.on_bytes(now, conn, b"PASS wrong\r\nNICK a\r\nUSER a 0 * :a\r\n");
    for (conn, job) in server.shard.take_jobs() {
        let Job::VerifyPassword { counted, .. } = job else { panic!("{job:?}") };
        let verdict = server.network.guess(counted, now.moment(), || false);
        server.shard.on_job(now, conn, &JobResult::Password(verdict));
    }
    while server.end_tick() {}
    let heard = server.hears(conn);
    server.shard.close(now, conn);
    heard
}

#[test]
fn whoever_guesses_passwords_must_wait_and_costs_nothing_meanwhile() {
    let mut server = Server::start(|settings| {
        settings.machine.password_hash = Some("never looked at".into());
        settings.machine.limits.wrong_passwords = 2;
        settings.machine.limits.wrong_password_every_ms = 1000;
    });
    assert!(guesses(&mut server, at(0)).contains(" 464 "));
    assert!(guesses(&mut server, at(0)).contains(" 464 "));
    let heard = guesses(&mut server, at(999));
    assert!(heard.contains("Too many wrong passwords") && !heard.contains(" 464 "), "{heard}");
    assert!(guesses(&mut server, at(1000)).contains(" 464 "));
}

/// Opens connections of `origin` that say `lines`, each with another nick, before any password is
/// checked; none is right.  What they have heard.
fn at_once(server: &mut Server, count: usize, origin: fn() -> Origin, lines: &str) -> Vec<String> {
    let conns: Vec<_> = (0..count).map(|_| server.shard.open(NOW, origin())).collect();
    for (number, conn) in conns.iter().enumerate() {
        server.says(*conn, &lines.replace("NICK a", &format!("NICK a{number}")));
    }
    checked(server);
    conns.into_iter().map(|conn| server.hears(conn)).collect()
}

/// Answers each check of a password: it is wrong.
fn checked(server: &mut Server) {
    for (conn, job) in server.shard.take_jobs() {
        let Job::VerifyPassword { counted, .. } = job else { panic!("{job:?}") };
        let verdict = server.network.guess(counted, NOW.moment(), || false);
        server.shard.on_job(NOW, conn, &JobResult::Password(verdict));
    }
    while server.end_tick() {}
}

fn told(heard: &[String], what: &str) -> usize {
    heard.iter().filter(|heard| heard.contains(what)).count()
}

#[test]
fn guesses_at_the_same_time_are_as_many_as_there_are_tokens() {
    let start = |change: fn(&mut Settings)| {
        Server::start(|settings| {
            settings.machine.limits.wrong_passwords = 2;
            settings.machine.limits.connect_burst = 100;
            settings.machine.limits.connections_per_address = 100;
            change(settings);
        })
    };
    let origin = || Origin::of(ADDRESS);
    let seen = |heard: &[String]| (told(heard, " 464 "), told(heard, "Too many wrong passwords"));
    let mut locked =
        start(|settings| settings.machine.password_hash = Some("never looked at".into()));
    let lines = "PASS wrong\r\nNICK a\r\nUSER a 0 * :a\r\n";
    let heard = at_once(&mut locked, 20, origin, lines);
    assert_eq!(seen(&heard), (2, 18), "{heard:?}");
    let mut open = start(|settings| {
        let mut one = operator(&[]);
        (one.certificate, one.password_hash) = (None, Some("never looked at".into()));
        settings.machine.operators = vec![one.into()];
    });
    let conns: Vec<_> = (0..20).map(|_| open.shard.open(NOW, origin())).collect();
    for (number, conn) in conns.iter().enumerate() {
        open.says(*conn, &format!("NICK a{number}\r\nUSER a 0 * :a\r\nOPER oper wrong\r\n"));
    }
    checked(&mut open);
    let heard: Vec<_> = conns.into_iter().map(|conn| open.hears(conn)).collect();
    assert_eq!(seen(&heard), (2, 18), "{heard:?}");
}

#[test]
fn a_wrong_webirc_password_is_counted_and_an_unknown_gateway_is_told_the_reason() {
    let gateway = |from: &str| {
        Arc::new(Webirc {
            name: "webchat".into(),
            password_hash: Some("never looked at".into()),
            certificate: None,
            from: vec![Cidr::parse(from).expect("a range")],
        })
    };
    let mut server = Server::start(|settings| {
        settings.machine.limits.wrong_passwords = 2;
        settings.machine.limits.connections_per_address = 100;
        settings.machine.webirc = vec![gateway("192.0.2.1"), gateway("127.0.0.0/8")];
    });
    let line = "WEBIRC wrong webchat user.example.net 192.0.2.7\r\n";
    let heard = at_once(&mut server, 5, || Origin::of(ADDRESS), line);
    assert_eq!(told(&heard, "Invalid WebIRC password"), 2, "{heard:?}");
    assert_eq!(told(&heard, "Too many wrong passwords"), 3, "{heard:?}");
    let other = || Origin::of(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2)));
    // A proxy that says that somebody is on this machine makes nobody its gateway.
    let claimed = || Origin::claimed(IpAddr::V4(Ipv4Addr::LOCALHOST));
    for origin in [other, claimed] {
        let heard = at_once(&mut server, 1, origin, line);
        assert_eq!(told(&heard, "WEBIRC is not allowed from your address"), 1, "{heard:?}");
    }
}

#[test]
fn who_is_said_to_be_on_this_machine_has_the_limits_of_everybody() {
    for address in ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"] {
        let address: IpAddr = address.parse().expect("an address");
        let mut server = Server::start(|settings| {
            settings.machine.limits.connections_per_address = 2;
            settings.machine.webirc = vec![Arc::new(Webirc {
                name: "webchat".into(),
                password_hash: None,
                certificate: Some("gateway".into()),
                from: vec![Cidr::parse("198.51.100.1").expect("an address")],
            })];
        });
        let mut refused = |of: &dyn Fn(&mut Server) -> ConnId| {
            let conns: Vec<_> = (0..3).map(|_| of(&mut server)).collect();
            while server.end_tick() {}
            let refused = "Too many connections from your address";
            let heard: Vec<_> = conns.iter().map(|conn| server.hears(*conn)).collect();
            conns.into_iter().for_each(|conn| server.shard.close(NOW, conn));
            told(&heard, refused)
        };
        assert_eq!(refused(&|server| server.shard.open(NOW, Origin::of(address))), 0);
        assert_eq!(refused(&|server| server.shard.open(NOW, Origin::claimed(address))), 1);
        let by_gateway = |server: &mut Server| {
            let mut origin = Origin::of("198.51.100.1".parse().expect("an address"));
            origin.certificate = Some("gateway".into());
            let conn = server.shard.open(NOW, origin);
            let address = address.to_canonical().to_string();
            let address = if address == "::1" { "0::1" } else { &*address };
            server.says(conn, &format!("WEBIRC * webchat {address} {address}\r\n"));
            conn
        };
        assert_eq!(refused(&by_gateway), 1);
    }
}

#[test]
fn whoever_waits_for_tokens_is_not_taken_for_dead() {
    let mut server = Server::start(|settings| {
        settings.machine.limits.flood_burst = 10;
        settings.machine.limits.flood_rate = 1;
        settings.machine.limits.ping_interval_ms = 5_000;
        settings.machine.limits.ping_timeout_ms = 5_000;
    });
    let alice = server.join("alice");
    server.says(alice, &"LIST\r\n".repeat(12));
    for second in 1..=55 {
        server.shard.on_timer(at(second * 1000));
        server.shard.end_tick(at(second * 1000), &mut server.heard);
    }
    let heard = server.hears(alice);
    assert_eq!(heard.matches(" 323 ").count(), 12, "{heard}");
    assert!(server.heard.finished.is_empty());
}

#[test]
fn what_makes_more_work_costs_more() {
    let mut server = Server::start(|settings| {
        settings.machine.limits.flood_burst = 20;
        settings.machine.limits.flood_rate = 1;
    });
    let alice = server.join("alice");
    server.shard.on_timer(at(60_000));
    let said = |server: &mut Server, line: &str| {
        server.shard.on_bytes(at(60_000), alice, line.repeat(50).as_bytes());
        server.shard.end_tick(at(60_000), &mut server.heard);
        server.hears(alice)
    };
    // The first that finds no token waits: 20 tokens are four times LIST, at 5 each.
    assert_eq!(said(&mut server, "LIST\r\n").matches(" 323 ").count(), 4);
}
