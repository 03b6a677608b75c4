//! A certificate and its key, read from their files.

use std::{fs, io, path::Path};

use rustls::{
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    sign::CertifiedKey,
};

use super::listen::CertificateFiles;

/// More than any chain has.
const MOST_BYTES: u64 = 1 << 20;

/// Why a certificate cannot be used.
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
    #[error("{0}: there is no certificate in it, as PEM")]
    NoCertificate(String),
    /// No key in PEM.
    #[error("{0}: there is no private key in it, as PEM")]
    NoKey(String),
    /// They do not go together, or are of a kind that TLS has no use for.
    #[error("{0}: {1}")]
    Unfit(String, rustls::Error),
}

impl CertificateError {
    /// Whether the key is at fault, and not the certificate.
    pub(super) fn is_of_key(&self) -> bool {
        matches!(self, Self::File { of_key: true, .. } | Self::NoKey(_) | Self::Unfit(..))
    }
}

/// Reads both, and checks that they go together.
pub fn read(files: &CertificateFiles) -> Result<CertifiedKey, CertificateError> {
    let (chain_name, key_name) = (files.chain.display(), files.key.display());
    let pem = bytes(&files.chain, false)?;
    let chain: Vec<_> =
        CertificateDer::pem_slice_iter(&pem).collect::<Result<_, _>>().unwrap_or_default();
    if chain.is_empty() {
        return Err(CertificateError::NoCertificate(chain_name.to_string()));
    }
    let key = PrivateKeyDer::from_pem_slice(&bytes(&files.key, true)?)
        .map_err(|_| CertificateError::NoKey(key_name.to_string()))?;
    CertifiedKey::from_der(chain, key, &ring::default_provider())
        .map_err(|why| CertificateError::Unfit(key_name.to_string(), why))
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
    read().map_err(|why| CertificateError::File { path: path.display().to_string(), why, of_key })
}
