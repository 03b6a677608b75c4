//! The file: opened, checked, read and written.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use std::{fs, io};

use rusqlite::{Connection, ErrorCode};

use super::{rows, schema};
use crate::names::Casemap;
use crate::state::{Change, Snapshot};

/// Why a store cannot be used; each with what to do next.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum OpenError {
    #[error(
        "cannot keep anything in {}: the folder {} is not there; make it, or set another path in \
         [store]", .path.display(), .folder.display()
    )]
    NoFolder { path: PathBuf, folder: PathBuf },
    #[error(
        "cannot write {}: {why}; let the user that the server runs as write it and its folder, or \
         set another path in [store]", .path.display()
    )]
    Unwritable { path: PathBuf, why: io::Error },
    #[error(
        "{} is damaged, or is no store of Pipewright ({why}); put it aside to begin with an empty \
         one, or bring back a copy", .path.display()
    )]
    Damaged { path: PathBuf, why: String },
    #[error(
        "{} was written by a later version of Pipewright (store {found}, this one knows {known}); \
         run that version", .path.display()
    )]
    Newer { path: PathBuf, found: i64, known: i64 },
    #[error("{} is in use; is another server running with it?", .path.display())]
    InUse { path: PathBuf },
    #[error("cannot use {}: {why}", .path.display())]
    Other { path: PathBuf, why: rusqlite::Error },
    #[error("cannot start the thread of the store: {why}")]
    Thread { why: io::Error },
}

/// Why something was not stored.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// There is no file yet, and none can be made.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// SQLite refused.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
}

/// The file of a store, which need not be there yet.
pub struct File {
    path: PathBuf,
    connection: Option<Connection>,
}

impl File {
    /// Opens a file, made if it is not there and `make` says so, and reads what it holds.
    pub fn open(path: &Path, make: bool, casemap: Casemap) -> Result<(Self, Snapshot), OpenError> {
        let mut file = Self { path: path.to_owned(), connection: None };
        if !make && !path.exists() {
            return Ok((file, Snapshot::default()));
        }
        let connection = connect(path)?;
        let snapshot = rows::read(&connection, casemap).map_err(|why| of_sqlite(path, why))?;
        file.connection = Some(connection);
        Ok((file, snapshot))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Stores changes, all of them or none.
    pub fn write<'c>(
        &mut self,
        changes: impl Iterator<Item = &'c Arc<Change>>,
    ) -> Result<(), WriteError> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => none.insert(connect(&self.path)?),
        };
        let transaction = connection.transaction()?;
        for change in changes {
            rows::write(&transaction, change)?;
        }
        Ok(transaction.commit()?)
    }
}

/// An open file of the newest version, which no other process can write.
fn connect(path: &Path) -> Result<Connection, OpenError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        return Err(OpenError::NoFolder { path: path.into(), folder: folder.into() });
    }
    // SQLite would let anybody read it; what it makes beside it takes after it.
    let made = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path);
    made.map_err(|why| OpenError::Unwritable { path: path.into(), why })?;
    prepare(path).map_err(|why| of_sqlite(path, why)).and_then(|mut connection| {
        let (found, known) = (schema::version(&connection), schema::newest());
        let found = found.map_err(|why| of_sqlite(path, why))?;
        if found > known {
            return Err(OpenError::Newer { path: path.into(), found, known });
        }
        schema::upgrade(&mut connection).map_err(|why| of_sqlite(path, why))?;
        rows::make_secret(&connection).map_err(|why| of_sqlite(path, why))?;
        Ok(connection)
    })
}

fn prepare(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    // Whoever holds it holds it for as long as it runs.
    connection.busy_timeout(Duration::ZERO)?;
    // Held until the process ends: two servers must not answer for one file.
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // A commit is on the disk before it is told.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    let state: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if state == "ok" { Ok(connection) } else { Err(damaged(state)) }
}

fn damaged(state: String) -> rusqlite::Error {
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
    rusqlite::Error::SqliteFailure(code, Some(state))
}

fn of_sqlite(path: &Path, why: rusqlite::Error) -> OpenError {
    let path = path.to_owned();
    match why.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            OpenError::Damaged { path, why: why.to_string() }
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => OpenError::InUse { path },
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            let why = match fs::metadata(&path) {
                Err(why) => why,
                Ok(_) => io::Error::new(io::ErrorKind::PermissionDenied, why.to_string()),
            };
            OpenError::Unwritable { path, why }
        }
        // A table that is not as it should be: SQLite has no code of its own for that.
        None | Some(ErrorCode::Unknown) => OpenError::Damaged { path, why: why.to_string() },
        Some(_) => OpenError::Other { path, why },
    }
}
