//! What commands cost for each member, or channel, that they have to tell of.

use std::io;
use std::net::SocketAddr;
use std::path::Path;

use super::crowd::Crowd;
use super::samples::{Work, sample};
use super::{Extent, Point};
use crate::abuse::people::{Client, block_on};
use crate::abuse::server::{Server, Start};

/// The commands, in the order of what [`measure`] returns.
pub const NAMES: [&str; 5] = ["NAMES", "WHO", "LIST", "NICK", "QUIT"];

const CHANNEL: &str = "#c";

/// NAMES and WHO of a channel with `size` members; LIST of as many channels; NICK and QUIT of a
/// member, which the others hear of. Each is done by one client, over and over.
pub fn measure(program: &Path, extent: &Extent, size: usize) -> io::Result<[Point; 5]> {
    let [names, who, nick, quit] = of_channel(program, extent, size)?;
    let list = of_list(program, extent, size)?;
    Ok([names, who, list, nick, quit])
}

fn of_channel(program: &Path, extent: &Extent, size: usize) -> io::Result<[Point; 4]> {
    let server = &Server::start(program, Start::Unbraked)?;
    block_on(async move {
        let mut room = Room::open(server.addr(), size).await?;
        Ok([
            room.point(server, extent, Act::Names).await?,
            room.point(server, extent, Act::Who).await?,
            room.point(server, extent, Act::Nick).await?,
            room.point(server, extent, Act::Quit).await?,
        ])
    })
}

fn of_list(program: &Path, extent: &Extent, size: usize) -> io::Result<Point> {
    let server = &Server::start(program, Start::Unbraked)?;
    block_on(async move {
        let mut room = Room::open(server.addr(), 1).await?;
        let joins: String = (1..size).map(|number| format!("JOIN #c{number}\r\n")).collect();
        room.actor.says(0, &joins).await?;
        room.actor.meet(1).await?;
        room.size = size;
        room.point(server, extent, Act::List).await
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Act {
    Names,
    Who,
    List,
    Nick,
    Quit,
}

/// A room where one thing is done.
struct Acting<'r> {
    room: &'r mut Room,
    act: Act,
}

impl Work for Acting<'_> {
    /// Who has quit comes back.
    async fn prepare(&mut self) -> io::Result<()> {
        if self.room.is_here { Ok(()) } else { self.room.replace_actor().await }
    }

    async fn work(&mut self) -> io::Result<u64> {
        let size = self.room.size;
        let times = if self.act == Act::Quit { 1 } else { (1_000 / size).max(1) };
        for _ in 0..times {
            self.room.act(self.act).await?;
        }
        Ok((times * size) as u64)
    }
}

/// One who acts, and those who hear of it.
struct Room {
    addr: SocketAddr,
    /// How many are told of, or told, by each act.
    size: usize,
    others: Crowd,
    actor: Crowd,
    /// The actor is, and has not quit.
    is_here: bool,
    /// The actor has a new nick each time.
    nicks: u64,
}

impl Room {
    /// All are in one channel.
    async fn open(addr: SocketAddr, size: usize) -> io::Result<Self> {
        let others = Crowd::gather(addr, size - 1, |_| vec![CHANNEL.to_owned()]).await?;
        let actor = Crowd::of(vec![Client::connect(addr).await?.register("a0").await?]);
        let mut room = Self { addr, size, others, actor, is_here: true, nicks: 0 };
        room.enter().await?;
        Ok(room)
    }

    /// Another comes in place of the actor, who has quit.
    async fn replace_actor(&mut self) -> io::Result<()> {
        self.nicks += 1;
        let nick = format!("q{}", self.nicks);
        self.actor = Crowd::of(vec![Client::connect(self.addr).await?.register(&nick).await?]);
        self.is_here = true;
        self.enter().await
    }

    async fn enter(&mut self) -> io::Result<()> {
        let due = self.others.lines() + self.size as u64 - 1;
        self.actor.says(0, &format!("JOIN {CHANNEL}\r\n")).await?;
        self.actor.meet(1).await?;
        self.others.hears(due).await
    }

    async fn point(&mut self, server: &Server, extent: &Extent, act: Act) -> io::Result<Point> {
        let size = self.size;
        sample(extent, size, || server.processor_time(), &mut Acting { room: self, act }).await
    }

    /// Once all have heard all of it.
    async fn act(&mut self, act: Act) -> io::Result<()> {
        let due = self.others.lines() + self.size as u64 - 1;
        match act {
            Act::Names => self.asks(&format!("NAMES {CHANNEL}\r\n"), 2).await,
            Act::Who => self.asks(&format!("WHO {CHANNEL}\r\n"), self.size + 1).await,
            Act::List => self.asks("LIST\r\n", self.size + 1).await,
            Act::Nick => {
                self.nicks += 1;
                let own = self.actor.lines() + 1;
                self.actor.says(0, &format!("NICK a{}\r\n", self.nicks)).await?;
                self.actor.hears(own).await?;
                self.others.hears(due).await
            }
            Act::Quit => {
                self.actor.says(0, "QUIT\r\n").await?;
                self.is_here = false;
                self.others.hears(due).await
            }
        }
    }

    /// Reads the answer, which must have so many lines or more.
    async fn asks(&mut self, question: &str, least: usize) -> io::Result<()> {
        let before = self.actor.lines();
        self.actor.says(0, question).await?;
        self.actor.meet(1).await?;
        // The last is that of the PONG.
        if self.actor.lines() - before > least as u64 {
            return Ok(());
        }
        Err(io::Error::other(format!("the answer is cut short: {question}")))
    }
}
