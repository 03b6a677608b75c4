//! The file: opened, checked, read and written.

use std::ffi::OsString;
use std::fs::{DirBuilder, OpenOptions, Permissions};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use std::{fs, io};

use rusqlite::{Connection, ErrorCode};

use crate::config::{StorePath, is_foreign};
use crate::core::{Snapshot, StoreOp};
use crate::proto::names::Casemap;
use crate::store::{rows, schema};

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
    #[error(
        "cannot write {}: {why}; make room on its disk", .path.display()
    )]
    Full { path: PathBuf, why: String },
    #[error(
        "others can read {}, and it cannot be kept from them ({why}); as its owner, run `chmod 600` on it",
        .path.display()
    )]
    Readable { path: PathBuf, why: io::Error },
    #[error(
        "the secret that hosts are cloaked with cannot be kept in {}: make room on its disk, or set \
         cloak.secret", .path.display()
    )]
    NoSecret { path: PathBuf },
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
    place: StorePath,
    connection: Option<Connection>,
}

impl File {
    /// Opens a file, made if it is not there and `make` says so, and reads what it holds.  One that holds
    /// nothing may also be made later: a disk without room for it is no reason not to start.
    pub fn open(
        place: &StorePath,
        make: bool,
        casemap: Casemap,
    ) -> Result<(Self, Snapshot), OpenError> {
        let path = &*place.path;
        let mut file = Self { place: place.clone(), connection: None };
        let is_empty = fs::metadata(path).map_or(true, |meta| meta.len() == 0);
        if !make && !path.exists() {
            return Ok((file, Snapshot::default()));
        }
        let connection = match connect(place) {
            Err(why @ OpenError::Full { .. }) if is_empty => {
                tracing::error!(%why, "bans are refused and permanent channels not kept until there is room");
                return Ok((file, Snapshot::default()));
            }
            connected => connected?,
        };
        let snapshot = rows::read(&connection, casemap).map_err(|why| of_sqlite(path, why))?;
        if let Err(why) = schema::probe(&connection) {
            let path = path.display();
            tracing::error!(%path, %why, "the store can be read but not written: bans are refused, and changes of permanent \
                 channels not kept, until it can");
        }
        file.connection = Some(connection);
        Ok((file, snapshot))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.place.path
    }

    /// Stores changes, all of them or none.
    pub fn write<'c>(
        &mut self,
        changes: impl Iterator<Item = &'c Arc<StoreOp>>,
    ) -> Result<(), WriteError> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => none.insert(connect(&self.place)?),
        };
        let transaction = connection.transaction()?;
        for change in changes {
            rows::write(&transaction, change)?;
        }
        Ok(transaction.commit()?)
    }

    /// Closes it: everything is in the one file then, and nothing beside it.
    pub fn close(self) -> rusqlite::Result<()> {
        let Some(connection) = self.connection else { return Ok(()) };
        checkpoint(&connection)?;
        connection.close().map_err(|(_, why)| why)
    }
}

/// Moves into the file itself what has been written beside it.
fn checkpoint(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
}

/// An open file of the newest version, which no other process can write and nobody else can read.
/// Nothing is written to one that is of that version already.
fn connect(place: &StorePath) -> Result<Connection, OpenError> {
    let path = &*place.path;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        if !place.makes_folder {
            return Err(OpenError::NoFolder { path: path.into(), folder: folder.into() });
        }
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(|why| of_io(path, why))?;
    }
    // SQLite would let anybody read it; what it makes beside it takes after it.
    let made = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path);
    made.map_err(|why| of_io(path, why))?;
    // What is somebody else's is left as it is.
    if is_foreign(path) {
        return Err(OpenError::Damaged {
            path: path.into(),
            why: "it is no SQLite database".into(),
        });
    }
    hide(path)?;
    prepare(path).map_err(|why| of_sqlite(path, why)).and_then(|mut connection| {
        let (found, known) = (schema::version(&connection), schema::newest());
        let found = found.map_err(|why| of_sqlite(path, why))?;
        if found > known {
            return Err(OpenError::Newer { path: path.into(), found, known });
        }
        let written = schema::upgrade(&mut connection).and_then(|is_upgraded| {
            let is_made = rows::make_secret(&connection)?;
            if is_upgraded || is_made { checkpoint(&connection) } else { Ok(()) }
        });
        written.map_err(|why| of_sqlite(path, why))?;
        Ok(connection)
    })
}

/// Takes the file, and what SQLite has left beside it, from everybody but its owner.
fn hide(path: &Path) -> Result<(), OpenError> {
    for suffix in ["", "-wal", "-journal", "-shm"] {
        let path =
            PathBuf::from([path.as_os_str(), suffix.as_ref()].into_iter().collect::<OsString>());
        let Ok(meta) = fs::metadata(&path) else { continue };
        // A file alone: whoever has put something else there knows why.
        if !meta.is_file() || meta.permissions().mode() & 0o077 == 0 {
            continue;
        }
        if let Err(why) = fs::set_permissions(&path, Permissions::from_mode(0o600)) {
            return Err(OpenError::Readable { path, why });
        }
        tracing::warn!(path = %path.display(), "others could read the store; they no longer can");
    }
    Ok(())
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

fn of_io(path: &Path, why: io::Error) -> OpenError {
    let path = path.to_owned();
    match why.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            OpenError::Full { path, why: why.to_string() }
        }
        _ => OpenError::Unwritable { path, why },
    }
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
        Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure) => {
            OpenError::Full { path, why: why.to_string() }
        }
        // A table that is not as it should be: SQLite has no code of its own for that.
        None | Some(ErrorCode::Unknown) => OpenError::Damaged { path, why: why.to_string() },
        Some(_) => OpenError::Other { path, why },
    }
}
