//! Shards on real threads: order, races for names, and no deadlock.
//!
//! Debug builds check the lock order (`src/core/locks.rs`), so a wrong one panics here; whatever hangs
//! is named by the deadline.

#![allow(clippy::indexing_slicing, reason = "a slip in a test should stop it")]

#[path = "../simulation/agree.rs"]
mod agree;
#[path = "../simulation/belief.rs"]
mod belief;
#[path = "../simulation/line.rs"]
mod line;
#[path = "../simulation/model.rs"]
mod model;
#[path = "../simulation/operator.rs"]
mod operator;
mod order;
#[path = "../simulation/rng.rs"]
mod rng;
#[allow(dead_code, reason = "what goes between clients is compared in the simulation")]
#[path = "../simulation/tagged.rs"]
mod tagged;
#[allow(dead_code, reason = "a job is done at the end of the turn here")]
#[path = "../simulation/test_shard.rs"]
mod test_shard;
mod thread;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use agree::agree;
use operator::PASSWORD;
use order::{Heard, one_order, senders_keep_their_order};
use thread::{Thread, on_threads};

const THREADS: usize = 4;
const CHANNELS: &[&str] = &["#a", "#b", "#c"];

/// Of each thread's clients the first stays and listens: it is in every channel from before the
/// storm until after it.
const CLIENTS: usize = 4;
const STEPS: usize = 6_000;

#[test]
fn members_on_many_threads_see_one_order_and_miss_nothing() {
    let heard = on_threads(THREADS, storm);
    let (steady, all): (Vec<_>, Vec<_>) = (
        heard.iter().map(|(first, _)| first).collect(),
        heard.iter().flat_map(|(_, all)| all).collect(),
    );
    for channel in CHANNELS {
        let of_channel = |heard: &Heard| -> Vec<u64> {
            heard.iter().filter(|(_, target)| target == channel).map(|(id, _)| *id).collect()
        };
        let remote_commands: Vec<_> = all.iter().map(|heard| of_channel(heard)).collect();
        one_order(&remote_commands).unwrap_or_else(|fault| panic!("{channel}: {fault}"));
        // Those who were there all the time have heard the very same, and that was something.
        let first = of_channel(steady[0]);
        assert!(first.len() > STEPS / 100, "{channel} has heard {} messages", first.len());
        for other in &steady {
            assert!(of_channel(other) == first, "{channel}: a steady member missed something");
        }
    }
    for heard in &all {
        senders_keep_their_order(heard).unwrap_or_else(|fault| panic!("{fault}"));
    }
}

/// What the steady client heard, and what each of all connections did.
fn storm(mut thread: Thread) -> (Heard, Vec<Heard>) {
    let steady = format!("steady{}", thread.number);
    thread.connect(0, &steady);
    thread.send(0, &format!("CAP REQ :multi-prefix echo-message\r\nJOIN {}", CHANNELS.join(",")));
    thread.meet();
    for at in 1..CLIENTS {
        thread.connect(at, &format!("n{}-{at}", thread.number).replace('-', "x"));
        thread.send(at, &format!("JOIN {}", CHANNELS.join(",")));
    }
    for step in 0..STEPS {
        thread.tick();
        let at = thread.rng.below(CLIENTS);
        let id = (step * CLIENTS + at) as u64;
        // The sender is the upper part of the number: see `senders_keep_their_order`.
        let id = (thread.connection(at) << 32) | id;
        let channel = thread.rng.pick(CHANNELS);
        let nick = thread.nick();
        let line = match thread.rng.below(40) {
            0..=15 => format!("PRIVMSG {channel} :m{id}"),
            16..=21 => format!("PRIVMSG {nick} :m{id}"),
            _ if at == 0 => match thread.rng.below(3) {
                0 => format!("MODE {channel} +o {nick}"),
                1 => format!("AWAY :{step}"),
                _ => format!("NAMES {channel}"),
            },
            22..=25 => format!("JOIN {}", CHANNELS.join(",")),
            26..=27 => format!("PART {channel}"),
            28..=31 => format!("NICK {nick}"),
            // The steady ones are never thrown out: they must hear all.
            32 if !nick.starts_with("steady") => format!("KICK {channel} {nick}"),
            33 => format!("MODE {channel} {}v {nick}", thread.rng.pick(&["+", "-"])),
            34 => format!("TOPIC {channel} :t{id}"),
            35 => format!("INVITE {nick} {channel}"),
            36 if thread.rng.once_in(4) => "QUIT".to_owned(),
            _ => format!(
                "MODE {channel} {}",
                thread.rng.pick(&["+t", "-t", "+s", "-s", "-b x", "+b x"])
            ),
        };
        thread.send(at, &line);
        if !thread.is_connected(at) {
            let name = format!("n{}x{at}x{step}", thread.number);
            thread.connect(at, &name);
            thread.send(at, &format!("JOIN {}", CHANNELS.join(",")));
        }
    }
    thread.meet();
    thread.tick();
    thread.meet();
    for client in thread.clients.iter().flatten() {
        let agreed = agree(&client.model, &thread.network);
        agreed.unwrap_or_else(|fault| panic!("{}: {fault}", client.model.user));
    }
    let steady = thread.clients[0].as_ref().expect("never leaves").model.heard.clone();
    thread.meet();
    thread.leave();
    (steady, std::mem::take(&mut thread.past))
}

