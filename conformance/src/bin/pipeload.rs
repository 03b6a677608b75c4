//! How fast a link of the gateway carries what a peer says to a member of its channel.
//!
//! `pipeload HOST:PORT LINK.in CHANNEL MESSAGES`: joins as a client, writes so many public messages
//! of 50 bytes to the pipe, and reads them all back; tells messages a second, and fails when one is
//! missing or out of order.

use std::error::Error;
use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// No run is longer than this.
const MOST: u64 = 10_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<_> = std::env::args().skip(1).collect();
    let [address, pipe, channel, count] = words.as_slice() else {
        return Err("usage: pipeload HOST:PORT LINK.in CHANNEL MESSAGES".into());
    };
    let count = count.parse::<u64>()?.min(MOST);
    let stream = TcpStream::connect(address.as_str())?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    let mut client = BufReader::new(stream);
    let hello = format!("NICK listener\r\nUSER listener 0 * :load\r\nJOIN {channel}\r\n");
    client.get_mut().write_all(hello.as_bytes())?;
    let mut line = String::new();
    while !line.contains(" 366 ") {
        line.clear();
        if client.read_line(&mut line)? == 0 {
            return Err("the server has closed the connection".into());
        }
    }
    let pipe = OpenOptions::new().write(true).open(pipe)?;
    let start = Instant::now();
    let writer = thread::spawn(move || write(pipe, count));
    let mut next = 0;
    while next < count {
        line.clear();
        if client.read_line(&mut line)? == 0 {
            return Err(format!("closed after {next} messages").into());
        }
        if let Some((_, text)) = line.split_once(" PRIVMSG ") {
            let number = text.split_once(" :").and_then(|(_, text)| text.split(' ').next());
            if number.and_then(|number| number.parse().ok()) != Some(next) {
                return Err(format!("{next} is missing before {text}").into());
            }
            next += 1;
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    writer.join().map_err(|_| "the writer has failed")??;
    println!(
        "{count} messages in {seconds:.2} s: {:.0} a second, none lost",
        count as f64 / seconds
    );
    Ok(())
}

fn write(pipe: impl Write, count: u64) -> std::io::Result<()> {
    let mut pipe = BufWriter::with_capacity(64 << 10, pipe);
    // Ids that an earlier run has not used.
    let first = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos() as u64;
    for number in 0..count {
        let id = first.wrapping_add(number);
        writeln!(
            pipe,
            "{{\"id\":{id},\"sender_id\":\"load\",\"header\":{{\"Public\":\"{number} {:049}\"}},\
             \"clock\":{{\"load\":{}}}}}",
            0,
            number + 1
        )?;
    }
    pipe.flush()?;
    Ok(())
}
