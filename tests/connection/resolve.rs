//! Who somebody is as others tell: DNS and the machine that it connects from, both of which may
//! keep silent.

use std::{
    future::{pending, ready},
    net::{IpAddr, SocketAddr},
    rc::Rc,
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::{JoinHandle, LocalSet, spawn_local},
    time::{Instant, sleep},
};

use crate::pipe::{Person, Server, with_resolver};
use pipewright::config::hash_password;
use pipewright::core::{Cloak, Cloaking, Origin, Settings, Webirc};
use pipewright::net::{Ends, LookupFuture, Names, Resolver, Subject};
use pipewright::proto::names::Cidr;

const CLIENT: &str = "192.0.2.7";

/// DNS as a test has it.
#[derive(Clone, Copy)]
enum Dns {
    Silent,
    /// Of any address this name, of any name this address, the latter after so many milliseconds.
    Has(&'static str, &'static str, u64),
}

impl Names for Dns {
    fn name_of(&self, _: IpAddr) -> LookupFuture<Option<String>> {
        match *self {
            Self::Silent => Box::pin(pending()),
            Self::Has(name, ..) => Box::pin(ready(Some(name.to_owned()))),
        }
    }

    fn addresses_of(&self, _: &str) -> LookupFuture<Vec<IpAddr>> {
        let Self::Has(_, address, after) = *self else { return Box::pin(pending()) };
        let address = address.parse().expect("an address");
        Box::pin(async move {
            sleep(Duration::from_millis(after)).await;
            vec![address]
        })
    }
}

fn dns(settings: &mut Settings) {
    settings.machine.resolve.hostnames = true;
}

fn ident(settings: &mut Settings) {
    settings.machine.resolve.ident = true;
}

/// Somebody from [`CLIENT`], of whom only DNS is asked.
fn client(server: &Server) -> Person {
    let address = CLIENT.parse().expect("an address");
    let subject = Subject { address: Some(address), ends: None };
    server.known(Origin::of(address), subject)
}

/// Registers and returns as whom, and after how many milliseconds of the test's time.
async fn welcome(person: &mut Person) -> (String, u64) {
    let start = Instant::now();
    person.says("NICK ann\r\nUSER ann 0 * :ann").await;
    let line = person.until(" 001 ").await;
    let mask = line.rsplit(' ').next().unwrap_or_default().to_owned();
    (mask, start.elapsed().as_millis() as u64)
}

/// How [`client`] is welcomed.
async fn shown(change: impl FnOnce(&mut Settings), names: Dns) -> (String, u64) {
    let mut seen = None;
    with_resolver(change, Resolver::new(Rc::new(names), 113), async |server| {
        seen = Some(welcome(&mut client(&server)).await);
    })
    .await;
    seen.expect("the test has run")
}

#[tokio::test(start_paused = true)]
async fn a_name_that_leads_back_to_its_address_is_the_host_and_no_other_name_is() {
    let by_address = format!("ann!~ann@{CLIENT}");
    for (name, address, mask) in [
        ("Pond.Example.org.", CLIENT, "ann!~ann@pond.example.org"),
        ("pond.example.org", "::ffff:192.0.2.7", "ann!~ann@pond.example.org"),
        ("pond.example.org", "192.0.2.8", &by_address),
        ("pond", CLIENT, &by_address),
        ("192.0.2.7", CLIENT, &by_address),
        ("192.519", CLIENT, &by_address),
        ("a b.example.org", CLIENT, &by_address),
        ("a!b@c.example.org", CLIENT, &by_address),
        (&*format!("{}.org", "a.".repeat(30)).leak(), CLIENT, &by_address),
    ] {
        let name: &'static str = name.to_owned().leak();
        let address: &'static str = address.to_owned().leak();
        assert_eq!(shown(dns, Dns::Has(name, address, 0)).await.0, mask, "{name} {address}");
    }
}

