//! What stands between TCP and the lines: nothing, TLS, WebSocket, or both.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned};
use tungstenite::client::{IntoClientRequest, client};
use tungstenite::http::HeaderValue;
use tungstenite::{Error, Message, WebSocket};

/// How to speak to a server's port.
#[derive(Clone, Debug, Default)]
pub struct Transport {
    /// By TLS.
    pub tls: Option<Tls>,
    /// By WebSocket, in binary messages: scenarios also send what is not UTF-8.
    pub websocket: bool,
}

/// How to speak TLS. Who vouches for the server's certificate is not checked.
#[derive(Clone, Debug)]
pub struct Tls {
    /// The name that is asked for.
    pub name: String,
    /// A certificate to show, with its key, as PEM.
    pub certificate: Option<String>,
    /// The certificate that the server must show, as DER; otherwise any will do.
    pub shown: Option<Vec<u8>>,
}

impl Default for Tls {
    fn default() -> Self {
        Self { name: "localhost".into(), certificate: None, shown: None }
    }
}

/// Bytes of lines, both ways.
pub trait Socket {
    /// Sends all of it.
    fn send(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// What there is, or comes within `wait`: 0 bytes at the end, an error of time if nothing.
    fn receive(&mut self, bytes: &mut [u8], wait: Duration) -> io::Result<usize>;

    /// Says that nothing more will be sent.
    fn finish(&mut self) -> io::Result<()>;
}

impl Transport {
    /// Connects; every step may take as long as `deadline`.
    pub fn connect(&self, addr: SocketAddr, deadline: Duration) -> io::Result<Box<dyn Socket>> {
        let tcp = TcpStream::connect_timeout(&addr, deadline)?;
        tcp.set_nodelay(true)?;
        tcp.set_write_timeout(Some(deadline))?;
        tcp.set_read_timeout(Some(deadline))?;
        let handle = tcp.try_clone()?;
        Ok(match (&self.tls, self.websocket) {
            (None, false) => Box::new(Bytes { stream: tcp, handle }),
            (None, true) => Box::new(web(tcp, handle, addr)?),
            (Some(tls), false) => Box::new(Bytes { stream: tls.secure(tcp)?, handle }),
            (Some(tls), true) => Box::new(web(tls.secure(tcp)?, handle, addr)?),
        })
    }
}

impl Tls {
    fn secure(&self, tcp: TcpStream) -> io::Result<StreamOwned<ClientConnection, TcpStream>> {
        let provider = Arc::new(ring::default_provider());
        let wants = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Anybody(provider, self.shown.clone())));
        let config = match &self.certificate {
            None => wants.with_no_client_auth(),
            Some(pem) => {
                let chain = CertificateDer::from_pem_slice(pem.as_bytes());
                let key = PrivateKeyDer::from_pem_slice(pem.as_bytes());
                let chain = vec![chain.map_err(io::Error::other)?];
                let key = key.map_err(io::Error::other)?;
                wants.with_client_auth_cert(chain, key).map_err(io::Error::other)?
            }
        };
        let name = ServerName::try_from(self.name.clone()).map_err(io::Error::other)?;
        let tls = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
        let mut stream = StreamOwned::new(tls, tcp);
        stream.conn.complete_io(&mut stream.sock)?;
        Ok(stream)
    }
}

/// Lines as they are on the wire.
struct Bytes<S> {
    stream: S,
    handle: TcpStream,
}

/// A stream that can say that it sends no more.
trait Finish: Read + Write {
    fn finish(&mut self) -> io::Result<()>;
}

impl Finish for TcpStream {
    fn finish(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Finish for StreamOwned<ClientConnection, TcpStream> {
    fn finish(&mut self) -> io::Result<()> {
        self.conn.send_close_notify();
        self.flush()
    }
}

impl<S: Finish> Socket for Bytes<S> {
    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)?;
        self.stream.flush()
    }

    fn receive(&mut self, bytes: &mut [u8], wait: Duration) -> io::Result<usize> {
        self.handle.set_read_timeout(Some(wait))?;
        self.stream.read(bytes)
    }

    fn finish(&mut self) -> io::Result<()> {
        self.stream.finish()?;
        self.handle.shutdown(Shutdown::Write)
    }
}

/// Lines as messages.
struct Web<S> {
    socket: WebSocket<S>,
    handle: TcpStream,
    /// The start of a line, until its end is sent.
    unsent: Vec<u8>,
    /// What of a message did not fit.
    unread: Vec<u8>,
}

fn web<S: Finish>(stream: S, handle: TcpStream, addr: SocketAddr) -> io::Result<Web<S>> {
    let mut request = format!("ws://{addr}/").into_client_request().map_err(io::Error::other)?;
    let protocol = HeaderValue::from_static("binary.ircv3.net");
    request.headers_mut().insert("Sec-WebSocket-Protocol", protocol);
    let (socket, _) = client(request, stream).map_err(|why| io::Error::other(why.to_string()))?;
    Ok(Web { socket, handle, unsent: Vec::new(), unread: Vec::new() })
}

impl<S: Finish> Socket for Web<S> {
    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.unsent.extend_from_slice(bytes);
        while let Some(end) = self.unsent.iter().position(|&byte| byte == b'\n') {
            let mut line: Vec<u8> = self.unsent.drain(..=end).collect();
            line.pop();
            if line.last() == Some(&b'\r') {
                line.pop();
            }
            self.socket.write(Message::Binary(line.into())).map_err(as_io)?;
        }
        self.socket.flush().map_err(as_io)
    }

    fn receive(&mut self, bytes: &mut [u8], wait: Duration) -> io::Result<usize> {
        self.handle.set_read_timeout(Some(wait))?;
        while self.unread.is_empty() {
            match self.socket.read() {
                Ok(Message::Binary(line)) => self.unread = [&line[..], b"\r\n"].concat(),
                Ok(Message::Close(_)) | Err(Error::ConnectionClosed) => return Ok(0),
                Ok(_) => {}
                Err(why) => return Err(as_io(why)),
            }
        }
        let count = self.unread.len().min(bytes.len());
        for (to, from) in bytes.iter_mut().zip(self.unread.drain(..count)) {
            *to = from;
        }
        Ok(count)
    }

    fn finish(&mut self) -> io::Result<()> {
        self.socket.close(None).map_err(as_io)?;
        self.socket.flush().map_err(as_io)
    }
}

fn as_io(why: Error) -> io::Error {
    match why {
        Error::Io(why) => why,
        // What was sent to somebody who has gone.
        Error::AlreadyClosed | Error::Protocol(_) => ErrorKind::BrokenPipe.into(),
        why => io::Error::other(why.to_string()),
    }
}

/// Takes any certificate, or just one.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>, Option<Vec<u8>>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        match &self.1 {
            Some(wanted) if **wanted != **shown => {
                Err(rustls::Error::General("another certificate is shown".into()))
            }
            _ => Ok(ServerCertVerified::assertion()),
        }
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
