//! A certificate of the server's own making, for where none is configured.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::{env, process};

use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use rustls::sign::CertifiedKey;

use super::tls::TlsError;
use crate::config::{self, CertificateFiles};

/// Certificate and key together.
const FILE: &str = "self-signed.pem";

/// The one that is kept in `folder`, or in the folder that the environment names; made and kept
/// when there is none.  Where it cannot be kept, it is another at each start, and the log says so.
pub fn of(folder: Option<&Path>, server_name: &str) -> Result<CertifiedKey, TlsError> {
    let Some(folder) = folder.map(Path::to_owned).or_else(state_folder) else {
        tracing::warn!("the certificate is not kept: set tls.folder");
        return read(&made(server_name)?);
    };
    let path = folder.join(FILE);
    if !path.exists() {
        let pem = made(server_name)?;
        match keep(&path, &pem) {
            Ok(()) => tracing::info!(path = %path.display(), "certificate made"),
            Err(why) => {
                let path = path.display();
                tracing::warn!(%path, %why, "the certificate is not kept: set tls.folder");
                return read(&pem);
            }
        }
    }
    let files = CertificateFiles { chain: path.clone(), key: path };
    Ok(config::read_certificate(&files)?)
}

/// systemd.exec(5), `StateDirectory=`; XDG Base Directory Specification, `$XDG_STATE_HOME`.
fn state_folder() -> Option<PathBuf> {
    let variable = |name| env::var_os(name).filter(|value| !value.is_empty());
    if let Some(folders) = variable("STATE_DIRECTORY") {
        return env::split_paths(&folders).next();
    }
    let absolute = |path: &PathBuf| path.is_absolute();
    let home = || variable("HOME").map(|home| PathBuf::from(home).join(".local/state"));
    let state = variable("XDG_STATE_HOME").map(PathBuf::from).filter(absolute).or_else(home);
    state.filter(absolute).map(|state| state.join("pipewright"))
}

/// As PEM, for the server's name and this machine.
fn made(server_name: &str) -> Result<String, TlsError> {
    let names = [server_name, "localhost", "127.0.0.1", "::1"].map(String::from);
    let made = rcgen::generate_simple_self_signed(names)
        .map_err(|why| TlsError::SelfSigned(why.to_string()))?;
    Ok(made.cert.pem() + &made.signing_key.serialize_pem())
}

fn read(pem: &str) -> Result<CertifiedKey, TlsError> {
    let wrong = |why: rustls::pki_types::pem::Error| TlsError::SelfSigned(why.to_string());
    let certificate = CertificateDer::from_pem_slice(pem.as_bytes()).map_err(wrong)?;
    let key = PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(wrong)?;
    Ok(CertifiedKey::from_der(vec![certificate], key, &ring::default_provider())?)
}

/// Writes a file that only its owner can read, as a whole or not at all; what another server has
/// written meanwhile stays.
fn keep(path: &Path, pem: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let draft = path.with_extension(format!("{}", process::id()));
    let written = || {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
        file.write_all(pem.as_bytes())?;
        file.sync_all()?;
        match fs::hard_link(&draft, path) {
            Err(why) if why.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            linked => linked,
        }
    };
    let done = written();
    let _ = fs::remove_file(&draft);
    done
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    #[test]
    fn it_is_made_once_and_only_its_owner_can_read_it() {
        let home = tempfile::tempdir().expect("a folder");
        let folder = home.path().join("state/pipewright");
        let first = of(Some(&folder), "irc.example.org").expect("a certificate");
        let again = of(Some(&folder), "irc.example.org").expect("the same");
        assert_eq!(first.cert, again.cert);
        let file = fs::metadata(folder.join(FILE)).expect("it is kept");
        assert_eq!(file.mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(&folder).expect("a folder").count(), 1, "no draft stays");
    }

    #[test]
    fn where_it_cannot_be_kept_the_server_still_has_one() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        assert!(of(Some(&file.path().join("x")), "irc.example.org").is_ok());
    }
}
