//! A certificate of the server's own making, for where none is configured.

use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::process;

use rcgen::{CertificateParams, DnType, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use rustls::sign::CertifiedKey;
use time::{Duration, OffsetDateTime};

use crate::config;
use crate::config::{CertificateFiles, Tls};
use crate::net::tls_error::TlsError;

/// Certificate and key together.
const FILE: &str = "self-signed.pem";

/// For how many years it is valid.
const YEARS: i32 = 10;

/// The one that is kept in the folder of `tls`; made and kept when there is none, or when that one has
/// expired.  Where it cannot be kept, it is another at each start, and the log says so.
pub fn of(tls: &Tls, server_name: &str) -> Result<CertifiedKey, TlsError> {
    let Some(folder) = &tls.folder else {
        tracing::warn!("the certificate is not kept: set tls.folder");
        return read(&made(tls, server_name)?);
    };
    let path = folder.join(FILE);
    if has_expired(&path) {
        let removed = fs::remove_file(&path);
        tracing::info!(path = %path.display(), removed = removed.is_ok(), "certificate has expired");
    }
    if !path.exists() {
        let pem = made(tls, server_name)?;
        match keep(&path, &pem) {
            Ok(()) => tracing::info!(path = %path.display(), "certificate made"),
            Err(why) => {
                let path = path.display();
                tracing::warn!(%path, %why, "the certificate is not kept: set tls.folder");
                return read(&pem);
            }
        }
    }
    hide(&path);
    let files = CertificateFiles { chain: path.clone(), key: path };
    Ok(config::read_certificate(&files)?)
}

/// Whether a certificate is there that clients which look at the date no longer take.
fn has_expired(path: &Path) -> bool {
    let pem = fs::read(path).unwrap_or_default();
    let certificate = CertificateDer::from_pem_slice(&pem).ok();
    let expiry = certificate.and_then(|certificate| config::expiry(&certificate));
    expiry.is_some_and(|expiry| expiry <= OffsetDateTime::now_utc().unix_timestamp())
}

/// Takes the file, in which the key is, from everybody but its owner.
fn hide(path: &Path) {
    let is_open = |meta: fs::Metadata| meta.permissions().mode() & 0o077 != 0;
    if fs::metadata(path).is_ok_and(is_open) {
        let hidden = fs::set_permissions(path, Permissions::from_mode(0o600));
        let (path, hidden) = (path.display(), hidden.is_ok());
        tracing::warn!(%path, hidden, "others could read the key of the certificate");
    }
}

/// As PEM, for the server's name, this machine, and the addresses at which the server listens.
fn made(tls: &Tls, server_name: &str) -> Result<String, TlsError> {
    let wrong = |why: rcgen::Error| TlsError::SelfSigned(why.to_string());
    let mut names = [server_name, "localhost", "127.0.0.1", "::1"].map(String::from).to_vec();
    for address in tls.addresses.iter().map(ToString::to_string) {
        if !names.contains(&address) {
            names.push(address);
        }
    }
    let mut params = CertificateParams::new(names).map_err(wrong)?;
    params.distinguished_name.push(DnType::CommonName, server_name);
    let now = OffsetDateTime::now_utc();
    // Clients whose clock is a little behind take it as well.
    params.not_before = now - Duration::days(1);
    // There is no 29 February in each year.
    let end = now.replace_year(now.year() + YEARS);
    params.not_after = end.unwrap_or(now + Duration::days(365 * i64::from(YEARS)));
    let key = KeyPair::generate().map_err(wrong)?;
    let certificate = params.self_signed(&key).map_err(wrong)?;
    Ok(certificate.pem() + &key.serialize_pem())
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
    use std::path::PathBuf;

    use rcgen::SanType;

    use super::*;

    const NAME: &str = "irc.example.org";

    fn tls(folder: PathBuf) -> Tls {
        let addresses = vec!["192.0.2.1".parse().expect("an address")];
        Tls { certificates: Vec::new(), folder: Some(folder), addresses }
    }

    #[test]
    fn it_is_made_once_and_only_its_owner_can_read_it() {
        let home = tempfile::tempdir().expect("a folder");
        let folder = home.path().join("state/pipewright");
        let first = of(&tls(folder.clone()), NAME).expect("a certificate");
        let file = folder.join(FILE);
        fs::set_permissions(&file, Permissions::from_mode(0o644)).expect("it is ours");
        let again = of(&tls(folder.clone()), "another.example.org").expect("the same");
        assert_eq!(first.cert, again.cert);
        let mode = |path: &Path| fs::metadata(path).expect("it is kept").mode() & 0o777;
        assert_eq!((mode(&file), mode(&folder)), (0o600, 0o700));
        assert_eq!(fs::read_dir(&folder).expect("a folder").count(), 1, "no draft stays");
    }

    #[test]
    fn where_it_cannot_be_kept_the_server_still_has_one() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        assert!(of(&tls(file.path().join("x")), NAME).is_ok());
    }

    #[test]
    fn it_is_called_what_the_server_is_and_is_good_for_ten_years_at_all_its_addresses() {
        let pem = made(&tls(PathBuf::new()), NAME).expect("a certificate");
        let certificate = CertificateDer::from_pem_slice(pem.as_bytes()).expect("PEM");
        let days = (config::expiry(&certificate).expect("it is one")
            - OffsetDateTime::now_utc().unix_timestamp())
            / 86_400;
        assert!((3651..=3653).contains(&days), "{days}");
        let (_, parsed) = x509_parser::parse_x509_certificate(&certificate).expect("it is one");
        assert_eq!(parsed.subject().to_string(), format!("CN={NAME}"));
        assert_eq!(parsed.issuer(), parsed.subject());
        let key = read(&pem).expect("both");
        let own = key.end_entity_cert().and_then(rustls::server::ParsedCertificate::try_from);
        let own = own.expect("it can be read");
        for name in [NAME, "localhost", "127.0.0.1", "::1", "192.0.2.1"] {
            let name = rustls::pki_types::ServerName::try_from(name).expect("a name");
            assert!(rustls::client::verify_server_name(&own, &name).is_ok(), "{name:?}");
        }
    }

    #[test]
    fn one_that_has_expired_is_made_anew() {
        let home = tempfile::tempdir().expect("a folder");
        let mut params = CertificateParams::default();
        params.subject_alt_names = vec![SanType::DnsName(NAME.try_into().expect("a name"))];
        params.not_after = OffsetDateTime::now_utc() - Duration::days(1);
        let key = KeyPair::generate().expect("a key");
        let expired = params.self_signed(&key).expect("a certificate");
        let pem = expired.pem() + &key.serialize_pem();
        fs::write(home.path().join(FILE), pem).expect("it is there");
        let made = of(&tls(home.path().to_owned()), NAME).expect("another");
        assert_ne!(made.cert.first(), Some(expired.der()));
    }
}
