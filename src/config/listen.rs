//! Listeners, certificates and gateways, seen together.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::config::certificate;
use crate::config::certificate::CertificateFiles;
use crate::config::fault::{Fault, Wrong};
use crate::config::folders::Folders;
use crate::config::layer::{Listener, Merged};
use crate::config::text::fingerprint_digits;
use crate::core::{ListenerLimits, Sts, Webirc};
use crate::proto::names::Cidr;

/// Where clients connect, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen {
    /// Without TLS, a loopback address or a path, or the configuration says that it may be public.
    pub address: Address,
    /// The rights of a socket in the file system, as of `chmod`.
    pub mode: u32,
    /// Whether all of it is TLS.
    pub tls: bool,
    /// If it is for WebSocket: whose pages may connect.
    pub websocket: Option<Origins>,
    /// From where a PROXY header must come; from elsewhere none may.
    pub proxy: Vec<Cidr>,
    /// Its own limits.
    pub limits: ListenerLimits,
}

/// An address to listen on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Address {
    /// Port 0 lets the system choose.
    Ip(SocketAddr),
    /// A socket in the file system.
    Path(PathBuf),
}

/// Sites whose pages may connect by WebSocket; none: those of the host they connect to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origins(pub Vec<Box<str>>);

/// What TLS needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// Each has been read; the first is for clients that ask for no name of ours.
    pub certificates: Vec<CertificateFiles>,
    /// Where the server keeps a certificate of its own making, if anywhere.
    pub folder: Option<PathBuf>,
    /// The addresses that such a certificate is good for besides: those of the listeners with TLS.
    pub addresses: Vec<IpAddr>,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(address) => address.fmt(f),
            Self::Path(path) => path.display().fmt(f),
        }
    }
}

/// What the values come to; good only if `faults` has no errors.
pub(super) fn check(
    merged: &Merged,
    folders: Folders<'_>,
    faults: &mut Vec<Fault>,
) -> (Vec<Listen>, Tls, Option<Sts>, Vec<Arc<Webirc>>) {
    let mut check = Check { merged, folders, folder: folders.file, faults };
    let listen = check.listen();
    let tls = check.tls(&listen);
    let sts = check.sts(&listen);
    (listen, tls, sts, check.webirc())
}

struct Check<'a> {
    merged: &'a Merged,
    folders: Folders<'a>,
    folder: &'a Path,
    faults: &'a mut Vec<Fault>,
}

