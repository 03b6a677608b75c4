//! The page of metrics, in the OpenMetrics text format (version 1.0) or in the older text format of
//! Prometheus (version 0.0.4).

use std::fmt::Write;
use std::sync::Arc;

use crate::core::Network;
use crate::core::server::counters;
use crate::core::server::counters::{Counter, Named, ShardCounters, sum};

/// Whether a metric may go down.
#[derive(Clone, Copy)]
enum Kind {
    Gauge,
    Counter,
}

/// A metric of the whole server.
struct Metric {
    name: &'static str,
    kind: Kind,
    help: &'static str,
    of: fn(&Network, &[Arc<ShardCounters>]) -> u64,
}

const fn gauge(
    name: &'static str,
    help: &'static str,
    of: fn(&Network, &[Arc<ShardCounters>]) -> u64,
) -> Metric {
    Metric { name, kind: Kind::Gauge, help, of }
}

const fn counter(
    name: &'static str,
    help: &'static str,
    of: fn(&Network, &[Arc<ShardCounters>]) -> u64,
) -> Metric {
    Metric { name, kind: Kind::Counter, help, of }
}

const METRICS: &[Metric] = &[
    gauge("connections", "Connections, registered or not", |network, _| {
        network.counts.connections.now() as u64
    }),
    gauge("users", "Registered users", |network, _| network.counts.users.now() as u64),
    gauge("operators", "Users who are operators", |network, _| {
        network.counts.operators.now() as u64
    }),
    gauge("channels", "Channels", |network, _| network.registry.channel_count() as u64),
    gauge("queued_bytes", "Bytes that wait because a socket would not take them", |_, counters| {
        sum(counters, |counters| &counters.waiting)
    }),
    counter(
        "connections_accepted",
        "Connections that have come, those turned away included",
        |_, counters| sum(counters, |counters| &counters.accepted),
    ),
    counter(
        "messages_received",
        "Lines that were read, once flood control let them",
        |_, counters| sum(counters, |counters| &counters.lines_in),
    ),
    counter(
        "messages_without_command",
        "Lines that were read and gave no command that is known: a wrong word, too long, blank, or a \
         line of a batch",
        |_, counters| sum(counters, |counters| &counters.strays),
    ),
    counter("received_bytes", "Bytes that have arrived", |_, counters| {
        sum(counters, |counters| &counters.bytes_in)
    }),
    counter("messages_sent", "Lines queued for connections, answers included", |_, counters| {
        sum(counters, |counters| &counters.lines_out)
    }),
    counter("sent_bytes", "Bytes queued for connections", |_, counters| {
        sum(counters, |counters| &counters.bytes_out)
    }),
    counter("deliveries", "Lines queued that tell what somebody has done", |_, counters| {
        sum(counters, |counters| &counters.deliveries)
    }),
    counter(
        "throttled",
        "Times that flood control has stopped reading a connection",
        |_, counters| sum(counters, |counters| &counters.throttled),
    ),
];

/// A family of metrics, one for each name.
struct Family {
    name: &'static str,
    help: &'static str,
    label: &'static str,
    rows: fn(&ShardCounters) -> &[Named],
    of: fn(&Named) -> &Counter,
    /// How many of what is counted are one of the unit.
    scale: f64,
}

const FAMILIES: &[Family] = &[
    Family {
        name: "connections_closed",
        help: "Connections that have ended or were turned away, by reason",
        label: "reason",
        rows: |counters| &counters.closed,
        of: |named| &named.count,
        scale: 1.0,
    },
    Family {
        name: "commands",
        help: "Commands that were run or refused",
        label: "command",
        rows: |counters| &counters.commands,
        of: |named| &named.count,
        scale: 1.0,
    },
    Family {
        name: "command_bytes",
        help: "Bytes of the lines that gave commands",
        label: "command",
        rows: |counters| &counters.commands,
        of: |named| &named.bytes,
        scale: 1.0,
    },
    Family {
        name: "command_seconds",
        help: "Time of the shard's thread that commands took, what they told others included; not what was \
               done outside of it, such as to check a password",
        label: "command",
        rows: |counters| &counters.commands,
        of: |named| &named.nanoseconds,
        scale: 1e9,
    },
];

/// How a page is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// OpenMetrics 1.0: a counter is named without the `_total` of its samples, and the page has an end.
    OpenMetrics,
    /// The text format of Prometheus, version 0.0.4.
    Prometheus,
}

