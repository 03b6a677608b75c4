//! Whole networks under chance: clients, shards and their interleavings, in virtual time, each run
//! repeatable by its seed (`SIMULATION_SEED` names the only one to run).

#![allow(clippy::indexing_slicing, reason = "a slip in the simulation should stop it")]

mod acts;
mod agree;
mod bad;
mod belief;
mod form;
mod harness;
mod line;
mod model;
mod operator;
mod rng;
mod run;
mod silence;
mod tagged;
mod test_shard;

use pipewright::core::Dump;
use run::Run;

/// Each with its own seeds, so that a run adds to the others.
fn runs(shards: usize, from: u64) {
    let chosen = std::env::var("SIMULATION_SEED").ok();
    let seeds = match chosen {
        Some(seed) => vec![seed.parse().expect("SIMULATION_SEED is a number")],
        None => (from..from + 20).collect(),
    };
    for seed in seeds {
        let (_, heard) = Run::whole(seed, shards, STEPS);
        assert!(heard > STEPS / 40, "nobody talks: seed {seed} heard {heard} messages");
    }
}

const STEPS: usize = 20_000;

#[test]
fn on_one_shard_every_client_believes_what_the_server_knows() {
    runs(1, 100);
}

#[test]
fn on_two_shards_every_client_believes_what_the_server_knows() {
    runs(2, 200);
}

#[test]
fn on_four_shards_every_client_believes_what_the_server_knows() {
    runs(4, 300);
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    for shards in [1, 3] {
        let (first, heard) = Run::whole(7, shards, STEPS);
        assert!(heard > 0);
        assert!(Run::whole(7, shards, STEPS).0 == first, "{shards} shards");
        assert!(Run::whole(8, shards, STEPS).0 != first, "the seed changes nothing");
    }
}

#[test]
fn a_network_that_is_dumped_and_restored_in_mid_run_goes_on_with_the_same_lines_events_and_dump() {
    let mut restored = 0;
    for seed in 400..410 {
        let shards = 1 + seed as usize % 3;
        let (plain, _) = Run::whole(seed, shards, STEPS);
        let (again, _) = Run::paused(seed, shards, STEPS, |harness| {
            let text = harness.network.dump().text().expect("a text");
            let dump = Dump::parse(&text).expect("a dump");
            harness.network.load(&dump).expect("it is whole");
            assert_eq!(harness.network.dump().text().expect("a text"), text, "seed {seed}");
            harness.shards.iter_mut().for_each(|one| one.shard.find_users());
            restored += 1;
        });
        assert!(again == plain, "seed {seed}");
    }
    assert!(restored >= 20, "restored {restored} times only");
}

/// Where chance does nothing any more, nothing is tested.
#[test]
fn a_run_has_all_that_it_should_find_faults_in() {
    // What is rare is not in each run.
    let runs: Vec<_> = (7..11).flat_map(|seed| Run::whole(seed, 2, STEPS).0).collect();
    let transcript = String::from_utf8_lossy(&runs);
    let words = [
        " 381 ",
        " 464 ",
        "(Killed (",
        " WALLOPS :w",
        ":irc.example.org MODE #",
        " :away with you",
        " 600 ",
        " 601 ",
        " 604 ",
        " 605 ",
        " 730 ",
        " 731 ",
        " AWAY :",
        " INVITE ",
        " KICK ",
        " SETNAME :",
        " TAGMSG #",
        "@label=l",
        " labeled-response\r\n",
        "@batch=",
        " ACK\r\n",
        ";msgid=",
        ";+typing=active ",
    ];
    for word in words {
        assert!(transcript.contains(word), "nobody was told {word:?}");
    }
}
