//! The tables, and the steps that lead to them from each earlier version.

use rusqlite::{Connection, Result};

/// `STEPS[n]` leads from version `n` to the next.  Never changed once it has been released.
const STEPS: &[&str] = &["
    CREATE TABLE ban (
        kind TEXT NOT NULL, mask TEXT NOT NULL COLLATE NOCASE,
        reason BLOB NOT NULL, oper_reason BLOB NOT NULL,
        set_by TEXT NOT NULL, set_at INTEGER NOT NULL, ends INTEGER,
        PRIMARY KEY (kind, mask)
    ) STRICT;
    CREATE TABLE channel (
        name TEXT NOT NULL COLLATE NOCASE PRIMARY KEY, created INTEGER NOT NULL,
        topic BLOB, topic_set_by TEXT, topic_set_at INTEGER,
        password BLOB, flags TEXT NOT NULL
    ) STRICT;
    CREATE TABLE channel_setting (
        channel TEXT NOT NULL COLLATE NOCASE REFERENCES channel ON DELETE CASCADE,
        letter TEXT NOT NULL, value TEXT NOT NULL,
        PRIMARY KEY (channel, letter)
    ) STRICT;
    CREATE TABLE channel_mask (
        channel TEXT NOT NULL COLLATE NOCASE REFERENCES channel ON DELETE CASCADE,
        letter TEXT NOT NULL, mask BLOB NOT NULL,
        set_by TEXT NOT NULL, set_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX channel_mask_of ON channel_mask (channel);
    CREATE TABLE secret (name TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL) STRICT;
"];

/// The version that this program writes.
pub fn newest() -> i64 {
    STEPS.len() as i64
}

/// The version of the file; 0 of an empty one.
pub fn version(connection: &Connection) -> Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// Brings the file to the newest version, or leaves it as it is; whether anything was written.
pub fn upgrade(connection: &mut Connection) -> Result<bool> {
    let from = usize::try_from(version(connection)?).unwrap_or(usize::MAX);
    if from >= STEPS.len() {
        return Ok(false);
    }
    let transaction = connection.transaction()?;
    for step in STEPS.iter().skip(from) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", newest())?;
    transaction.commit()?;
    Ok(true)
}

/// Writes what is there already, to see whether the file can be written.
pub fn probe(connection: &Connection) -> Result<()> {
    connection.pragma_update(None, "user_version", newest())
}
