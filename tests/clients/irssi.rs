//! irssi on a terminal of its own: a tmux that only this test knows.

use std::{
    ffi::OsStr,
    fs,
    path::PathBuf,
    process::{Command, Output},
};

use tempfile::TempDir;

use crate::{
    person::{Client, STATUS, all_logs},
    server::Server,
    wait::wait_for,
};

/// Runs until dropped, and leaves neither irssi nor tmux behind.
pub struct Irssi {
    home: TempDir,
}

impl Irssi {
    pub fn start(nick: &str, server: &Server) -> Self {
        let (ip, port) = (server.address.ip(), server.address.port());
        let tls = match &server.tls {
            Some(_) => "use_tls = \"yes\"; tls_verify = \"no\";",
            None => "",
        };
        let servers =
            format!("{{ address = \"{ip}\"; port = \"{port}\"; autoconnect = \"yes\"; {tls} }}");
        Self::start_with(nick, &servers)
    }

    /// Knows no server, and types this line.
    pub fn start_typing(nick: &str, line: &str) -> Self {
        let irssi = Self::start_with(nick, "");
        let is_ready = wait_for(|| irssi.screen().contains("[(status)]").then_some(()));
        assert!(is_ready.is_some(), "irssi does not start\n{}", irssi.screen());
        irssi.types(line);
        irssi
    }

    fn start_with(nick: &str, servers: &str) -> Self {
        let home = tempfile::tempdir().expect("a home for irssi");
        fs::write(home.path().join("config"), config(nick, servers, &home))
            .expect("irssi's configuration");
        fs::create_dir(home.path().join("logs")).expect("a folder for its logs");
        let irssi = Self { home };
        let started = irssi.tmux([
            "new-session",
            "-d",
            // Wide enough that what is typed stays on one line of the screen.
            "-x200",
            "-y50",
            "irssi",
            &format!("--home={}", irssi.home.path().display()),
            &format!("--nick={nick}"),
        ]);
        assert!(started.status.success(), "tmux: {}", String::from_utf8_lossy(&started.stderr));
        irssi
    }

    /// The text on the screen now.
    fn screen(&self) -> String {
        String::from_utf8_lossy(&self.tmux(["capture-pane", "-p"]).stdout).into_owned()
    }

    fn types(&self, line: &str) {
        self.tmux(["send-keys", "-l", "--", line]);
        self.tmux(["send-keys", "Enter"]);
    }

    /// A socket of our own, and none of the user's settings.
    fn tmux(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Output {
        Command::new("tmux")
            .args(["-u", "-f", "/dev/null", "-S"])
            .arg(self.home.path().join("tmux"))
            .args(arguments)
            .env("HOME", self.home.path())
            .env("LC_ALL", "C.UTF-8")
            .env_remove("TMUX")
            .output()
            .expect("tmux is installed")
    }

    fn logs(&self) -> PathBuf {
        self.home.path().join("logs")
    }
}

impl Client for Irssi {
    fn enter(&mut self, window: &str, line: &str) {
        let name = if window == STATUS { "1" } else { window };
        self.types(&format!("/window goto {name}"));
        // Typing into another window than meant would say things to the wrong people.  The
        // line below the screen's text names the window that is in front.
        let prompt = if window == STATUS { "[(status)]" } else { &format!("[{window}]") };
        let in_front = wait_for(|| self.screen().contains(prompt).then_some(()));
        assert!(in_front.is_some(), "irssi has no window {window}\n{}", self.screen());
        self.types(line);
    }

    fn log(&self, window: &str) -> String {
        let name = if window == STATUS { "everything" } else { window };
        fs::read_to_string(self.logs().join(name).with_extension("log")).unwrap_or_default()
    }

    fn report(&self) -> String {
        let logs = all_logs(&self.logs()).unwrap_or_else(|error| error.to_string());
        format!("{logs}- the screen\n{}", self.screen())
    }

    fn has_ended(&mut self) -> bool {
        !self.tmux(["has-session"]).status.success()
    }
}

impl Drop for Irssi {
    fn drop(&mut self) {
        // irssi takes its time to leave when its terminal goes, so it is not asked.
        let panes = self.tmux(["list-panes", "-a", "-F", "#{pane_pid}"]).stdout;
        for pid in String::from_utf8_lossy(&panes).split_whitespace() {
            // The shell's own kill: the program of that name need not be installed.
            let _ = Command::new("sh").args(["-c", "kill -KILL \"$0\"", pid]).status();
        }
        self.tmux(["kill-server"]);
    }
}

/// Logs of every window by name, and one of everything, because irssi's own keeps no log of
/// the status window.
fn config(nick: &str, servers: &str, home: &TempDir) -> String {
    let home = home.path().display();
    format!(
        r#"
servers = ( {servers} );
settings = {{
  core = {{ nick = "{nick}"; user_name = "{nick}"; real_name = "{nick} with irssi"; }};
  "irc/core" = {{ cmds_max_at_once = "100"; cmd_queue_speed = "10msec"; }};
  "fe-common/core" = {{
    term_charset = "UTF-8";
    autolog = "yes";
    autolog_level = "ALL";
    autolog_path = "{home}/logs/$0.log";
  }};
  "fe-text" = {{ paste_verify_line_count = "0"; paste_join_multiline = "no"; }};
}};
logs = {{ "{home}/logs/everything.log" = {{ auto_open = "yes"; level = "ALL"; }}; }};
"#
    )
}
