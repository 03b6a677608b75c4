use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use rusqlite::Connection;
use tempfile::TempDir;
use tokio::runtime::Builder;

use crate::core::{Ban, BanKind, BanMask, StoredChannel, StoredMask, Topic};
use crate::proto::names::ChannelName;
use crate::store::*;

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("test.db");
    (folder, path)
}

/// Opens a store, which is closed again when this returns, and stores each group of changes.
fn store(path: &Path, groups: &[&[StoreOp]]) -> Snapshot {
    let (store, snapshot) = open(path).expect("it opens");
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    for group in groups {
        let changes = group.iter().cloned().map(Arc::new).collect();
        assert!(runtime.block_on(store.persist(changes)), "it is stored");
    }
    snapshot
}

/// The thread of the store before may still have the file for a moment.
fn open(path: &Path) -> Result<(Store, Snapshot), OpenError> {
    for _ in 0..1000 {
        match Store::open(&path.into(), true, Casemap::Ascii) {
            Err(OpenError::InUse { .. }) => thread::yield_now(),
            opened => return opened,
        }
    }
    Store::open(&path.into(), true, Casemap::Ascii)
}

fn mask(raw: &str) -> BanMask {
    BanMask::parse(BanKind::Kline, raw.as_bytes(), Casemap::Ascii, 99).expect("a mask")
}

fn ban(raw: &str, set_at: u64, ends: Option<u64>) -> Ban {
    Ban {
        kind: BanKind::Kline,
        mask: mask(raw),
        reason: b"caf\xe9".as_slice().into(),
        oper_reason: b"seen".as_slice().into(),
        set_by: "oper".into(),
        set_at,
        ends,
    }
}

fn channel() -> StoredChannel {
    let kept = StoredMask { mask: b"*!*@bad".as_slice().into(), set_by: "a!b@c".into(), set_at: 7 };
    StoredChannel {
        name: ChannelName::parse(b"#Caf\xc3\xa9", 64).expect("a name"),
        created: 5,
        topic: Some(Topic { text: b"\xff".as_slice().into(), set_by: "a!b@c".into(), set_at: 6 }),
        key: Some(b"sesame".as_slice().into()),
        flags: "Pnt".into(),
        settings: vec![('l', "5".into())],
        masks: vec![('b', kept.clone()), ('e', kept)],
    }
}

#[test]
fn what_was_stored_is_found_when_it_is_opened_again() {
    let (_folder, path) = folder();
    let bans = [ban("*@192.0.2.0/24", 1, None), ban("x@y", 2, Some(99))];
    let [one, two] = bans.clone().map(|ban| StoreOp::PutBan(Arc::new(ban)));
    let before = store(&path, &[&[one], &[two, StoreOp::PutChannel(Box::new(channel()))]]);
    assert!(before.bans.is_empty() && before.channels.is_empty());
    let after = store(&path, &[]);
    assert_eq!(after.bans, bans.map(Arc::new));
    assert_eq!(after.channels, [channel()]);
    assert_eq!(after.cloak_secret, before.cloak_secret);
    assert_eq!(after.cloak_secret.map(|secret| secret.len()), Some(32));
}

#[test]
fn what_replaces_takes_the_place_and_what_is_taken_off_is_gone() {
    let (_folder, path) = folder();
    let change = |ban: Ban| StoreOp::PutBan(Arc::new(ban));
    let changed = StoredChannel { topic: None, masks: Vec::new(), ..channel() };
    store(
        &path,
        &[&[
            change(ban("x@Host", 1, None)),
            change(ban("x@host", 2, None)),
            change(ban("gone@host", 2, None)),
            StoreOp::DeleteBan(BanKind::Kline, mask("Gone@host")),
            StoreOp::PutChannel(Box::new(channel())),
            StoreOp::PutChannel(Box::new(changed.clone())),
        ]],
    );
    let after = store(&path, &[&[StoreOp::DeleteChannel(channel().name)]]);
    assert_eq!(after.bans.iter().map(|ban| ban.set_at).collect::<Vec<_>>(), [2]);
    assert_eq!(after.channels, [changed]);
    assert_eq!(store(&path, &[]).channels, []);
}

#[test]
fn what_has_ended_goes_with_the_next_ban() {
    let (_folder, path) = folder();
    let change = |ban: Ban| StoreOp::PutBan(Arc::new(ban));
    store(&path, &[&[change(ban("x@y", 1, Some(10)))], &[change(ban("z@y", 10, None))]]);
    assert_eq!(store(&path, &[]).bans.len(), 1);
}

