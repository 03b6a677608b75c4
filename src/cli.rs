//! The command line.

use std::{
    env,
    fmt::Display,
    io::{self, BufRead, IsTerminal, Read, Write},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{self, ExitCode},
};

use clap::{Parser, Subcommand};

use crate::{
    config::{self, Config},
    runtime::{self, End},
    telemetry,
};

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
    /// Reads a password, one line of standard input, and prints its hash for server.password_hash
    HashPassword,
}

/// The whole program.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.command {
        None => run(cli.config.as_deref()),
        Some(Command::Check { config }) => {
            load(Some(&config)).and_then(|_| print(&format!("{}: fine\n", config.display())))
        }
        Some(Command::DefaultConfig) => print(&config::default_config()),
        Some(Command::HashPassword) => hash_password(),
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

fn hash_password() -> Result<(), Told> {
    /// More than any password may have, so that an endless line is read no further.
    const MOST_BYTES: u64 = 4096;
    let stdin = io::stdin();
    if stdin.is_terminal() {
        let _ = write!(io::stderr(), "Password (it will be seen as you type): ");
    }
    let mut line = Vec::new();
    stdin
        .lock()
        .take(MOST_BYTES)
        .read_until(b'\n', &mut line)
        .map_err(|why| tell(format_args!("standard input: {why}")))?;
    let password = line.strip_suffix(b"\n").unwrap_or(&line);
    let password = password.strip_suffix(b"\r").unwrap_or(password);
    let hash = config::hash_password(password).map_err(tell)?;
    print(&format!("{hash}\n"))
}
