//! Every table of the configuration: the names of environment variables and the default
//! configuration come from here.

use std::sync::LazyLock;

use crate::config::schema::{Initial, Key, Table};
use crate::config::value::Kind;
use crate::config::{gateway, limits, storage, text, transports};
use crate::core::server::operators::PRIVILEGE_NAMES;

/// Every table, in the order of the default configuration.
pub fn tables() -> &'static [Table] {
    static TABLES: LazyLock<Vec<Table>> = LazyLock::new(|| {
        let own = [
            server(),
            admin(),
            channels(),
            limits(),
            storage::store(),
            storage::cloak(),
            transports::resolve(),
            log(),
            metrics(),
            operator_class(),
            operator(),
        ];
        own.into_iter().chain(gateway::tables()).chain(transports::tables()).collect()
    });
    &TABLES
}

fn server() -> Table {
    Table {
        name: "server",
        many: false,
        doc: "Who this server is.",
        keys: vec![
            Key {
                name: "name",
                kind: Kind::Text(text::host_name),
                default: Initial::Is("pipewright.localhost".into()),
                doc: "The server's name in everything it says: a host name with a dot in it.",
            },
            Key {
                name: "network",
                kind: Kind::Text(text::network),
                default: Initial::Is("Pipewright".into()),
                doc: "The network's name, one word: clients show it as the name of the window.",
            },
            Key {
                name: "description",
                kind: Kind::Text(text::description),
                default: Initial::Is("A Pipewright IRC server".into()),
                doc: "A few words about the server, shown by WHOIS.",
            },
            Key {
                name: "motd",
                kind: Kind::Text(text::motd),
                default: Initial::Absent("Welcome."),
                doc: "The message of the day, as text of one or more lines; \"\" for none. With \
                      neither this nor motd_file, clients are told what to do next.",
            },
            Key {
                name: "motd_file",
                kind: Kind::Text(text::path),
                default: Initial::Absent("motd.txt"),
                doc: "The message of the day, as a file in UTF-8; the path is relative to the \
                      folder of this file. Instead of motd.",
            },
            Key {
                name: "password_hash",
                kind: Kind::Text(text::password_hash),
                default: Initial::Absent("what `pipewright hash-password` printed"),
                doc: "The hash of the password that clients must send by PASS. Absent: nobody \
                      needs one.",
            },
            Key {
                name: "casemapping",
                kind: Kind::Word(&["rfc1459", "ascii"]),
                default: Initial::Is("ascii".into()),
                doc: "Which names are the same: with \"ascii\", those that differ only in the \
                      case of A to Z; with \"rfc1459\", those with {}|^ for []\\~ as well.",
            },
            Key {
                name: "non_utf8",
                kind: Kind::Word(&["relay", "refuse"]),
                default: Initial::Is("relay".into()),
                doc: "What becomes of a line that is not UTF-8.",
            },
            Key {
                name: "icon",
                kind: Kind::Text(text::icon),
                default: Initial::Absent("https://irc.example.org/icon.svg"),
                doc: "Where the network's icon is, for clients to show. It should be square; \
                      {size} in it stands for a size in pixels.",
            },
            Key {
                name: "denied_tags",
                kind: Kind::Text(text::denied_tags),
                default: Initial::Is("".into()),
                doc: "Client-only tags that are not passed on, with commas between them and \
                      without their +, such as typing; * for all, then -typing for all but that.",
            },
            Key {
                name: "shards",
                kind: Kind::Count(1, 64),
                default: Initial::Is("1".into()),
                doc: "Threads, each with its own connections. More divide the work of many \
                      clients; one does it with the least effort.",
            },
        ],
    }
}

fn admin() -> Table {
    let key = |name, example, doc| Key {
        name,
        kind: Kind::Text(text::description),
        default: Initial::Absent(example),
        doc,
    };
    Table {
        name: "admin",
        many: false,
        doc: "Who runs this server. ADMIN tells it to everybody.",
        keys: vec![
            key("location", "Rotterdam, the Netherlands", "Where the server is."),
            key("organisation", "Example Foundation", "Whose server it is."),
            key("email", "irc@example.org", "Where to write to."),
        ],
    }
}

fn channels() -> Table {
    Table {
        name: "channels",
        many: false,
        doc: "What holds in channels.",
        keys: vec![Key {
            name: "default_modes",
            kind: Kind::Text(text::channel_modes),
            default: Initial::Is("nt".into()),
            doc: "Modes that a new channel begins with: letters out of i, m, n, s and t.",
        }],
    }
}

