//! What the core must know of the configuration, already checked.

use crate::core::server::cloak::Cloaking;
use crate::core::server::machine_settings::MachineSettings;
use crate::core::server::network_settings::NetworkSettings;

/// Everything the synchronous core takes from the configuration.  Made by `config`, whose check
/// has refused whatever would not work; the network takes it apart.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What decides what an operation does.
    pub network: NetworkSettings,
    /// What concerns this machine alone.
    pub machine: MachineSettings,
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
            "server.name" machine.server_name;
            "server.casemapping" network.casemap;
            "limits.line" network.limits.line;
            "limits.whowas" network.limits.whowas;
            "limits.ipv4_range" machine.limits.ipv4_range;
            "limits.ipv6_range" machine.limits.ipv6_range;
        }
        // Its secret is read, or made, at the start.
        if matches!(self.network.cloak, Cloaking::Stored)
            && !matches!(old.network.cloak, Cloaking::Stored)
        {
            self.network.cloak = old.network.cloak.clone();
            kept.push("cloak.enabled");
        }
        kept
    }
}
