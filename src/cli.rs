//! The command line.

use std::{
    env,
    fmt::Display,
    fs::File,
    io::{self, BufRead, IsTerminal, Read, Write},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{self, ExitCode},
};

use clap::{Parser, Subcommand};
use ratatui::crossterm::{
    event::{self, Event, KeyCode, KeyEventKind, KeyModifiers},
    terminal::{disable_raw_mode, enable_raw_mode},
};

use crate::config::Config;
use crate::runtime::End;
use crate::{config, gateway, peer, runtime, telemetry};

const EXIT_CODES: &str = "\
Exit codes: 0 all went well; 1 the configuration is faulty, or what was asked could not be done; \
2 the command line makes no sense.";

/// An IRC server that stock clients simply work with.
///
/// Without a command it runs the server, until Ctrl-C or SIGTERM.  Without --config no file is
/// read: the defaults hold, and the environment (PIPEWRIGHT_SERVER__NAME and its like).
#[derive(Parser)]
#[command(name = "pipewright", version, after_help = EXIT_CODES, args_conflicts_with_subcommands = true)]
struct Cli {
    /// The configuration file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Says whether a configuration is fine, with the environment as it is, or all that is wrong
    #[command(after_help = EXIT_CODES)]
    Check {
        /// The configuration file
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Prints the default configuration, every key with a comment
    DefaultConfig,
    /// Reads a password and prints its hash for server.password_hash: on a terminal it asks twice and
    /// shows nothing, else it reads one line of standard input
    HashPassword,
    /// Takes part in a netchat network: lines of JSON over named pipes, without a server
    ///
    /// On a terminal it has a screen and keys: Enter sends to all, Ctrl+R takes what is typed as the
    /// private recipient (or the next of those who are there), Ctrl+P sends privately, Ctrl+S takes
    /// a snapshot (snapshot.json and history.json in the current folder), Ctrl+H shows the clock,
    /// Up and Down scroll, Ctrl+C leaves.
    ///
    /// When standard input or output is no terminal, each line of standard input is sent to all;
    /// `/msg NAME TEXT` (or `/msg "NAME WITH SPACES" TEXT`) privately, `/snapshot` and `/clock` do
    /// what the keys do, and `//` sends a slash.  Lines wait while nobody reads the output pipe; the
    /// end of standard input ends the peer, after all was written and a snapshot is done.  To listen
    /// only: tail -f /dev/null | pipewright peer ...
    ///
    /// Standard output has one line for each event, with tabs between its fields and control
    /// characters escaped: joined NAME; left NAME; lost NAME; public NAME TEXT; private NAME TEXT;
    /// snapshot complete; snapshot incomplete NAME...
    #[command(after_help = EXIT_CODES, verbatim_doc_comment)]
    Peer {
        /// The pipe that is read, made if it is missing: what the peer before us writes
        #[arg(long, value_name = "FIFO")]
        input: PathBuf,
        /// The pipe that is written, made if it is missing: what the peer after us reads
        #[arg(long, value_name = "FIFO")]
        output: PathBuf,
        /// What we are called; 8 random letters and digits without it
        #[arg(long, value_name = "ID")]
        name: Option<String>,
        /// Where to log what is refused and who reads; nothing of what is said
        #[arg(long, value_name = "FILE")]
        logfile: Option<PathBuf>,
    },
    /// Makes the pipes of a ring of N peers, and prints the N commands that join it
    ///
    /// Each command is for a terminal of its own; with --tmux they run side by side.
    #[command(after_help = EXIT_CODES)]
    Ring {
        /// How many peers; with 1 its pipe is looped onto itself
        n: usize,
        /// Where the pipes are made
        #[arg(long, value_name = "FOLDER", default_value = "ring")]
        folder: PathBuf,
        /// Runs the peers side by side in tmux
        #[arg(long)]
        tmux: bool,
    },
    /// Chats with the users of a workshop chat server: sends each line, shows `> LINE`
    #[command(after_help = EXIT_CODES)]
    Chat {
        /// The name to be known by
        user: String,
        /// Its address
        #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:7000")]
        server: String,
    },
}

/// The whole program.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.command {
        None => run(cli.config.as_deref()),
        Some(Command::Check { config }) => check(&config),
        Some(Command::DefaultConfig) => print(&config::default_config()),
        Some(Command::HashPassword) => hash_password(),
        Some(Command::Peer { input, output, name, logfile }) => log_to(logfile)
            .and_then(|()| peer::peer(peer::Options { input, output, name }).map_err(tell)),
        Some(Command::Ring { n, folder, tmux }) => ring(n, &folder, tmux),
        Some(Command::Chat { user, server }) => peer::chat(&user, &server).map_err(tell),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Told) => ExitCode::FAILURE,
    }
}

/// It could not be done, and the reason is on standard error.
struct Told;

fn tell(why: impl Display) -> Told {
    // Nobody is left to be told when standard error itself is gone.
    let _ = writeln!(io::stderr(), "pipewright: {why}");
    Told
}

