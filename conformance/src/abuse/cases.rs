//! What is done to the server.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tokio::time::{Instant as At, sleep, sleep_until};

use super::Size;
use super::people::{Client, crowd, flood};
use super::server::{Start, websocket};

/// A row of the table.
pub struct Case {
    /// What happens.
    pub name: &'static str,
    /// What is particular about the server's start.
    pub start: Start,
    /// Does it, and says how much of it.
    pub run: fn(Arena) -> Abuse,
}

/// An abuse that is going on.
pub type Abuse = Pin<Box<dyn Future<Output = io::Result<String>>>>;

/// Where it is done, and for how long.
#[derive(Clone, Copy)]
pub struct Arena {
    /// The server.
    pub addr: SocketAddr,
    /// Its process.
    pub pid: u32,
    /// How much.
    pub size: Size,
    /// When it must be over.
    pub until: Instant,
}

const fn row(name: &'static str, run: fn(Arena) -> Abuse) -> Case {
    Case { name, start: Start::Plain, run }
}

/// How a client of WebSocket begins.
const UPGRADE: &str = "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// Every case.
pub const CASES: &[Case] = &[
    row("1,000 clients that never read", |arena| Box::pin(never_read(arena))),
    row("10,000 half-open registrations", |arena| Box::pin(half_open(arena))),
    row("a client that sends 1 MB/s of rubbish", |arena| Box::pin(rubbish(arena))),
    row("JOIN and PART floods", |arena| {
        let lines = |at| format!("JOIN #flood{}\r\nPART #flood{}\r\n", at % 5, at % 5);
        Box::pin(floods(arena, "", lines))
    }),
    row("a nick-change storm", |arena| {
        let lines = |at| format!("NICK a{at}\r\nNICK b{at}\r\n");
        Box::pin(floods(arena, "JOIN #storm\r\n", lines))
    }),
    row("LIST and WHO floods", |arena| {
        Box::pin(floods(arena, "JOIN #flood\r\n", |_| "LIST\r\nWHO *\r\n".to_owned()))
    }),
    row("empty lines, PONG and lines without an end", |arena| {
        let lines = |at| match at % 3 {
            0 => "\r\n".repeat(500),
            1 => "PONG x\r\n".repeat(100),
            _ => "x".repeat(1000),
        };
        Box::pin(floods(arena, "JOIN #flood\r\n", lines))
    }),
    row("WebSocket pings and empty messages", |arena| Box::pin(frames(arena))),
    row("mass disconnect and reconnect of 5,000 clients", |arena| Box::pin(come_and_go(arena))),
    row("the longest legal lines", |arena| {
        let lines = |_| format!("@+x={} PRIVMSG #long :{}\r\n", "y".repeat(4090), "z".repeat(494));
        Box::pin(floods(arena, "JOIN #long\r\n", lines))
    }),
    row("a hundred ban-list entries matched on each join", |arena| Box::pin(past_bans(arena))),
    row("three clients that send nothing but the dearest lines", |arena| {
        Box::pin(dearest_lines(arena))
    }),
    Case {
        name: "a full disk for logs",
        start: Start::FullDisk,
        run: |arena| Box::pin(come_and_go(arena)),
    },
    Case {
        name: "file descriptors exhausted",
        start: Start::Files(200),
        run: |arena| Box::pin(more_than_files(arena)),
    },
    row("SIGHUP every 100 ms", |arena| Box::pin(reloads(arena))),
];

impl Arena {
    fn of(&self, full: usize, short: usize) -> usize {
        if self.size == Size::Full { full } else { short }
    }

    async fn rest(&self) {
        sleep_until(At::from_std(self.until)).await;
    }

    /// People who have sent `setup`.
    async fn people(&self, count: usize, setup: &'static str) -> io::Result<Vec<Client>> {
        let addr = self.addr;
        crowd(count, move |number| person(addr, number, setup)).await
    }
}

async fn person(addr: SocketAddr, number: usize, setup: &str) -> io::Result<Client> {
    let mut client = Client::connect(addr).await?.register(&format!("p{number}")).await?;
    client.says(setup).await?;
    client.meets().await?;
    Ok(client)
}

