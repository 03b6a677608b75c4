//! The page of figures, in the OpenMetrics text format (version 1.0).

use std::fmt::Write;
use std::sync::Arc;

use crate::state::World;
use crate::state::tally::{self, Counter, Named, Tally, sum};

/// Whether a figure may go down.
#[derive(Clone, Copy)]
enum Kind {
    Gauge,
    Counter,
}

/// A figure of the whole server.
struct Figure {
    name: &'static str,
    kind: Kind,
    help: &'static str,
    of: fn(&World, &[Arc<Tally>]) -> u64,
}

const fn gauge(
    name: &'static str,
    help: &'static str,
    of: fn(&World, &[Arc<Tally>]) -> u64,
) -> Figure {
    Figure { name, kind: Kind::Gauge, help, of }
}

const fn counter(
    name: &'static str,
    help: &'static str,
    of: fn(&World, &[Arc<Tally>]) -> u64,
) -> Figure {
    Figure { name, kind: Kind::Counter, help, of }
}

const FIGURES: &[Figure] = &[
    gauge("connections", "Connections, registered or not", |world, _| {
        world.counts.connections.now() as u64
    }),
    gauge("users", "Registered users", |world, _| world.counts.users.now() as u64),
    gauge("operators", "Users who are operators", |world, _| world.counts.operators.now() as u64),
    gauge("channels", "Channels", |world, _| world.registry.channel_count() as u64),
    gauge("queued_bytes", "Bytes that wait because a socket would not take them", |_, tallies| {
        sum(tallies, |tally| &tally.waiting)
    }),
    counter(
        "connections_accepted",
        "Connections that have come, those turned away included",
        |_, tallies| sum(tallies, |tally| &tally.accepted),
    ),
    counter(
        "messages_received",
        "Lines that were read, once flood control let them",
        |_, tallies| sum(tallies, |tally| &tally.lines_in),
    ),
    counter(
        "messages_without_command",
        "Lines that were read and gave no command that is known: a wrong word, too long, blank, or a \
         line of a batch",
        |_, tallies| sum(tallies, |tally| &tally.strays),
    ),
    counter("received_bytes", "Bytes that have arrived", |_, tallies| {
        sum(tallies, |tally| &tally.bytes_in)
    }),
    counter("messages_sent", "Lines queued for connections, answers included", |_, tallies| {
        sum(tallies, |tally| &tally.lines_out)
    }),
    counter("sent_bytes", "Bytes queued for connections", |_, tallies| {
        sum(tallies, |tally| &tally.bytes_out)
    }),
    counter("deliveries", "Lines queued that tell what somebody has done", |_, tallies| {
        sum(tallies, |tally| &tally.deliveries)
    }),
    counter(
        "throttled",
        "Times that flood control has stopped reading a connection",
        |_, tallies| sum(tallies, |tally| &tally.throttled),
    ),
];

/// A family of figures, one for each name.
struct Family {
    name: &'static str,
    help: &'static str,
    label: &'static str,
    rows: fn(&Tally) -> &[Named],
    of: fn(&Named) -> &Counter,
    /// How many of what is counted are one of the unit.
    scale: f64,
}

const FAMILIES: &[Family] = &[
    Family {
        name: "connections_closed",
        help: "Connections that have ended or were turned away, by reason",
        label: "reason",
        rows: |tally| &tally.closed,
        of: |named| &named.count,
        scale: 1.0,
    },
    Family {
        name: "commands",
        help: "Commands that were run or refused",
        label: "command",
        rows: |tally| &tally.commands,
        of: |named| &named.count,
        scale: 1.0,
    },
    Family {
        name: "command_bytes",
        help: "Bytes of the lines that gave commands",
        label: "command",
        rows: |tally| &tally.commands,
        of: |named| &named.bytes,
        scale: 1.0,
    },
    Family {
        name: "command_seconds",
        help: "Time of the shard's thread that commands took, what they told others included; not what was \
               done outside of it, such as to check a password",
        label: "command",
        rows: |tally| &tally.commands,
        of: |named| &named.nanoseconds,
        scale: 1e9,
    },
];

/// The figures at this moment.  Each is exact for what was done before the last turn of its shard
/// ended; they are not all of the very same moment.
pub fn page(world: &World) -> String {
    let tallies = world.tallies.all();
    let mut page = String::new();
    for figure in FIGURES {
        let (kind, suffix) = match figure.kind {
            Kind::Gauge => ("gauge", ""),
            Kind::Counter => ("counter", "_total"),
        };
        head(&mut page, figure.name, kind, figure.help);
        line(&mut page, figure.name, suffix, "", &(figure.of)(world, &tallies).to_string());
    }
    for family in FAMILIES {
        head(&mut page, family.name, "counter", family.help);
        for (name, total) in tally::sums(&tallies, family.rows, family.of) {
            let labels = format!("{{{}=\"{name}\"}}", family.label);
            let value = total as f64 / family.scale;
            line(&mut page, family.name, "_total", &labels, &value.to_string());
        }
    }
    page.push_str("# EOF\n");
    page
}

fn head(page: &mut String, name: &str, kind: &str, help: &str) {
    // Writing to a String does not fail.
    let _ = write!(page, "# TYPE pipewright_{name} {kind}\n# HELP pipewright_{name} {help}.\n");
}

fn line(page: &mut String, name: &str, suffix: &str, labels: &str, value: &str) {
    let _ = writeln!(page, "pipewright_{name}{suffix}{labels} {value}");
}