#[tokio::test(start_paused = true)]
async fn registration_waits_for_an_answer_but_no_longer_than_it_may() {
    let pond = |after| Dns::Has("pond.example.org", CLIENT, after);
    let by_address = format!("ann!~ann@{CLIENT}");
    let (mask, after) = shown(dns, pond(1000)).await;
    assert_eq!((&*mask, after), ("ann!~ann@pond.example.org", 1000));
    for silent in [pond(2500), Dns::Silent] {
        let (mask, after) = shown(dns, silent).await;
        assert_eq!(mask, by_address);
        assert!((2000..2010).contains(&after), "{after}");
    }
    let (mask, after) = shown(|_| {}, Dns::Silent).await;
    assert_eq!((mask, after), (by_address, 0));
}

#[tokio::test(start_paused = true)]
async fn the_time_runs_from_the_connection_on() {
    with_resolver(dns, Resolver::new(Rc::new(Dns::Silent), 113), async |server| {
        let mut ann = client(&server);
        sleep(Duration::from_millis(1500)).await;
        let (_, after) = welcome(&mut ann).await;
        assert!((500..510).contains(&after), "{after}");
        let mut bob = client(&server);
        sleep(Duration::from_millis(5000)).await;
        bob.says("NICK bob\r\nUSER bob 0 * :bob\r\nPING :1").await;
        bob.until(" 001 ").await;
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_comes_behind_the_registration_waits_too_and_keeps_its_order() {
    let locked = |settings: &mut Settings| {
        dns(settings);
        let hash = hash_password(b"open sesame").expect("a hash");
        settings.machine.password_hash = Some(hash.as_str().into());
    };
    with_resolver(locked, Resolver::new(Rc::new(Dns::Silent), 113), async |server| {
        let mut ann = client(&server);
        ann.says("PASS :open sesame\r\nNICK ann\r\nUSER ann 0 * :ann\r\nJOIN #pond\r\nPING :1")
            .await;
        ann.says("PING :2").await;
        ann.until(" 001 ").await;
        ann.until(" JOIN ").await;
        ann.until(" PONG ").await;
        assert!(ann.line().await.expect("a line").ends_with(":2"));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn who_leaves_while_others_are_asked_leaves_nothing_behind() {
    with_resolver(dns, Resolver::new(Rc::new(Dns::Silent), 113), async |server| {
        let mut witness = server.person("bob").await;
        for _ in 0..3 {
            let mut ann = client(&server);
            ann.says("NICK ann\r\nUSER ann 0 * :ann").await;
            drop(ann);
            server.has_only(1, &mut witness).await;
        }
        witness.says("NICK ann").await;
        witness.until(" NICK ").await;
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn where_hosts_are_cloaked_the_name_is_not_shown() {
    let cloaked = |settings: &mut Settings| {
        dns(settings);
        settings.network.cloak = Cloaking::Configured(Cloak::new(b"secret"));
    };
    let (mask, _) = shown(cloaked, Dns::Has("pond.example.org", CLIENT, 0)).await;
    assert!(mask.ends_with(".cloak"), "{mask}");
}

#[tokio::test(start_paused = true)]
async fn nobody_is_asked_about_a_gateway() {
    let gateway = |settings: &mut Settings| {
        dns(settings);
        let from = vec![Cidr::parse(CLIENT).expect("an address")];
        let webirc = Webirc { name: "web".into(), password_hash: None, certificate: None, from };
        settings.machine.webirc.push(webirc.into());
    };
    let by_address = format!("ann!~ann@{CLIENT}");
    assert_eq!(shown(gateway, Dns::Silent).await, (by_address, 0));
    with_resolver(gateway, Resolver::new(Rc::new(Dns::Silent), 113), async |server| {
        let mut ann = client(&server);
        ann.says("WEBIRC x web pond.example.org 192.0.2.8").await;
        assert_eq!(welcome(&mut ann).await, ("ann!~ann@pond.example.org".into(), 0));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn bans_know_a_user_by_its_name_and_by_its_address() {
    let pond = || Resolver::new(Rc::new(Dns::Has("pond.example.org", CLIENT, 0)), 113);
    for mask in ["*!*@*.example.org", "*!*@192.0.2.*", "*!*@192.0.2.0/24"] {
        with_resolver(dns, pond(), async |server| {
            let mut host = server.member("bob").await;
            host.says(&format!("MODE #pond +b {mask}")).await;
            host.until(" MODE ").await;
            let mut ann = client(&server);
            welcome(&mut ann).await;
            ann.says("JOIN #pond").await;
            ann.until(" 474 ").await;
        })
        .await;
    }
}

/// What a machine does that is asked who a user is.
#[derive(Clone, Copy)]
enum Machine {
    Says(&'static str),
    Hangs,
    Refuses,
}

/// A machine that is asked once; hands out what it was asked.
async fn machine(machine: Machine) -> (u16, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let listener = (!matches!(machine, Machine::Refuses)).then_some(listener);
    let task = spawn_local(async move {
        let Some(listener) = listener else { return String::new() };
        let mut stream: BufReader<TcpStream> =
            BufReader::new(listener.accept().await.expect("it is asked").0);
        let mut asked = String::new();
        stream.read_line(&mut asked).await.expect("a line");
        match machine {
            Machine::Says(text) => {
                stream.get_mut().write_all(text.as_bytes()).await.expect("it listens");
                asked
            }
            _ => pending().await,
        }
    });
    (port, task)
}

/// As whom somebody is welcomed from 127.0.0.1, port 4000, to port 6667, and after how long.
async fn webirc_info(kind: Machine) -> (String, u64) {
    let mut seen = None;
    let at = |port| SocketAddr::from(([127, 0, 0, 1], port));
    LocalSet::new()
        .run_until(async {
            let (port, task) = machine(kind).await;
            let resolver = Resolver::new(Rc::new(Dns::Silent), port);
            with_resolver(ident, resolver, async |server| {
                let ends = Some(Ends { local: at(6667), remote: at(4000) });
                let mut ann = server.known(Origin::local(), Subject { address: None, ends });
                seen = Some(welcome(&mut ann).await);
            })
            .await;
            if let Machine::Says(_) = kind {
                assert_eq!(task.await.expect("it was asked"), "4000, 6667\r\n");
            } else {
                task.abort();
            }
        })
        .await;
    seen.expect("the test has run")
}

#[tokio::test(start_paused = true)]
async fn a_user_that_its_machine_vouches_for_has_no_tilde() {
    for (says, user) in [
        ("4000, 6667 : USERID : UNIX : pond\r\n", "pond"),
        ("4000,6667:USERID:UNIX:~~po nd!@\u{7}\r\n", "pond"),
        ("4000, 6667 : USERID : OTHER : aaaaaaaaaaaaaaaaaaaaaaaa\r\n", "aaaaaaaaaaaaaaaaaa"),
    ] {
        let (mask, after) = webirc_info(Machine::Says(says)).await;
        assert_eq!((mask, after), (format!("ann!{user}@127.0.0.1"), 0), "{says:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_good_answer_the_user_is_what_the_client_says() {
    for bad in [
        "4000, 6667 : ERROR : NO-USER\r\n",
        "4000, 6668 : USERID : UNIX : pond\r\n",
        "4000, 6667 : USERID : UNIX : ~@ \r\n",
        "\u{0}\u{ff}rubbish\r\n",
    ] {
        let (mask, after) = webirc_info(Machine::Says(bad)).await;
        assert_eq!((&*mask, after), ("ann!~ann@127.0.0.1", 0), "{bad:?}");
    }
    assert_eq!(webirc_info(Machine::Refuses).await.0, "ann!~ann@127.0.0.1");
    let (mask, after) = webirc_info(Machine::Hangs).await;
    assert_eq!(mask, "ann!~ann@127.0.0.1");
    assert!((2000..2010).contains(&after), "{after}");
}
