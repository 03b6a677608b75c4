//! The listeners that are open, as the configuration wants them.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::sleep;

use crate::config::{Address, Config, Listen};
use crate::metrics::SharedTls;
use crate::net;
use crate::net::{Listener, ListenerProfile, Tls};
use crate::runtime::error::RunError;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// How often the files of certificates are looked at.
const WATCH: Duration = Duration::from_secs(2);

/// What the shard that accepts is to do.
pub enum Change {
    /// To accept from one more.
    Open(Listener, ListenerProfile),
    /// To take those who come in there by another listener from now on.
    Alter(ListenerProfile),
    /// To accept from it no longer; who has come by it stays.
    Close(Address),
}

/// The listeners that are open, and the way to the shard that accepts from them.
pub struct Listeners {
    open: Vec<Listen>,
    /// Present once a listener has wanted it.
    tls: SharedTls,
    accepting: mpsc::UnboundedSender<Change>,
}

/// A change of the listeners that cannot fail any more.
pub struct Prepared {
    wanted: Vec<Listen>,
    opened: Vec<(Listen, Listener)>,
    tls: Option<Arc<Tls>>,
}

impl Listeners {
    /// None yet, and where the changes arrive: no more than the configuration has listeners.
    pub fn new() -> (Self, mpsc::UnboundedReceiver<Change>) {
        let (accepting, changes) = mpsc::unbounded_channel();
        (Self { open: Vec::new(), tls: SharedTls::default(), accepting }, changes)
    }

    /// Opens what the configuration wants and is not open yet, and reads the certificates: all of
    /// it, or nothing is changed.
    pub fn prepare(&self, config: &Config) -> Result<Prepared, RunError> {
        let wanted = config.listen.clone();
        let new = wanted.iter().filter(|listen| !self.is_open(listen));
        let opened = new.map(|listen| Ok::<_, RunError>((listen.clone(), net::bind(listen)?)));
        let opened = opened.collect::<Result<_, _>>()?;
        let tls = match self.tls.load_full() {
            Some(tls) => {
                tls.reload(&config.tls.certificates).map_err(net::TlsError::from)?;
                Some(tls)
            }
            None if wanted.iter().any(|listen| listen.tls) => {
                Some(Arc::new(Tls::new(&config.tls, &config.settings.machine.server_name)?))
            }
            None => None,
        };
        Ok(Prepared { wanted, opened, tls })
    }

    /// Whether its address is, whatever else its table says.
    fn is_open(&self, listen: &Listen) -> bool {
        self.open.iter().any(|one| one.address == listen.address)
    }

    /// Has clients accepted as it was prepared, and no longer by what is not wanted any more.
    pub fn apply(&mut self, prepared: Prepared) {
        let Prepared { wanted, opened, tls } = prepared;
        let profile = |listen: &Listen| ListenerProfile::new(listen.clone(), tls.clone());
        let is_wanted = |old: &&Listen| wanted.iter().any(|listen| listen.address == old.address);
        let gone = self.open.iter().filter(|old| !is_wanted(old));
        let closes = gone.map(|old| Change::Close(old.address.clone()));
        let is_altered = |listen: &&Listen| !self.open.contains(listen) && self.is_open(listen);
        let others = wanted.iter().filter(is_altered);
        let alters = others.map(|listen| {
            if let Err(why) = net::set_mode(listen) {
                tracing::warn!(address = %listen.address, %why, "its rights stay as they were");
            }
            Change::Alter(profile(listen))
        });
        let opens =
            opened.into_iter().map(|(listen, socket)| Change::Open(socket, profile(&listen)));
        for change in closes.chain(alters).chain(opens) {
            // Nobody accepts any more only when the program is about to end.
            let _ = self.accepting.send(change);
        }
        self.tls.store(tls);
        self.open = wanted;
    }

    /// What TLS shows, now and after each reload.
    pub fn tls(&self) -> SharedTls {
        Arc::clone(&self.tls)
    }

