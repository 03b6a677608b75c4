//! What no key can tell alone: values that do not go together.

use std::path::Path;

use crate::config::checked::Config;
use crate::config::fault::{Fault, Wrong};
use crate::config::folders::Folders;
use crate::config::gateway::Workshop;
use crate::config::layer::{Casemapping, Merged, NonUtf8};
use crate::config::limits::Limits;
use crate::config::listen::{Address, Listen, clash};
use crate::config::value::Kind;
use crate::config::{file, gateway, limits, listen, operators, storage, text};
use crate::core::{Admin, Extensions, MachineSettings, NetworkSettings, Resolve, Settings};
use crate::proto::names::{Casemap, LONGEST_HOST};

/// The configuration that the values come to.  It is good only if `faults` is still empty.
pub(super) fn check(merged: Merged, folders: Folders<'_>, faults: &mut Vec<Fault>) -> Config {
    let folder = folders.file;
    let limits = limits::collect(|key| merged.raw.limits.get(key).copied());
    let mut check = Check { merged: &merged, faults };
    check.limits(&limits);
    let motd = check.motd(&limits, folder);
    let (listen, tls, sts, webirc) = listen::check(&merged, folders, faults);
    let casemap = match merged.raw.server.casemapping {
        Casemapping::Rfc1459 => Casemap::Rfc1459,
        Casemapping::Ascii => Casemap::Ascii,
    };
    let operators = operators::check(&merged, casemap, &limits.network, faults);
    let (store, cloak) = storage::check(&merged, folders, faults);
    let gateway = gateway::check(&merged, folder, casemap, &limits.network, &listen, faults);
    Check { merged: &merged, faults }.metrics(&listen, gateway.workshop.as_ref());
    let server = merged.raw.server;
    Config {
        settings: Settings {
            network: NetworkSettings {
                network: server.network.into(),
                casemap,
                relay_non_utf8: server.non_utf8 == NonUtf8::Relay,
                channel_modes: merged.raw.channels.default_modes.into(),
                cloak,
                bans_by_address: merged.raw.cloak.bans_by_address,
                extensions: Extensions {
                    denied_tags: text::list(&server.denied_tags),
                    icon: server.icon.map(Into::into),
                },
                limits: limits.network,
            },
            machine: MachineSettings {
                server_name: server.name.into(),
                description: server.description.into(),
                admin: Admin {
                    location: merged.raw.admin.location.map(Into::into),
                    organisation: merged.raw.admin.organisation.map(Into::into),
                    email: merged.raw.admin.email.map(Into::into),
                },
                motd,
                password_hash: server.password_hash.map(Into::into),
                operators,
                webirc,
                sts,
                resolve: Resolve {
                    hostnames: merged.raw.resolve.hostnames,
                    ident: merged.raw.resolve.ident,
                    timeout_ms: merged.raw.resolve.timeout,
                },
                limits: limits.machine,
            },
        },
        gateway,
        listen,
        tls,
        store,
        shards: server.shards,
        log: merged.raw.log,
        metrics: merged.raw.metrics.address,
        warnings: Vec::new(),
    }
}

struct Check<'a> {
    merged: &'a Merged,
    faults: &'a mut Vec<Fault>,
}