fn limits() -> Table {
    let defaults = limits::Limits::default();
    let key = |row: &limits::Row| Key {
        name: row.name,
        kind: row.kind,
        default: Initial::Is(row.kind.show((row.of)(&defaults)).into()),
        doc: row.doc,
    };
    Table {
        name: "limits",
        many: false,
        doc: "Bounds. Clients are told those that concern them.",
        keys: limits::ROWS.iter().map(key).collect(),
    }
}

fn log() -> Table {
    Table {
        name: "log",
        many: false,
        doc: "Logs go to standard error and never hold the text of messages or passwords.",
        keys: vec![
            Key {
                name: "level",
                kind: Kind::Word(&["off", "error", "warn", "info", "debug", "trace"]),
                default: Initial::Is("info".into()),
                doc: "The least important that is still logged.",
            },
            Key {
                name: "format",
                kind: Kind::Word(&["text", "json"]),
                default: Initial::Is("text".into()),
                doc: "For people or for programs.",
            },
            Key {
                name: "audit",
                kind: Kind::Flag,
                default: Initial::Is("true".into()),
                doc: "Whether what operators do is logged, with their names and reasons, whatever \
                      the level is.",
            },
        ],
    }
}

fn metrics() -> Table {
    Table {
        name: "metrics",
        many: false,
        doc: "Figures for whoever watches the server: /metrics (OpenMetrics, or the older text format \
              of Prometheus, as it is asked for) and /healthz, by HTTP.",
        keys: vec![
            Key {
                name: "address",
                kind: Kind::Text(text::ip_address),
                default: Initial::Absent("127.0.0.1:9667"),
                doc: "An IP address and a port; without one there are no figures.",
            },
            Key {
                name: "plaintext_public",
                kind: Kind::Flag,
                default: Initial::Is("false".into()),
                doc: "Whether it may be reached from other machines although nothing on it is \
                      encrypted and nobody is asked for a password. Without true here, only loopback \
                      addresses are taken.",
            },
        ],
    }
}

fn operator_class() -> Table {
    Table {
        name: "operator_class",
        many: true,
        doc: "What operators may do: one such table for each kind of operator. There are none \
              unless you write one; take off the # at the beginning of these lines to do so.",
        keys: vec![
            Key {
                name: "name",
                kind: Kind::Text(text::word),
                default: Initial::Needed("helper"),
                doc: "One word, by which operators and other classes name it.",
            },
            Key {
                name: "privileges",
                kind: Kind::Words(PRIVILEGE_NAMES),
                default: Initial::Absent("[\"kill\", \"wallops\"]"),
                doc: "What operators of this class may do.",
            },
            Key {
                name: "inherits",
                kind: Kind::Text(text::word),
                default: Initial::Absent("another"),
                doc: "Another class, all of whose privileges this one has too.",
            },
        ],
    }
}

fn operator() -> Table {
    Table {
        name: "operator",
        many: true,
        doc: "Who may become an operator, by OPER: one such table for each.",
        keys: vec![
            Key {
                name: "name",
                kind: Kind::Text(text::word),
                default: Initial::Needed("alice"),
                doc: "One word, which OPER gives. It need not be the nick.",
            },
            Key {
                name: "password_hash",
                kind: Kind::Text(text::password_hash),
                default: Initial::Absent("what `pipewright hash-password` printed"),
                doc: "The hash of the password that OPER gives. This or certificate must be given; if \
                      both are, both are needed.",
            },
            Key {
                name: "certificate",
                kind: Kind::Text(text::fingerprint),
                default: Initial::Absent(transports::FINGERPRINT),
                doc: "The SHA-256 fingerprint of the certificate that the operator's client must show. \
                      With this alone OPER needs no password.",
            },
            Key {
                name: "class",
                kind: Kind::Text(text::word),
                default: Initial::Needed("helper"),
                doc: "The name of an operator_class.",
            },
            Key {
                name: "masks",
                kind: Kind::Texts(text::mask),
                default: Initial::Absent("[\"*!*@127.0.0.1\", \"*!*@10.0.*\"]"),
                doc: "From where, as nick!user@host with * and ?; any one of them is enough. \
                      Absent: from anywhere.",
            },
        ],
    }
}