    /// Returns once the files of certificates are others than those that were read.
    pub async fn certificates_changed(&self) {
        while !self.tls.load().as_ref().is_some_and(|tls| tls.has_changed()) {
            sleep(WATCH).await;
        }
    }

    /// Reads the certificates again; with a bad one all stay as they are, and the log says why.
    pub fn read_certificates(&self) {
        if let Some(tls) = &*self.tls.load() {
            tls.read_again();
        }
    }
}

impl Prepared {
    /// Tells what listens: in the log by one record, and on standard output what a person needs to
    /// join.
    pub fn announce(
        &self,
        config: &Config,
        workshop: Option<Address>,
        metrics: Option<&Listener>,
    ) -> io::Result<()> {
        let print = self.tls.as_ref().map(|tls| tls.fingerprint());
        let metrics = metrics.map(Listener::address).transpose()?;
        let mut open = Vec::new();
        for (listen, listener) in &self.opened {
            open.push((listen, listener.address()?));
        }
        let addresses = open.iter().map(|(listen, address)| {
            let tls = if listen.tls { " tls" } else { "" };
            let websocket = if listen.websocket.is_some() { " websocket" } else { "" };
            format!("{address}{tls}{websocket}")
        });
        tracing::info!(
            version = VERSION,
            server = &*config.settings.machine.server_name,
            addresses = addresses.collect::<Vec<_>>().join(", "),
            certificate = print,
            workshop = workshop.as_ref().map(display),
            metrics = metrics.as_ref().map(display),
            "listening"
        );
        let mut out = io::stdout();
        let text = banner(&open, print.as_deref(), workshop.as_ref(), metrics.as_ref());
        // A closed standard output is no reason not to serve.
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        Ok(())
    }
}

fn banner(
    open: &[(&Listen, Address)],
    fingerprint: Option<&str>,
    workshop: Option<&Address>,
    metrics: Option<&Address>,
) -> String {
    let mut text = format!("Pipewright {VERSION} is listening on\n");
    for (listen, address) in open {
        text += &format!("  {address}\n");
        for line in how_to_join(listen, address, fingerprint.unwrap_or_default()) {
            text += &format!("    {line}\n");
        }
    }
    if let Some(fingerprint) = fingerprint {
        text += &format!("The SHA-256 fingerprint of the TLS certificate is\n  {fingerprint}\n");
    }
    if let Some(Address::Ip(address)) = workshop {
        let (ip, port) = (address.ip(), address.port());
        text += &format!("  {address:<22} workshop chat: nc {ip} {port}\n");
    }
    if let Some(metrics) = metrics {
        text += &format!("  metrics: http://{metrics}/metrics\n");
    }
    text + "Ctrl-C stops it.\n"
}

/// Lines to type into a client, each as it stands; the tests of clients type them.
fn how_to_join(listen: &Listen, address: &Address, fingerprint: &str) -> Vec<String> {
    let Address::Ip(address) = address else {
        return vec!["a socket in the file system".into()];
    };
    let host = match address.ip() {
        ip if ip.is_unspecified() && ip.is_ipv4() => "127.0.0.1".to_owned(),
        ip if ip.is_unspecified() => "::1".to_owned(),
        ip => ip.to_string(),
    };
    let port = address.port();
    // WeeChat has plaintext as its default, and -ssl, before version 4, and TLS, and -tls, from then on;
    // it passes over what it does not know.
    let (irssi, weechat) = match (&listen.websocket, listen.tls) {
        (Some(_), false) => return vec![format!("web pages: ws://{address}/")],
        (Some(_), true) => return vec![format!("web pages: wss://{address}/")],
        (None, false) => (format!("/connect {host} {port}"), "-notls".to_owned()),
        (None, true) => (
            format!("/connect -tls {host} {port}"),
            format!("-ssl -ssl_fingerprint={fingerprint} -tls_fingerprint={fingerprint}"),
        ),
    };
    vec![
        format!("irssi:   {irssi}"),
        format!("WeeChat: /server add pw {host}/{port} {weechat}"),
        "         /connect pw".into(),
    ]
}
