//! A program of ours whose lines are written and read by the test.

use std::{
    ffi::OsStr,
    fs,
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::{Child, ChildStdin, Command, ExitStatus, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

pub const PATIENCE: Duration = Duration::from_secs(20);

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_pipewright");

/// Killed when dropped, as by `kill -9`.
pub struct Process {
    pub child: Child,
    stdin: Option<ChildStdin>,
    out: Receiver<String>,
    err: Receiver<String>,
    name: String,
}

impl Process {
    /// `pipewright` in this folder.
    pub fn start<S: AsRef<OsStr>>(folder: &Path, arguments: impl IntoIterator<Item = S>) -> Self {
        let mut command = Command::new(PROGRAM);
        command.args(arguments);
        Self::spawn(folder, command)
    }

    /// A peer of this name; the pipes are in this folder, too.
    pub fn peer(folder: &Path, name: &str, input: &str, output: &str) -> Self {
        Self::start(folder, ["peer", "--name", name, "--input", input, "--output", output])
    }

    pub fn spawn(folder: &Path, mut command: Command) -> Self {
        let name = format!("{command:?}");
        let mut child = command
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let out = lines(child.stdout.take().unwrap());
        let err = lines(child.stderr.take().unwrap());
        Self { stdin: child.stdin.take(), child, out, err, name }
    }

    pub fn says(&mut self, line: &str) {
        writeln!(self.stdin.as_mut().unwrap(), "{line}").unwrap();
    }

    /// The next line of standard output is this one.
    #[track_caller]
    pub fn prints(&mut self, line: &str) {
        assert_eq!(self.printed(), line, "{}", self.name);
    }

    /// The next line of standard output.
    #[track_caller]
    pub fn printed(&mut self) -> String {
        match self.out.recv_timeout(PATIENCE) {
            Ok(line) => line,
            Err(why) => panic!("{} printed nothing: {why}", self.name),
        }
    }

    /// The next line of standard error has this in it.
    #[track_caller]
    pub fn complains(&mut self, words: &str) {
        match self.err.recv_timeout(PATIENCE) {
            Ok(printed) => assert!(printed.contains(words), "{}: {printed}", self.name),
            Err(why) => panic!("{} did not say {words:?}: {why}", self.name),
        }
    }

    /// Standard input ends; what is still printed is this, and the program ends well.
    #[track_caller]
    pub fn ends(&mut self, rest: &[&str]) {
        drop(self.stdin.take());
        let status = self.status();
        let printed: Vec<_> = self.out.iter().collect();
        assert_eq!(printed, rest, "{}", self.name);
        assert!(status.success(), "{}: {status}", self.name);
    }

    /// Time of the processor that it has taken, in clock ticks (proc_pid_stat(5), 14 and 15).
    pub fn ticks(&self) -> u64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let fields: Vec<_> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
    }

    /// How it ends, by itself.
    #[track_caller]
    pub fn status(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "{} goes on", self.name);
            thread::yield_now();
        }
    }

    /// Standard input ends when this is dropped.
    pub fn take_stdin(&mut self) -> Option<ChildStdin> {
        self.stdin.take()
    }

    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Failing only when it has ended already, which is the aim.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            let out: Vec<_> = self.out.try_iter().collect();
            let err: Vec<_> = self.err.try_iter().collect();
            eprintln!("--- {}\nunread: {out:#?}\nerrors: {err:#?}", self.name);
        }
    }
}

fn lines(from: impl Read + Send + 'static) -> Receiver<String> {
    let (to, lines) = channel();
    thread::spawn(move || {
        for line in BufReader::new(from).lines() {
            if line.is_err() || to.send(line.unwrap()).is_err() {
                return;
            }
        }
    });
    lines
}
