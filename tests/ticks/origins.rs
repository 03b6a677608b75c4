//! What a channel makes of where users have come from.

use crate::{NOW, Server};
use pipewright::command::{Job, JobResult};
use pipewright::core::server::operators::{Operator, PRIVILEGE_NAMES, Privileges};
use pipewright::core::user_mask::Whom;
use pipewright::core::{Origin, Verdict};
use pipewright::proto::names::{Casemap, ConnId};

/// A user from 192.0.2.7 on a secure connection, whom others are shown by another host.
fn hidden(server: &mut Server, nick: &str) -> (ConnId, String) {
    let address = "192.0.2.7".parse().expect("an address");
    let mut origin = Origin::of(address);
    origin.host = "hidden.example".into();
    origin.secure = true;
    let conn = server.shard.open(NOW, origin);
    server.says(conn, &format!("NICK {nick}\r\nUSER {nick} 0 * :{nick}\r\n"));
    while server.end_tick() {}
    let heard = server.hears(conn);
    (conn, heard)
}

#[test]
fn who_is_on_a_secure_connection_is_told_so_and_enters_where_only_those_may() {
    let mut server = Server::start(|_| {});
    let ann = server.join("ann");
    server.says(ann, "JOIN #c\r\nMODE #c +z\r\n");
    let (bob, welcome) = hidden(&mut server, "bob");
    assert!(welcome.contains(" MODE bob :+Z\r\n"), "{welcome}");
    server.says(bob, "JOIN #c\r\n");
    let eve = server.join("eve");
    server.says(eve, "JOIN #c\r\n");
    while server.end_tick() {}
    assert!(server.hears(bob).contains(" 366 bob #c "));
    assert!(server.hears(eve).contains(" 489 eve #c "));
    server.says(ann, "MODE #c -z\r\nMODE #c +b !z:\r\n");
    server.says(eve, "JOIN #c\r\n");
    while server.end_tick() {}
    assert!(server.hears(eve).contains(" 474 eve #c "));
}

#[test]
fn a_ban_of_an_address_or_its_range_means_also_whom_others_see_at_another_host() {
    let mut server = Server::start(|_| {});
    let ann = server.join("ann");
    let (bob, _) = hidden(&mut server, "bob");
    server.says(ann, "JOIN #c\r\n");
    for (mask, is_meant) in [
        ("*!*@192.0.2.7", true),
        ("*!*@192.0.2.*", true),
        ("*!*@192.0.2.0/24", true),
        ("b*!*@192.0.2.0/29", true),
        ("*!*@hidden.example", true),
        ("m:*!*@192.0.2.0/24", false),
        ("x*!*@192.0.2.0/24", false),
        ("*!*@192.0.3.0/24", false),
        ("*!*@192.0.2.8", false),
        ("*!*@2001:db8::/32", false),
    ] {
        server.says(ann, &format!("MODE #c +b {mask}\r\n"));
        server.says(bob, "JOIN #c\r\nPART #c\r\n");
        server.says(ann, &format!("MODE #c -b {mask}\r\n"));
        while server.end_tick() {}
        assert_eq!(server.hears(bob).contains(" 474 bob #c "), is_meant, "{mask}");
    }
}

/// One who may do everything, from there, by a certificate.
pub fn operator(masks: &[&str]) -> Operator {
    let mask = |mask: &&str| Whom::parse(mask.as_bytes(), Casemap::Ascii, 100).expect("a mask");
    Operator {
        name: "oper".into(),
        password_hash: None,
        certificate: Some("certificate".into()),
        class: "all".into(),
        privileges: Privileges::of_names(PRIVILEGE_NAMES.iter().copied()),
        masks: masks.iter().map(mask).collect(),
    }
}

#[test]
fn an_operators_mask_means_the_address_and_the_host_it_has_come_from_and_the_one_that_is_shown() {
    for (masks, is_meant) in [
        (&["*!*@192.0.2.7"][..], true),
        (&["*!*@10.*", "ann!*@192.0.2.*"], true),
        (&["*!*@hidden.example"], true),
        (&["bob!*@192.0.2.7"], false),
        (&["*!*@192.0.2.8"], false),
    ] {
        let mut server =
            Server::start(|settings| settings.machine.operators = vec![operator(masks).into()]);
        let mut origin = Origin::of("192.0.2.7".parse().expect("an address"));
        origin.certificate = Some("certificate".into());
        origin.host = "hidden.example".into();
        let ann = server.shard.open(NOW, origin);
        server.says(ann, "NICK ann\r\nUSER ann 0 * :ann\r\nOPER oper\r\n");
        while server.end_tick() {}
        assert_eq!(server.hears(ann).contains(" 381 ann "), is_meant, "{masks:?}");
    }
}

#[test]
fn an_operator_with_a_password_and_a_certificate_needs_both() {
    for (wants_password, wants_certificate) in [(true, true), (true, false), (false, true)] {
        for (gives_password, shows_certificate) in
            [(true, true), (true, false), (false, true), (false, false)]
        {
            let mut one = operator(&[]);
            one.certificate = wants_certificate.then(|| "certificate".into());
            one.password_hash = wants_password.then(|| "hash".into());
            let mut server =
                Server::start(|settings| settings.machine.operators = vec![one.clone().into()]);
            let mut origin = Origin::local();
            origin.certificate = shows_certificate.then(|| "certificate".into());
            let ann = server.shard.open(NOW, origin);
            let password = if gives_password { " password" } else { "" };
            let lines = format!("NICK ann\r\nUSER ann 0 * :ann\r\nOPER oper{password}\r\n");
            server.says(ann, &lines);
            for (conn, job) in server.shard.take_jobs() {
                assert!(matches!(job, Job::VerifyPassword { .. }) && gives_password);
                server.shard.on_job(NOW, conn, &JobResult::Password(Verdict::Right));
            }
            while server.end_tick() {}
            let may =
                (gives_password || !wants_password) && (shows_certificate || !wants_certificate);
            let heard = server.hears(ann);
            assert_eq!(heard.contains(" 381 ann "), may, "{one:?} {heard}");
        }
    }
}