/// What is known outside of the network.
#[derive(Clone, Copy, Debug, Default)]
pub struct Machine {
    /// When the certificate that TLS shows first expires, in seconds since 1970.
    pub certificate_expiry: Option<i64>,
    /// Bytes of the process in memory.
    pub resident: Option<u64>,
    /// Its open descriptors.
    pub descriptors: Option<u64>,
    /// As many as it may have.
    pub most_descriptors: Option<u64>,
}

/// The metrics at this moment.  Each is exact for what was done before the last tick of its shard
/// ended; they are not all of the very same moment.
pub fn page(network: &Network, machine: Machine, form: Form) -> String {
    let counters = network.counters.all();
    let mut page = Page { text: String::new(), form };
    for metric in METRICS {
        let name = format!("pipewright_{}", metric.name);
        page.head(&name, metric.kind, metric.help);
        page.line(&name, metric.kind, "", &(metric.of)(network, &counters).to_string());
    }
    for family in FAMILIES {
        let name = format!("pipewright_{}", family.name);
        page.head(&name, Kind::Counter, family.help);
        for (label, total) in counters::sums(&counters, family.rows, family.of) {
            let labels = format!("{{{}=\"{label}\"}}", family.label);
            let value = total as f64 / family.scale;
            page.line(&name, Kind::Counter, &labels, &value.to_string());
        }
    }
    let connections = "pipewright_shard_connections";
    page.head(connections, Kind::Gauge, "Connections of each shard");
    for (shard, load) in network.router.loads().enumerate() {
        let labels = format!("{{shard=\"{shard}\"}}");
        page.line(connections, Kind::Gauge, &labels, &load.connections().to_string());
    }
    let events = "pipewright_events";
    page.head(
        events,
        Kind::Counter,
        "What has happened, in each channel that it concerns, by kind",
    );
    for (kind, count) in network.router.event_counts.iter() {
        page.line(events, Kind::Counter, &format!("{{kind=\"{kind}\"}}"), &count.to_string());
    }
    page.machine(network, machine);
    if form == Form::OpenMetrics {
        page.text.push_str("# EOF\n");
    }
    page.text
}

struct Page {
    text: String,
    form: Form,
}

impl Page {
    /// What Prometheus knows of every program by the same names, and two metrics of ours.
    fn machine(&mut self, network: &Network, machine: Machine) {
        let version = format!("{{version=\"{}\"}}", env!("CARGO_PKG_VERSION"));
        self.gauge("pipewright_build_info", "The version that runs", &version, Some(1));
        self.gauge(
            "pipewright_certificate_expiry_timestamp_seconds",
            "When the first certificate of TLS expires, in seconds since 1970",
            "",
            machine.certificate_expiry.and_then(|expiry| u64::try_from(expiry).ok()),
        );
        let started = network.started.seconds();
        let rows = [
            (
                "process_start_time_seconds",
                "When the server was started, in seconds since 1970",
                Some(started),
            ),
            ("process_resident_memory_bytes", "Memory that the server takes", machine.resident),
            ("process_open_fds", "Open descriptors, connections included", machine.descriptors),
            ("process_max_fds", "Descriptors that may be open", machine.most_descriptors),
        ];
        for (name, help, value) in rows {
            self.gauge(name, help, "", value);
        }
    }

    /// Of what is not known nothing is said.
    fn gauge(&mut self, name: &str, help: &str, labels: &str, value: Option<u64>) {
        if let Some(value) = value {
            self.head(name, Kind::Gauge, help);
            self.line(name, Kind::Gauge, labels, &value.to_string());
        }
    }

    fn head(&mut self, name: &str, kind: Kind, help: &str) {
        let (kind, suffix) = match (kind, self.form) {
            (Kind::Gauge, _) => ("gauge", ""),
            (Kind::Counter, Form::OpenMetrics) => ("counter", ""),
            (Kind::Counter, Form::Prometheus) => ("counter", "_total"),
        };
        // Writing to a String does not fail.
        let _ = write!(self.text, "# TYPE {name}{suffix} {kind}\n# HELP {name}{suffix} {help}.\n");
    }

    fn line(&mut self, name: &str, kind: Kind, labels: &str, value: &str) {
        let suffix = if matches!(kind, Kind::Counter) { "_total" } else { "" };
        let _ = writeln!(self.text, "{name}{suffix}{labels} {value}");
    }
}
