//! Who does not register, and who falls silent.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::pipe::{chat, error, seconds_since, with_server};

#[tokio::test(start_paused = true)]
async fn a_client_that_never_registers_is_closed_at_the_limit_and_its_neighbours_are_not() {
    with_server(
        |_| {},
        async |server| {
            let (mut ann, mut bob) = (server.member("ann").await, server.member("bob").await);
            ann.until(" JOIN ").await;
            let start = Instant::now();
            let mut stranger = server.stranger();
            stranger.says("NICK carol\r\nPING :here").await;
            let rest = stranger.rest().await;
            assert!(
                rest.first().is_some_and(|line| line.ends_with("PONG pipewright.localhost :here"))
            );
            assert_eq!(rest[1..], [error("Registration timed out")]);
            assert!((60..=61).contains(&seconds_since(start)), "{:?}", start.elapsed());

            chat(&mut ann, &mut bob).await;
            assert_eq!(server.runtime.connection_count(), 2);
            ann.says("NICK carol").await;
            bob.until("NICK :carol").await;
        },
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_silent_client_is_asked_by_ping_and_then_closed() {
    with_server(
        |_| {},
        async |server| {
            let (mut ann, mut bob) = (server.member("ann").await, server.member("bob").await);
            let start = Instant::now();
            assert_eq!(bob.line().await.as_deref(), Some("PING :pipewright.localhost"));
            assert!((120..=121).contains(&seconds_since(start)), "{:?}", start.elapsed());

            let quit = ann.until(" QUIT ").await;
            assert_eq!(quit, ":bob!~bob@127.0.0.1 QUIT :Ping timeout: 180 seconds");
            assert!((180..=181).contains(&seconds_since(start)), "{:?}", start.elapsed());
            assert_eq!(bob.rest().await, [error("Ping timeout: 180 seconds")]);
        },
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn any_word_begins_another_silence() {
    with_server(
        |_| {},
        async |server| {
            let mut ann = server.person("ann").await;
            sleep(Duration::from_secs(100)).await;
            let start = Instant::now();
            ann.says("MUMBLE").await;
            ann.until(" 421 ").await;
            assert_eq!(ann.line().await.as_deref(), Some("PING :pipewright.localhost"));
            assert!((120..=121).contains(&seconds_since(start)), "{:?}", start.elapsed());
            // Half a line is a word too.
            ann.writes("MUM").await;
            let start = Instant::now();
            assert_eq!(ann.line().await.as_deref(), Some("PING :pipewright.localhost"));
            assert!((120..=121).contains(&seconds_since(start)), "{:?}", start.elapsed());
        },
    )
    .await;
}
