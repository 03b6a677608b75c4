//! Our program, serving.

use std::{
    env, fs,
    fs::File,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::PathBuf,
    process::{Child, ChildStdout, Command, Stdio},
    thread,
};

use tempfile::TempDir;

/// A server of ours on a port that the system chose.  Killed when this is dropped, and says what
/// it logged if the test has failed.
pub struct Program {
    pub address: SocketAddr,
    /// Of all listeners with a port, in the order of the configuration; the first is `address`.
    #[allow(dead_code, reason = "not all suites have more than one")]
    pub addresses: Vec<SocketAddr>,
    pub child: Child,
    /// Where it runs, with its configuration and its log.
    pub folder: TempDir,
    /// What it has told on standard output at its start.
    #[allow(dead_code, reason = "not all suites look at it")]
    pub banner: String,
    _stdout: BufReader<ChildStdout>,
}

impl Program {
    /// Returns once it listens.  `config` is what its configuration has besides the address;
    /// `launcher` are the words before the program's name, none for the program alone.
    pub fn start(launcher: &[&str], config: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the server");
        let file = folder.path().join("pipewright.toml");
        let listen = "[[listen]]\naddress = \"127.0.0.1:0\"\n";
        fs::write(&file, format!("{listen}{config}")).expect("its configuration");
        let program = env!("CARGO_BIN_EXE_pipewright");
        let mut words = launcher.iter().copied().chain([program, "--config"]);
        let mut command = Command::new(words.next().expect("at least the program"));
        command.args(words).arg(&file);
        without_configuration(&mut command);
        // Tests say more in a second than people do; one of flood control says so in `config`.
        if !config.contains("flood_rate") {
            command.env("PIPEWRIGHT_LIMITS__FLOOD_RATE", "0");
        }
        let mut child = command
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(log(&folder)).expect("its log"))
            .spawn()
            .expect("the server starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
        let banner = banner(&mut stdout);
        let addresses = addresses_in(&banner);
        let log = fs::read_to_string(log(&folder)).unwrap_or_default();
        let Some(&address) = addresses.first() else {
            panic!("the server ended at its start\n{log}")
        };
        Self { address, addresses, child, folder, banner, _stdout: stdout }
    }

    /// Asks it to stop, and waits until it has.
    #[allow(dead_code, reason = "only some suites stop it so")]
    pub fn stop(&mut self) {
        let pid = self.child.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &pid]).status().expect("kill runs");
        assert!(asked.success());
        assert!(self.child.wait().expect("our child").success(), "it did not stop in order");
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(log(&self.folder)).expect("its log")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Failing only when it has ended already, which is the aim.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            eprintln!("--- the server's log\n{}", self.log());
        }
    }
}

/// What the environment of the test says of a server is not for this one.
pub fn without_configuration(command: &mut Command) {
    for (name, _) in env::vars_os() {
        // Without the latter it keeps beside its configuration what nobody has chosen a place for.
        let places = ["STATE_DIRECTORY", "XDG_STATE_HOME", "HOME"];
        let name_text = name.to_string_lossy();
        if name_text.starts_with("PIPEWRIGHT_") || places.contains(&&*name_text) {
            command.env_remove(name);
        }
    }
}

/// The addresses of the announcement, once all of it is read; none if there is none.
#[allow(dead_code, reason = "not all suites start it themselves")]
pub fn announced(stdout: &mut impl BufRead) -> Vec<SocketAddr> {
    addresses_in(&banner(stdout))
}

/// The announcement; nothing if the program has ended before the end of it.
fn banner(stdout: &mut impl BufRead) -> String {
    let mut text = String::new();
    for line in stdout.lines() {
        let line = line.expect("text");
        text += &format!("{line}\n");
        if line.starts_with("Ctrl-C") {
            return text;
        }
    }
    String::new()
}

fn addresses_in(banner: &str) -> Vec<SocketAddr> {
    let address =
        |line: &str| line.split_whitespace().find_map(|word| word.parse::<SocketAddr>().ok());
    banner.lines().filter_map(address).collect()
}

fn log(folder: &TempDir) -> PathBuf {
    folder.path().join("log")
}

/// Configuration of an operator called boss, whose password is xyzzy, with these privileges.
pub fn boss(privileges: &[&str]) -> String {
    let hash = pipewright::config::hash_password(b"xyzzy").expect("a hash");
    format!(
        "[[operator_class]]\nname = \"some\"\nprivileges = {privileges:?}\n\
         [[operator]]\nname = \"boss\"\nclass = \"some\"\npassword_hash = \"{hash}\"\n"
    )
}

/// An address of this machine that nothing else uses: of this process, and of this test.
pub fn a_free_address(test: u8, port: u16) -> SocketAddr {
    let [.., high, low] = std::process::id().to_be_bytes();
    SocketAddr::from(([127, high.max(1), low, test], port))
}
