//! Log records and server notices of what strangers can provoke without limit: at most one a second
//! of each kind, with a count.

use std::collections::HashMap;
use std::net::IpAddr;

use foldhash::fast::RandomState;

use crate::core::locks::{LEAF, Ranked};
use crate::proto::time::Moment;

/// Milliseconds between two records of a kind.
const EVERY: u64 = 1000;

/// Counts incidents by kind: refused connections by reason.  A kind is forgotten when there has been none of it for a second.
pub struct Incidents {
    kinds: Ranked<HashMap<&'static str, Kind, RandomState>, LEAF>,
}

struct Kind {
    /// When the last record was written.
    told: u64,
    /// How many there have been since.
    untold: u64,
    /// Where the last one came from.
    address: IpAddr,
}

/// Incidents of a kind that no record has told of yet.
#[derive(Debug, PartialEq, Eq)]
pub struct Unreported {
    /// As it was counted.
    pub kind: &'static str,
    /// How many.
    pub count: u64,
    /// Where the last one came from.
    pub address: IpAddr,
}

impl Default for Incidents {
    fn default() -> Self {
        Self { kinds: Ranked::new(0, HashMap::default()) }
    }
}

impl Incidents {
    /// Counts one.  `Some`: a record is to be written now, for so many of the kind, this one
    /// included.  `None`: it is told of later, by the record of another one or by
    /// [`Incidents::take_unreported`].
    pub fn count(&self, kind: &'static str, address: IpAddr, now: Moment) -> Option<u64> {
        let mut kinds = self.kinds.lock();
        let mut is_new = false;
        let kind = kinds.entry(kind).or_insert_with(|| {
            is_new = true;
            Kind { told: now.ms(), untold: 0, address }
        });
        kind.untold += 1;
        kind.address = address;
        let is_due = is_new || now.ms().saturating_sub(kind.told) >= EVERY;
        is_due.then(|| {
            kind.told = now.ms();
            std::mem::take(&mut kind.untold)
        })
    }

    /// What has not been told of, of the kinds of which the last record is a second old; to be
    /// called about once a second.
    pub fn take_unreported(&self, now: Moment) -> Vec<Unreported> {
        let mut untold = Vec::new();
        self.kinds.lock().retain(|name, kind| {
            if now.ms().saturating_sub(kind.told) < EVERY {
                return true;
            }
            let (count, address) = (std::mem::take(&mut kind.untold), kind.address);
            kind.told = now.ms();
            if count > 0 {
                untold.push(Unreported { kind: name, count, address });
            }
            count > 0
        });
        untold
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    fn at(ms: u64) -> Moment {
        Moment::from_ms(ms)
    }

    #[test]
    fn a_kind_has_a_record_a_second_and_every_incident_is_in_one() {
        let incidents = Incidents::default();
        let mut records = Vec::new();
        for ms in 0..2500 {
            records.extend(incidents.count("flood", ADDRESS, at(ms)));
        }
        assert_eq!(records, [1, 1000, 1000]);
        assert_eq!(incidents.take_unreported(at(2999)), []);
        let rest = Unreported { kind: "flood", count: 499, address: ADDRESS };
        assert_eq!(incidents.take_unreported(at(3000)), [rest]);
    }

    #[test]
    fn kinds_do_not_hide_one_another_and_are_forgotten() {
        let incidents = Incidents::default();
        assert_eq!(incidents.count("one", ADDRESS, at(5)), Some(1));
        assert_eq!(incidents.count("other", ADDRESS, at(5)), Some(1));
        assert_eq!(incidents.count("one", ADDRESS, at(6)), None);
        assert_eq!(incidents.take_unreported(at(1005)).len(), 1);
        assert_eq!(incidents.take_unreported(at(2005)), []);
        assert!(incidents.kinds.lock().is_empty());
    }
}
