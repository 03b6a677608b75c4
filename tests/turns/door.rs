//! Who may come in, and how often a password may be guessed.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use pipewright::command::{Answer, Job};
use pipewright::names::{Casemap, ConnId};
use pipewright::state::{Ban, BanKind, BanMask};
use pipewright::wire::time::Now;

use super::{NOW, Server};

const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

fn opens(server: &mut Server, now: Now) -> String {
    let conn = server.shard.open(now, ADDRESS);
    while server.end_turn() {}
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
    let ends = Some(NOW.seconds() + 60);
    server.world.bans.add(Arc::new(Ban {
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
        settings.limits.connect_burst = 2;
        settings.limits.connect_rate = 6;
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
        assert!(matches!(job, Job::VerifyPassword { .. }));
        server.shard.on_job(now, conn, &Answer::Password(false));
    }
    while server.end_turn() {}
    let heard = server.hears(conn);
    server.shard.close(now, conn);
    heard
}

#[test]
fn whoever_guesses_passwords_must_wait_and_costs_nothing_meanwhile() {
    let mut server = Server::start(|settings| {
        settings.password_hash = Some("never looked at".into());
        settings.limits.wrong_passwords = 2;
        settings.limits.wrong_password_every_ms = 1000;
    });
    assert!(guesses(&mut server, at(0)).contains(" 464 "));
    assert!(guesses(&mut server, at(0)).contains(" 464 "));
    let heard = guesses(&mut server, at(999));
    assert!(heard.contains("Too many wrong passwords") && !heard.contains(" 464 "), "{heard}");
    assert!(guesses(&mut server, at(1000)).contains(" 464 "));
}

#[test]
fn whoever_waits_for_tokens_is_not_taken_for_dead() {
    let mut server = Server::start(|settings| {
        settings.limits.flood_burst = 10;
        settings.limits.flood_rate = 1;
        settings.limits.ping_interval_ms = 5_000;
        settings.limits.ping_timeout_ms = 5_000;
    });
    let alice = server.join("alice");
    server.says(alice, &"LIST\r\n".repeat(12));
    for second in 1..=55 {
        server.shard.on_timer(at(second * 1000));
        server.shard.end_turn(at(second * 1000), &mut server.heard);
    }
    let heard = server.hears(alice);
    assert_eq!(heard.matches(" 323 ").count(), 12, "{heard}");
    assert!(server.heard.finished.is_empty());
}

#[test]
fn what_makes_more_work_costs_more() {
    let mut server = Server::start(|settings| {
        settings.limits.flood_burst = 20;
        settings.limits.flood_rate = 1;
    });
    let alice = server.join("alice");
    server.shard.on_timer(at(60_000));
    let said = |server: &mut Server, line: &str| {
        server.shard.on_bytes(at(60_000), alice, line.repeat(50).as_bytes());
        server.shard.end_turn(at(60_000), &mut server.heard);
        server.hears(alice)
    };
    // The first that finds no token waits: 20 tokens are four times LIST, at 5 each.
    assert_eq!(said(&mut server, "LIST\r\n").matches(" 323 ").count(), 4);
}
