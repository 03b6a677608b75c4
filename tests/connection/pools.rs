//! What takes long waits for its own kind alone: one kind is held back, and the others go on.

use std::{
    fs::File, future::pending, net::IpAddr, process::Command, rc::Rc, sync::Arc, thread,
    time::Duration,
};

use tokio::time::timeout;

use crate::pipe::{Server, with_control};
use pipewright::config::hash_password;
use pipewright::core::server::operators::{Operator, PRIVILEGE_NAMES, Privileges};
use pipewright::core::{Origin, Settings};
use pipewright::net::{Control, LookupFuture, Names, Resolver, Subject};
use pipewright::proto::names::Casemap;
use pipewright::store::Store;

/// In real time.
const PATIENCE: Duration = Duration::from_secs(30);

/// DNS that never answers.
struct Silent;

impl Names for Silent {
    fn name_of(&self, _: IpAddr) -> LookupFuture<Option<String>> {
        Box::pin(pending())
    }

    fn addresses_of(&self, _: &str) -> LookupFuture<Vec<IpAddr>> {
        Box::pin(pending())
    }
}

/// An operator by password, and one by certificate, whom nothing keeps waiting.
fn operators(settings: &mut Settings) {
    let operator = |name: &str, password: Option<&str>| {
        let hash = password.map(|text| hash_password(text.as_bytes()).expect("a hash"));
        Arc::new(Operator {
            name: name.into(),
            password_hash: hash.map(Into::into),
            certificate: password.is_none().then(|| "certificate".into()),
            class: "all".into(),
            privileges: Privileges::of_names(PRIVILEGE_NAMES.iter().copied()),
            masks: Vec::new(),
        })
    };
    settings.machine.operators = vec![operator("boss", Some("xyzzy")), operator("chief", None)];
    settings.machine.resolve.hostnames = true;
    settings.machine.resolve.timeout_ms = 500_000;
}

async fn chief(server: &Server) -> crate::pipe::Person {
    let mut origin = Origin::local();
    origin.certificate = Some("certificate".into());
    let mut chief = server.known(origin, Subject::default());
    chief.registers("chief").await;
    chief.says("OPER chief").await;
    chief.until(" 381 ").await;
    chief
}

/// Somebody whose host is asked for and never told.
async fn asked(server: &Server) -> crate::pipe::Person {
    let address = "192.0.2.7".parse().expect("an address");
    let subject = Subject { address: Some(address), ends: None };
    let mut asked = server.known(Origin::of(address), subject);
    asked.says("NICK asked\r\nUSER asked 0 * :asked").await;
    asked
}

#[tokio::test(start_paused = true)]
async fn nobody_but_who_gives_a_password_waits_while_passwords_are_checked_and_dns_is_silent() {
    let (control, _requests) = Control::new();
    let hashing = control.hashing().clone();
    with_control(operators, Resolver::new(Rc::new(Silent), 0), control, async move |server| {
        let mut held = Vec::new();
        for _ in 0..thread::available_parallelism().map_or(1, usize::from).saturating_sub(1).max(1)
        {
            held.push(hashing.permit().await.expect("a thread"));
        }
        let _asked = asked(&server).await;
        let mut boss = server.person("boss").await;
        boss.says("OPER boss xyzzy").await;
        let mut chief = chief(&server).await;
        chief.says("KLINE *@198.51.100.1 :not here").await;
        chief.until("KLINE is set").await;
        held.clear();
        boss.until(" 381 ").await;
    })
    .await;
}

// In real time: the store's thread takes as long as it takes.
#[tokio::test]
async fn nobody_but_who_wants_something_stored_waits_while_the_disk_does() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("test.db");
    let (store, _) =
        Store::open(&path.as_path().into(), false, Casemap::Ascii).expect("it needs no file yet");
    // Whoever opens it to write waits until somebody reads it.
    assert!(Command::new("mkfifo").arg(&path).status().expect("it runs").success());
    let (control, _requests) = Control::new();
    let control = control.with_store(Some(store));
    let resolver = Resolver::new(Rc::new(Silent), 0);
    let goes_on = with_control(operators, resolver, control, async move |server| {
        let mut chief = chief(&server).await;
        chief.says("KLINE *@198.51.100.1 :not here").await;
        let _asked = asked(&server).await;
        let mut boss = server.person("boss").await;
        boss.says("OPER boss xyzzy").await;
        boss.until(" 381 ").await;
        let read = File::open(&path).expect("the store writes");
        chief.until("could not be stored").await;
        drop(read);
    });
    timeout(PATIENCE, goes_on).await.expect("nobody waits for the disk");
}
