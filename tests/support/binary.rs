//! The built program, started for a test and stopped with it.

use std::io;
use std::process::{Command, Stdio};

use conformance::process::Running;

/// The message of the day, which the scenarios ask for.
pub const MOTD: &str = "Welcome to the test.";

/// Starts the program on a free loopback port, with a configuration of its own and as many shards.
pub fn start(shards: usize) -> io::Result<Running> {
    Running::start(|folder, addr| {
        let file = folder.join("pipewright.toml");
        let listen = format!("[[listen]]\naddress = \"{addr}\"\n");
        let server =
            format!("[server]\nmotd = \"{MOTD}\"\nshards = {shards}\ncasemapping = \"rfc1459\"\n");
        std::fs::write(&file, server + &listen)?;
        let mut command = Command::new(env!("CARGO_BIN_EXE_pipewright"));
        command.arg("--config").arg(file).stdout(Stdio::null());
        Ok(command)
    })
}
