//! A configuration that everything else relies on.

use std::net::SocketAddr;

use crate::config::fault::Fault;
use crate::config::gateway::Gateway;
use crate::config::listen::{Listen, Tls};
use crate::config::log::Log;
use crate::config::storage::StorePath;
use crate::core::Settings;

/// A configuration that has been checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// What the core must know.
    pub settings: Settings,
    /// Where clients connect; never empty, no two in each other's way.
    pub listen: Vec<Listen>,
    /// What those with TLS show.
    pub tls: Tls,
    /// The file of what outlives a restart; `None`: nothing does.
    pub store: Option<StorePath>,
    /// Threads with their own connections: 1 to 64.
    pub shards: usize,
    /// Who takes part without being an IRC client.
    pub gateway: Gateway,
    /// What is logged.
    pub log: Log,
    /// Where the metrics are served, if anywhere.
    pub metrics: Option<SocketAddr>,
    /// What somebody should look after, in the order of the file.
    pub warnings: Vec<Fault>,
}

impl Config {
    /// Where it listens besides, for others than clients, with the keys that say so.
    pub fn other_addresses(&self) -> impl Iterator<Item = (&'static str, SocketAddr)> {
        let figures = self.metrics.map(|address| ("metrics.address", address));
        let workshop = self.gateway.workshop.as_ref();
        let workshop = workshop.map(|workshop| ("gateway.workshop.address", workshop.address));
        [figures, workshop].into_iter().flatten()
    }

    /// Keeps of `old` what only a restart can change, and names the keys that would have changed;
    /// those of its settings aside.
    pub fn retain_immutable(&mut self, old: &Self) -> Vec<&'static str> {
        let mut kept = Vec::new();
        if self.shards != old.shards {
            self.shards = old.shards;
            kept.push("server.shards");
        }
        if self.metrics != old.metrics {
            self.metrics = old.metrics;
            kept.push("metrics.address");
        }
        if self.log.format != old.log.format {
            self.log.format = old.log.format;
            kept.push("log.format");
        }
        if self.store != old.store {
            self.store.clone_from(&old.store);
            kept.push("store.path");
        }
        if self.gateway != old.gateway {
            self.gateway = old.gateway.clone();
            kept.push("gateway");
        }
        kept
    }
}
