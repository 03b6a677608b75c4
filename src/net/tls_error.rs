//! Why there is no TLS.

use crate::config::CertificateError;

/// Why TLS cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A certificate of the configuration cannot be used.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The server could not make one for itself.
    #[error("cannot make a certificate: {0}")]
    SelfSigned(String),
    /// The library does not take what we ask of it.
    #[error("TLS cannot be set up: {0}")]
    Setup(#[from] rustls::Error),
}