impl Check<'_> {
    /// Adds a fault of several keys together, at the first that somebody wrote.  If one of them is
    /// faulty by itself, that is enough.
    fn fault(&mut self, keys: &[&str], wrong: Wrong) {
        if self.faults.iter().any(|fault| keys.contains(&fault.key.as_str())) {
            return;
        }
        let written = keys.iter().find(|key| self.merged.location(key).written());
        if let Some(key) = written.or(keys.first()) {
            self.faults.push(wrong.at(self.merged.location(key), *key));
        }
    }

    fn metrics(&mut self, listen: &[Listen], workshop: Option<&Workshop>) {
        const KEY: &str = "metrics.address";
        let Some(address) = self.merged.raw.metrics.address else { return };
        if !address.ip().is_loopback() && !self.merged.raw.metrics.plaintext_public {
            let wrong = format!(
                "{address} may be reached from other machines, and nobody is asked for a password"
            );
            let hint = "use 127.0.0.1 or [::1], or allow it by plaintext_public = true";
            self.fault(&[KEY], Wrong::new(wrong).hint(hint));
        }
        let ours = Address::Ip(address);
        let is_taken = |other: &Address| clash(other, &ours);
        let by = if listen.iter().any(|listen| is_taken(&listen.address)) {
            "[[listen]]"
        } else if workshop.is_some_and(|workshop| is_taken(&Address::Ip(workshop.address))) {
            "[gateway.workshop]"
        } else {
            return;
        };
        let taken = Wrong::new(format!("{address} is taken by an address under {by}"));
        self.fault(&[KEY], taken.hint("give the figures an address of their own"));
    }

    fn limits(&mut self, limits: &Limits) {
        for row in limits::ROWS {
            let fits = (row.of)(limits) + TEXT_OVERHEAD <= limits.network.line as u64;
            if TEXTS.contains(&row.name) && !fits {
                self.fault(
                    &[&format!("limits.{}", row.name), "limits.line"],
                    Wrong::new(format!(
                        "a {} of {} bytes does not fit into a line of {}",
                        row.name,
                        (row.of)(limits),
                        limits.network.line
                    )),
                );
            }
        }
        // ":" server " 367 " nick " " channel " " mask " " nick!user@host " " time CR LF
        let list_line = self.merged.raw.server.name.len()
            + 2 * limits.network.nick
            + limits.network.user
            + LONGEST_HOST
            + limits.network.channel
            + limits.network.mask()
            + 25;
        if list_line > limits.network.line {
            let wrong = Wrong::new(format!(
                "a line of a ban list takes up to {list_line} bytes with these names, and may have {}",
                limits.network.line
            ));
            let keys = ["limits.channel", "limits.nick", "limits.user", "limits.line"];
            self.fault(&keys, wrong.hint("shorten them, or server.name"));
        }
        if limits.machine.ping_timeout_ms > limits.machine.ping_interval_ms {
            let show = |ms| Kind::Time(0, u64::MAX).show(ms);
            self.fault(
                &["limits.ping_timeout", "limits.ping_interval"],
                Wrong::new(format!(
                    "ping_timeout ({}) is longer than ping_interval ({})",
                    show(limits.machine.ping_timeout_ms),
                    show(limits.machine.ping_interval_ms)
                )),
            );
        }
    }

    /// The lines of the message of the day; none if there is to be no message.
    fn motd(&mut self, limits: &Limits, folder: &Path) -> Vec<String> {
        let server = &self.merged.raw.server;
        let (key, text) = match (&server.motd, &server.motd_file) {
            (None, None) => return built_in_motd(&server.network),
            (Some(text), None) => ("server.motd", Ok(text.clone())),
            (None, Some(file)) => {
                let file = folder.join(file);
                let read = file::text_of(&file).map_err(|why| format!("{}: {why}", file.display()));
                ("server.motd_file", read)
            }
            (Some(_), Some(_)) => {
                let both = Wrong::new("there is server.motd as well").hint("leave one of them out");
                self.fault(&["server.motd_file", "server.motd"], both);
                return Vec::new();
            }
        };
        let checked = text.map_err(Wrong::new).and_then(|text| text::motd(&text).map(|()| text));
        let lines: Vec<String> = match checked {
            Ok(text) => text.lines().map(String::from).collect(),
            Err(wrong) => {
                self.fault(&[key], wrong);
                return Vec::new();
            }
        };
        // ":" server " 372 " nick " :- " text CR LF
        let overhead = server.name.len() + limits.network.nick + 12;
        let longest = limits.network.line.saturating_sub(overhead);
        if let Some(at) = lines.iter().position(|line| line.len() > longest) {
            let long = format!("its line {} is longer than the {longest} bytes that fit", at + 1);
            self.fault(&[key, "limits.line", "limits.nick"], Wrong::new(long));
        }
        let total: usize = lines.iter().map(|line| line.len() + overhead).sum();
        let own = self.merged.raw.listen.iter().filter_map(|listener| listener.sendq);
        let sendq = own.fold(limits.machine.sendq, usize::min);
        if total > sendq / 2 {
            let big = format!("takes {total} bytes to send, more than half of a sendq of {sendq}");
            self.fault(&[key, "limits.sendq"], Wrong::new(big));
        }
        lines
    }
}

/// Limits of a text that a command carries, and what stands around it at the least: verb, target,
/// spaces, CR LF.
const TEXTS: [&str; 6] = ["topic", "kick", "away", "realname", "key", "reason"];
const TEXT_OVERHEAD: u64 = 16;

/// What clients are told where the configuration says nothing: what to do next.  It fits whatever the
/// limits are.
fn built_in_motd(network: &str) -> Vec<String> {
    let welcome = format!("Welcome to {network}, an IRC server that runs Pipewright.");
    let hints = [
        "  /list            shows the channels",
        "  /join #channel   enters a channel, or makes it if there is none of that name",
        "  /msg nick text   writes to one person",
        "  /quote HELP      lists the commands of the server",
    ];
    std::iter::once(welcome).chain(hints.map(String::from)).collect()
}
