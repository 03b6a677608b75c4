//! Which of the server's threads a connection is given to.

use std::net::SocketAddr;

use crate::client::Client;
use crate::support::program::Program;

/// Somebody who has come, and the shard that serves them, by the ids it gives to messages.
fn comes(address: SocketAddr, nick: &str) -> (Client, String) {
    let mut client = Client::plain(address).registered(nick);
    client.sends("CAP REQ :echo-message message-tags");
    let lines = client.asks(&format!("PRIVMSG {nick} :where am I?"));
    let id = lines.iter().find_map(|line| line.strip_prefix("@msgid=")).expect("an id");
    (client, id[..10].to_owned())
}

#[test]
fn connections_fill_one_shard_after_the_other_and_then_all_of_them_evenly() {
    let config = "[server]\nshards = 3\n[limits]\nconnections_per_shard = 2\n";
    let server = Program::start(&[], config);
    let mut known = Vec::new();
    let mut number = |shard: String| {
        known.iter().position(|other| *other == shard).unwrap_or_else(|| {
            known.push(shard);
            known.len() - 1
        })
    };
    let nicks = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let (mut people, shards): (Vec<_>, Vec<_>) =
        nicks.iter().map(|nick| comes(server.address, nick)).unzip();
    let shards: Vec<_> = shards.into_iter().map(&mut number).collect();
    assert_eq!(shards, [0, 0, 1, 1, 2, 2, 0, 1]);
    for mut leaver in people.drain(2..4) {
        leaver.sends("QUIT");
        while leaver.line().is_some() {}
    }
    let (_back, shard) = comes(server.address, "c");
    assert_eq!(number(shard), 1);
}
