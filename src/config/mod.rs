//! What the configuration may say, and the check that reports every fault.
//!
//! Parse, then check, then frozen.  Each layer (defaults, file, environment) is read against one
//! [table of keys](tables): what is unknown, of a wrong type or out of bounds becomes a [`Fault`]
//! and the rest is kept.  The layers are merged, the values seen together, and either there is a
//! [`Config`] on which everything else relies, or a list of all that is wrong.

mod certificate;
mod check;
mod env;
mod fault;
mod file;
mod gateway;
mod keeping;
mod layer;
mod limits;
mod listen;
mod operators;
mod password;
mod schema;
mod shipped;
mod text;
mod transports;
mod value;

use std::{ffi::OsString, net::SocketAddr, path::Path};

use serde::Deserialize;

use self::layer::{Layer, Merged};
use crate::state::Settings;

pub use self::{
    certificate::{CertificateError, expiry, read as read_certificate},
    env::variable,
    fault::{Fault, Place, Severity},
    gateway::{Gateway, Lines, Netchat, Workshop},
    keeping::StorePlace,
    listen::{Address, CertificateFiles, Listen, Origins, Tls, clash},
    password::{PasswordError, hash_password},
    schema::{Initial, Key, Table, tables},
    shipped::default_config,
    value::Kind,
};

/// A configuration that has been checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// What the core must know.
    pub settings: Settings,
    /// Where clients connect; never empty, no two in each other's way.
    pub listen: Vec<Listen>,
    /// What those with TLS show.
    pub tls: Tls,
    /// The file of what outlives a restart; `None`: nothing does.
    pub store: Option<StorePlace>,
    /// Threads with their own connections: 1 to 64.
    pub shards: usize,
    /// Who takes part without being an IRC client.
    pub gateway: Gateway,
    /// What is logged.
    pub log: Log,
    /// Where the figures are served, if anywhere.
    pub metrics: Option<SocketAddr>,
    /// What somebody should look after, in the order of the file.
    pub warnings: Vec<Fault>,
}

impl Config {
    /// Where it listens besides, for others than clients, with the keys that say so.
    pub fn other_addresses(&self) -> impl Iterator<Item = (&'static str, SocketAddr)> {
        let figures = self.metrics.map(|address| ("metrics.address", address));
        let workshop = self.gateway.workshop.as_ref();
        let workshop = workshop.map(|workshop| ("gateway.workshop.address", workshop.address));
        [figures, workshop].into_iter().flatten()
    }

    /// Keeps of `old` what only a restart can change, and names the keys that would have changed;
    /// those of its settings aside.
    pub fn keep(&mut self, old: &Self) -> Vec<&'static str> {
        let mut kept = Vec::new();
        if self.shards != old.shards {
            self.shards = old.shards;
            kept.push("server.shards");
        }
        if self.metrics != old.metrics {
            self.metrics = old.metrics;
            kept.push("metrics.address");
        }
        if self.log.format != old.log.format {
            self.log.format = old.log.format;
            kept.push("log.format");
        }
        if self.store != old.store {
            self.store.clone_from(&old.store);
            kept.push("store.path");
        }
        if self.gateway != old.gateway {
            self.gateway = old.gateway.clone();
            kept.push("gateway");
        }
        kept
    }
}

/// What is logged, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Log {
    /// The least important that is still logged.
    pub level: Level,
    /// For whom.
    pub format: Format,
    /// Whether what operators do is logged, whatever the level.
    pub audit: bool,
}

/// How important a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names are the words of the configuration")]
pub enum Level {
    Off,
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

/// How a record is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// For people.
    Text,
    /// A JSON object a line.
    Json,
}

/// Where paths begin.
#[derive(Clone, Copy)]
struct Folders<'a> {
    /// That of the configuration: for paths that it names.
    file: &'a Path,
    /// For what it names no place for, if there is such a folder.
    state: Option<&'a Path>,
}

/// Reads the defaults, the file if one is named, and the variables that begin with `PIPEWRIGHT_`;
/// the later go before the earlier.  All faults are reported at once, in the order of the file; where
/// there are none but warnings, they are in [`Config::warnings`].
pub fn load<N: Into<OsString>, V: Into<OsString>>(
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (N, V)>,
) -> Result<Config, Vec<Fault>> {
    let mut faults = Vec::new();
    let defaults = file::parse(Path::new("defaults"), &default_config(), &mut faults);
    let from_file = match file {
        Some(path) => file::read(path, &mut faults),
        None => Some(Layer::default()),
    };
    let environment: Vec<(OsString, OsString)> =
        environment.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
    let state = env::state_folder(&environment);
    let from_environment = env::read(environment, &mut faults);
    let (Some(defaults), Some(from_file)) = (defaults, from_file) else { return Err(faults) };
    let merged = Merged::of(defaults, [from_file, from_environment]).map_err(|why| {
        vec![fault::Wrong::new(format!("the layers do not merge: {why}")).at(Place::Defaults, "")]
    })?;
    let folder = file.and_then(Path::parent).unwrap_or(Path::new(""));
    let folders = Folders { file: folder, state: state.as_deref() };
    let config = check::check(merged, folders, &mut faults);
    faults.sort_by(|one, other| one.place.cmp(&other.place));
    if faults.iter().any(Fault::is_error) {
        return Err(faults);
    }
    Ok(Config { warnings: faults, ..config })
}
