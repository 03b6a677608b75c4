//! A certificate and its key, read from their files, and what may be wrong with them.

use std::path::PathBuf;
use std::{
    fs, io,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use rustls::{
    Error, InconsistentKeys,
    client::verify_server_name,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
    server::ParsedCertificate,
    sign::CertifiedKey,
};
use time::OffsetDateTime;
use x509_parser::{
    certificate::X509Certificate,
    prelude::{FromDer, X509Version},
};

use crate::config::fault::Wrong;

/// More than any chain has.
const MOST_BYTES: u64 = 1 << 20;

/// For how long before it expires there is a warning.
const SOON: i64 = 14 * 86_400;

/// Why a certificate cannot be used, with what to do.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// A file could not be read.
    #[error("{path}: {why}")]
    File {
        /// The file.
        path: String,
        /// Why not.
        why: io::Error,
        /// Whether it is the key's.
        of_key: bool,
    },
    /// No certificate in PEM.
    #[error("{0}: there is no certificate in it, as PEM; {1}")]
    NoCertificate(String, &'static str),
    /// No key in PEM.
    #[error("{0}: there is no private key in it, as PEM; {1}")]
    NoKey(String, &'static str),
    /// The key asks for a password.
    #[error(
        "{0}: the private key is encrypted, and nobody can be asked for its password; write it without one \
         by `openssl pkey -in {0} -out FILE`"
    )]
    Encrypted(String),
    /// One of the chain is no certificate.
    #[error(
        "{path}: certificate {number} in it cannot be read; copy the file again, or have it made anew"
    )]
    Unreadable {
        /// The file.
        path: String,
        /// Which, counted from 1.
        number: usize,
    },
    /// Older than TLS allows (RFC 5280, section 4.1.2.1).
    #[error(
        "{0}: the certificate is not of X.509 version 3, which TLS needs; make another, as \
         `openssl req -x509 -addext subjectAltName=DNS:NAME` does"
    )]
    Version(String),
    /// The key is of another certificate.
    #[error(
        "{key}: it is not the key of the certificate in {chain}; name the two that were made together"
    )]
    Mismatch {
        /// The file of the key.
        key: String,
        /// The file of the certificate.
        chain: String,
    },
    /// The key is of a certificate further down.
    #[error(
        "{path}: the server's own certificate must come first, and is number {number} in it; put those that \
         vouch for it behind it"
    )]
    WrongOrder {
        /// The file.
        path: String,
        /// Where it is, counted from 1.
        number: usize,
    },
    /// The key is of a kind that TLS has no use for.
    #[error(
        "{0}: TLS has no use for a key of this kind ({1}); use an ECDSA key, or one of RSA of 2048 bits or more"
    )]
    Kind(String, Error),
}

impl CertificateError {
    /// Whether the key is at fault, and not the certificate.
    pub(super) fn is_of_key(&self) -> bool {
        matches!(
            self,
            Self::File { of_key: true, .. }
                | Self::NoKey(..)
                | Self::Encrypted(_)
                | Self::Mismatch { .. }
                | Self::Kind(..)
        )
    }
}

/// A certificate with its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFiles {
    /// PEM, the server's own first.
    pub chain: PathBuf,
    /// PEM.
    pub key: PathBuf,
}

/// Reads both, and checks that they go together.
pub fn read(files: &CertificateFiles) -> Result<CertifiedKey, CertificateError> {
    let chain = chain(&files.chain)?;
    let key = key(&files.key)?;
    let (chain_name, key_name) = (shown(&files.chain), shown(&files.key));
    for (at, certificate) in chain.iter().enumerate() {
        let path = chain_name.clone();
        let Ok((_, parsed)) = X509Certificate::from_der(certificate) else {
            return Err(CertificateError::Unreadable { path, number: at + 1 });
        };
        if at == 0 && parsed.version() != X509Version::V3 {
            return Err(CertificateError::Version(path));
        }
    }
    let pair = |chain: Vec<CertificateDer<'static>>| {
        CertifiedKey::from_der(chain, key.clone_key(), &ring::default_provider())
    };
    pair(chain.clone()).map_err(|why| match why {
        Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
            let fits = |one: &CertificateDer<'static>| pair(vec![one.clone()]).is_ok();
            match chain.iter().position(fits) {
                Some(at) => CertificateError::WrongOrder { path: chain_name, number: at + 1 },
                None => CertificateError::Mismatch { key: key_name, chain: chain_name },
            }
        }
        // The library cannot read what X.509 allows.
        Error::InvalidCertificate(_) => {
            CertificateError::Unreadable { path: chain_name, number: 1 }
        }
        why => CertificateError::Kind(key_name, why),
    })
}

fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, CertificateError> {
    let pem = bytes(path, false)?;
    let chain = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
    let chain = chain.unwrap_or_default();
    if !chain.is_empty() {
        return Ok(chain);
    }
    let hint = if PrivateKeyDer::from_pem_slice(&pem).is_ok() {
        "there is a key: are chain and key the wrong way round?"
    } else if X509Certificate::from_der(&pem).is_ok() {
        "there is one as DER: `openssl x509 -inform der -in FILE -out FILE.pem` makes PEM of it"
    } else {
        "name the file that begins with -----BEGIN CERTIFICATE-----"
    };
    Err(CertificateError::NoCertificate(shown(path), hint))
}

fn key(path: &Path) -> Result<PrivateKeyDer<'static>, CertificateError> {
    let pem = bytes(path, true)?;
    let has = |words: &[u8]| memchr::memmem::find(&pem, words).is_some();
    if has(b"BEGIN ENCRYPTED PRIVATE KEY") || has(b"Proc-Type: 4,ENCRYPTED") {
        return Err(CertificateError::Encrypted(shown(path)));
    }
    PrivateKeyDer::from_pem_slice(&pem).map_err(|_| {
        let hint = if has(b"BEGIN CERTIFICATE") {
            "there is a certificate: are chain and key the wrong way round?"
        } else {
            "name the file that begins with -----BEGIN PRIVATE KEY-----"
        };
        CertificateError::NoKey(shown(path), hint)
    })
}

/// What clients will not like about a certificate that can be used.
pub(super) fn warnings(key: &CertifiedKey, files: &CertificateFiles) -> Vec<Wrong> {
    let mut warnings = Vec::new();
    let parsed = |der: &CertificateDer<'_>| {
        let (_, parsed) = X509Certificate::from_der(der).ok()?;
        let (subject, issuer) =
            (parsed.subject().as_raw().to_vec(), parsed.issuer().as_raw().to_vec());
        let valid = parsed.validity();
        Some((subject, issuer, [valid.not_before.timestamp(), valid.not_after.timestamp()]))
    };
    let chain: Vec<_> = key.cert.iter().filter_map(parsed).collect();
    let (path, now) = (shown(&files.chain), now());
    let renew = "have another made; it is read as soon as the file changes";
    for (at, (_, _, [begins, ends])) in chain.iter().enumerate() {
        let which =
            if at == 0 { "the certificate".to_owned() } else { format!("certificate {}", at + 1) };
        let (begins_on, ends_on) = (day(*begins), day(*ends));
        if *ends < now {
            let wrong = Wrong::new(format!("{path}: {which} has expired on {ends_on}"));
            warnings.push(wrong.hint(renew));
        } else if *ends < now + SOON {
            let wrong = Wrong::new(format!("{path}: {which} expires on {ends_on}"));
            warnings.push(wrong.hint(renew));
        } else if *begins > now {
            let wrong = Wrong::new(format!("{path}: {which} is not valid before {begins_on}"));
            warnings.push(wrong.hint("is the clock of this machine right?"));
        }
    }
    for (at, pair) in chain.windows(2).enumerate() {
        if let [(_, issuer, _), (subject, ..)] = pair
            && issuer != subject
        {
            let (one, next) = (at + 1, at + 2);
            let wrong = Wrong::new(format!(
                "{path}: certificate {next} in it did not issue certificate {one}"
            ));
            warnings.push(wrong.hint("put each behind the one that it vouches for"));
        }
    }
    warnings
}

/// Whether clients take it for a server of that name.
pub(super) fn is_for(key: &CertifiedKey, name: &str) -> bool {
    let parsed = key.end_entity_cert().and_then(ParsedCertificate::try_from);
    let name = ServerName::try_from(name).ok();
    parsed.ok().zip(name).is_some_and(|(own, name)| verify_server_name(&own, &name).is_ok())
}

/// When a certificate expires, in seconds since 1970; `None`: it is none.
pub fn expiry(certificate: &[u8]) -> Option<i64> {
    let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
    Some(parsed.validity().not_after.timestamp())
}

/// Seconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

fn day(seconds: i64) -> String {
    OffsetDateTime::from_unix_timestamp(seconds)
        .map_or_else(|_| "?".into(), |at| at.date().to_string())
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn bytes(path: &Path, of_key: bool) -> Result<Vec<u8>, CertificateError> {
    let read = || {
        // A pipe, say, would keep us waiting for ever.
        let meta = fs::metadata(path)?;
        if !meta.is_file() || meta.len() > MOST_BYTES {
            return Err(io::Error::other("is not a file of a reasonable size"));
        }
        fs::read(path)
    };
    read().map_err(|why| CertificateError::File { path: shown(path), why, of_key })
}
