//! The tables of what is kept, and of what is hidden.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::config::fault::{Fault, Wrong};
use crate::config::folders::Folders;
use crate::config::layer::Merged;
use crate::config::schema::{Initial, Key, Table};
use crate::config::text;
use crate::config::value::Kind;
use crate::core::{Cloak, Cloaking};

/// The path that stands for no file.
const NOWHERE: &str = ":memory:";

pub(super) fn store() -> Table {
    Table {
        name: "store",
        many: false,
        doc: "What outlives a restart: bans of the server and permanent channels.",
        keys: vec![Key {
            name: "path",
            kind: Kind::Text(text::path),
            default: Initial::Absent("/var/lib/pipewright/pipewright.db"),
            doc: "The file, relative to the folder of this one. It is made when somebody may need \
                  it: at the start if there are operators, and not before. With \":memory:\" \
                  nothing is written, and nothing outlives the server. Absent: pipewright.db in \
                  the folder that systemd names, or in pipewright in $XDG_STATE_HOME or in \
                  ~/.local/state.",
        }],
    }
}

pub(super) fn cloak() -> Table {
    Table {
        name: "cloak",
        many: false,
        doc: "Whether others are shown a hash of a user's address in place of it. Bans of \
              channels go by the hash: that of a range stands at the end of the hosts of all its \
              addresses.",
        keys: vec![
            Key {
                name: "enabled",
                kind: Kind::Flag,
                default: Initial::Is("false".into()),
                doc: "Whether users have mode x from the start; without it nobody can set it.",
            },
            Key {
                name: "bans_by_address",
                kind: Kind::Flag,
                default: Initial::Is("false".into()),
                doc: "Whether the masks of channels (+b, +e, +I) know users who have a cloak by \
                      address and name as well. Then whoever has a channel can find out an address \
                      bit by bit. Holds for those who come from then on; bans of the server go by \
                      the address in any case.",
            },
            Key {
                name: "secret",
                kind: Kind::Text(text::secret),
                default: Initial::Absent("32 characters or more that nobody can guess"),
                doc: "What the hashes are made with. Absent: a secret is made once and kept in the \
                      store. Another secret gives everybody another host.",
            },
        ],
    }
}

/// Where the store is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorePath {
    /// The file.
    pub path: PathBuf,
    /// Whether its folder is made where it is missing: nobody has chosen it.
    pub makes_folder: bool,
}

impl From<&Path> for StorePath {
    fn from(path: &Path) -> Self {
        Self { path: path.to_owned(), makes_folder: false }
    }
}

/// The file of the store, and how hosts are cloaked.
pub(super) fn check(
    merged: &Merged,
    folders: Folders<'_>,
    faults: &mut Vec<Fault>,
) -> (Option<StorePath>, Cloaking) {
    let store = store_path(merged, folders, faults);
    let cloak = &merged.raw.cloak;
    let cloaking = match (&cloak.secret, cloak.enabled) {
        (_, false) => Cloaking::Off,
        (Some(secret), true) => Cloaking::Configured(Cloak::new(secret.as_bytes())),
        (None, true) => Cloaking::Stored,
    };
    if cloak.enabled && cloak.secret.is_none() && store.is_none() {
        let wrong = Wrong::new("nothing is kept: each start would give everybody another host");
        let wrong = wrong.hint("set cloak.secret, or a file in store.path");
        faults.push(wrong.at(merged.location("cloak.enabled"), "cloak.enabled"));
    }
    (store, cloaking)
}

const STORE: &str = "store.path";

/// The file's name where nobody has chosen one.
const STORE_NAME: &str = "pipewright.db";

fn store_path(merged: &Merged, folders: Folders<'_>, faults: &mut Vec<Fault>) -> Option<StorePath> {
    let Some(chosen) = merged.raw.store.path.as_deref() else {
        return Some(default_path(merged, folders, faults));
    };
    if chosen == NOWHERE {
        return None;
    }
    let path = folders.file.join(chosen);
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    if let Some(missing) = parent.filter(|parent| !parent.is_dir()) {
        let wrong = Wrong::new(format!("the folder {} is not there", missing.display()));
        let wrong = wrong.hint("make it, or choose another path: nothing can be kept there");
        // Without operators the server goes on without it.
        faults.push(wrong.at(merged.location(STORE), STORE).into_warning());
    } else if path.is_dir() {
        let wrong = Wrong::new(format!("{} is a folder", path.display()));
        let wrong = wrong.hint("write the path of a file, which need not be there");
        faults.push(wrong.at(merged.location(STORE), STORE));
    } else if is_foreign(&path) {
        let wrong = Wrong::new(format!("{} is no store of Pipewright", path.display()));
        let wrong = wrong.hint("write the path of another file, which need not be there");
        faults.push(wrong.at(merged.location(STORE), STORE));
    }
    Some((&*path).into())
}

/// Whether a file has a content that no store begins with (SQLite, "Database File Format", section
/// 1.3); not so of one that is not there, or cannot be read.
pub fn is_foreign(path: &Path) -> bool {
    const MAGIC: &[u8] = b"SQLite format 3\0";
    // To open a pipe would wait for whoever writes it.
    if !path.is_file() {
        return false;
    }
    let mut head = Vec::new();
    let read =
        File::open(path).and_then(|file| file.take(MAGIC.len() as u64).read_to_end(&mut head));
    read.is_ok() && !head.is_empty() && head != MAGIC
}

/// In the folder for such things; but what an earlier version has kept beside the configuration, where
/// it was by default, is not left behind.
fn default_path(merged: &Merged, folders: Folders<'_>, faults: &mut Vec<Fault>) -> StorePath {
    let earlier = folders.file.join(STORE_NAME);
    let Some(state) = folders.state else { return (&*earlier).into() };
    let path = state.join(STORE_NAME);
    if earlier.is_file() && earlier != path {
        let (old, new) = (earlier.display(), path.display());
        let (wrong, location) = if path.is_file() {
            let wrong = Wrong::new(format!("{new} is used, and {old} beside it is not"));
            (wrong.hint("take one of them away, or set store.path"), None)
        } else {
            let wrong = Wrong::new(format!("{old} is used, as an earlier version made it"));
            let hint = format!(
                "set store.path to keep it there, or move it to {new} while the server is stopped"
            );
            (wrong.hint(hint), Some((&*earlier).into()))
        };
        faults.push(wrong.at(merged.location(STORE), STORE).into_warning());
        if let Some(location) = location {
            return location;
        }
    }
    StorePath { path, makes_folder: true }
}