#[test]
fn a_nick_that_all_want_at_once_is_given_to_one() {
    const ROUNDS: usize = 300;
    let winners: Arc<Vec<AtomicUsize>> = Arc::new((0..ROUNDS).map(|_| 0.into()).collect());
    let counted = Arc::clone(&winners);
    on_threads(THREADS, move |mut thread| {
        thread.connect(0, &format!("own{}", thread.number));
        for (round, winners) in counted.iter().enumerate() {
            let prize = format!("prize{round}");
            thread.meet();
            thread.send(0, &format!("NICK {prize}"));
            let has_won = thread.clients[0].as_ref().is_some_and(|it| it.model.nick == prize);
            winners.fetch_add(usize::from(has_won), Ordering::Relaxed);
        }
        thread.meet();
        thread.leave();
    });
    for (round, winners) in winners.iter().enumerate() {
        assert_eq!(winners.load(Ordering::Relaxed), 1, "winners of round {round}");
    }
}

#[test]
fn a_channel_that_empties_while_others_join_is_one_channel_with_a_founder() {
    const ROUNDS: usize = 4_000;
    on_threads(THREADS, |mut thread| {
        thread.connect(0, &format!("own{}", thread.number));
        for _ in 0..ROUNDS {
            thread.send(0, "JOIN #door");
            let user = Arc::clone(thread.user(0));
            let is_found =
                thread.network.with_channel(b"#door", |door| door.member(user.id).is_some());
            assert_eq!(is_found, Some(true), "it is in a channel that nobody else finds");
            thread.send(0, "PART #door");
        }
        thread.leave();
    });
}

#[test]
fn one_whom_several_end_at_once_hears_nothing_after_its_error_and_is_gone_once() {
    const ROUNDS: usize = 400;
    on_threads(THREADS, |mut thread| {
        thread.connect(1, &format!("oper{}", thread.number));
        thread.send(1, &format!("OPER oper {PASSWORD}"));
        thread.send(1, "JOIN #a");
        for round in 0..ROUNDS {
            let victim = |of: usize| format!("victim{}x{round}", of % THREADS);
            thread.connect(0, &victim(thread.number));
            thread.send(0, "JOIN #a");
            thread.meet();
            // Each begins with another, and writes to whom others are ending.
            for offset in 0..THREADS {
                let whom = victim(thread.number + offset);
                thread.send(1, &format!("PRIVMSG #a,{whom} :m{round}"));
                thread.send(1, &format!("KILL {whom} :enough"));
            }
            thread.meet();
            thread.tick();
            assert!(!thread.is_connected(0), "round {round}: it is still there");
            // Nobody comes under a nick of the next round before all have seen this one's go.
            thread.meet();
        }
        thread.leave();
    });
}

#[test]
fn a_nick_is_told_to_be_free_before_another_has_it() {
    const ROUNDS: usize = 25_000;
    on_threads(THREADS, |mut thread| {
        // Each takes whatever nick the others have just given up; all hear of all.
        thread.connect(0, &format!("own{}", thread.number));
        thread.connect(1, &format!("ear{}", thread.number));
        thread.send(1, "JOIN #a,#b");
        for round in 0..ROUNDS {
            let nick = ["x", "y", "z"][thread.rng.below(3)];
            thread.send(0, &format!("NICK {nick}"));
            let channel = if round % 2 == 0 { "#a" } else { "#b" };
            thread.send(0, &format!("JOIN {channel}"));
            thread.send(0, &format!("PRIVMSG ear{} :m{round}", thread.number));
            thread.send(0, &format!("NICK own{}", thread.number));
            thread.send(0, &format!("PART {channel}"));
        }
        thread.leave();
    });
}

#[test]
fn an_invitation_names_the_invited_as_they_are_called() {
    const ROUNDS: usize = 10_000;
    on_threads(2, |mut thread| {
        thread.connect(0, if thread.number == 0 { "guest" } else { "host" });
        thread.send(0, if thread.number == 0 { "JOIN #b" } else { "JOIN #a" });
        thread.meet();
        for round in 0..ROUNDS {
            let nick = if round % 2 == 0 { "guest2" } else { "guest" };
            // The internal client's model finds fault with an INVITE that is not for it.
            let verb = if thread.number == 0 { "NICK" } else { "INVITE" };
            let end = if thread.number == 0 { "" } else { " #a" };
            thread.send(0, &format!("{verb} {nick}{end}"));
        }
        thread.meet();
        thread.leave();
    });
}
