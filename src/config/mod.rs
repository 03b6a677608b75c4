//! What the configuration may say, and the check that reports every fault.
//!
//! Parse, then check, then frozen.  Each layer (defaults, file, environment) is read against one
//! [table of keys](tables()): what is unknown, of a wrong type or out of bounds becomes a [`Fault`]
//! and the rest is kept.  The layers are merged, the values seen together, and either there is a
//! [`Config`] on which everything else relies, or a list of all that is wrong.

mod certificate;
mod check;
mod checked;
mod env;
mod fault;
mod file;
mod folders;
mod gateway;
mod layer;
mod limits;
mod listen;
mod log;
mod nearest;
mod operators;
mod password;
mod schema;
mod shipped;
mod storage;
mod tables;
mod text;
mod transports;
mod value;

use std::{ffi::OsString, path::Path};

use self::folders::Folders;
use self::layer::{Layer, Merged};

pub use self::checked::Config;
pub use self::log::{Format, Level, Log};
pub use self::{
    certificate::{CertificateError, CertificateFiles, expiry, read as read_certificate},
    env::variable,
    fault::{Fault, Location, Severity},
    gateway::{Gateway, Lines, Netchat, Workshop},
    listen::{Address, Listen, Origins, Tls, clash},
    password::{PasswordError, hash_password},
    schema::{Initial, Key, Table},
    shipped::default_config,
    storage::{StorePath, is_foreign},
    tables::tables,
    value::Kind,
};

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
        vec![
            fault::Wrong::new(format!("the layers do not merge: {why}")).at(Location::Defaults, ""),
        ]
    })?;
    let folder = file.and_then(Path::parent).unwrap_or(Path::new(""));
    let folders = Folders { file: folder, state: state.as_deref() };
    let config = check::check(merged, folders, &mut faults);
    faults.sort_by(|one, other| one.location.cmp(&other.location));
    if faults.iter().any(Fault::is_error) {
        return Err(faults);
    }
    Ok(Config { warnings: faults, ..config })
}
