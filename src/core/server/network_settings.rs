//! Settings that decide what an operation does; the same on every machine of a network.
//!
//! Here belongs whatever can change what an operation does to users and channels, or what others
//! are told of it: two machines of a network that differ in it would come to different states.

use std::sync::Arc;

use crate::core::server::cloak::Cloaking;
use crate::core::server::limits::NetworkLimits;
use crate::proto::names::Casemap;

/// What decides what an operation on the network does.
#[derive(Clone, Debug)]
pub struct NetworkSettings {
    /// The network's name, told in 001 and ISUPPORT `NETWORK`.
    pub network: Arc<str>,
    /// How nicks and channel names are compared.
    pub casemap: Casemap,
    /// Whether a line that is not UTF-8 is relayed (`true`) or refused.
    pub relay_non_utf8: bool,
    /// Modes that a new channel begins with: letters of modes without a parameter.
    pub channel_modes: Arc<str>,
    /// Whether hosts are cloaked.
    pub cloak: Cloaking,
    /// Whether the masks of channels know a user by the address that a cloak hides.
    pub bans_by_address: bool,
    /// What IRCv3 leaves to the server.
    pub extensions: Extensions,
    /// Every bound of an operation.
    pub limits: NetworkLimits,
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
