//! What a delivery costs at least: a program that does nothing but write lines to sockets.
//!
//! Whoever connects to it says [`HEAR`] or [`SAY`]. Each further byte of the one who says has a
//! line written to each of the others, in the order in which they came.

use std::io::{self, Read, Write};
use std::net::TcpListener;
use std::process::Command;

use super::crowd::Crowd;
use super::deliveries::ROUNDS;
use super::samples::{Work, sample};
use super::{Extent, Point};
use crate::abuse::people::{Client, block_on, crowd};
use crate::process::Running;

/// The argument before the address that [`write()`] listens on.
pub const BARE: &str = "--bare";

const HEAR: &str = "h";
const SAY: &str = "s";

/// As long as what the server sends for a PRIVMSG of [`super::deliveries`].
const LINE: &[u8] =
    b":g12345!~g12345@127.0.0.1 PRIVMSG #g1234x0 :as long as lines mostly are, sixty bytes\r\n";

/// Has a line written to each client in a round, as in [`super::deliveries`].
pub fn measure(extent: &Extent, clients: usize) -> io::Result<Point> {
    let program = &Running::start(|_, addr| {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(BARE).arg(addr.to_string());
        Ok(command)
    })?;
    let addr = program.addr();
    block_on(async move {
        let make = move |_| async move {
            let mut client = Client::connect(addr).await?;
            client.says(HEAR).await?;
            Ok(client)
        };
        let people = Crowd::of(crowd(clients, make).await?);
        let mut talker = Client::connect(addr).await?;
        talker.says(SAY).await?;
        let mut bare = Bare { people, talker, clients: clients as u64 };
        sample(extent, clients, || program.processor_time(), &mut bare).await
    })
}

struct Bare {
    people: Crowd,
    talker: Client,
    clients: u64,
}

impl Work for Bare {
    async fn work(&mut self) -> io::Result<u64> {
        for _ in 0..ROUNDS {
            let due = self.people.lines() + self.clients;
            self.talker.says("\n").await?;
            self.people.hears(due).await?;
        }
        Ok(ROUNDS as u64 * self.clients)
    }
}

/// The program, until the one who says is gone.
pub fn write(addr: &str) -> io::Result<()> {
    let listener = TcpListener::bind(addr)?;
    let (mut hearers, mut sign) = (Vec::new(), [0]);
    loop {
        let (mut stream, _) = listener.accept()?;
        stream.set_nodelay(true)?;
        // Whoever says nothing was only looking whether somebody listens.
        match stream.read(&mut sign)? {
            0 => continue,
            _ if sign == HEAR.as_bytes() => hearers.push(stream),
            _ => {
                while stream.read(&mut sign)? > 0 {
                    for hearer in &mut hearers {
                        hearer.write_all(LINE)?;
                    }
                }
                return Ok(());
            }
        }
    }
}