impl Check<'_> {
    fn fault(&mut self, row: usize, table: &str, key: &str, wrong: Wrong) {
        let location = self.merged.location(&format!("{table}[{row}].{key}"));
        self.faults.push(wrong.at(location, format!("{table}.{key}")));
    }

    fn warn(&mut self, row: usize, table: &str, key: &str, wrong: Wrong) {
        let location = self.merged.location(&format!("{table}[{row}].{key}"));
        self.faults.push(wrong.at(location, format!("{table}.{key}")).into_warning());
    }

    fn listen(&mut self) -> Vec<Listen> {
        let mut listen: Vec<Listen> = Vec::new();
        for (row, listener) in self.merged.raw.listen.iter().enumerate() {
            let Some(written) = &listener.address else { continue };
            let mode = listener.mode.as_deref().and_then(|mode| u32::from_str_radix(mode, 8).ok());
            let address = match written.parse() {
                Ok(address) => Address::Ip(address),
                Err(_) => Address::Path(self.folder.join(written)),
            };
            self.address(row, &address, listener);
            if let Some(other) = listen.iter().find(|other| clash(&other.address, &address)) {
                let taken = format!("{address} is taken by {} above", other.address);
                self.fault(row, "listen", "address", Wrong::new(taken));
            }
            if !listener.origins.is_empty() && !listener.websocket {
                let wrong = Wrong::new("only pages that come by WebSocket have an origin");
                self.fault(row, "listen", "origins", wrong.hint("add websocket = true"));
            }
            let origins =
                || Origins(listener.origins.iter().map(|one| one.as_str().into()).collect());
            listen.push(Listen {
                address,
                mode: mode.unwrap_or(0o600),
                tls: listener.tls,
                websocket: listener.websocket.then(origins),
                proxy: cidrs(&listener.proxy),
                limits: ListenerLimits {
                    sendq: listener.sendq,
                    recvq: listener.recvq,
                    connections: listener.connections,
                },
            });
        }
        listen
    }

    fn address(&mut self, row: usize, address: &Address, listener: &Listener) {
        match address {
            Address::Ip(_) if listener.mode.is_some() => {
                let wrong = Wrong::new("only a socket in the file system has rights");
                self.fault(row, "listen", "mode", wrong.hint("leave it out"));
            }
            Address::Ip(ip)
                if !ip.ip().is_loopback() && !listener.tls && !listener.plaintext_public =>
            {
                let wrong = Wrong::new(format!(
                    "{ip} may be reached from other machines, and nothing on it is encrypted"
                ));
                let wrong = wrong.hint(
                    "add tls = true, use 127.0.0.1 or [::1], or allow it by plaintext_public = true",
                );
                self.fault(row, "listen", "address", wrong);
            }
            Address::Path(path) => {
                let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
                if let Some(missing) = folder.filter(|folder| !folder.is_dir()) {
                    let missing = missing.display();
                    let wrong = Wrong::new(format!("the folder {missing} is not there"));
                    let wrong = wrong.hint("it must be when the server starts");
                    self.warn(row, "listen", "address", wrong);
                }
            }
            Address::Ip(_) => {}
        }
    }

    fn tls(&mut self, listen: &[Listen]) -> Tls {
        let raw = &self.merged.raw;
        let (mut certificates, mut read, mut is_ours) = (Vec::new(), 0, false);
        for (row, one) in raw.certificate.iter().enumerate() {
            let (Some(chain), Some(key)) = (&one.chain, &one.key) else { continue };
            let files =
                CertificateFiles { chain: self.folder.join(chain), key: self.folder.join(key) };
            match certificate::read(&files) {
                Ok(good) => {
                    for wrong in certificate::warnings(&good, &files) {
                        self.warn(row, "certificate", "chain", wrong);
                    }
                    is_ours |= certificate::is_for(&good, &raw.server.name);
                    read += 1;
                }
                Err(why) => {
                    let key = if why.is_of_key() { "key" } else { "chain" };
                    self.fault(row, "certificate", key, Wrong::new(why.to_string()));
                }
            }
            certificates.push(files);
        }
        if read > 0 && read == raw.certificate.len() && !is_ours {
            let wrong =
                Wrong::new(format!("is not for {}, the name of the server", raw.server.name));
            let wrong = wrong
                .hint("clients that check will refuse it, unless they connect by a name it is for");
            self.warn(0, "certificate", "chain", wrong);
        }
        let chosen = raw.tls.folder.as_ref().map(|path| self.folder.join(path));
        let folder = chosen.or(self.folders.state.map(Path::to_owned));
        let of_listener = |one: &Listen| match one.address {
            Address::Ip(address) if one.tls => Some(address.ip()),
            _ => None,
        };
        let addresses = listen.iter().filter_map(of_listener).filter(|ip| !ip.is_unspecified());
        Tls { certificates, folder, addresses: addresses.collect() }
    }

    fn sts(&mut self, listen: &[Listen]) -> Option<Sts> {
        let tls = &self.merged.raw.tls;
        let duration = tls.sts? / 1000;
        let port = listen.iter().find_map(|one| match one.address {
            Address::Ip(ip) if one.tls && one.websocket.is_none() => Some(ip.port()),
            _ => None,
        });
        let port = tls.sts_port.or(port).filter(|port| *port != 0);
        if let Some(wanted) = tls.sts_port {
            self.sts_port(wanted, listen);
        }
        let wrong = if self.merged.raw.certificate.is_empty() {
            Wrong::new("clients will not trust a certificate that the server made for itself")
                .hint("add a [[certificate]]")
        } else if let Some(port) = port {
            return Some(Sts { port, duration });
        } else {
            Wrong::new("there is no port for TLS to send clients to")
                .hint("add a [[listen]] with tls = true, or tls.sts_port")
        };
        self.faults.push(wrong.at(self.merged.location("tls.sts"), "tls.sts"));
        None
    }

    /// Looks whether clients that are sent to a port find TLS there.
    fn sts_port(&mut self, wanted: u16, listen: &[Listen]) {
        const KEY: &str = "tls.sts_port";
        let of_port = |one: &&Listen| matches!(one.address, Address::Ip(ip) if ip.port() == wanted);
        let mut there = listen.iter().filter(of_port).peekable();
        let is_missing = there.peek().is_none();
        if there.any(|one| one.tls && one.websocket.is_none()) {
            return;
        }
        let location = self.merged.location(KEY);
        self.faults.push(if is_missing {
            let wrong = Wrong::new(format!("no [[listen]] is at port {wanted}"));
            wrong
                .hint("clients find TLS there only if a proxy offers it")
                .at(location, KEY)
                .into_warning()
        } else {
            let wrong =
                Wrong::new(format!("the [[listen]] at port {wanted} is not for clients with TLS"));
            wrong.hint("name a port that has tls = true and is not for WebSocket").at(location, KEY)
        });
    }

    fn webirc(&mut self) -> Vec<Arc<Webirc>> {
        let unsure = self.faults.iter().any(|fault| fault.key.starts_with("webirc."));
        let mut gateways = Vec::new();
        for (row, one) in self.merged.raw.webirc.iter().enumerate().filter(|_| !unsure) {
            let certificate = one.certificate.as_deref().and_then(fingerprint_digits);
            if one.password_hash.is_none() && certificate.is_none() {
                let wrong = Wrong::new("anybody at its addresses could say to be anyone");
                let wrong = wrong.hint("add password_hash or certificate");
                self.fault(row, "webirc", "name", wrong);
            }
            if one.from.is_empty() {
                let wrong = Wrong::new("is empty: it could connect from nowhere");
                self.fault(row, "webirc", "from", wrong);
            }
            gateways.push(Arc::new(Webirc {
                name: one.name.as_deref().unwrap_or_default().into(),
                password_hash: one.password_hash.as_deref().map(Into::into),
                certificate: certificate.map(Into::into),
                from: cidrs(&one.from),
            }));
        }
        gateways
    }
}

fn cidrs(texts: &[String]) -> Vec<Cidr> {
    texts.iter().filter_map(|text| Cidr::parse(text)).collect()
}

/// Whether the system would refuse the second listener.  IPv6 listeners take no IPv4.
pub fn clash(one: &Address, other: &Address) -> bool {
    let covers = |one: &SocketAddr, other: &SocketAddr| one.ip().is_unspecified() || one == other;
    match (one, other) {
        (Address::Ip(one), Address::Ip(other)) => {
            one.port() != 0
                && one.port() == other.port()
                && one.is_ipv4() == other.is_ipv4()
                && (covers(one, other) || covers(other, one))
        }
        (Address::Path(one), Address::Path(other)) => one == other,
        _ => false,
    }
}
