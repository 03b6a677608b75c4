//! The listeners that are open, as the configuration wants them.

use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener};

use tokio::sync::mpsc;

use crate::config::Listen;
use crate::net::{self, BindError};

/// What the shard that accepts is to do.
pub enum Change {
    /// To accept from one more.
    Open(Listen, TcpListener),
    /// To accept from it no longer; who has come by it stays.
    Close(Listen),
}

/// The listeners that are open, and the way to the shard that accepts from them.
pub struct Listeners {
    open: Vec<Listen>,
    accepting: mpsc::UnboundedSender<Change>,
}

/// A change of the listeners that cannot fail any more.
pub struct Prepared {
    wanted: Vec<Listen>,
    opened: Vec<(Listen, TcpListener)>,
}

impl Listeners {
    /// None yet, and where the changes arrive: no more than the configuration has listeners.
    pub fn new() -> (Self, mpsc::UnboundedReceiver<Change>) {
        let (accepting, changes) = mpsc::unbounded_channel();
        (Self { open: Vec::new(), accepting }, changes)
    }

    /// Opens those of `wanted` that are not open yet: all of them, or none.
    pub fn prepare(&self, wanted: Vec<Listen>) -> Result<Prepared, BindError> {
        let new = wanted.iter().filter(|listen| !self.open.contains(listen));
        let opened = new.map(|listen| Ok((listen.clone(), net::bind(listen.address)?)));
        Ok(Prepared { opened: opened.collect::<Result<_, _>>()?, wanted })
    }

    /// Has clients accepted by what was prepared, and no longer by what is not wanted any more.
    pub fn apply(&mut self, prepared: Prepared) {
        let Prepared { wanted, opened } = prepared;
        let gone = self.open.iter().filter(|listen| !wanted.contains(listen));
        let changes = gone.map(|listen| Change::Close(listen.clone()));
        let opens = opened.into_iter().map(|(listen, socket)| Change::Open(listen, socket));
        for change in changes.chain(opens) {
            // Nobody accepts any more only when the program is about to end.
            let _ = self.accepting.send(change);
        }
        self.open = wanted;
    }
}

impl Prepared {
    /// Tells on standard output what a person needs to join, and where the figures are.
    pub fn announce(
        &self,
        workshop: Option<SocketAddr>,
        figures: Option<&TcpListener>,
    ) -> io::Result<()> {
        let mut text = format!("Pipewright {} is listening on\n", env!("CARGO_PKG_VERSION"));
        if let Some(address) = workshop {
            let (ip, port) = (address.ip(), address.port());
            text += &format!("  {address:<22} workshop chat: nc {ip} {port}\n");
        }
        for (_, listener) in &self.opened {
            let address = listener.local_addr()?;
            text += &how_to_join(address);
        }
        if let Some(figures) = figures {
            text += &format!("  figures: http://{}/metrics\n", figures.local_addr()?);
        }
        text += "Ctrl-C stops it.\n";
        // A closed standard output is no reason not to serve.
        let _ = io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush());
        Ok(())
    }
}

fn how_to_join(address: SocketAddr) -> String {
    let host = match address.ip() {
        ip if ip.is_unspecified() => "127.0.0.1".to_owned(),
        ip => ip.to_string(),
    };
    let port = address.port();
    format!("  {address:<22} irssi: /connect {host} {port}   WeeChat: /connect {host}/{port}\n")
}
