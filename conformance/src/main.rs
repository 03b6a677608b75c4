//! `conformance HOST PORT [--tls] [--websocket] [--as NAME] [FILE...]`: plays scenarios against a running server.

use std::io::Write;
use std::net::{TcpStream, ToSocketAddrs};
use std::path::PathBuf;
use std::process::ExitCode;

use conformance::player::Player;
use conformance::tcp::Tcp;
use conformance::transport::{Tls, Transport};
use conformance::{report, scenario, suite};

const USAGE: &str = "usage: conformance HOST PORT [--tls] [--websocket] [--as NAME] [FILE...]
Plays scenarios against the IRC server at HOST PORT: those of the FILEs (or folders), or all
that come with this program. --tls and --websocket say how the port is spoken to; whose
certificate it shows is not checked. --as pipewright also plays those meant for one server only.";

fn main() -> ExitCode {
    match run(std::env::args().skip(1).collect()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::from(2)
        }
    }
}

fn run(args: Vec<String>) -> Result<bool, Box<dyn std::error::Error>> {
    let mut args = args.into_iter();
    let (Some(host), Some(port)) = (args.next(), args.next()) else { return Err(USAGE.into()) };
    let port: u16 = port.parse().map_err(|_| USAGE)?;
    let addr = (host.as_str(), port).to_socket_addrs()?.next().ok_or("no such host")?;
    let mut name = None;
    let mut transport = Transport::default();
    let mut files: Vec<PathBuf> = Vec::new();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--tls" => transport.tls = Some(Tls::default()),
            "--websocket" => transport.websocket = true,
            "--as" => name = Some(args.next().ok_or(USAGE)?),
            file => files.push(file.into()),
        }
    }
    if files.is_empty() {
        files.push(scenario::shipped());
    }
    let mut scenarios = Vec::new();
    for file in &files {
        scenarios.extend(scenario::load(file)?);
    }
    TcpStream::connect(addr).map_err(|why| format!("no server at {addr}: {why}"))?;
    let mut server = Tcp::new(addr).by(transport);
    let mut player = Player::new(&mut server);
    if let Some(name) = name {
        player = player.named(&name);
    }
    // A reader who has seen enough (`| head`) does not stop the playing.
    let say = |line: &str| drop(writeln!(std::io::stdout(), "{line}"));
    let summary = suite::play(&mut player, &scenarios, say);
    say("");
    say(&report::tables(&scenarios, &[("this server", &summary.verdicts)]));
    say(&summary.in_short());
    Ok(summary.is_good())
}
