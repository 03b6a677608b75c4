//! Chromium without a window, with a page of ours.

use std::{
    fs,
    io::{BufRead, BufReader, ErrorKind, Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::process::CommandExt,
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, Sender, channel},
    thread,
    time::Duration,
};

use tempfile::TempDir;

use crate::wait::wait_for;

/// How long a browser may take to start and say something.
const PATIENCE: Duration = Duration::from_secs(60);

/// A page that joins a channel by WebSocket, greets, and tells what it hears.
const PAGE: &str = r#"<!DOCTYPE html><meta charset="utf-8"><title>A client</title><script>
const tell = text => fetch("/", { method: "POST", body: text });
const socket = new WebSocket("URL", ["text.ircv3.net"]);
socket.onopen = () => { socket.send("NICK NAME"); socket.send("USER NAME 0 * :A page"); };
socket.onclose = event => tell("NAME was closed: " + event.code + " " + event.reason);
socket.onmessage = ({ data }) => {
  const [, command, , ...rest] = data.split(" ");
  if (data.startsWith("PING ")) socket.send("PONG " + data.slice(5));
  if (command === "001") socket.send("JOIN CHANNEL");
  if (command === "366") tell("NAME has joined").then(() =>
    socket.send("PRIVMSG CHANNEL :good morning from a page: zażółć 🦆"));
  if (command === "PRIVMSG") tell("NAME heard " + rest.join(" ").slice(1));
};
</script>"#;

/// Runs until dropped, with all its processes.
pub struct Browser {
    child: Child,
    told: Receiver<String>,
    home: TempDir,
}

impl Browser {
    /// Opens a page that connects to `url`, from the same host.
    pub fn open(nick: &str, url: &str, channel_name: &str) -> Self {
        let page = PAGE.replace("URL", url).replace("NAME", nick).replace("CHANNEL", channel_name);
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let site = format!("http://{}/", listener.local_addr().expect("bound"));
        let (tell, told) = channel();
        // Ends with the test.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A browser may leave in the middle of it.
                let _ = answer(&stream, &page, &tell);
            }
        });
        let home = tempfile::tempdir().expect("a home for the browser");
        let child = Command::new("chromium")
            .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
            .args(["--no-first-run", "--disable-breakpad", "--ignore-certificate-errors"])
            .arg(format!("--user-data-dir={}", home.path().display()))
            .arg(site)
            .env("HOME", home.path())
            .env("TMPDIR", home.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // So that all of it can be ended.
            .process_group(0)
            .spawn()
            .expect("chromium is installed");
        Self { child, told, home }
    }

    /// What the page tells next.
    #[track_caller]
    pub fn tells(&self) -> String {
        self.told.recv_timeout(PATIENCE).expect("the page tells something")
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let group = format!("-{}", self.child.id());
        let _ = Command::new("sh").args(["-c", "kill -s KILL -- \"$0\"", &group]).status();
        // Waiting for it must not depend on that.
        let _ = self.child.kill();
        let _ = self.child.wait();
        // Its other processes may write for a moment yet, and what they write would stay: the folder must
        // be gone for a while.
        let mut times_gone = 0;
        let is_gone = || {
            let gone = fs::remove_dir_all(self.home.path()).err();
            let gone = gone.is_some_and(|why| why.kind() == ErrorKind::NotFound);
            times_gone = if gone { times_gone + 1 } else { 0 };
            (times_gone == 10).then_some(())
        };
        if wait_for(is_gone).is_none() && !thread::panicking() {
            panic!("the browser's profile stays in {}", self.home.path().display());
        }
    }
}

/// Gives the page to whoever asks, and passes on what it posts.
fn answer(stream: &TcpStream, page: &str, tell: &Sender<String>) -> std::io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut reader = BufReader::new(stream);
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first)?;
    loop {
        let mut header = String::new();
        if reader.read_line(&mut header)? <= 2 {
            break;
        }
        if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let body = if first.starts_with("POST") {
        let mut posted = vec![0; length];
        reader.read_exact(&mut posted)?;
        // Nobody listens only when the test is over.
        let _ = tell.send(String::from_utf8_lossy(&posted).into_owned());
        ""
    } else {
        page
    };
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close";
    let mut stream = stream;
    stream.write_all(format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).as_bytes())
}