/// Clients come and go, so that the server has used its code once, and remembers as many nicks as it
/// ever will: that is not what an abuse leaves behind.
pub async fn warm_up(addr: SocketAddr, start: Start) -> io::Result<()> {
    let count = if let Start::Files(most) = start { most as usize / 2 } else { 1_000 };
    let size = Size::Full;
    let arena = Arena { addr, pid: 0, size, until: Instant::now() };
    drop(arena.people(count, "JOIN #crowd\r\nNAMES #crowd\r\nWHO #crowd\r\n").await?);
    Ok(())
}

/// Those who do not read are in a channel where others do nothing but talk.
async fn never_read(arena: Arena) -> io::Result<String> {
    let (deaf, talkers) = (arena.of(1_000, 50), arena.of(10, 3));
    let addr = arena.addr;
    let make = move |number| async move {
        let mut client =
            Client::connect_narrow(addr).await?.register(&format!("deaf{number}")).await?;
        client.says("JOIN #loud\r\n").await?;
        Ok(client)
    };
    let _deaf = crowd(deaf, make).await?;
    let lines = format!("PRIVMSG #loud :{}\r\n", "x".repeat(450)).into_bytes();
    let talkers = arena.people(talkers, "JOIN #loud\r\n").await?;
    let sent = flood(talkers, |_| lines.clone(), arena.until).await?;
    Ok(format!("{deaf} clients, {sent} bytes for each"))
}

async fn half_open(arena: Arena) -> io::Result<String> {
    let (count, addr) = (arena.of(10_000, 200), arena.addr);
    let make = move |number| async move {
        let mut client = Client::connect(addr).await?;
        client.says(&format!("CAP LS 302\r\nNICK half{number}\r\nUSER ha")).await?;
        Ok(client)
    };
    let open = crowd(count, make).await?;
    arena.rest().await;
    Ok(format!("{} connections", open.len()))
}

/// A tenth of a megabyte every tenth of a second.
async fn rubbish(arena: Arena) -> io::Result<String> {
    let mut client = Client::connect(arena.addr).await?;
    let (mut bytes, mut seed, mut sent) = (vec![0; 100_000], 1_u64, 0);
    while Instant::now() < arena.until {
        for byte in &mut bytes {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            *byte = (seed >> 56) as u8;
        }
        let next = Instant::now() + Duration::from_millis(100);
        // Once over is enough: what the server does not take in time is not sent again.
        sent += client.pours(&bytes, next).await;
        sleep_until(At::from_std(next)).await;
    }
    Ok(format!("{sent} bytes sent"))
}

async fn floods(
    arena: Arena,
    setup: &'static str,
    lines: impl Fn(usize) -> String,
) -> io::Result<String> {
    let count = arena.of(50, 5);
    let people = arena.people(count, setup).await?;
    let sent = flood(people, |at| lines(at).repeat(8).into_bytes(), arena.until).await?;
    Ok(format!("{count} clients, {sent} bytes sent"))
}

/// Frames that are no lines.
async fn frames(arena: Arena) -> io::Result<String> {
    let mut clients = Vec::new();
    for _ in 0..arena.of(20, 3) {
        let mut client = Client::connect(websocket(arena.addr)).await?;
        client.says(UPGRADE).await?;
        while !client.hears().await?.is_empty() {}
        clients.push(client);
    }
    // Masked by nothing (RFC 6455, section 5.3): a ping, and a text message, both empty.
    const EMPTY: &[u8] = &[0x89, 0x80, 0, 0, 0, 0, 0x81, 0x80, 0, 0, 0, 0];
    let count = clients.len();
    let sent = flood(clients, |_| EMPTY.repeat(500), arena.until).await?;
    Ok(format!("{count} clients, {sent} bytes sent"))
}

/// They read: on loopback the system acknowledges for those who do not, on the server's processor.
async fn come_and_go(arena: Arena) -> io::Result<String> {
    let (count, mut times) = (arena.of(5_000, 50), 0);
    let addr = arena.addr;
    let make = |number| async move { Ok(person(addr, number, "JOIN #crowd\r\n").await?.listens()) };
    while times == 0 || Instant::now() < arena.until {
        drop(crowd(count, make).await?);
        times += 1;
    }
    Ok(format!("{count} clients, {times} times"))
}

