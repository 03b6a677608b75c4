//! The server that the clients talk through.

use std::{env, fs, net::SocketAddr};

use ring::digest::{SHA256, digest};
use rustls::pki_types::{CertificateDer, pem::PemObject};

use crate::support::program::Program;

/// Names a server that already runs, as `host:port` with a numeric host, to see how the same
/// dialogue goes elsewhere.  (Not `PIPEWRIGHT_...`: our server takes those as configuration.)
const OTHER_SERVER: &str = "CLIENTS_TEST_SERVER";

/// A server to connect to.  Ours is stopped when this is dropped.
pub struct Server {
    pub address: SocketAddr,
    /// By TLS: the SHA-256 fingerprint of its certificate, in hex.
    pub tls: Option<String>,
    own: Option<Program>,
}

impl Server {
    /// Returns once it listens.
    pub fn start() -> Self {
        if let Ok(address) = env::var(OTHER_SERVER) {
            let address = address.parse().expect("CLIENTS_TEST_SERVER is address:port");
            return Self { address, tls: None, own: None };
        }
        let own = Program::start(&[], "");
        Self { address: own.address, tls: None, own: Some(own) }
    }

    /// One of ours with a link of netchat peers to `#office`.
    pub fn start_office() -> Self {
        let link = "[[gateway.netchat]]\nname = \"office\"\ninput = \"run/office.in\"\n\
                    output = \"run/office.out\"\nchannel = \"#office\"\n";
        let own = Program::start(&[], link);
        Self { address: own.address, tls: None, own: Some(own) }
    }

    /// Our own program behind it.
    pub fn program(&self) -> &Program {
        self.own.as_ref().expect("it is one of ours")
    }

    /// One of ours with a listener for TLS, which is the address, and a certificate that it has
    /// made for itself.
    pub fn start_tls() -> Self {
        let listen = "[[listen]]\naddress = \"127.0.0.1:0\"\ntls = true\n";
        let own = Program::start(&[], &format!("[tls]\nfolder = \".\"\n{listen}"));
        let pem = fs::read(own.folder.path().join("self-signed.pem")).expect("it is kept");
        let der = CertificateDer::from_pem_slice(&pem).expect("a certificate");
        let print =
            digest(&SHA256, &der).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        Self {
            address: *own.addresses.get(1).expect("its TLS listener"),
            tls: Some(print),
            own: Some(own),
        }
    }
}