fn run(file: Option<&Path>) -> Result<(), Told> {
    // What a restart is to start: the file of that name, which may be a newer one by then.
    let program = env::current_exe();
    let config = load(file)?;
    let telemetry = telemetry::init(&config.log);
    match runtime::run(config, file.map(Path::to_owned), telemetry).map_err(tell)? {
        End::Stop => Ok(()),
        End::Restart => {
            let program = program.map_err(tell)?;
            // Returns only if it could not be done.
            Err(tell(process::Command::new(program).args(env::args_os().skip(1)).exec()))
        }
    }
}

/// Warnings are on standard error as faults are, but the configuration is fine.
fn check(file: &Path) -> Result<(), Told> {
    let config = load(Some(file))?;
    // What is there besides the file itself.
    let faults = gateway::inspect_pipes(&config.gateway);
    if let Some(told) = faults.into_iter().map(tell).reduce(|told, _| told) {
        return Err(told);
    }
    for warning in &config.warnings {
        let _ = writeln!(io::stderr(), "{warning}");
    }
    let but = match config.warnings.len() {
        0 => String::new(),
        1 => ", with 1 warning".into(),
        count => format!(", with {count} warnings"),
    };
    print(&format!("{}: fine{but}\n", file.display()))
}

fn load(file: Option<&Path>) -> Result<Config, Told> {
    config::load(file, env::vars_os()).map_err(|faults| {
        for fault in faults {
            let _ = writeln!(io::stderr(), "{fault}");
        }
        Told
    })
}

fn print(text: &str) -> Result<(), Told> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        // The reader, `head` perhaps, has seen enough.
        Err(why) if why.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(|why| tell(format_args!("standard output: {why}"))),
    }
}

fn log_to(file: Option<PathBuf>) -> Result<(), Told> {
    let Some(path) = file else { return Ok(()) };
    let opened = File::options().create(true).append(true).open(&path);
    opened.map(telemetry::init_file).map_err(|why| tell(format_args!("{}: {why}", path.display())))
}

fn ring(size: usize, folder: &Path, in_tmux: bool) -> Result<(), Told> {
    let program = env::current_exe().unwrap_or_else(|_| "pipewright".into());
    let commands = peer::ring(size, folder, &program).map_err(tell)?;
    if in_tmux {
        return peer::in_tmux(&commands).map_err(tell);
    }
    print(&(commands.join("\n") + "\n"))
}

fn hash_password() -> Result<(), Told> {
    let password = if io::stdin().is_terminal() { typed()? } else { piped()? };
    let hash = config::hash_password(&password).map_err(tell)?;
    print(&format!("{hash}\n"))
}

/// One line of standard input, without its end.
fn piped() -> Result<Vec<u8>, Told> {
    /// More than any password may have, so that an endless line is read no further.
    const MOST_BYTES: u64 = 4096;
    let mut line = Vec::new();
    let read = io::stdin().lock().take(MOST_BYTES).read_until(b'\n', &mut line);
    read.map_err(|why| tell(format_args!("standard input: {why}")))?;
    let password = line.strip_suffix(b"\n").unwrap_or(&line);
    Ok(password.strip_suffix(b"\r").unwrap_or(password).to_vec())
}

/// A password that was typed twice.
fn typed() -> Result<Vec<u8>, Told> {
    let password = unseen("Password: ")?;
    if unseen("Again: ")? != password {
        return Err(tell("the two are not the same"));
    }
    Ok(password.into_bytes())
}

/// A line of the terminal that it does not show.
fn unseen(prompt: &str) -> Result<String, Told> {
    let line = Unseen::new().and_then(|terminal| {
        // From here on nothing is shown.
        let _ = write!(io::stderr(), "{prompt}");
        terminal.line()
    });
    let _ = writeln!(io::stderr());
    match line {
        Ok(Some(line)) => Ok(line),
        Ok(None) => Err(tell("no password was given")),
        Err(why) => Err(tell(format_args!("the terminal: {why}"))),
    }
}

/// A terminal that shows nothing of what is typed, until this is dropped.
struct Unseen;

impl Unseen {
    fn new() -> io::Result<Self> {
        enable_raw_mode().map(|()| Self)
    }

    /// `None`: Ctrl-C or Ctrl-D.
    fn line(&self) -> io::Result<Option<String>> {
        let mut line = String::new();
        loop {
            let Event::Key(key) = event::read()? else { continue };
            let with_control = key.modifiers.contains(KeyModifiers::CONTROL);
            match key.code {
                _ if key.kind == KeyEventKind::Release => {}
                KeyCode::Char('c' | 'd') if with_control => return Ok(None),
                KeyCode::Char('u') if with_control => line.clear(),
                KeyCode::Char(typed) if !with_control => line.push(typed),
                KeyCode::Backspace => drop(line.pop()),
                KeyCode::Enter => return Ok(Some(line)),
                _ => {}
            }
        }
    }
}

impl Drop for Unseen {
    fn drop(&mut self) {
        // Nothing can be done about a terminal that is gone.
        let _ = disable_raw_mode();
    }
}
