//! Last lines: what is still said, to whom, and for how long.

use std::time::Duration;

use tokio::{io::AsyncWriteExt, time::Instant};

use crate::pipe::{chat, error, seconds_since, with_server};
use pipewright::command::Close;

#[tokio::test(start_paused = true)]
async fn who_quits_gets_all_that_was_said_before_then_error_then_the_end() {
    with_server(
        |_| {},
        async |server| {
            let mut ann = server.stranger_by(64);
            ann.registers("ann").await;
            let mut bob = server.person("bob").await;
            let said: Vec<_> = (0..100).map(|number| format!("word {number}")).collect();
            for text in &said {
                bob.says(&format!("PRIVMSG ann :{text}")).await;
            }
            bob.catches_up().await;
            ann.says("PING :one\r\nPING :two\r\nQUIT :bye\r\nPING :three").await;
            let heard = ann.rest().await;
            let expected: Vec<_> = said
                .iter()
                .map(|text| format!(":bob!~bob@127.0.0.1 PRIVMSG ann :{text}"))
                .chain(["one", "two"].map(|token| {
                    format!(":pipewright.localhost PONG pipewright.localhost :{token}")
                }))
                .chain([error("Quit: bye")])
                .collect();
            assert_eq!(heard, expected);
        },
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn who_does_not_take_the_last_lines_is_closed_after_a_while() {
    with_server(
        |_| {},
        async |server| {
            let mut ann = server.stranger_by(64);
            let mut bob = server.person("bob").await;
            ann.says("NICK ann\r\nUSER ann 0 * :ann\r\nQUIT").await;
            let start = Instant::now();
            server.has_only(1, &mut bob).await;
            assert!((3..=5).contains(&seconds_since(start)), "{:?}", start.elapsed());
            assert!(ann.rest().await.is_empty(), "64 bytes are not a whole line");
        },
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn who_half_closes_is_heard_to_the_end_and_answered() {
    with_server(
        |_| {},
        async |server| {
            let (mut ann, mut bob) = (server.member("ann").await, server.member("bob").await);
            ann.until(" JOIN ").await;
            ann.writes("PRIVMSG #pond :last words\r\nPRIVMSG #pond :not fin").await;
            ann.stream.get_mut().shutdown().await.expect("no more from her");
            let heard = [bob.line().await, bob.line().await].map(Option::unwrap_or_default);
            assert_eq!(
                heard,
                [
                    ":ann!~ann@127.0.0.1 PRIVMSG #pond :last words",
                    ":ann!~ann@127.0.0.1 QUIT :Connection closed"
                ]
            );
            assert_eq!(ann.rest().await, [error("Connection closed")]);
        },
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn who_is_suddenly_gone_has_quit() {
    with_server(
        |_| {},
        async |server| {
            let (ann, mut bob) = (server.member("ann").await, server.member("bob").await);
            drop(ann);
            bob.until(":ann!~ann@127.0.0.1 QUIT :Connection ").await;
            bob.catches_up().await;
            assert_eq!(server.runtime.connection_count(), 1);
        },
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn shutting_down_tells_everyone_and_waits_for_none_longer_than_five_seconds() {
    with_server(
        |_| {},
        async |server| {
            let (mut ann, mut bob) = (server.member("ann").await, server.member("bob").await);
            ann.until(" JOIN ").await;
            chat(&mut ann, &mut bob).await;
            let mut stranger = server.stranger();
            let mut sleeper = server.stranger_by(64);
            sleeper.says("NICK carol\r\nUSER carol 0 * :carol").await;
            bob.catches_up().await;

            let start = Instant::now();
            server.runtime.shut_down(&Close::Shutdown).await;
            assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
            assert_eq!(server.runtime.connection_count(), 0);
            let last = error("Server shutting down");
            assert_eq!(stranger.rest().await, std::slice::from_ref(&last));
            for person in [&mut ann, &mut bob] {
                assert_eq!(person.rest().await.last(), Some(&last));
            }
            assert!(sleeper.rest().await.is_empty(), "64 bytes are not a whole line");
        },
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn shutting_down_takes_no_time_when_everyone_reads() {
    with_server(
        |_| {},
        async |server| {
            let mut ann = server.person("ann").await;
            let start = Instant::now();
            server.runtime.shut_down(&Close::Shutdown).await;
            assert!(start.elapsed() < Duration::from_millis(100), "{:?}", start.elapsed());
            assert_eq!(ann.rest().await, [error("Server shutting down")]);
        },
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn bytes_that_come_and_go_one_at_a_time_make_the_same_conversation() {
    with_server(
        |_| {},
        async |server| {
            let mut bob = server.member("bob").await;
            let mut ann = server.stranger_by(1);
            ann.registers("ann").await;
            ann.says("JOIN #pond").await;
            ann.until(" 366 ").await;
            bob.until(" JOIN ").await;
            chat(&mut ann, &mut bob).await;
            ann.says("QUIT").await;
            assert_eq!(ann.rest().await, [error("Quit: ")]);
        },
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_line_that_stops_in_the_middle_harms_nobody_and_may_go_on() {
    with_server(
        |_| {},
        async |server| {
            let (mut ann, mut bob) = (server.member("ann").await, server.member("bob").await);
            let mut carol = server.member("carol").await;
            ann.until(":carol!").await;
            bob.until(":carol!").await;
            carol.writes("PRIVMSG #pond :half a ").await;
            chat(&mut ann, &mut bob).await;
            carol.says("line").await;
            for person in [&mut ann, &mut bob] {
                let heard = person.line().await.unwrap_or_default();
                assert_eq!(heard, ":carol!~carol@127.0.0.1 PRIVMSG #pond :half a line");
            }
        },
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn one_too_many_is_told_that_the_server_is_full_and_its_place_is_free_again() {
    with_server(
        |settings| settings.machine.limits.connections = 1,
        async |server| {
            let mut ann = server.person("ann").await;
            let full = [error("The server is full, try again later")];
            for _ in 0..3 {
                assert_eq!(server.stranger().rest().await, full);
            }
            ann.says("QUIT").await;
            ann.rest().await;
            server.person("ann").await;
            assert_eq!(server.runtime.connection_count(), 1, "only she is there");
        },
    )
    .await;
}
