//! The server that the clients talk through.

use std::{env, net::SocketAddr};

use crate::support::program::Program;

/// Names a server that already runs, as `host:port` with a numeric host, to see how the same
/// dialogue goes elsewhere.  (Not `PIPEWRIGHT_...`: our server takes those as configuration.)
const OTHER_SERVER: &str = "CLIENTS_TEST_SERVER";

/// A server to connect to.  Ours is stopped when this is dropped.
pub struct Server {
    pub address: SocketAddr,
    _own: Option<Program>,
}

impl Server {
    /// Returns once it listens.
    pub fn start() -> Self {
        if let Ok(address) = env::var(OTHER_SERVER) {
            let address = address.parse().expect("CLIENTS_TEST_SERVER is address:port");
            return Self { address, _own: None };
        }
        let own = Program::start(&[], "");
        Self { address: own.address, _own: Some(own) }
    }
}
