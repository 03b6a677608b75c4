//! TLS 1.2 and 1.3: what the server shows, and what clients may show.

use std::sync::Arc;
use std::time::SystemTime;
use std::{fs, io};

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use ring::digest::{SHA256, digest};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::client::verify_server_name;
use rustls::crypto::{
    CryptoProvider, ring as provider, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{ClientHello, ParsedCertificate, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{DigitallySignedStruct, DistinguishedName, ServerConfig, SignatureScheme};
use tokio_rustls::TlsAcceptor;

use crate::config;
use crate::config::{CertificateError, CertificateFiles};
use crate::net::self_signed;
use crate::net::stream::Stream;
use crate::net::tls_error::TlsError;

/// Bytes that a connection encrypts before the network has taken them.
const MOST_UNSENT: usize = 16 << 10;

/// What all listeners with TLS share.
pub struct Tls {
    acceptor: TlsAcceptor,
    /// That asks clients for no certificate.
    for_pages: TlsAcceptor,
    shown: Arc<Shown>,
    watched: Mutex<Watched>,
}

/// A connection by TLS, and who has made it.
pub struct Secured {
    /// What is inside.
    pub stream: Box<dyn Stream>,
    /// The fingerprint of the client's certificate: SHA-256 in lower-case hex.
    pub certificate: Option<Box<str>>,
}

/// Certificates in the order of the configuration.  A handshake takes what is there when it begins.
#[derive(Debug)]
struct Shown(ArcSwap<Vec<Arc<CertifiedKey>>>);

struct Watched {
    files: Vec<CertificateFiles>,
    state: Vec<Option<(SystemTime, u64)>>,
}

impl Tls {
    /// Reads the certificates of the configuration, or the one of its own making, which is made
    /// first if it is not there.
    pub fn new(tls: &config::Tls, server_name: &str) -> Result<Self, TlsError> {
        let (files, certificates) = if tls.certificates.is_empty() {
            let own = self_signed::of(tls, server_name)?;
            (Vec::new(), vec![Arc::new(own)])
        } else {
            (tls.certificates.clone(), read_all(&tls.certificates)?)
        };
        let shown = Arc::new(Shown(ArcSwap::from_pointee(certificates)));
        let provider = Arc::new(provider::default_provider());
        let builder = || {
            ServerConfig::builder_with_provider(Arc::clone(&provider))
                .with_safe_default_protocol_versions()
        };
        let asks = Arc::new(AnyCertificate(Arc::clone(&provider)));
        let resolver = || Arc::clone(&shown) as Arc<dyn ResolvesServerCert>;
        let config = builder()?.with_client_cert_verifier(asks).with_cert_resolver(resolver());
        let for_pages = builder()?.with_no_client_auth().with_cert_resolver(resolver());
        let state = state_of(&files);
        let watched = Mutex::new(Watched { files, state });
        let (acceptor, for_pages) = (Arc::new(config).into(), Arc::new(for_pages).into());
        Ok(Self { acceptor, for_pages, shown, watched })
    }

    /// When the first certificate expires, in seconds since 1970.
    pub fn expiry(&self) -> Option<i64> {
        let shown = self.shown.0.load();
        config::expiry(shown.first()?.cert.first()?)
    }

    /// The fingerprint of the first certificate: SHA-256 in lower-case hex.
    pub fn fingerprint(&self) -> String {
        let shown = self.shown.0.load();
        let first = shown.first().and_then(|one| one.cert.first());
        first.map(|certificate| fingerprint(certificate)).unwrap_or_default()
    }

    /// Reads the certificates, which may be others than before, for the handshakes to come; with a
    /// bad one all stay as they are.  With none the server goes on with what it has.
    pub fn reload(&self, files: &[CertificateFiles]) -> Result<(), CertificateError> {
        let state = state_of(files);
        if !files.is_empty() {
            self.shown.0.store(Arc::new(read_all(files)?));
        }
        *self.watched.lock() = Watched { files: files.to_vec(), state };
        Ok(())
    }

    /// Whether the files are others than when they were looked at last.
    pub fn has_changed(&self) -> bool {
        let watched = self.watched.lock();
        state_of(&watched.files) != watched.state
    }

    /// Reads the same files again, and says in the log how that went.
    pub fn read_again(&self) {
        let files = {
            let mut watched = self.watched.lock();
            // One that is bad is not read again before it has changed again.
            watched.state = state_of(&watched.files);
            watched.files.clone()
        };
        match self.reload(&files) {
            Ok(()) => tracing::info!(fingerprint = self.fingerprint(), "certificates read again"),
            Err(why) => tracing::error!(%why, "the certificates stay as they were"),
        }
    }

    /// Shakes hands with a client.  That of a page (`is_page`) is asked for no certificate: a browser
    /// that is asked behind a WebSocket gives up.
    pub async fn accept(&self, stream: Box<dyn Stream>, is_page: bool) -> io::Result<Secured> {
        let acceptor = if is_page { &self.for_pages } else { &self.acceptor };
        let limit = |tls: &mut rustls::ServerConnection| tls.set_buffer_limit(Some(MOST_UNSENT));
        let stream = acceptor.accept_with(stream, limit).await?;
        let certificate = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
        let certificate = certificate.map(|one| fingerprint(one).into());
        Ok(Secured { stream: Box::new(stream), certificate })
    }
}

fn read_all(files: &[CertificateFiles]) -> Result<Vec<Arc<CertifiedKey>>, CertificateError> {
    files.iter().map(|files| config::read_certificate(files).map(Arc::new)).collect()
}

/// When each file was written last, and how long it is.
fn state_of(files: &[CertificateFiles]) -> Vec<Option<(SystemTime, u64)>> {
    let state = |path| {
        let meta = fs::metadata(path).ok()?;
        Some((meta.modified().ok()?, meta.len()))
    };
    files.iter().flat_map(|files| [state(&files.chain), state(&files.key)]).collect()
}

fn fingerprint(certificate: &[u8]) -> String {
    digest(&SHA256, certificate).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

impl ResolvesServerCert for Shown {
    /// The first that is good for the name that the client asks for, else the first (RFC 6066,
    /// section 3).
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let shown = self.0.load();
        let name = hello.server_name().and_then(|name| ServerName::try_from(name).ok());
        let fits = |one: &&Arc<CertifiedKey>| {
            let parsed = one.end_entity_cert().and_then(ParsedCertificate::try_from);
            let name = name.as_ref();
            name.zip(parsed.ok()).is_some_and(|(name, own)| verify_server_name(&own, name).is_ok())
        };
        shown.iter().find(fits).or(shown.first()).cloned()
    }
}

/// Asks for a certificate and takes any: who vouches for it matters to nobody, for it is known by
/// its fingerprint.  That the client has its key is checked.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ClientCertVerifier for AnyCertificate {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, cert, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, cert, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
