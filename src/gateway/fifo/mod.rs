//! Named pipes: made where they are missing, opened without waiting, and outliving whoever comes,
//! goes, crashes and returns at the other end, in any order.
//!
//! An [`Input`] is open for reading as long as it lives, so that a writer never waits; when the
//! last writer has gone it is told so.  An [`Output`] has a queue that is bounded in bytes, and
//! waits for a reader; when the last reader has gone it is told so, drops what that one has not
//! read, and waits for the next.
//!
//! | what | how often |
//! |---|---|
//! | looking for a reader, while there is none | four times a second |
//! | looking whether the path still leads to the pipe, which may have been removed | every 2 seconds |
//!
//! Everything else waits in the kernel.

mod input;
mod lines;
mod output;

use std::{
    fs::{self, File, Metadata, OpenOptions, Permissions},
    io,
    os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    time::Duration,
};

use rustix::{
    fs::{Access, AtFlags, CWD, Mode, OFlags, accessat, mkfifoat},
    io::Errno,
};

pub use input::{Input, Read};
pub use lines::{Framed, Lines};
pub use output::{Outbox, Output, Unheard, Went};

/// How often a pipe without a reader is tried.
const RETRY: Duration = Duration::from_millis(250);

/// How often the path is compared with the pipe.
const CHECK: Duration = Duration::from_secs(2);

/// Why a pipe cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FifoError {
    /// Something else is there.
    #[error("{}: is {what}, not a named pipe; move it away or name another path", path.display())]
    NotAPipe {
        /// Where.
        path: PathBuf,
        /// What, with its article.
        what: &'static str,
    },
    /// It would have to be made in a folder that is not there.
    #[error("{}: there is no such folder to make the pipe in; make it (mkdir -p)", path.display())]
    NoFolder {
        /// The pipe.
        path: PathBuf,
    },
    /// Somebody else's.
    #[error("{}: this user may not {verb} it; change its owner or mode", path.display())]
    Forbidden {
        /// The pipe, or the folder where it would have to be made.
        path: PathBuf,
        /// What: read, write, use, search, or make something in.
        verb: &'static str,
    },
    /// What should be its folder is none.
    #[error("{}: is {what}, not a folder; move it away or name another path", path.display())]
    NotAFolder {
        /// Where.
        path: PathBuf,
        /// What, with its article.
        what: &'static str,
    },
    /// Whatever else the system says.
    #[error("{}: {source}", path.display())]
    Io {
        /// The pipe.
        path: PathBuf,
        /// What it says.
        source: io::Error,
    },
}

/// A path that leads to a named pipe.
#[derive(Clone, Debug)]
pub struct Fifo {
    path: PathBuf,
    mode: u32,
}

impl Fifo {
    /// Makes the pipe with these permissions if nothing is there, and refuses anything else that
    /// is.  A pipe that is there keeps the permissions it has.
    pub fn make(path: &Path, mode: u32) -> Result<Self, FifoError> {
        let fifo = Self { path: path.to_owned(), mode };
        fifo.ensure()?;
        Ok(fifo)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn ensure(&self) -> Result<(), FifoError> {
        match fs::metadata(&self.path) {
            Ok(found) => self.accept(&found),
            Err(why) if why.kind() == io::ErrorKind::NotFound => self.create(),
            Err(why) => Err(self.fault(why)),
        }
    }

    fn create(&self) -> Result<(), FifoError> {
        match mkfifoat(CWD, &self.path, Mode::from_raw_mode(self.mode)) {
            // The umask has taken away from the mode what was asked for explicitly.
            Ok(()) => fs::set_permissions(&self.path, Permissions::from_mode(self.mode))
                .map_err(|why| self.fault(why)),
            Err(Errno::NOENT) => Err(FifoError::NoFolder { path: self.path.clone() }),
            // The one at the other end was quicker.
            Err(Errno::EXIST) => match fs::metadata(&self.path) {
                Ok(found) => self.accept(&found),
                Err(why) => Err(self.fault(why)),
            },
            Err(why) => Err(self.fault(why.into())),
        }
    }

    fn accept(&self, found: &Metadata) -> Result<(), FifoError> {
        if found.file_type().is_fifo() {
            return Ok(());
        }
        Err(FifoError::NotAPipe { path: self.path.clone(), what: what_is(found) })
    }

    /// Whether this user may use that end of the pipe.
    pub fn permits(&self, end: End) -> Result<(), FifoError> {
        permits(&self.path, end.access(), end.verb())
    }

    /// Opens one end without waiting for the other; `None` if that is for writing and there is no
    /// reader.
    fn open(&self, end: &OpenOptions) -> Result<Option<(File, Identity)>, FifoError> {
        self.ensure()?;
        let mut end = end.clone();
        let no_reader = Some(Errno::NXIO.raw_os_error());
        // Without waiting also where it could: these flags are the same on every Unix.
        match end.custom_flags(OFlags::NONBLOCK.bits() as i32).open(&self.path) {
            Ok(file) => {
                let found = file.metadata().map_err(|why| self.fault(why))?;
                self.accept(&found)?;
                Ok(Some((file, Identity::of(&found))))
            }
            Err(why) if why.raw_os_error() == no_reader => Ok(None),
            Err(why) => Err(self.fault(why)),
        }
    }

    /// Whether the path leads to the pipe that was opened.
    fn leads_to(&self, identity: Identity) -> bool {
        fs::metadata(&self.path).is_ok_and(|found| Identity::of(&found) == identity)
    }

    fn fault(&self, source: io::Error) -> FifoError {
        let path = self.path.clone();
        match source.kind() {
            io::ErrorKind::PermissionDenied => FifoError::Forbidden { path, verb: "use" },
            _ => FifoError::Io { path, source },
        }
    }
}

/// What is done with a pipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It is read.
    Read,
    /// It is written.
    Write,
}

