//! Who takes part without being an IRC client: keys, what they come to, and their check together.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use crate::config::fault::{Fault, Wrong};
use crate::config::layer::Merged;
use crate::config::listen::{Address, Listen, clash};
use crate::config::schema::{Initial, Key, Table};
use crate::config::text;
use crate::config::value::Kind;
use crate::core::NetworkLimits;
use crate::proto::names::{Casemap, ChannelName, Nick};

/// What takes part by pipes, and the workshop chat.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gateway {
    /// Links to netchat peers, no two of one name.
    pub netchat: Vec<Netchat>,
    /// Pipes of scripts, no two of one nick.
    pub lines: Vec<Lines>,
    /// The workshop chat, if it is on.
    pub workshop: Option<Workshop>,
}

/// A link to netchat peers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Netchat {
    /// Letters, digits and hyphens.
    pub name: Box<str>,
    /// The FIFO that we read.
    pub input: PathBuf,
    /// The FIFO that we write.
    pub output: PathBuf,
    /// Where what is said to all goes.
    pub channel: ChannelName,
    /// Permissions of a FIFO that we make.
    pub mode: u32,
}

/// A script's pipes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lines {
    /// Who speaks.
    pub nick: Nick,
    /// Where.
    pub channel: ChannelName,
    /// The FIFO that we read.
    pub input: PathBuf,
    /// The FIFO that we write, if any.
    pub output: Option<PathBuf>,
    /// Messages a second.
    pub pace: u32,
    /// How a line begins that goes to one person.
    pub private_prefix: Box<str>,
    /// Permissions of a FIFO that we make.
    pub mode: u32,
}

/// The workshop chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workshop {
    /// Where its clients connect.
    pub address: SocketAddr,
    /// What they take for the one room there is.
    pub channel: ChannelName,
}

/// As read; what must be given is absent where the one given was refused.
#[derive(Deserialize)]
pub(super) struct Raw {
    #[serde(default)]
    netchat: Vec<RawNetchat>,
    #[serde(default)]
    lines: Vec<RawLines>,
    workshop: RawWorkshop,
}

#[derive(Deserialize)]
struct RawNetchat {
    name: Option<String>,
    input: Option<PathBuf>,
    output: Option<PathBuf>,
    channel: Option<String>,
    mode: Option<String>,
}

#[derive(Deserialize)]
struct RawLines {
    nick: Option<String>,
    channel: Option<String>,
    input: Option<PathBuf>,
    output: Option<PathBuf>,
    pace: Option<u32>,
    private_prefix: Option<String>,
    mode: Option<String>,
}

#[derive(Deserialize)]
struct RawWorkshop {
    enabled: bool,
    address: SocketAddr,
    channel: String,
    plaintext_public: bool,
}

const MODE: &str = "0600";
const PACE: &str = "10";
const PRIVATE_PREFIX: &str = "/msg";

/// The tables, in the order of the default configuration.
pub(super) fn tables() -> [Table; 3] {
    [netchat(), lines(), workshop()]
}

fn key(name: &'static str, kind: Kind, default: Initial, doc: &'static str) -> Key {
    Key { name, kind, default, doc }
}

fn netchat() -> Table {
    use Initial::{Is, Needed};
    Table {
        name: "gateway.netchat",
        many: true,
        doc: "Peers of the decentralised netchat, reached by two named pipes (FIFOs): one such \
              table for each link. Take off the # at the beginning of these lines to have one.",
        keys: vec![
            key(
                "name",
                Kind::Text(text::link),
                Needed("office"),
                "Shown in the host of its peers, as in netchat/office.",
            ),
            key(
                "input",
                Kind::Text(text::path),
                Needed("run/office.in"),
                "The pipe that is read here: the peers' output. Made if it is missing; the path \
                 is relative to the folder of this file.",
            ),
            key(
                "output",
                Kind::Text(text::path),
                Needed("run/office.out"),
                "The pipe that is written here: the peers' input.",
            ),
            key(
                "channel",
                Kind::Text(text::channel),
                Needed("#office"),
                "Where public messages go, and whose people are sites to the peers. Several links \
                 may have the same.",
            ),
            key(
                "mode",
                Kind::Text(text::permissions),
                Is(MODE.into()),
                "Permissions of a pipe that is made.",
            ),
        ],
    }
}

