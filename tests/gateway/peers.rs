//! `pipewright peer`, as people run it, over the gateway.

use crate::{ANNEX, OFFICE, Person, Program, office, support::peer::Peer};

#[test]
fn two_peers_in_a_ring_with_the_gateway_and_people_talk_crash_and_return() {
    let server = office();
    let mut ann = Person::in_office(&server, "ann");
    let mut ben = Person::in_office(&server, "ben");
    // The gateway writes to alice, alice to bob, bob to the gateway.
    let mut bob = Peer::start(&server, "bob", "middle", "office.in");
    let mut alice = Peer::start(&server, "alice", "office.out", "middle");
    ann.hears(":alice!~alice@netchat/office JOIN #office");
    alice.says("hello from alice");
    ann.hears(":alice!~alice@netchat/office PRIVMSG #office :hello from alice");
    ben.hears("hello from alice");
    bob.prints("hello from alice");
    bob.says("hello from bob");
    ann.hears(":bob!~bob@netchat/office PRIVMSG #office :hello from bob");
    alice.prints("hello from bob");
    ann.sends("PRIVMSG #office :hello peers\r\nPRIVMSG bob :only for you");
    alice.prints("hello peers");
    assert!(bob.prints("only for you").contains("ann"));
    bob.says("/msg ann and for you");
    ann.hears(":bob!~bob@netchat/office PRIVMSG ann :and for you");
    alice.says("/snapshot");
    assert!(!alice.prints("snapshot").contains("missing"));

    drop(bob);
    ann.hears("QUIT :Connection lost");
    let mut bob = Peer::start(&server, "bob", "middle", "office.in");
    ann.hears(":bob!~bob@netchat/office JOIN #office");
    bob.says("I am back");
    ann.hears(":bob!~bob@netchat/office PRIVMSG #office :I am back");
    ann.sends("PRIVMSG #office :welcome back");
    bob.prints("welcome back");
    // She was cut off with him, and is there again when she speaks.
    alice.says("so am I");
    ann.hears(":alice!~alice@netchat/office PRIVMSG #office :so am I");
    drop(alice.stdin.take());
    ann.hears(":alice!~alice@netchat/office QUIT :Left netchat");
}

#[test]
fn peers_on_two_links_hear_each_other_and_people() {
    let server = Program::start(&[], &format!("{OFFICE}{ANNEX}"));
    let mut ann = Person::in_office(&server, "ann");
    let mut alice = Peer::start(&server, "alice", "office.out", "office.in");
    let mut bob = Peer::start(&server, "bob", "annex.out", "annex.in");
    ann.hears(":bob!~bob@netchat/annex JOIN #office");
    alice.says("to the annex");
    bob.prints("to the annex");
    bob.says("/msg alice in private");
    alice.prints("in private");
    ann.sends("PRIVMSG #office :to both");
    alice.prints("to both");
    bob.prints("to both");
}

#[test]
fn three_peers_in_a_ring_with_the_gateway_hear_each_other_and_people_once() {
    let server = office();
    let mut ann = Person::in_office(&server, "ann");
    let mut eve = Peer::start(&server, "eve", "second", "office.in");
    let mut bob = Peer::start(&server, "bob", "first", "second");
    let mut alice = Peer::start(&server, "alice", "office.out", "first");
    ann.hears(":alice!~alice@netchat/office JOIN #office");
    for (at, peer) in [&mut alice, &mut bob, &mut eve].into_iter().enumerate() {
        peer.says(&format!("word {at}"));
        ann.hears(&format!("PRIVMSG #office :word {at}"));
    }
    alice.prints("word 2");
    bob.prints("word 2");
    eve.says("/msg bob between us");
    bob.prints("between us");
    ann.sends("PRIVMSG #office :to all three");
    for peer in [&alice, &bob, &eve] {
        peer.prints("to all three");
    }
    for peer in [&mut alice, &mut bob, &mut eve] {
        peer.says("/snapshot");
        assert!(!peer.prints("snapshot").contains("missing"));
    }
    assert!(ann.asks("PING x").iter().all(|line| !line.contains("word")), "nothing came twice");
}