#[test]
fn nobody_else_may_read_it() {
    let (folder, path) = folder();
    let (_store, _) = open(&path).expect("it opens");
    for entry in fs::read_dir(folder.path()).expect("the folder") {
        let mode = entry.expect("a file").metadata().expect("its mode").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn one_that_others_could_read_is_taken_from_them() {
    let (folder, path) = folder();
    store(&path, &[&[StoreOp::PutBan(Arc::new(ban("x@y", 1, None)))]]);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("it is ours");
    let (_store, _) = open(&path).expect("it opens");
    for entry in fs::read_dir(folder.path()).expect("the folder") {
        let mode = entry.expect("a file").metadata().expect("its mode").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn after_a_migration_and_once_it_is_closed_the_file_alone_is_everything() {
    let (folder, path) = folder();
    let copy = folder.path().join("copy.db");
    let (first, snapshot) = open(&path).expect("it opens");
    // It has just been brought from nothing to the newest version.
    fs::copy(&path, &copy).expect("a copy");
    assert_eq!(open(&copy).expect("the copy opens").1.cloak_secret, snapshot.cloak_secret);
    let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
    let change = Arc::new(StoreOp::PutBan(Arc::new(ban("x@y", 1, None))));
    assert!(runtime.block_on(first.persist(vec![Arc::clone(&change)])));
    assert!(runtime.block_on(first.close()));
    assert!(!runtime.block_on(first.persist(vec![change])), "it is closed");
    let copy = folder.path().join("again.db");
    fs::copy(&path, &copy).expect("a copy");
    assert!(!path.with_extension("db-wal").exists());
    assert_eq!(open(&copy).expect("the copy opens").1.bans.len(), 1);
}

#[test]
fn a_folder_that_nobody_has_chosen_is_made_for_its_owner_alone() {
    let (folder, _) = folder();
    let state = folder.path().join("state/pipewright");
    let place = StorePath { path: state.join("test.db"), makes_folder: true };
    let (_store, _) = Store::open(&place, true, Casemap::Ascii).expect("it opens");
    let mode = fs::metadata(&state).expect("it is made").permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[test]
fn a_file_is_made_only_when_there_is_something_to_store() {
    let (_folder, path) = folder();
    let (store, _) = Store::open(&path.as_path().into(), false, Casemap::Ascii).expect("it opens");
    assert!(!path.exists());
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    let change = StoreOp::PutBan(Arc::new(ban("x@y", 1, None)));
    assert!(runtime.block_on(store.persist(vec![Arc::new(change)])));
    assert!(path.exists());
}

#[test]
fn what_cannot_be_stored_is_not_said_to_be() {
    let (folder, path) = folder();
    let (store, _) = Store::open(&path.as_path().into(), false, Casemap::Ascii).expect("it opens");
    drop(folder);
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    let change = StoreOp::PutBan(Arc::new(ban("x@y", 1, None)));
    assert!(!runtime.block_on(store.persist(vec![Arc::new(change)])));
}

#[test]
fn a_file_that_cannot_be_used_is_told_with_what_to_do() {
    let (folder, path) = folder();
    let refused = |path: &Path| open(path).map(drop).expect_err("it is refused").to_string();
    fs::write(&path, "this is no database, however long it goes on. ".repeat(100)).expect("a file");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("it is ours");
    assert!(refused(&path).contains("put it aside"));
    let mode = fs::metadata(&path).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o644, "what is no store is left as it is");
    let missing = folder.path().join("none/test.db");
    assert!(refused(&missing).contains("make it"));
    assert!(refused(folder.path()).contains("cannot write"));
    let newer = folder.path().join("newer.db");
    let connection = Connection::open(&newer).expect("a database");
    connection.pragma_update(None, "user_version", 99).expect("its version");
    drop(connection);
    assert!(refused(&newer).contains("later version"));
    let foreign = folder.path().join("foreign.db");
    let connection = Connection::open(&foreign).expect("a database");
    connection.execute_batch("CREATE TABLE ban (x); PRAGMA user_version = 1").expect("a table");
    drop(connection);
    assert!(refused(&foreign).contains("put it aside"));
    let used = folder.path().join("used.db");
    let _used = open(&used).expect("it opens");
    let again = Store::open(&used.as_path().into(), true, Casemap::Ascii)
        .map(drop)
        .expect_err("it is in use");
    assert!(again.to_string().contains("another server"));
}