fn lines() -> Table {
    use Initial::{Absent, Is, Needed};
    Table {
        name: "gateway.lines",
        many: true,
        doc: "Pipes of plain lines, for scripts: echo \"build 42 is out\" > run/ops.in. One such \
              table for each.",
        keys: vec![
            key("nick", Kind::Text(text::nick), Needed("deploys"), "Who speaks."),
            key("channel", Kind::Text(text::channel), Needed("#ops"), "Where."),
            key(
                "input",
                Kind::Text(text::path),
                Needed("run/ops.in"),
                "The pipe that is read here, a message a line. Made if it is missing; the path is \
                 relative to the folder of this file.",
            ),
            key(
                "output",
                Kind::Text(text::path),
                Absent("run/ops.out"),
                "The pipe to which each message is written, as a line: where, who, text.",
            ),
            key(
                "pace",
                Kind::Count(1, 1000),
                Is(PACE.into()),
                "Messages a second, at most. Writers wait meanwhile.",
            ),
            key(
                "private_prefix",
                Kind::Text(text::prefix),
                Is(PRIVATE_PREFIX.into()),
                "A line that begins with this word, then a nick, goes to that person alone.",
            ),
            key(
                "mode",
                Kind::Text(text::permissions),
                Is(MODE.into()),
                "Permissions of a pipe that is made.",
            ),
        ],
    }
}

fn workshop() -> Table {
    use Initial::Is;
    Table {
        name: "gateway.workshop",
        many: false,
        doc: "The line protocol of the async chat workshop, which nc speaks too.",
        keys: vec![
            key("enabled", Kind::Flag, Is("false".into()), "Whether it is served."),
            key(
                "address",
                Kind::Text(text::ip_address),
                Is("127.0.0.1:7000".into()),
                "An IP address and a port; port 0 lets the system choose one.",
            ),
            key(
                "channel",
                Kind::Text(text::channel),
                Is("#workshop".into()),
                "The channel that is its one room.",
            ),
            key(
                "plaintext_public",
                Kind::Flag,
                Is("false".into()),
                "Whether it may be reached from other machines although nothing on it is \
                 encrypted. Without true here, only loopback addresses are taken.",
            ),
        ],
    }
}

/// What the values come to; good only if `faults` is still empty.
pub(super) fn check(
    merged: &Merged,
    folder: &Path,
    casemap: Casemap,
    limits: &NetworkLimits,
    listen: &[Listen],
    faults: &mut Vec<Fault>,
) -> Gateway {
    let mut check = Check { merged, folder, casemap, limits, faults, paths: Vec::new() };
    let raw = &merged.raw.gateway;
    Gateway {
        netchat: check.netchat(&raw.netchat),
        lines: check.lines(&raw.lines),
        workshop: check.workshop(&raw.workshop, listen),
    }
}

struct Check<'a> {
    merged: &'a Merged,
    folder: &'a Path,
    casemap: Casemap,
    limits: &'a NetworkLimits,
    faults: &'a mut Vec<Fault>,
    /// Every pipe so far.
    paths: Vec<PathBuf>,
}

