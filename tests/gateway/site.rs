//! A netchat site, written and read byte by byte.

use std::{
    fs::{File, OpenOptions},
    io::{BufRead, BufReader, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::{Receiver, channel},
    },
    thread::{self, JoinHandle},
};

use rustix::fs::OFlags;
use serde_json::{Value, json};

use crate::{checker::Checker, person::PATIENCE};

pub struct Site {
    pub name: String,
    path: PathBuf,
    input: Option<File>,
    lines: Receiver<String>,
    checker: Checker,
    date: u64,
    reader: Reader,
}

/// Reads until it is dropped, so that another can read the same pipe then.
struct Reader {
    path: PathBuf,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// Ids beyond 2^53, none twice.
static NEXT_ID: AtomicU64 = AtomicU64::new(1 << 60);

impl Site {
    /// Connected to the link of this name, which it has told.
    pub fn connect(folder: &Path, link: &str, name: &str) -> Self {
        let mut site = Self::open(folder, link, name);
        site.says(json!("Connection"));
        site
    }

    /// Silent so far.
    pub fn open(folder: &Path, link: &str, name: &str) -> Self {
        let (reader, lines) = Reader::start(folder.join(format!("run/{link}.out")));
        let path = folder.join(format!("run/{link}.in"));
        let input = OpenOptions::new().write(true).open(&path).unwrap();
        let checker = Checker::default();
        Self { name: name.into(), path, input: Some(input), lines, checker, date: 0, reader }
    }

    /// Says something as itself, and returns the id of it.
    pub fn says(&mut self, header: Value) -> u64 {
        self.date += 1;
        let clock = json!({ self.name.clone(): self.date });
        let (id, name) = (new_id(), self.name.clone());
        let line = json!({"id": id, "sender_id": name, "header": header, "clock": clock});
        self.passes_on(&line.to_string());
        id
    }

    /// Writes the line of a message, whosever it is.
    pub fn passes_on(&mut self, line: &str) {
        self.checker.read(line);
        self.writes(&format!("{line}\n"));
    }

    /// Writes anything.
    pub fn writes(&mut self, text: &str) {
        self.input.as_mut().unwrap().write_all(text.as_bytes()).unwrap();
    }

    /// The next message; each is checked.
    #[track_caller]
    pub fn hears(&mut self) -> Value {
        let line = self.lines.recv_timeout(PATIENCE).expect("a message in time");
        self.checker.wrote(&line);
        serde_json::from_str(&line).unwrap()
    }

    /// The next message of this sender with this header; what comes before it is passed over.
    #[track_caller]
    pub fn hears_of(&mut self, sender: &str, header: Value) -> Value {
        loop {
            let message = self.hears();
            if message["sender_id"] == sender && message["header"] == header {
                return message;
            }
        }
    }

    /// The next message to this site alone, from whom and what; what comes before it is passed over.
    #[track_caller]
    pub fn is_told(&mut self) -> (String, String) {
        loop {
            let message = self.hears();
            let private = &message["header"]["Private"];
            if private[0] == self.name.as_str() {
                let sender = message["sender_id"].as_str().unwrap();
                return (sender.into(), private[1].as_str().unwrap().into());
            }
        }
    }

    /// As by `kill -9`: its pipes are closed, and nothing is said.
    pub fn crashes(mut self) {
        self.input = None;
        self.reader.stop();
    }

    /// Comes back after its input was removed.
    pub fn reopens(&mut self) {
        self.input = Some(OpenOptions::new().write(true).open(&self.path).unwrap());
    }
}

/// An id that no message has had.
pub fn new_id() -> u64 {
    NEXT_ID.fetch_add(1, Ordering::Relaxed)
}

impl Reader {
    fn start(path: PathBuf) -> (Self, Receiver<String>) {
        let output = File::open(&path).unwrap();
        let (to, lines) = channel();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = thread::spawn(move || {
            for line in BufReader::new(output).lines() {
                let Ok(line) = line else { return };
                // What stops it, and nothing else: or it would be left for the next reader.
                if stopped.load(Ordering::Relaxed) && line.is_empty() {
                    return;
                }
                // Nobody needs to wait for what is said.
                let _ = to.send(line);
            }
        });
        (Self { path, stop, thread: Some(thread) }, lines)
    }

    fn stop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // It waits for a line.  The pipe may have gone, and the reader with it.
        let nonblocking = OFlags::NONBLOCK.bits() as i32;
        let pipe = OpenOptions::new().write(true).custom_flags(nonblocking).open(&self.path);
        if pipe.is_ok_and(|mut pipe| pipe.write_all(b"\n").is_ok())
            && let Some(thread) = self.thread.take()
        {
            let _ = thread.join();
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.stop();
    }
}
