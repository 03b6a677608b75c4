//! Which capabilities are on offer, and with which values: the configuration decides.

use crate::core::server::network_settings::NetworkSettings;
use crate::proto::caps::{CAPS, Cap, CapSet};

/// What a relayed name must have, and a nick cannot have (IRCv3 relaymsg).
pub const RELAY_SEPARATOR: &str = "/";

/// Rows that CAP LS does not name, for no client misses them: what is told of accounts while there
/// are none, and the second name of a row.  Whoever asks for them is given them; without them
/// CAP LS 302 fits into one line, and there are clients that end negotiation at the second.
pub const UNLISTED: CapSet =
    CapSet::ACCOUNT_NOTIFY.or(CapSet::ACCOUNT_TAG).or(CapSet::DRAFT_NO_NAMES);

/// The rows that CAP LS names.
pub fn listed(settings: &NetworkSettings) -> CapSet {
    offered(settings).without(UNLISTED)
}

/// The rows that clients may ask for.
pub fn offered(settings: &NetworkSettings) -> CapSet {
    let limits = &settings.limits;
    let all = CAPS.iter().fold(CapSet::NONE, |all, cap| all.or(cap.set));
    let withheld = [
        (CapSet::MULTILINE, limits.multiline_bytes.min(limits.multiline_lines) == 0),
        (CapSet::REDACTION, limits.redactable == 0),
        (CapSet::METADATA, limits.metadata_keys == 0),
    ];
    withheld.iter().filter(|(_, off)| *off).fold(all, |all, (cap, _)| all.without(*cap))
}

/// As CAP LS and CAP NEW name a row to those who know values: `name`, or `name=value`.
pub fn with_value(cap: &Cap, settings: &NetworkSettings) -> String {
    let (name, limits) = (cap.name, &settings.limits);
    match cap.set {
        CapSet::MULTILINE => {
            let (bytes, lines) = (limits.multiline_bytes, limits.multiline_lines);
            format!("{name}=max-bytes={bytes},max-lines={lines}")
        }
        CapSet::METADATA => {
            let (subs, keys) = (limits.metadata_subscriptions, limits.metadata_keys);
            let bytes = limits.metadata_value;
            format!("{name}=before-connect,max-subs={subs},max-keys={keys},max-value-bytes={bytes}")
        }
        CapSet::RELAYMSG => format!("{name}={RELAY_SEPARATOR}"),
        _ => name.to_owned(),
    }
}

/// What has changed between two configurations (IRCv3 capability-negotiation, "cap-notify").
#[derive(Debug, Default, PartialEq, Eq)]
pub struct CapChanges {
    /// Rows that are on offer now, or have another value.
    pub new: CapSet,
    /// Rows that are not on offer any more.
    pub gone: CapSet,
}

impl CapChanges {
    /// From one to the other.
    pub fn between(before: &NetworkSettings, after: &NetworkSettings) -> Self {
        let (was, is) = (offered(before), offered(after));
        let differs = |cap: &&Cap| with_value(cap, before) != with_value(cap, after);
        let other = is.rows().filter(differs).fold(CapSet::NONE, |all, cap| all.or(cap.set));
        Self { new: is.without(was).or(other), gone: was.without(is) }
    }
}
