//! What is kept, as rows of the tables.

use std::sync::Arc;

use argon2::password_hash::rand_core::{OsRng, RngCore};
use rusqlite::types::Type;
use rusqlite::{Connection, Error, OptionalExtension, Result, Row, Transaction, params};

use crate::core::{Ban, BanKind, BanMask, Snapshot, StoreOp, StoredChannel, StoredMask, Topic};
use crate::proto::names::{Casemap, ChannelName};

/// The name of the secret that hosts are cloaked with.
const CLOAK: &str = "cloak";

const SECRET: &str = "SELECT value FROM secret WHERE name = ?1";

/// Reads all that is kept.
pub fn read(connection: &Connection, casemap: Casemap) -> Result<Snapshot> {
    let mut bans = connection.prepare(
        "SELECT kind, mask, reason, oper_reason, set_by, set_at, ends FROM ban ORDER BY set_at",
    )?;
    let bans = bans.query_map([], |row| ban(row, casemap))?.filter_map(Result::transpose);
    let bans = bans.map(|ban| ban.map(Arc::new)).collect::<Result<_>>()?;
    let mut channels = connection.prepare(
        "SELECT name, created, topic, topic_set_by, topic_set_at, password, flags FROM channel",
    )?;
    let channels = channels.query_map([], channel)?.filter_map(Result::transpose);
    let channels = channels.collect::<Result<Vec<_>>>()?;
    let channels = channels.into_iter().map(|kept| with_modes(connection, kept));
    let secret = connection.query_row(SECRET, [CLOAK], |row| row.get(0)).optional()?;
    Ok(Snapshot { bans, channels: channels.collect::<Result<_>>()?, cloak_secret: secret })
}

/// Makes the secret for cloaked hosts, unless there is one; whether it was made.
pub fn make_secret(connection: &Connection) -> Result<bool> {
    if connection.query_row(SECRET, [CLOAK], |_| Ok(())).optional()?.is_some() {
        return Ok(false);
    }
    let mut secret = [0; 32];
    OsRng.fill_bytes(&mut secret);
    connection.execute("INSERT INTO secret VALUES (?1, ?2)", params![CLOAK, secret])?;
    Ok(true)
}

