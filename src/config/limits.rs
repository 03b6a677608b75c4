//! The table of limits.  A new limit is one row here and one field of [`NetworkLimits`] or
//! [`MachineLimits`]; its parsing, its bounds and its lines in the default configuration follow
//! from the row.

use crate::config::value::Kind;
use crate::core::{MachineLimits, NetworkLimits};

/// All limits.
#[derive(Default)]
pub(super) struct Limits {
    pub network: NetworkLimits,
    pub machine: MachineLimits,
}

/// A row of the table.
pub(super) struct Row {
    /// The key in `[limits]`.
    pub name: &'static str,
    pub kind: Kind,
    /// What it is, for the default configuration.
    pub doc: &'static str,
    /// The field's value.
    pub of: fn(&Limits) -> u64,
}

/// A row is `network.field: kind(min, max), what it is;`, with `machine.` for a field of
/// [`MachineLimits`], and with `= key` where the key differs from the field: a time's unit stands in
/// its value, not in its key.
macro_rules! limits {
    (@key $field:ident) => { stringify!($field) };
    (@key $field:ident $key:ident) => { stringify!($key) };
    // A pattern of all fields that have a row.
    (@all [$($network:ident)*] [$($machine:ident)*] network.$field:ident $($rest:tt)*) => {
        limits!(@all [$($network)* $field] [$($machine)*] $($rest)*)
    };
    (@all [$($network:ident)*] [$($machine:ident)*] machine.$field:ident $($rest:tt)*) => {
        limits!(@all [$($network)*] [$($machine)* $field] $($rest)*)
    };
    (@all [$($network:ident)*] [$($machine:ident)*]) => {
        Limits {
            network: NetworkLimits { $($network: _),* },
            machine: MachineLimits { $($machine: _),* },
        }
    };
    ($(
        $half:ident.$field:ident $(= $key:ident)?: $kind:ident($min:expr, $max:expr), $doc:literal;
    )*) => {
        /// Every limit, in the order of the default configuration.
        pub(super) const ROWS: &[Row] = &[$(Row {
            name: limits!(@key $field $($key)?),
            kind: Kind::$kind($min, $max),
            doc: $doc,
            of: |limits| limits.$half.$field as u64,
        }),*];

        /// The limits with the numbers that `number` has for their keys, or else the default.
        pub(super) fn collect(number: impl Fn(&str) -> Option<u64>) -> Limits {
            let mut limits = Limits::default();
            $(if let Some(number) = number(limits!(@key $field $($key)?)) {
                limits.$half.$field = number as _;
            })*
            // A field without a row does not compile.
            let limits!(@all [] [] $($half.$field)*) = &limits;
            limits
        }
    };
}

