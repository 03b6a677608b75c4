//! What waits for those who do not read.

use std::{cell::Cell, rc::Rc};

use tokio::time::Instant;

use crate::pipe::{Person, chat, error, seconds_since, with_server};

const SENDQ: usize = 16 << 10;

/// A message to `#pond`, with what others see before it about 300 bytes.
fn long_message(number: usize) -> String {
    format!("PRIVMSG #pond :{number} {}", "x".repeat(250))
}

/// More of them than wait for one client.
const TOO_MANY: usize = SENDQ / 250;

async fn floods(from: &mut Person, to: &mut Person) {
    for number in 0..TOO_MANY {
        from.says(&long_message(number)).await;
        to.until(&format!(" PRIVMSG #pond :{number} x")).await;
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_never_reads_is_closed_at_its_sendq_and_the_others_never_wait() {
    with_server(
        |settings| settings.machine.limits.sendq = SENDQ,
        async |server| {
            let (mut ann, mut bob) = (server.member("ann").await, server.member("bob").await);
            let mut sleeper = server.stranger_by(1024);
            sleeper.says("NICK carol\r\nUSER carol 0 * :carol\r\nJOIN #pond").await;
            ann.until(" JOIN ").await;
            ann.until(":carol!").await;
            bob.until(":carol!").await;

            let start = Instant::now();
            floods(&mut ann, &mut bob).await;
            let quit = ":carol!~carol@127.0.0.1 QUIT :SendQ exceeded";
            assert_eq!(ann.line().await.as_deref(), Some(quit));
            chat(&mut bob, &mut ann).await;
            assert!(start.elapsed().is_zero(), "somebody waited for {:?}", start.elapsed());

            // Its last line is kept for it for a while, and no longer.
            server.has_only(2, &mut ann).await;
            assert!((3..=5).contains(&seconds_since(start)), "{:?}", start.elapsed());
            let seen = sleeper.rest().await;
            assert!(!seen.iter().any(|line| line.starts_with("ERROR")), "{seen:?}");
        },
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn one_that_wakes_up_too_late_is_told_why_it_is_closed() {
    with_server(
        |settings| settings.machine.limits.sendq = SENDQ,
        async |server| {
            let (mut ann, mut bob) = (server.member("ann").await, server.member("bob").await);
            let mut sleeper = server.stranger_by(1024);
            sleeper.says("NICK carol\r\nUSER carol 0 * :carol\r\nJOIN #pond").await;
            bob.until(":carol!").await;
            floods(&mut ann, &mut bob).await;
            ann.until("QUIT :SendQ exceeded").await;
            assert_eq!(sleeper.rest().await.last(), Some(&error("SendQ exceeded")));
        },
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn one_that_reads_in_small_sips_loses_nothing() {
    with_server(
        |settings| settings.machine.limits.sendq = SENDQ,
        async |server| {
            let mut ann = server.member("ann").await;
            let mut sipper = server.stranger_by(7);
            sipper.registers("carol").await;
            sipper.says("JOIN #pond").await;
            sipper.until(" 366 ").await;
            for number in 0..TOO_MANY {
                ann.says(&long_message(number)).await;
                let heard = sipper.line().await.expect("a message");
                assert!(heard.contains(&format!(" PRIVMSG #pond :{number} x")), "{heard}");
            }
        },
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_turn_of_more_pieces_than_the_system_takes_at_once_arrives_whole() {
    // Words to one and to the other in turn are a piece each; Linux writes 1024 at once.
    const EACH: usize = 1500;
    with_server(
        |_| {},
        async |server| {
            let mut ann = server.person("ann").await;
            let (mut bob, mut carol) = (server.person("bob").await, server.person("carol").await);
            let words = |number| format!("PRIVMSG bob :{number}\r\nPRIVMSG carol :{number}\r\n");
            ann.writes(&(0..EACH).map(words).collect::<String>()).await;
            for number in 0..EACH {
                for person in [&mut bob, &mut carol] {
                    let heard = person.line().await.expect("a message");
                    assert!(heard.ends_with(&format!(" :{number}")), "{heard}, not {number}");
                }
            }
        },
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_is_full_to_the_byte_loses_nothing_and_has_room_for_the_last_line() {
    const PONG: &str = ":pipewright.localhost PONG pipewright.localhost :";
    with_server(
        |settings| settings.machine.limits.sendq = SENDQ,
        async |server| {
            let mut ann = server.stranger();
            let token = "x".repeat(512 - PONG.len() - 2);
            let pings = format!("PING {token}\r\n").repeat(SENDQ / 512);
            ann.says(&format!("{pings}QUIT")).await;
            let rest = ann.rest().await;
            assert_eq!(rest.last(), Some(&error("Quit: ")));
            assert_eq!(rest.len(), SENDQ / 512 + 1);
        },
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_is_said_to_hundreds_is_written_to_each_of_them_at_once() {
    with_server(
        |settings| settings.machine.limits.connections = 1000,
        async |server| {
            let mut ann = server.member("ann").await;
            let waits = Rc::new(Cell::new(0));
            let mut members = Vec::new();
            for number in 0..300 {
                let mut member = server.counted(&waits);
                member.registers(&format!("m{number}")).await;
                member.says("JOIN #pond").await;
                members.push(member);
            }
            ann.says("PRIVMSG #pond :good morning").await;
            for member in &mut members {
                member.until(" PRIVMSG #pond :good morning").await;
            }
            assert_eq!(waits.get(), 0);
        },
    )
    .await;
}