/// Makes a change.
pub fn write(to: &Transaction<'_>, change: &StoreOp) -> Result<()> {
    match change {
        StoreOp::PutBan(ban) => {
            // Those that have ended are of no more use.
            to.prepare_cached("DELETE FROM ban WHERE ends <= ?1")?.execute([number(ban.set_at)])?;
            to.prepare_cached("INSERT OR REPLACE INTO ban VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
                .execute(params![
                    ban.kind.verb(),
                    ban.mask.text(),
                    ban.reason,
                    ban.oper_reason,
                    ban.set_by,
                    number(ban.set_at),
                    ban.ends.map(number),
                ])?;
        }
        StoreOp::DeleteBan(kind, mask) => {
            to.prepare_cached("DELETE FROM ban WHERE kind = ?1 AND mask = ?2")?
                .execute(params![kind.verb(), mask.text()])?;
        }
        StoreOp::PutChannel(kept) => persist(to, kept)?,
        StoreOp::DeleteChannel(name) => forget(to, name)?,
    }
    Ok(())
}

fn persist(to: &Transaction<'_>, kept: &StoredChannel) -> Result<()> {
    forget(to, &kept.name)?;
    let (name, topic) = (kept.name.as_str(), kept.topic.as_ref());
    to.prepare_cached("INSERT INTO channel VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?.execute(
        params![
            name,
            number(kept.created),
            topic.map(|topic| &topic.text),
            topic.map(|topic| &topic.set_by),
            topic.map(|topic| number(topic.set_at)),
            kept.key,
            kept.flags,
        ],
    )?;
    for (letter, value) in &kept.settings {
        to.prepare_cached("INSERT INTO channel_setting VALUES (?1, ?2, ?3)")?.execute(params![
            name,
            letter.to_string(),
            value
        ])?;
    }
    for (letter, StoredMask { mask, set_by, set_at }) in &kept.masks {
        to.prepare_cached("INSERT INTO channel_mask VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![name, letter.to_string(), mask, set_by, number(*set_at)])?;
    }
    Ok(())
}

fn forget(to: &Transaction<'_>, name: &ChannelName) -> Result<()> {
    to.prepare_cached("DELETE FROM channel WHERE name = ?1")?.execute([name.as_str()]).map(drop)
}

/// `None`, which is logged: an earlier version has set it, and it is no mask any more.
fn ban(row: &Row<'_>, casemap: Casemap) -> Result<Option<Ban>> {
    let kind: String = row.get("kind")?;
    let kind = BanKind::ALL.into_iter().find(|known| known.verb() == kind);
    let kind = kind.ok_or_else(|| unreadable(0, "no kind of ban"))?;
    let mask: String = row.get("mask")?;
    let mask = match BanMask::parse(kind, mask.as_bytes(), casemap, usize::MAX) {
        Ok(mask) => mask,
        Err(why) => {
            tracing::warn!(kind = kind.verb(), mask, why, "a stored ban is left out");
            return Ok(None);
        }
    };
    Ok(Some(Ban {
        kind,
        mask,
        reason: row.get("reason")?,
        oper_reason: row.get("oper_reason")?,
        set_by: row.get("set_by")?,
        set_at: row.get::<_, i64>("set_at")?.unsigned_abs(),
        ends: row.get::<_, Option<i64>>("ends")?.map(i64::unsigned_abs),
    }))
}

/// `None`, which is logged: an earlier version has kept it, and it has no channel's name any more.
fn channel(row: &Row<'_>) -> Result<Option<StoredChannel>> {
    let name: String = row.get("name")?;
    let Some(name) = ChannelName::parse(name.as_bytes(), usize::MAX) else {
        tracing::warn!(name, "a stored channel is left out: names have no unseen characters");
        return Ok(None);
    };
    let topic = match row.get("topic")? {
        None => None,
        Some(text) => Some(Topic {
            text,
            set_by: row.get("topic_set_by")?,
            set_at: row.get::<_, i64>("topic_set_at")?.unsigned_abs(),
        }),
    };
    Ok(Some(StoredChannel {
        name,
        created: row.get::<_, i64>("created")?.unsigned_abs(),
        topic,
        key: row.get("password")?,
        flags: row.get("flags")?,
        settings: Vec::new(),
        masks: Vec::new(),
    }))
}

fn with_modes(connection: &Connection, mut kept: StoredChannel) -> Result<StoredChannel> {
    let name = kept.name.as_str();
    let mut settings = connection
        .prepare_cached("SELECT letter, value FROM channel_setting WHERE channel = ?1")?;
    kept.settings = settings
        .query_map([name], |row| Ok((letter(row)?, row.get("value")?)))?
        .collect::<Result<_>>()?;
    let mut masks = connection.prepare_cached(
        "SELECT letter, mask, set_by, set_at FROM channel_mask WHERE channel = ?1 ORDER BY rowid",
    )?;
    let mask = |row: &Row<'_>| {
        let set_at = row.get::<_, i64>("set_at")?.unsigned_abs();
        let kept = StoredMask { mask: row.get("mask")?, set_by: row.get("set_by")?, set_at };
        Ok((letter(row)?, kept))
    };
    kept.masks = masks.query_map([name], mask)?.collect::<Result<_>>()?;
    Ok(kept)
}

fn letter(row: &Row<'_>) -> Result<char> {
    let letter: String = row.get("letter")?;
    letter.chars().next().ok_or_else(|| unreadable(0, "no letter of a mode"))
}

/// Times that SQLite cannot hold are centuries away.
fn number(seconds: u64) -> i64 {
    i64::try_from(seconds).unwrap_or(i64::MAX)
}

fn unreadable(column: usize, why: &'static str) -> Error {
    Error::FromSqlConversionFailure(column, Type::Text, why.into())
}
