//! A `pipewright peer` over the gateway of a server, in plain lines.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use super::program::Program;

const PATIENCE: Duration = Duration::from_secs(10);

/// Killed when dropped, as by `kill -9`.
pub struct Peer {
    child: Child,
    /// The end of it is the end of the peer.
    pub stdin: Option<ChildStdin>,
    lines: Receiver<String>,
}

impl Peer {
    /// In the server's folder, its pipes there too.
    pub fn start(server: &Program, name: &str, input: &str, output: &str) -> Self {
        let run = server.folder.path().join("run");
        for pipe in [input, output] {
            make(&run.join(pipe));
        }
        let mut child = Command::new(env!("CARGO_BIN_EXE_pipewright"))
            .args(["peer", "--name", name, "--input", input, "--output", output])
            .current_dir(run)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("it works");
        let (to, lines) = channel();
        let stdout = child.stdout.take().expect("it works");
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines() {
                if line.is_err() || to.send(line.expect("it works")).is_err() {
                    return;
                }
            }
        });
        Self { stdin: child.stdin.take(), child, lines }
    }

    pub fn says(&mut self, line: &str) {
        writeln!(self.stdin.as_mut().expect("it works"), "{line}").expect("it works");
    }

    /// The next line that has these words in it.
    #[track_caller]
    pub fn prints(&self, words: &str) -> String {
        let mut before = Vec::new();
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) if line.contains(words) => return line,
                Ok(line) => before.push(line),
                Err(_) => panic!("{words:?} is not in {before:#?}"),
            }
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // Failing only when it has ended already, which is the aim.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn make(pipe: &Path) {
    if !pipe.exists() {
        let made = Command::new("mkfifo").arg(pipe).status().expect("it works");
        assert!(made.success());
    }
}
