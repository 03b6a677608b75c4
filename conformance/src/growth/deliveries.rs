//! The cost of a delivery: one line that one client hears because another has said it.

use std::io;
use std::path::Path;

use super::crowd::Crowd;
use super::samples::{Work, sample};
use super::{Extent, MEMBERS, Point};
use crate::abuse::people::block_on;
use crate::abuse::server::{Server, Start};

/// Rounds before the time is looked at again.
pub const ROUNDS: usize = 20;

/// One of each ten clients, who share `channels` channels, talks to one channel after the other:
/// in a round each says a line, and all have heard it before the next.
pub fn measure(
    program: &Path,
    extent: &Extent,
    clients: usize,
    channels: usize,
) -> io::Result<Point> {
    let server = &Server::start(program, Start::Unbraked)?;
    block_on(async move {
        let of = |number| (0..channels).map(|channel| named(number, channel)).collect();
        let people = Crowd::gather(server.addr(), clients, of).await?;
        let mut talk = Talk { people, clients, channels, round: 0 };
        sample(extent, clients, || server.processor_time(), &mut talk).await
    })
}

struct Talk {
    people: Crowd,
    clients: usize,
    channels: usize,
    round: usize,
}

impl Work for Talk {
    async fn work(&mut self) -> io::Result<u64> {
        let told = (self.clients / MEMBERS * (MEMBERS - 1)) as u64;
        for _ in 0..ROUNDS {
            let due = self.people.lines() + told;
            for number in (0..self.clients).step_by(MEMBERS) {
                let channel = named(number, self.round % self.channels);
                let text = "as long as lines mostly are, sixty bytes";
                self.people.says(number, &format!("PRIVMSG {channel} :{text}\r\n")).await?;
            }
            self.people.hears(due).await?;
            self.round += 1;
        }
        Ok(ROUNDS as u64 * told)
    }
}

/// A channel of the client with this number.
fn named(number: usize, channel: usize) -> String {
    format!("#g{}x{channel}", number / MEMBERS)
}
