//! The tables of how clients come in: listeners, TLS, gateways.

use crate::config::schema::{Initial, Key, Table};
use crate::config::text;
use crate::config::value::Kind;

/// An example of a fingerprint.
pub(super) const FINGERPRINT: &str = "what WHOIS shows you of your certificate";

/// In the order of the default configuration.
pub(super) fn tables() -> [Table; 4] {
    [tls(), certificate(), webirc(), listen()]
}

pub(super) fn resolve() -> Table {
    Table {
        name: "resolve",
        many: false,
        doc: "What is asked of others about who connects, while it registers. Nothing is asked \
              of or about a gateway.",
        keys: vec![
            Key {
                name: "hostnames",
                kind: Kind::Flag,
                default: Initial::Is("false".into()),
                doc: "Whether users are shown by the name that DNS has for their address, if that \
                      name leads back to it. The resolver of this machine is asked.",
            },
            Key {
                name: "ident",
                kind: Kind::Flag,
                default: Initial::Is("false".into()),
                doc: "Whether the machine that somebody connects from is asked for the user's \
                      name, on its port 113 (RFC 1413). A name from there has no ~ before it.",
            },
            Key {
                name: "timeout",
                kind: Kind::Time(100, 10_000),
                default: Initial::Is("2s".into()),
                doc: "How long registration waits for the answers at the most, from when \
                      somebody connected. Then it goes on without them.",
            },
        ],
    }
}

fn tls() -> Table {
    Table {
        name: "tls",
        many: false,
        doc: "What holds for all listeners with TLS.",
        keys: vec![
            Key {
                name: "folder",
                kind: Kind::Text(text::path),
                default: Initial::Absent("/var/lib/pipewright"),
                doc: "Where a server without a [[certificate]] keeps the one that it makes for \
                      itself. Absent: the folder that systemd names, or pipewright in \
                      $XDG_STATE_HOME or in ~/.local/state.",
            },
            Key {
                name: "sts",
                kind: Kind::Time(0, 2 * 365 * 24 * 3_600_000),
                default: Initial::Absent("30d"),
                doc: "How long clients that have come in by TLS are to use nothing else (IRCv3 \
                      sts); \"0s\" takes back what they were told earlier. It needs a \
                      [[certificate]] that they trust. Absent: they are told nothing.",
            },
            Key {
                name: "sts_port",
                kind: Kind::Count(1, 65_535),
                default: Initial::Absent("6697"),
                doc: "The port for TLS that clients in plaintext are sent to. Absent: that of \
                      the first listener with TLS.",
            },
        ],
    }
}

fn certificate() -> Table {
    Table {
        name: "certificate",
        many: true,
        doc: "What TLS shows of this server: one such table for each certificate, of which the \
              first also goes to clients that ask for no name of ours. They are read again \
              when the files change. Without any the server makes one for itself.",
        keys: vec![
            Key {
                name: "chain",
                kind: Kind::Text(text::path),
                default: Initial::Needed("fullchain.pem"),
                doc: "The certificate and those that vouch for it, as PEM; the path is relative \
                      to the folder of this file.",
            },
            Key {
                name: "key",
                kind: Kind::Text(text::path),
                default: Initial::Needed("privkey.pem"),
                doc: "Its private key, as PEM.",
            },
        ],
    }
}

fn webirc() -> Table {
    Table {
        name: "webirc",
        many: true,
        doc: "Gateways that connect for others and say for whom, by WEBIRC: one such table for \
              each.",
        keys: vec![
            Key {
                name: "name",
                kind: Kind::Text(text::word),
                default: Initial::Needed("webchat"),
                doc: "One word, for you.",
            },
            Key {
                name: "from",
                kind: Kind::Texts(text::cidr),
                default: Initial::Needed("[\"192.0.2.1\"]"),
                doc: "Addresses it connects from, or ranges of them as in 10.0.0.0/8.",
            },
            Key {
                name: "password_hash",
                kind: Kind::Text(text::password_hash),
                default: Initial::Absent("what `pipewright hash-password` printed"),
                doc: "The hash of the password that it gives.",
            },
            Key {
                name: "certificate",
                kind: Kind::Text(text::fingerprint),
                default: Initial::Absent(FINGERPRINT),
                doc: "The SHA-256 fingerprint of its certificate. One of the two must be given; \
                      if both are, both are needed.",
            },
        ],
    }
}

fn listen() -> Table {
    Table {
        name: "listen",
        many: true,
        doc: "Where clients connect: one such table for each address.",
        keys: vec![
            Key {
                name: "address",
                kind: Kind::Text(text::address),
                default: Initial::Each(&[
                    "127.0.0.1:6667",
                    "[::1]:6667",
                    "127.0.0.1:6697",
                    "[::1]:6697",
                ]),
                doc: "An IP address and a port; port 0 lets the system choose one. Or the path \
                      of a socket in the file system.",
            },
            Key {
                name: "tls",
                kind: Kind::Flag,
                default: Initial::Copies("false", &["false", "false", "true", "true"]),
                doc: "Whether all of it is encrypted by TLS.",
            },
            Key {
                name: "plaintext_public",
                kind: Kind::Flag,
                default: Initial::Is("false".into()),
                doc: "Whether it may be reached from other machines although nothing on it is \
                      encrypted. Without true here, only loopback addresses are taken.",
            },
            Key {
                name: "websocket",
                kind: Kind::Flag,
                default: Initial::Is("false".into()),
                doc: "Whether it is for web pages, which connect by WebSocket.",
            },
            Key {
                name: "origins",
                kind: Kind::Texts(text::web_origin),
                default: Initial::Absent("[\"https://chat.example.org\"]"),
                doc: "The sites whose pages may connect by WebSocket; \"*\" is any. Absent: those \
                      of the host that they connect to.",
            },
            Key {
                name: "proxy",
                kind: Kind::Texts(text::cidr),
                default: Initial::Absent("[\"10.0.0.1\"]"),
                doc: "Proxies that say who connects by a PROXY header, version 1 or 2: \
                      addresses or ranges. From there a header must come; from elsewhere none \
                      is taken. For a socket in the file system any address will do.",
            },
            Key {
                name: "mode",
                kind: Kind::Text(text::file_mode),
                default: Initial::Absent("0660"),
                doc: "Who may connect to a socket in the file system, as chmod takes it. \
                      Absent: only the user of the server.",
            },
            Key {
                name: "sendq",
                kind: Kind::Size(16 << 10, 256 << 20),
                default: Initial::Absent("1MiB"),
                doc: "Here in place of limits.sendq. Absent: that.",
            },
            Key {
                name: "recvq",
                kind: Kind::Size(512, 64 << 10),
                default: Initial::Absent("16KiB"),
                doc: "What is read of one client while its commands wait; the rest waits in \
                      the network. Absent: 64KiB.",
            },
            Key {
                name: "connections",
                kind: Kind::Count(1, 1_000_000),
                default: Initial::Absent("1000"),
                doc: "Connections at once here, of all that limits.connections allows. Absent: as \
                      many as those.",
            },
        ],
    }
}