impl End {
    fn access(self) -> Access {
        match self {
            Self::Read => Access::READ_OK,
            Self::Write => Access::WRITE_OK,
        }
    }

    fn verb(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

/// Whether the pipe at `path` could be used, or made there together with its folders.  Makes and
/// opens nothing: an open end would be noticed by whoever waits at the other.
pub fn inspect(path: &Path, end: End) -> Result<(), FifoError> {
    let fifo = Fifo { path: path.to_owned(), mode: 0 };
    match fs::metadata(path) {
        Ok(found) => fifo.accept(&found).and_then(|()| fifo.permits(end)),
        Err(why) if why.kind() == io::ErrorKind::NotFound => inspect_folder(path),
        Err(why) if why.kind() == io::ErrorKind::NotADirectory => inspect_folder(path),
        Err(why) => Err(fifo.fault(why)),
    }
}

/// Whether the folder of what is to be made at `path` is there or could be made, and is ours to make
/// something in.
pub fn inspect_folder(path: &Path) -> Result<(), FifoError> {
    let here = Path::new(".");
    for folder in path.ancestors().skip(1) {
        let folder = if folder.as_os_str().is_empty() { here } else { folder };
        match fs::metadata(folder) {
            Ok(found) if !found.is_dir() => {
                let path = folder.to_owned();
                return Err(FifoError::NotAFolder { path, what: what_is(&found) });
            }
            Ok(_) => {
                return permits(folder, Access::WRITE_OK | Access::EXEC_OK, "make anything in");
            }
            Err(why) if why.kind() == io::ErrorKind::PermissionDenied => {
                return Err(FifoError::Forbidden { path: folder.to_owned(), verb: "search" });
            }
            Err(_) => {}
        }
    }
    Ok(())
}

fn permits(path: &Path, access: Access, verb: &'static str) -> Result<(), FifoError> {
    match accessat(CWD, path, access, AtFlags::EACCESS) {
        Ok(()) => Ok(()),
        Err(Errno::ACCESS | Errno::ROFS | Errno::PERM) => {
            Err(FifoError::Forbidden { path: path.to_owned(), verb })
        }
        Err(why) => Err(FifoError::Io { path: path.to_owned(), source: why.into() }),
    }
}

/// What is there, with its article.
fn what_is(found: &Metadata) -> &'static str {
    let kind = found.file_type();
    match () {
        () if kind.is_fifo() => "a named pipe",
        () if kind.is_file() => "a regular file",
        () if kind.is_dir() => "a folder",
        () if kind.is_socket() => "a socket",
        () => "a device",
    }
}

/// Which pipe it is, whatever path leads to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity(u64, u64);

impl Identity {
    fn of(found: &Metadata) -> Self {
        Self(found.dev(), found.ino())
    }
}
