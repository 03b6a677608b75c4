//! Layers of values, each already of its key's kind, and what they come to together.

use std::collections::{BTreeMap, HashMap};

use config::{ConfigError, Map, Source, ValueKind};
use serde::Deserialize;

use crate::config::fault::Location;
use crate::config::gateway;
use crate::config::schema::{Key, Table};
use crate::config::value::Value;

/// The values of one source.
#[derive(Clone, Debug, Default)]
pub(super) struct Layer(pub Vec<Entry>);

/// A value, and where it was read.
#[derive(Clone)]
pub(super) struct Entry {
    pub table: &'static Table,
    /// Which of the tables of this name.
    pub row: usize,
    pub key: &'static Key,
    pub value: Value,
    pub location: Location,
}

/// What the layers come to: each value from the last layer that has it.  The tables of a repeated
/// name all come from one layer.
pub(super) struct Merged {
    pub raw: Raw,
    locations: HashMap<String, Location>,
}

/// Every value there is, of the right type, and not yet seen together.
#[derive(Deserialize)]
pub(super) struct Raw {
    pub server: Server,
    #[serde(default)]
    pub admin: Admin,
    pub channels: Channels,
    pub limits: BTreeMap<String, u64>,
    #[serde(default)]
    pub store: Store,
    pub cloak: Cloak,
    pub resolve: Resolve,
    pub log: crate::config::log::Log,
    pub metrics: Metrics,
    #[serde(default)]
    pub operator_class: Vec<OperatorClass>,
    #[serde(default)]
    pub operator: Vec<Operator>,
    pub gateway: gateway::Raw,
    #[serde(default)]
    pub tls: Tls,
    #[serde(default)]
    pub certificate: Vec<Certificate>,
    #[serde(default)]
    pub webirc: Vec<Webirc>,
    pub listen: Vec<Listener>,
}

#[derive(Deserialize)]
pub(super) struct Server {
    pub name: String,
    pub network: String,
    pub description: String,
    pub motd: Option<String>,
    pub motd_file: Option<String>,
    pub password_hash: Option<String>,
    pub casemapping: Casemapping,
    pub non_utf8: NonUtf8,
    pub icon: Option<String>,
    pub denied_tags: String,
    pub shards: usize,
}

#[derive(Default, Deserialize)]
pub(super) struct Admin {
    pub location: Option<String>,
    pub organisation: Option<String>,
    pub email: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Metrics {
    pub address: Option<std::net::SocketAddr>,
    pub plaintext_public: bool,
}

#[derive(Default, Deserialize)]
pub(super) struct Store {
    pub path: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Cloak {
    pub enabled: bool,
    pub bans_by_address: bool,
    pub secret: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Resolve {
    pub hostnames: bool,
    pub ident: bool,
    pub timeout: u64,
}

#[derive(Deserialize)]
pub(super) struct Channels {
    pub default_modes: String,
}

/// What must be given is absent where the one given was refused.
#[derive(Deserialize)]
pub(super) struct OperatorClass {
    pub name: Option<String>,
    #[serde(default)]
    pub privileges: Vec<String>,
    pub inherits: Option<String>,
}

/// As with [`OperatorClass`].
#[derive(Deserialize)]
pub(super) struct Operator {
    pub name: Option<String>,
    pub password_hash: Option<String>,
    pub certificate: Option<String>,
    pub class: Option<String>,
    #[serde(default)]
    pub masks: Vec<String>,
}

#[derive(Default, Deserialize)]
pub(super) struct Tls {
    pub folder: Option<String>,
    pub sts: Option<u64>,
    pub sts_port: Option<u16>,
}

/// As with [`OperatorClass`].
#[derive(Deserialize)]
pub(super) struct Certificate {
    pub chain: Option<String>,
    pub key: Option<String>,
}

/// As with [`OperatorClass`].
#[derive(Deserialize)]
pub(super) struct Webirc {
    pub name: Option<String>,
    #[serde(default)]
    pub from: Vec<String>,
    pub password_hash: Option<String>,
    pub certificate: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Listener {
    /// Absent where the one given was refused.
    pub address: Option<String>,
    pub plaintext_public: bool,
    pub tls: bool,
    pub websocket: bool,
    pub origins: Vec<String>,
    pub proxy: Vec<String>,
    pub mode: Option<String>,
    pub sendq: Option<usize>,
    pub recvq: Option<usize>,
    pub connections: Option<usize>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Casemapping {
    Rfc1459,
    Ascii,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum NonUtf8 {
    Relay,
    Refuse,
}

impl Merged {
    /// The later layers go before the earlier ones.
    pub fn of(defaults: Layer, layers: [Layer; 2]) -> Result<Self, ConfigError> {
        let mut locations = HashMap::new();
        for layer in &layers {
            locations.extend(layer.paths().map(|(path, entry)| (path, entry.location.clone())));
        }
        let [file, env] = layers;
        let raw = config::Config::builder()
            .add_source(defaults)
            .add_source(file)
            .add_source(env)
            .build()?
            .try_deserialize()?;
        Ok(Self { raw, locations })
    }

    /// Where the value of this key was read, as in `server.name` or `listen[0].address`.
    pub fn location(&self, path: &str) -> Location {
        self.locations.get(path).cloned().unwrap_or(Location::Defaults)
    }
}

impl Layer {
    /// Every entry with its path.  Rows without a value do not count.
    fn paths(&self) -> impl Iterator<Item = (String, &Entry)> {
        let mut rows: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        self.0.iter().map(move |entry| {
            if !entry.table.many {
                return (entry.key.path(entry.table), entry);
            }
            let rows = rows.entry(entry.table.name).or_default();
            if rows.last() != Some(&entry.row) {
                rows.push(entry.row);
            }
            (format!("{}[{}].{}", entry.table.name, rows.len() - 1, entry.key.name), entry)
        })
    }
}

impl Source for Layer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, config::Value>, ConfigError> {
        let mut map = Map::new();
        let mut rows: BTreeMap<(&str, usize), Map<String, config::Value>> = BTreeMap::new();
        for entry in &self.0 {
            let value = config::Value::new(Some(&entry.location.to_string()), kind(&entry.value));
            if entry.table.many {
                let row = rows.entry((entry.table.name, entry.row)).or_default();
                row.insert(entry.key.name.to_owned(), value);
            } else {
                map.insert(entry.key.path(entry.table), value);
            }
        }
        let mut lists: BTreeMap<&str, Vec<config::Value>> = BTreeMap::new();
        for ((table, _), row) in rows {
            lists.entry(table).or_default().push(config::Value::new(None, ValueKind::Table(row)));
        }
        for (table, list) in lists {
            map.insert(table.to_owned(), config::Value::new(None, ValueKind::Array(list)));
        }
        Ok(map)
    }
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.location, self.key.path(self.table))
    }
}

fn kind(value: &Value) -> ValueKind {
    match value {
        Value::Text(text) => ValueKind::String(text.clone()),
        Value::List(texts) => {
            let text = |text: &String| config::Value::new(None, ValueKind::String(text.clone()));
            ValueKind::Array(texts.iter().map(text).collect())
        }
        Value::Flag(flag) => ValueKind::Boolean(*flag),
        Value::Number(number) => ValueKind::U64(*number),
    }
}
