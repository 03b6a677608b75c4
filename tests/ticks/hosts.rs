//! A host that changes while its user is there.

use std::sync::Arc;

use super::{NOW, Server, count, settings};
use pipewright::core::{Cloak, Cloaking, Network, Settings};
use pipewright::proto::names::ConnId;

fn cloaked(settings: &mut Settings) {
    settings.network.cloak = Cloaking::Configured(Cloak::new(b"a secret"));
}

fn say(server: &mut Server, conn: ConnId, line: &str) -> String {
    server.says(conn, &format!("{line}\r\n"));
    while server.end_tick() {}
    server.hears(conn)
}

/// The host that a user is shown with.
fn host(server: &mut Server, conn: ConnId, nick: &str) -> String {
    let whois = say(server, conn, &format!("WHOIS {nick}"));
    whois.split(' ').nth(5).expect("the host of 311").to_owned()
}

#[test]
fn to_who_does_not_know_chghost_a_user_with_another_host_leaves_and_comes_back_with_its_ranks() {
    let mut server = Server::start(cloaked);
    let [ann, bob, eve] = ["ann", "bob", "eve"].map(|nick| server.join(nick));
    let cloak = host(&mut server, bob, "ann");
    say(&mut server, ann, "JOIN #a,#b");
    say(&mut server, ann, "MODE #b +v ann");
    say(&mut server, bob, "JOIN #a,#b");
    say(&mut server, ann, "JOIN #c");
    say(&mut server, eve, "JOIN #e");
    server.hears(bob);
    let own = say(&mut server, ann, "MODE ann -x");
    assert_eq!(count(&own, " 396 ") + count(&own, " MODE ann :-x"), 2, "{own}");
    assert_eq!(own.lines().count(), 2, "it has not left for itself: {own}");
    let expected = [
        format!(":ann!~ann@{cloak} QUIT :Changing host"),
        ":ann!~ann@127.0.0.1 JOIN #a".into(),
        ":pipewright.localhost MODE #a +o ann".into(),
        ":ann!~ann@127.0.0.1 JOIN #b".into(),
        ":pipewright.localhost MODE #b +ov ann ann".into(),
    ];
    assert_eq!(server.hears(bob).lines().collect::<Vec<_>>(), expected);
    assert_eq!(server.hears(eve), "");
    // The server still has it in both.
    say(&mut server, ann, "PRIVMSG #a :still here");
    assert!(server.hears(bob).starts_with(":ann!~ann@127.0.0.1 PRIVMSG #a :"));
}

#[test]
fn who_knows_chghost_is_told_so_and_the_others_in_the_form_that_they_have_asked_for() {
    let mut server = Server::start(cloaked);
    let [ann, bob, dan] = ["ann", "bob", "dan"].map(|nick| server.join(nick));
    let cloak = host(&mut server, bob, "ann");
    say(&mut server, bob, "CAP REQ :extended-join away-notify message-tags");
    say(&mut server, dan, "CAP REQ :chghost away-notify");
    for conn in [bob, ann, dan] {
        say(&mut server, conn, "JOIN #a,#b");
    }
    say(&mut server, ann, "MODE ann +B");
    say(&mut server, ann, "AWAY :tea");
    server.hears(bob);
    server.hears(dan);
    say(&mut server, ann, "MODE ann -x");
    let name = "a".repeat(100);
    let expected = [
        format!("@bot :ann!~ann@{cloak} QUIT :Changing host"),
        format!("@bot :ann!~ann@127.0.0.1 JOIN #a * :{name}"),
        "@bot :ann!~ann@127.0.0.1 AWAY :tea".into(),
        format!("@bot :ann!~ann@127.0.0.1 JOIN #b * :{name}"),
        "@bot :ann!~ann@127.0.0.1 AWAY :tea".into(),
    ];
    assert_eq!(server.hears(bob).lines().collect::<Vec<_>>(), expected);
    assert_eq!(server.hears(dan), format!(":ann!~ann@{cloak} CHGHOST ~ann 127.0.0.1\r\n"));
}

#[test]
fn another_host_does_not_show_a_member_who_is_hidden() {
    let mut server = Server::start(cloaked);
    let [op, bob, ann] = ["op", "bob", "ann"].map(|nick| server.join(nick));
    say(&mut server, op, "JOIN #u,#d,#p");
    say(&mut server, op, "MODE #u +u");
    say(&mut server, op, "MODE #d +D");
    say(&mut server, bob, "JOIN #u,#d");
    say(&mut server, ann, "JOIN #u,#d");
    server.hears(bob);
    server.hears(op);
    say(&mut server, ann, "MODE ann -x");
    assert_eq!(server.hears(bob), "");
    let heard = server.hears(op);
    let verbs: Vec<_> = heard.lines().filter_map(|line| line.split_once(' ')).collect();
    assert_eq!(verbs.len(), 2, "{heard}");
    assert!(verbs[0].1.starts_with("QUIT") && verbs[1].1 == "JOIN #u", "{heard}");
    // Where it is seen, it is seen to leave and come once, and there alone.
    for conn in [bob, ann] {
        say(&mut server, conn, "JOIN #p");
    }
    server.hears(bob);
    say(&mut server, ann, "MODE ann +x");
    let heard = server.hears(bob);
    assert_eq!(count(&heard, " QUIT "), 1, "{heard}");
    assert!(heard.trim_end().ends_with(" JOIN #p") && heard.lines().count() == 2, "{heard}");
}

#[test]
fn another_host_is_told_on_every_shard() {
    let mut settings = settings();
    cloaked(&mut settings);
    let network = Arc::new(Network::new(settings, 2, NOW.moment()));
    let [mut near, mut far] = [0, 1].map(|test_shard| Server::on(&network, test_shard));
    let (ann, bob) = (near.join("ann"), far.join("bob"));
    say(&mut near, ann, "JOIN #a");
    say(&mut far, bob, "JOIN #a");
    say(&mut near, ann, "MODE ann -x");
    far.shard.on_inbox();
    while far.end_tick() {}
    let heard = far.hears(bob);
    let verbs: Vec<_> = heard.lines().filter_map(|line| line.split(' ').nth(1)).collect();
    assert_eq!(verbs, ["QUIT", "JOIN", "MODE"], "{heard}");
}

#[test]
fn another_host_of_who_shares_channels_with_very_many_is_told_to_those_alone_who_know_chghost() {
    let mut server = Server::start(|settings| {
        cloaked(settings);
        settings.network.limits.channels_per_user = 100;
    });
    let channels: Vec<_> = (0..100).map(|at| format!("#c{at}")).collect();
    let conns: Vec<_> = (0..101).map(|at| server.join(&format!("u{at}"))).collect();
    for conn in &conns {
        for some in channels.chunks(20) {
            say(&mut server, *conn, &format!("JOIN {}", some.join(",")));
        }
    }
    let (ann, bob, dan) = (conns[0], conns[1], conns[2]);
    say(&mut server, dan, "CAP REQ :chghost");
    server.hears(bob);
    server.hears(dan);
    say(&mut server, ann, "MODE u0 -x");
    assert_eq!(server.hears(bob), "");
    assert_eq!(count(&server.hears(dan), " CHGHOST "), 1);
    for channel in &channels {
        say(&mut server, ann, &format!("PART {channel}"));
        if channel == "#c1" {
            break;
        }
    }
    server.hears(bob);
    server.hears(dan);
    say(&mut server, ann, "MODE u0 +x");
    let heard = server.hears(bob);
    assert_eq!((count(&heard, " QUIT "), count(&heard, " JOIN ")), (1, 98));
}
