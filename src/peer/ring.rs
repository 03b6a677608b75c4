//! The pipes of a ring of peers.

use std::{
    env, fs,
    io::{self, IsTerminal},
    path::{Path, PathBuf},
    process::{Command, ExitStatus},
};

use crate::gateway::fifo::{End, Fifo, FifoError, inspect_folder};
use crate::peer::MODE;

/// Peers that share a folder, and a window.
const MAX: usize = 64;

/// Why there is no ring.
#[derive(Debug, thiserror::Error)]
pub enum RingError {
    /// Too few or too many.
    #[error("a ring has 1 to {MAX} peers")]
    Size,
    /// The folder cannot be made.
    #[error("{}: {source}", path.display())]
    Folder {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Something else is there.
    #[error("{}: is no folder; move it away or name another by --folder", .0.display())]
    NotAFolder(PathBuf),
    /// A pipe cannot be made.
    #[error(transparent)]
    Pipe(#[from] FifoError),
    /// There is no screen for tmux.
    #[error(
        "--tmux needs a terminal; leave it out, and run the printed commands in terminals of your own"
    )]
    NoTerminal,
    /// tmux cannot be started.
    #[error("tmux: {0}; leave out --tmux, and run the printed commands in terminals of your own")]
    Tmux(io::Error),
    /// tmux did not do it.
    #[error("tmux ended with {0}")]
    TmuxFailed(ExitStatus),
}

/// Makes the pipes of `size` peers in `folder`, and returns the commands, by `program`, that join
/// them in a ring: one for each peer, which are called `peer1`, `peer2` and so on.
pub fn ring(size: usize, folder: &Path, program: &Path) -> Result<Vec<String>, RingError> {
    if !(1..=MAX).contains(&size) {
        return Err(RingError::Size);
    }
    if folder.exists() && !folder.is_dir() {
        return Err(RingError::NotAFolder(folder.to_owned()));
    }
    let first = folder.join("pipe");
    if !folder.is_dir() {
        inspect_folder(&first)?;
    }
    fs::create_dir_all(folder)
        .map_err(|source| RingError::Folder { path: folder.to_owned(), source })?;
    let pipe = |from: usize, to: usize| folder.join(format!("{from}-to-{to}"));
    let mut commands = Vec::with_capacity(size);
    for number in 1..=size {
        let before = if number == 1 { size } else { number - 1 };
        let after = if number == size { 1 } else { number + 1 };
        let (input, output) = (pipe(before, number), pipe(number, after));
        let made = Fifo::make(&output, MODE)?;
        made.permits(End::Read)?;
        made.permits(End::Write)?;
        commands.push(format!(
            "{} peer --name peer{number} --input {} --output {}",
            quoted(program),
            quoted(&input),
            quoted(&output)
        ));
    }
    Ok(commands)
}

/// Runs `commands` side by side in a tmux, until it is left; from within tmux, in a new window of it.
pub fn in_tmux(commands: &[String]) -> Result<(), RingError> {
    // tmux sets it in all its panes (tmux(1), "ENVIRONMENT"), and refuses to start in one.
    let is_inside = env::var_os("TMUX").is_some_and(|value| !value.is_empty());
    let has_terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
    if !is_inside && !has_terminal {
        return Err(RingError::NoTerminal);
    }
    let here = env::current_dir().map_err(RingError::Tmux)?;
    let mut tmux = Command::new("tmux");
    for (number, command) in commands.iter().enumerate() {
        // Laid out anew each time: a window is soon too small to be split once more.
        let split: &[&str] = match number {
            0 if is_inside => &["new-window"],
            0 => &["new-session"],
            _ => &[";", "split-window"],
        };
        // The paths of the pipes may begin here.
        tmux.args(split).arg("-c").arg(&here).arg(command).args([";", "select-layout", "tiled"]);
    }
    match tmux.status().map_err(RingError::Tmux)? {
        status if status.success() => Ok(()),
        status => Err(RingError::TmuxFailed(status)),
    }
}

/// As one word of a shell.
fn quoted(path: &Path) -> String {
    let text = path.to_string_lossy();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+,:@".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) {
        text.into_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_peer_writes_what_the_next_one_reads() {
        let folder = tempfile::tempdir().expect("a folder");
        let inside = folder.path().join("new ring");
        let commands = ring(3, &inside, Path::new("pipewright")).expect("a ring");
        let at = |name: &str| format!("'{}'", inside.join(name).display());
        let wanted = [("3-to-1", "1-to-2"), ("1-to-2", "2-to-3"), ("2-to-3", "3-to-1")];
        for ((command, (input, output)), number) in commands.iter().zip(wanted).zip(1..) {
            assert_eq!(
                *command,
                format!(
                    "pipewright peer --name peer{number} --input {} --output {}",
                    at(input),
                    at(output)
                )
            );
        }
        assert_eq!(fs::read_dir(&inside).expect("made").count(), 3);
        assert_eq!(ring(1, &inside, Path::new("it's")).expect("a loop").len(), 1);
        assert!(ring(0, &inside, Path::new("x")).is_err());
        assert_eq!(quoted(Path::new("it's")), r"'it'\''s'");
    }
}
