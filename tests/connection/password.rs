//! A password, which is checked beside the shard's thread while the client waits.

use tokio::io::AsyncWriteExt;

use crate::pipe::{error, with_server};
use pipewright::config::hash_password;
use pipewright::core::Settings;

fn locked(settings: &mut Settings) {
    let hash = hash_password(b"open sesame").expect("a hash");
    settings.machine.password_hash = Some(hash.as_str().into());
}

#[tokio::test(start_paused = true)]
async fn lines_behind_the_registration_wait_for_the_password_and_keep_their_order() {
    with_server(locked, async |server| {
        let mut ann = server.stranger();
        ann.writes(
            "PASS :open sesame\r\nNICK ann\r\nUSER ann 0 * :ann\r\nJOIN #pond\r\nPING :1\r\nPI",
        )
        .await;
        // What comes while the job runs is not lost either.
        ann.says("NG :2\r\nTOPIC #pond\r\nPING :3").await;
        let mut seen = Vec::new();
        loop {
            let line = ann.line().await.expect("a line");
            let mut words = line.split(' ').skip(1);
            let verb = words.next().unwrap_or_default().to_owned();
            if verb != "PONG" {
                seen.push(verb);
                continue;
            }
            seen.push(line.rsplit(':').next().unwrap_or_default().to_owned());
            if line.ends_with(":3") {
                break;
            }
        }
        let welcome = ["001", "002", "003", "004", "005", "251", "255"];
        let then = ["265", "266", "375", "372", "376", "JOIN", "353", "366", "1", "2", "331", "3"];
        // As many lines of 005 as its tokens take.
        seen.dedup();
        assert_eq!(seen, [&welcome[..], &then[..]].concat());
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_wrong_password_is_464_and_the_end_and_what_came_behind_it_is_not_done() {
    with_server(locked, async |server| {
        let mut bob = server.stranger();
        bob.says("PASS :open sesame").await;
        bob.registers("bob").await;
        for pass in ["PASS :open barley\r\n", "PASS open\r\n", ""] {
            let mut ann = server.stranger();
            ann.says(&format!("{pass}NICK ann\r\nUSER ann 0 * :ann\r\nPRIVMSG bob :hello")).await;
            let rest = ann.rest().await;
            let refused = ":pipewright.localhost 464 ann :Password incorrect";
            assert_eq!(rest, [refused.into(), error("Password incorrect")], "{pass}");
        }
        assert_eq!(bob.catches_up().await, Vec::<String>::new());
        bob.says("NICK ann").await;
        bob.until(" NICK ").await;
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn who_hangs_up_while_the_password_is_checked_leaves_nothing_behind() {
    with_server(locked, async |server| {
        let mut ann = server.stranger();
        ann.says("PASS :open sesame\r\nNICK ann\r\nUSER ann 0 * :ann").await;
        ann.stream.get_mut().shutdown().await.expect("no more from her");
        let rest = ann.rest().await;
        assert_eq!(rest.last(), Some(&error("Connection closed")));
        let mut again = server.stranger();
        again.says("PASS :open sesame").await;
        again.registers("ann").await;
        assert_eq!(server.runtime.connection_count(), 1);
    })
    .await;
}