impl Check<'_> {
    fn fault(&mut self, table: &str, key: &str, wrong: Wrong) {
        let location = self.merged.location(&format!("{table}.{key}"));
        let table = table.split('[').next().unwrap_or_default();
        self.faults.push(wrong.at(location, format!("{table}.{key}")));
    }

    fn netchat(&mut self, raw: &[RawNetchat]) -> Vec<Netchat> {
        let mut links: Vec<Netchat> = Vec::new();
        for (row, link) in raw.iter().enumerate() {
            let table = format!("gateway.netchat[{row}]");
            let (input, output) = (
                self.pipe(&table, "input", &link.input),
                self.pipe(&table, "output", &link.output),
            );
            let channel = self.channel(&table, link.channel.as_deref());
            let Some(name) = link.name.as_deref() else { continue };
            if links.iter().any(|other| *other.name == *name) {
                self.fault(&table, "name", Wrong::new(format!("{name:?} is there twice")));
            }
            let (Some(input), Some(output), Some(channel)) = (input, output, channel) else {
                continue;
            };
            let mode = octal(link.mode.as_deref());
            links.push(Netchat { name: name.into(), input, output, channel, mode });
        }
        links
    }

    fn lines(&mut self, raw: &[RawLines]) -> Vec<Lines> {
        let mut all: Vec<Lines> = Vec::new();
        for (row, lines) in raw.iter().enumerate() {
            let table = format!("gateway.lines[{row}]");
            let input = self.pipe(&table, "input", &lines.input);
            let output = self.pipe(&table, "output", &lines.output);
            let channel = self.channel(&table, lines.channel.as_deref());
            let Some(raw) = lines.nick.as_deref() else { continue };
            let Some(nick) = Nick::parse(raw.as_bytes(), self.limits.nick) else {
                let most = self.limits.nick;
                let long = format!("{raw:?} is longer than the {most} bytes of limits.nick");
                self.fault(&table, "nick", Wrong::new(long));
                continue;
            };
            if all.iter().any(|other| other.nick.key(self.casemap) == nick.key(self.casemap)) {
                self.fault(&table, "nick", Wrong::new(format!("{raw:?} is there twice")));
            }
            let (Some(input), Some(channel)) = (input, channel) else { continue };
            let prefix = lines.private_prefix.as_deref().unwrap_or(PRIVATE_PREFIX);
            all.push(Lines {
                nick,
                channel,
                input,
                output,
                pace: lines.pace.or(PACE.parse().ok()).unwrap_or(1),
                private_prefix: prefix.into(),
                mode: octal(lines.mode.as_deref()),
            });
        }
        all
    }

    fn workshop(&mut self, raw: &RawWorkshop, listen: &[Listen]) -> Option<Workshop> {
        const TABLE: &str = "gateway.workshop";
        if !raw.enabled {
            return None;
        }
        let channel = self.channel(TABLE, Some(&raw.channel))?;
        let address = raw.address;
        if !address.ip().is_loopback() && !raw.plaintext_public {
            let open = Wrong::new(format!(
                "{address} may be reached from other machines, and nothing on it is encrypted"
            ));
            let hint = "use 127.0.0.1 or [::1], or allow it by plaintext_public = true";
            self.fault(TABLE, "address", open.hint(hint));
        }
        let ours = Address::Ip(address);
        if let Some(other) = listen.iter().find(|other| clash(&other.address, &ours)) {
            let taken = format!("{address} is taken by {} under [[listen]]", other.address);
            self.fault(TABLE, "address", Wrong::new(taken));
        }
        Some(Workshop { address, channel })
    }

    fn channel(&mut self, table: &str, raw: Option<&str>) -> Option<ChannelName> {
        let raw = raw?;
        let channel = ChannelName::parse(raw.as_bytes(), self.limits.channel);
        if channel.is_none() {
            let most = self.limits.channel;
            let long = format!("{raw:?} is longer than the {most} bytes of limits.channel");
            self.fault(table, "channel", Wrong::new(long));
        }
        channel
    }

    /// Where a pipe is; each has one use, but that a link may be a pipe looped onto itself.
    fn pipe(&mut self, table: &str, key: &str, raw: &Option<PathBuf>) -> Option<PathBuf> {
        let path = self.folder.join(raw.as_deref()?);
        let is_loop = table.starts_with("gateway.netchat")
            && key == "output"
            && self.paths.last() == Some(&path);
        if self.paths.contains(&path) && !is_loop {
            let shown = path.display();
            let twice = Wrong::new(format!("{shown} is used above already"));
            self.fault(table, key, twice.hint("give each its own pipe"));
        }
        self.paths.push(path.clone());
        Some(path)
    }
}

fn octal(mode: Option<&str>) -> u32 {
    u32::from_str_radix(mode.unwrap_or(MODE), 8).unwrap_or(0o600)
}
