//! The tables of what is kept, and of what is hidden.

use std::path::{Path, PathBuf};

use super::{
    fault::{Fault, Wrong},
    layer::Merged,
    schema::{Initial, Key, Table},
    text,
    value::Kind,
};
use crate::state::{Cloak, Cloaking};

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
            default: Initial::Is("pipewright.db".into()),
            doc: "The file, relative to the folder of this one. It is made when somebody may need \
                  it: at the start if there are operators, and not before. With \":memory:\" \
                  nothing is written, and nothing outlives the server.",
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

/// The file of the store, relative to `folder`, and how hosts are cloaked.
pub(super) fn check(
    merged: &Merged,
    folder: &Path,
    faults: &mut Vec<Fault>,
) -> (Option<PathBuf>, Cloaking) {
    let path = merged.raw.store.path.as_str();
    let store = (path != NOWHERE).then(|| folder.join(path));
    let cloak = &merged.raw.cloak;
    let cloaking = match (&cloak.secret, cloak.enabled) {
        (_, false) => Cloaking::Off,
        (Some(secret), true) => Cloaking::With(Cloak::new(secret.as_bytes())),
        (None, true) => Cloaking::Kept,
    };
    if cloak.enabled && cloak.secret.is_none() && store.is_none() {
        let wrong = Wrong::new("nothing is kept: each start would give everybody another host");
        let wrong = wrong.hint("set cloak.secret, or a file in store.path");
        faults.push(wrong.at(merged.place("cloak.enabled"), "cloak.enabled"));
    }
    (store, cloaking)
}
