//! Which capabilities are on offer, and with which values: the configuration decides.

use super::settings::Settings;
use crate::wire::caps::{CAPS, Cap, CapSet};

/// The rows that clients may ask for.
pub fn offered(_settings: &Settings) -> CapSet {
    CAPS.iter().fold(CapSet::NONE, |all, cap| all.or(cap.set))
}

/// As CAP LS and CAP NEW name a row to those who know values: `name`, or `name=value`.
pub fn with_value(cap: &Cap, _settings: &Settings) -> String {
    cap.name.to_owned()
}

/// What has changed between two configurations (IRCv3 capability-negotiation, "cap-notify").
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Rows that are on offer now, or have another value.
    pub new: CapSet,
    /// Rows that are not on offer any more.
    pub gone: CapSet,
}

impl Changes {
    /// From one to the other.
    pub fn between(before: &Settings, after: &Settings) -> Self {
        let (was, is) = (offered(before), offered(after));
        let other = CAPS
            .iter()
            .filter(|cap| is.has(cap.set) && with_value(cap, before) != with_value(cap, after));
        let other = other.fold(CapSet::NONE, |all, cap| all.or(cap.set));
        Self { new: is.without(was).or(other), gone: was.without(is) }
    }
}
