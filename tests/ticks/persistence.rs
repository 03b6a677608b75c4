//! What of permanent channels is to be stored, and what ends with them.

use crate::origins::operator;
use crate::{NOW, Server};
use pipewright::core::{Origin, StoreOp};
use pipewright::proto::names::ConnId;

/// An operator, ann, who may do everything.
fn operated() -> (Server, ConnId) {
    let mut server =
        Server::start(|settings| settings.machine.operators = vec![operator(&[]).into()]);
    let mut origin = Origin::of("192.0.2.7".parse().expect("an address"));
    origin.certificate = Some("certificate".into());
    let ann = server.shard.open(NOW, origin);
    server.says(ann, "NICK ann\r\nUSER ann 0 * :ann\r\nOPER oper\r\n");
    (server, ann)
}

/// What is to be stored, as it is first and last to be done.
fn to_be_stored(server: &Server) -> Vec<String> {
    let told = |change: &StoreOp| match change {
        StoreOp::PutChannel(kept) => format!("keep {}", kept.name),
        StoreOp::DeleteChannel(name) => format!("forget {name}"),
        other => format!("{other:?}"),
    };
    server.network.take_dirty().iter().map(|change| told(change)).collect()
}

#[test]
fn a_channel_that_is_permanent_no_longer_takes_with_it_what_would_have_ended_by_itself() {
    let (mut server, ann) = operated();
    server.says(ann, "JOIN #c\r\nMODE #c +P\r\nTBAN #c 1h a!*@*\r\nPART #c\r\n");
    while server.end_tick() {}
    assert!(!server.network.expiries.is_empty(), "{}", server.hears(ann));
    server.says(ann, "SAMODE #c -P\r\n");
    while server.end_tick() {}
    assert!(server.network.registry.channel_count() == 0, "{}", server.hears(ann));
    assert!(server.network.expiries.is_empty());
}

#[test]
fn a_channel_that_was_given_up_and_made_again_at_once_is_stored_as_it_is_now() {
    let (mut server, ann) = operated();
    for again in ["#one", "#One", "#oNe", "#ONE"] {
        server.says(ann, "JOIN #One\r\nMODE #One +P\r\nSAMODE #One -P\r\nPART #One\r\n");
        server.says(ann, &format!("JOIN {again}\r\nMODE {again} +P\r\n"));
        while server.end_tick() {}
        let mut stored = vec!["forget #One".to_owned(), format!("keep {again}")];
        stored.retain(|change| again != "#One" || change == "keep #One");
        assert_eq!(to_be_stored(&server), stored, "{}", server.hears(ann));
        server.says(ann, &format!("SAMODE {again} -P\r\nPART {again}\r\n"));
        while server.end_tick() {}
        assert_eq!(to_be_stored(&server), [format!("forget {again}")]);
    }
}

#[test]
fn of_what_could_not_be_stored_everything_is_to_be_stored_later() {
    let (mut server, ann) = operated();
    for name in ["#a", "#b", "#c"] {
        server.says(ann, &format!("JOIN {name}\r\nMODE {name} +P\r\n"));
    }
    while server.end_tick() {}
    assert_eq!(to_be_stored(&server).len(), 3);
    server.says(ann, "MODE #a -P\r\nPART #a\r\nMODE #b -P\r\nPART #b\r\nTOPIC #c :t\r\n");
    while server.end_tick() {}
    let refused = server.network.take_dirty();
    server.network.requeue_dirty(&refused);
    let mut changes = to_be_stored(&server);
    changes.sort();
    assert_eq!(changes, ["forget #a", "forget #b", "keep #c"]);
}