limits! {
    network.line: Count(512, 8192),
        "Bytes of a line without its tags, CR LF included. More than 512 is outside the protocol.";
    machine.client_tags: Count(512, 8191),
        "Bytes of tags that a client may send on a line, the @ and the space included.";
    network.nick: Count(1, 64), "Bytes of a nick.";
    network.user: Count(2, 32), "Bytes of a user name (the part before the @), its ~ included.";
    network.channel: Count(2, 200), "Bytes of a channel's name, the # included.";
    network.topic: Count(1, 4096), "Bytes of a topic.";
    network.kick: Count(1, 4096), "Bytes of the text of KICK.";
    network.away: Count(1, 4096), "Bytes of the text of AWAY.";
    network.realname: Count(1, 512), "Bytes of a real name.";
    network.key: Count(1, 128), "Bytes of a channel's key.";
    network.reason: Count(1, 4096), "Bytes of the text of PART and QUIT.";
    network.channels_per_user: Count(1, 10_000), "Channels that a user may be in at once.";
    network.list_entries: Count(1, 10_000),
        "Bans, exceptions and invite exceptions of a channel together.";
    network.modes_per_command: Count(1, 64),
        "Mode changes with a parameter that are told in one line.";
    network.targets: Count(1, 64), "Targets of one PRIVMSG, NOTICE, WHOIS or WHOWAS.";
    network.invitations: Count(1, 1_000),
        "Invitations that a user may hold; the oldest goes first.";
    network.monitor: Count(1, 10_000),
        "Nicks that a user may watch by MONITOR, and as many by WATCH.";
    network.knock_interval_ms = knock_interval: Time(0, 86_400_000),
        "How long after a KNOCK its user, and its channel, take no other.";
    network.silence: Count(1, 1_000), "Masks on a user's list of SILENCE.";
    network.accept: Count(1, 1_000), "Users on a user's list of ACCEPT.";
    network.bans: Count(0, 1_000_000), "Bans of the server: KLINE, DLINE and MUTE together.";
    network.permanent_channels: Count(0, 100_000),
        "Channels with mode P, which stay without members.";
    network.multiline_bytes: Count(0, 65_536),
        "Bytes of a message of several lines; 0: there are none.";
    network.multiline_lines: Count(0, 1_000),
        "Lines of a message of several lines; 0: there are none.";
    network.redactable: Count(0, 10_000),
        "Messages of a channel, and private ones of a user, that can be taken back; 0: none can.";
    network.metadata_keys: Count(0, 1_000),
        "Keys of metadata that a user or a channel may have; 0: there is no metadata.";
    network.metadata_value: Count(1, 400), "Bytes of the value of such a key.";
    network.metadata_subscriptions: Count(1, 1_000), "Keys whose changes a client may be told of.";
    network.whowas: Count(0, 1_000_000), "Past nicks that WHOWAS remembers.";
    machine.sendq: Size(16 << 10, 256 << 20),
        "What may wait for one client that reads slowly; past it, the client is closed.";
    machine.connections: Count(1, 1_000_000), "Connections at once.";
    machine.connections_per_shard: Count(1, 1_000_000),
        "Connections that fill a shard. A new client goes to the first one that is not full and has been \
         busy for less than half of the last second; if there is none, to the one with the fewest.";
    machine.connections_per_address: Count(1, 1_000_000),
        "Connections at once from one address, of IPv6 from one /64. Loopback does not count, unless a proxy or a \
         gateway has told it.";
    machine.connections_per_range: Count(1, 1_000_000),
        "Connections at once from one range of addresses. The same loopback does not count, here \
         and below.";
    machine.ipv4_range: Count(1, 32), "Bits that the addresses of a range of IPv4 have in common.";
    machine.ipv6_range: Count(1, 128), "Bits that the addresses of a range of IPv6 have in common.";
    machine.connect_burst: Count(1, 1_000_000),
        "Connections that may come from one address at once.";
    machine.connect_rate: Count(0, 60_000),
        "Connections that may come from it in a minute, on and on; 0: as many as it likes.";
    machine.range_connect_burst: Count(1, 1_000_000),
        "Connections that may come from one range at once.";
    machine.range_connect_rate: Count(0, 60_000),
        "Connections that may come from it in a minute, on and on; 0: as many as it likes.";
    machine.wrong_passwords: Count(1, 1_000),
        "Wrong passwords, of PASS, OPER or WEBIRC, from one address before it must wait to try another.";
    machine.wrong_password_every_ms = wrong_password_every: Time(0, 86_400_000),
        "After how long it may try one more; 0s: at once.";
    machine.flood_burst: Count(1, 100_000),
        "Commands that a client may send at once; those that make much work, and long answers, count as several. What it sends beyond waits. Of questions about channels and users, and of JOINs, there may be twelve times as many.";
    machine.flood_rate: Count(0, 100_000),
        "Commands a second that it may send on and on; 0: as many as it likes.";
    machine.registration_ms = registration: Time(1_000, 600_000),
        "How long a connection may take to register.";
    machine.ping_interval_ms = ping_interval: Time(1_000, 3_600_000),
        "Silence after which a client is asked for a sign of life.";
    machine.ping_timeout_ms = ping_timeout: Time(1_000, 3_600_000),
        "How long it may take to answer; at most ping_interval.";
}