async fn past_bans(arena: Arena) -> io::Result<String> {
    let mut founders = arena.people(1, "JOIN #banned\r\n").await?;
    if let Some(founder) = founders.first_mut() {
        // Ten in a line, or flood control would make it take long.
        for ten in 0..10 {
            let masks: String =
                (0..10).map(|one| format!(" *!*spam{ten}{one}@*.example.org")).collect();
            founder.says(&format!("MODE #banned +{}{masks}\r\n", "b".repeat(10))).await?;
        }
        founder.meets().await?;
    }
    let addr = arena.addr;
    let make = move |number| async move {
        Client::connect(addr).await?.register(&format!("j{number}")).await
    };
    let joiners = crowd(arena.of(50, 5), make).await?;
    let lines = b"JOIN #banned\r\nPART #banned\r\n".repeat(8);
    let sent = flood(joiners, |_| lines.clone(), arena.until).await?;
    Ok(format!("{sent} bytes of JOIN and PART sent"))
}

/// Lines of the kinds that `conformance/cost` finds, in a crowded channel and at another whose masks
/// are long and fit nobody.
async fn dearest_lines(arena: Arena) -> io::Result<String> {
    let mut crowd = arena.people(arena.of(1_000, 20), "JOIN #crowd,#gate\r\n").await?;
    if let Some(founder) = crowd.first_mut() {
        for seven in 0..14 {
            let masks: String =
                (0..7).map(|one| format!(" r:*{}{seven:02}{one}Z", "?".repeat(58))).collect();
            founder.says(&format!("MODE #gate +{}{masks}\r\n", "b".repeat(7))).await?;
        }
        founder.meets().await?;
    }
    let crowd: Vec<_> = crowd.into_iter().map(Client::listens).collect();
    let setup = format!("SETNAME :\u{e9}{}\r\nJOIN #crowd\r\n", "a".repeat(126));
    let mut three = arena.people(3, "").await?;
    for client in &mut three {
        client.says(&setup).await?;
        client.meets().await?;
    }
    let lines = dear_lines();
    let sent = flood(three, |_| lines.clone(), arena.until).await?;
    Ok(format!("{sent} bytes sent beside {} others", crowd.len()))
}

fn dear_lines() -> Vec<u8> {
    let repeated = |word: &str, times| vec![word; times].join(",");
    let lines = [
        format!("JOIN {}", repeated("#gate", 80)),
        format!("JOIN {}", repeated("#gate,#Gate,#GATE", 25)),
        "PRIVMSG #crowd,@#crowd,+#crowd,%#crowd :hi".to_owned(),
        format!("WHO *??????????Z* {}", "r".repeat(480)),
        format!("WHO *{}Z r", "?*".repeat(120)),
        "WHO #crowd".to_owned(),
        format!("NAMES {}", repeated("#crowd", 70)),
        format!("LIST {}", repeated("#*x*x*x*x*x*Z", 30)),
        format!("MODE #gate {}", "b".repeat(490)),
        format!("MODE #gate +{}", "beI".repeat(150)),
        format!("WHOIS {}", repeated("p1", 8)),
        format!("NICK {}", "n".repeat(30)),
        format!("ISON :{}", vec!["p1"; 160].join(" ")),
        format!("@+x={} PRIVMSG #crowd :{}", "y".repeat(4000), "z".repeat(490)),
    ];
    lines.iter().flat_map(|line| [line.as_bytes(), b"\r\n"].concat()).collect()
}

/// More connections than the server may have files.
async fn more_than_files(arena: Arena) -> io::Result<String> {
    let mut open = Vec::new();
    for _ in 0..400 {
        open.push(Client::connect(arena.addr).await?);
    }
    arena.rest().await;
    Ok(format!("{} connections asked for", open.len()))
}

async fn reloads(arena: Arena) -> io::Result<String> {
    let mut times = 0;
    while Instant::now() < arena.until {
        let mut kill = Command::new("kill");
        kill.arg("-HUP").arg(arena.pid.to_string()).stderr(Stdio::null());
        times += usize::from(kill.status()?.success());
        sleep(Duration::from_millis(100)).await;
    }
    Ok(format!("{times} times"))
}
