//! Flood control, with a connection around it.

use std::time::Duration;

use tokio::{io::AsyncWriteExt, time::Instant};

use crate::pipe::{error, with_server};

#[tokio::test(start_paused = true)]
async fn who_is_held_back_is_answered_its_ping_and_heard_to_the_end_when_it_hangs_up() {
    let braking = |settings: &mut pipewright::core::Settings| {
        settings.machine.limits.flood_burst = 10;
        settings.machine.limits.flood_rate = 1;
    };
    with_server(braking, async |server| {
        let mut bob = server.person("bob").await;
        let mut ann = server.person("ann").await;
        let said: String = (0..30).map(|number| format!("PRIVMSG bob :{number}\r\n")).collect();
        let start = Instant::now();
        ann.writes(&said).await;
        ann.says("PING :alive").await;
        // Nobody's commands but its own wait.
        let pong = ann.line().await.expect("an answer");
        assert!(pong.ends_with(":alive"), "{pong}");
        assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
        ann.stream.get_mut().shutdown().await.expect("no more from her");
        for number in 0..30 {
            let heard = bob.line().await.expect("all of it");
            assert_eq!(heard, format!(":ann!~ann@127.0.0.1 PRIVMSG bob :{number}"));
        }
        assert_eq!(ann.rest().await, [error("Connection closed")]);
    })
    .await;
}
