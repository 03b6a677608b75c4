//! weechat-headless: told what to do through its FIFO plugin, watched through its logs.

use std::{
    fs,
    fs::{File, OpenOptions},
    io::Write,
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

use crate::{
    person::{Client, STATUS, all_logs},
    server::Server,
    wait::wait_for,
};

/// What the plugins that we use are told; the others stay out.
const SETTINGS: &[(&str, &str)] = &[
    ("weechat.conf", "[plugin]\nautoload = \"irc,logger,fifo\"\n"),
    ("fifo.conf", "[file]\nenabled = on\npath = \"${weechat_config_dir}/fifo\"\n"),
    (
        "logger.conf",
        "[file]\nauto_log = on\nflush_delay = 0\n\
         path = \"${weechat_data_dir}/logs\"\nmask = \"$name.log\"\n",
    ),
];

/// Runs until dropped.
pub struct Weechat {
    home: TempDir,
    child: Child,
    /// What WeeChat calls the server.
    server: &'static str,
}

impl Weechat {
    pub fn start(nick: &str, server: &Server) -> Self {
        let (ip, port) = (server.address.ip(), server.address.port());
        // WeeChat 4 has another name for it; the one that it does not know it passes over.
        let tls = match &server.tls {
            Some(print) => {
                ["ssl", "tls"].map(|by| format!("-{by} -{by}_fingerprint={print}")).join(" ")
            }
            None => "-notls".to_owned(),
        };
        // Plaintext is the default before WeeChat 4, TLS from then on.
        let add = format!(
            "/server add here {ip}/{port} {tls} -username={nick} -anti_flood_prio_high=0 -anti_flood_prio_low=0"
        );
        Self::start_with(nick, "here", &[&add, "/connect here"])
    }

    /// Runs these lines at the start, which connect it to what they call `server`.
    pub fn start_with(nick: &str, server: &'static str, lines: &[&str]) -> Self {
        let home = tempfile::tempdir().expect("a home for WeeChat");
        for (name, text) in SETTINGS {
            fs::write(home.path().join(name), text).expect("WeeChat's configuration");
        }
        let output = File::create(home.path().join("output")).expect("WeeChat's output");
        let nicks = format!("/set irc.server_default.nicks {nick}");
        let lines = [&*nicks].into_iter().chain(lines.iter().copied());
        let child = Command::new("weechat-headless")
            .arg("-d")
            .arg(home.path())
            .args(lines.flat_map(|line| ["-r", line]))
            .env("HOME", home.path())
            .env("LC_ALL", "C.UTF-8")
            .env_remove("WEECHAT_HOME")
            .stdin(Stdio::null())
            .stderr(output.try_clone().expect("a second handle"))
            .stdout(output)
            .spawn()
            .expect("weechat-headless is installed");
        Self { home, child, server }
    }

    /// What WeeChat calls a window.
    fn buffer(&self, window: &str) -> String {
        if window == STATUS {
            format!("server.{}", self.server)
        } else {
            format!("{}.{window}", self.server)
        }
    }

    fn logs(&self) -> PathBuf {
        self.home.path().join("logs")
    }
}

impl Client for Weechat {
    fn enter(&mut self, window: &str, line: &str) {
        let buffer = self.buffer(window);
        let mut fifo =
            wait_for(|| OpenOptions::new().append(true).open(self.home.path().join("fifo")).ok())
                .expect("WeeChat opens its FIFO");
        writeln!(fifo, "irc.{buffer} *{line}").expect("WeeChat reads its FIFO");
    }

    fn log(&self, window: &str) -> String {
        let buffer = self.buffer(window);
        let log = fs::read_to_string(self.logs().join(format!("{buffer}.log")));
        // Columns of a table; one space reads better in a dialogue.
        log.unwrap_or_default().replace('\t', " ")
    }

    fn report(&self) -> String {
        all_logs(&self.logs()).unwrap_or_else(|error| error.to_string())
    }

    fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("our child").is_some()
    }
}

impl Drop for Weechat {
    fn drop(&mut self) {
        // Failing only when it has ended already, which is the aim.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
