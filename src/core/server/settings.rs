//! What the core must know of the configuration, already checked.

use std::sync::Arc;

use crate::core::Webirc;
use crate::core::server::cloak::Cloaking;
use crate::core::server::limits::Limits;
use crate::core::server::operators::Operator;
use crate::proto::names::Casemap;

/// Everything the synchronous core takes from the configuration.  Made by `config`, whose check
/// has refused whatever would not work.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The server's name: has a dot, so that no client takes it for a nick.
    pub server_name: Arc<str>,
    /// The network's name, told in 001 and ISUPPORT `NETWORK`.
    pub network: Arc<str>,
    /// Shown by WHOIS and LINKS.
    pub description: Arc<str>,
    /// Who runs it, for ADMIN.
    pub admin: Admin,
    /// The message of the day; empty: 422.
    pub motd: Vec<String>,
    /// What PASS must match: an Argon2 hash in PHC format.
    pub password_hash: Option<Arc<str>>,
    /// How nicks and channel names are compared.
    pub casemap: Casemap,
    /// Whether a line that is not UTF-8 is relayed (`true`) or refused.
    pub relay_non_utf8: bool,
    /// Modes that a new channel begins with: letters of modes without a parameter.
    pub channel_modes: Arc<str>,
    /// Who may become an operator.
    pub operators: Vec<Arc<Operator>>,
    /// Which gateways may use WEBIRC.
    pub webirc: Vec<Arc<Webirc>>,
    /// What clients are told of encryption by the capability `sts`, if they are.
    pub sts: Option<Sts>,
    /// Whether hosts are cloaked.
    pub cloak: Cloaking,
    /// Whether the masks of channels know a user by the address that a cloak hides.
    pub bans_by_address: bool,
    /// What is asked of others about who connects.
    pub resolve: Resolve,
    /// What IRCv3 leaves to the server.
    pub extensions: Extensions,
    /// Every bound in force.
    pub limits: Limits,
}

/// The policy that clients are to keep (IRCv3 strict transport security).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sts {
    /// Where they come in by TLS.
    pub port: u16,
    /// For how many seconds they are to come in by TLS alone; 0: no longer.
    pub duration: u64,
}

/// What is asked of others about who connects, while it registers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resolve {
    /// DNS: the name of its address.
    pub hostnames: bool,
    /// Its own machine: the name of its user (RFC 1413).
    pub ident: bool,
    /// How long registration waits for the answers at the most, from when it connected.
    pub timeout_ms: u64,
}

impl Resolve {
    /// Whether anybody is asked.
    pub fn is_on(&self) -> bool {
        self.hostnames || self.ident
    }
}

/// What IRCv3 leaves to the server.
#[derive(Clone, Debug, Default)]
pub struct Extensions {
    /// Client-only tags that are not relayed, without their `+`: `*` first means all, and a name
    /// after a `-` is relayed all the same.  ISUPPORT `CLIENTTAGDENY`.
    pub denied_tags: Vec<String>,
    /// Where the network's icon is, an address of HTTPS.  ISUPPORT `draft/ICON`.
    pub icon: Option<Arc<str>>,
}

impl Extensions {
    /// Whether a client-only tag, named without its `+`, is not relayed.
    pub fn denies_tag(&self, name: &[u8]) -> bool {
        let (mut all, mut denied) = (false, false);
        for entry in &self.denied_tags {
            match entry.as_bytes() {
                b"*" => all = true,
                [b'-', kept @ ..] if kept == name => return false,
                entry => denied |= entry == name,
            }
        }
        all || denied
    }
}

impl Settings {
    /// Keeps of `old` what only a restart can change, and names the keys that would have changed.
    ///
    /// The name of the server and the case mapping are what clients go by from 001 and 005 on; the
    /// length of a line is what buffers were made for, and the memory of WHOWAS too.  Connections
    /// are counted by ranges of the lengths that held when they came.
    pub fn retain_immutable(&mut self, old: &Self) -> Vec<&'static str> {
        let mut kept = Vec::new();
        macro_rules! keep {
            ($($key:literal $($field:ident).+;)*) => {
                $(if self.$($field).+ != old.$($field).+ {
                    self.$($field).+ = old.$($field).+.clone();
                    kept.push($key);
                })*
            };
        }
        keep! {
            "server.name" server_name;
            "server.casemapping" casemap;
            "limits.line" limits.line;
            "limits.whowas" limits.whowas;
            "limits.ipv4_range" limits.ipv4_range;
            "limits.ipv6_range" limits.ipv6_range;
        }
        // Its secret is read, or made, at the start.
        if matches!(self.cloak, Cloaking::Stored) && !matches!(old.cloak, Cloaking::Stored) {
            self.cloak = old.cloak.clone();
            kept.push("cloak.enabled");
        }
        kept
    }
}

/// What ADMIN tells; nothing at all: 423.
#[derive(Clone, Debug, Default)]
pub struct Admin {
    /// Where the server is (257).
    pub location: Option<Arc<str>>,
    /// Whose it is (258).
    pub organisation: Option<Arc<str>>,
    /// How to reach its people (259).
    pub email: Option<Arc<str>>,
}

impl Limits {
    /// The longest mask of a channel's lists.  The check of the configuration sees to it that such
    /// a mask fits into a line with all that stands around it.
    pub const fn mask(&self) -> usize {
        self.line / 4
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            line: 512,
            client_tags: 4096,
            nick: 30,
            user: 18,
            channel: 64,
            topic: 390,
            kick: 390,
            away: 390,
            realname: 128,
            key: 64,
            reason: 390,
            channels_per_user: 100,
            list_entries: 100,
            modes_per_command: 6,
            targets: 8,
            invitations: 32,
            monitor: 100,
            knock_interval_ms: 60_000,
            silence: 32,
            accept: 32,
            bans: 10_000,
            permanent_channels: 1000,
            multiline_bytes: 4096,
            multiline_lines: 100,
            redactable: 100,
            metadata_keys: 20,
            metadata_value: 256,
            metadata_subscriptions: 50,
            whowas: 1000,
            sendq: 1 << 20,
            connections: 10_000,
            connections_per_shard: 1000,
            connections_per_address: 20,
            connections_per_range: 200,
            ipv4_range: 24,
            ipv6_range: 48,
            connect_burst: 20,
            connect_rate: 30,
            range_connect_burst: 100,
            range_connect_rate: 200,
            wrong_passwords: 10,
            wrong_password_every_ms: 60_000,
            flood_burst: 60,
            flood_rate: 4,
            registration_ms: 60_000,
            ping_interval_ms: 120_000,
            ping_timeout_ms: 60_000,
        }
    }
}
