//! A message, and the line that it is on a pipe.

use serde::{Deserialize, Serialize};
use serde_json::error::Category;

use crate::gateway::netchat::clock;
use crate::gateway::netchat::clock::Clock;
use crate::gateway::netchat::ids::SiteId;

/// Bytes of a line that arrives, without its end.  Real peers have no limit; what a site answers to
/// a snapshot is the longest that they send.
pub const MAX_LINE: usize = 4 << 20;

/// Entries of a clock.
pub const MAX_DATES: usize = 4096;

/// Bytes of a site's id.
pub const MAX_ID: usize = 4096;

/// No site comes that far by itself, and none that is told so overflows by going on.
pub(super) const MAX_DATE: u64 = 1 << 63;

/// What one site has to say to the others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The same wherever the message goes; all 64 bits count.
    pub id: u64,
    /// Who said it first.
    pub sender_id: SiteId,
    /// What is said.
    pub header: Header,
    /// What was known to whoever wrote the line.
    pub clock: Clock,
}

/// The kinds of messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Header {
    /// The sender has come.
    Connection,
    /// The sender leaves.
    Disconnection,
    /// To everyone.
    Public(String),
    /// To one site.
    Private(SiteId, String),
    /// This site wants to know what each has saved.
    SnapshotRequest(SiteId),
    /// What the sender has saved, for the site that asked.
    SnapshotResponse(SiteId, Vec<Message>),
}

/// Why a line is no message.  Never has the text of the line in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadLine {
    /// Longer than [`MAX_LINE`], or would be with what an answer to a snapshot lacks.
    #[error("the line is longer than {MAX_LINE} bytes")]
    TooLong,
    /// Broken JSON, or no UTF-8.
    #[error("the line is not JSON (column {column})")]
    NotJson {
        /// Where it stops to be.
        column: usize,
    },
    /// A field is missing or of another type, or the header is unknown.
    #[error("the line is JSON, but not a netchat message (column {column})")]
    NotAMessage {
        /// Where that was seen.
        column: usize,
    },
    /// An id longer than [`MAX_ID`].
    #[error("a site's id is longer than {MAX_ID} bytes")]
    IdTooLong,
    /// A clock with more than [`MAX_DATES`] entries.
    #[error("a clock has {entries} entries; {MAX_DATES} at most")]
    TooManyDates {
        /// How many.
        entries: usize,
    },
    /// A date that would soon overflow.
    #[error("a clock has a date of 2^63 or more")]
    DateTooLate,
    /// Nobody saves answers to snapshots.
    #[error("a SnapshotResponse holds another")]
    Nested,
    /// A new sender, and the clock of the node has no room for another site.
    #[error("the sender is one site too many: all {MAX_DATES} dates of the clock are taken")]
    ClockFull,
}

impl Message {
    /// The message on `line`, which comes without its end.
    pub fn decode(line: &[u8]) -> Result<Self, BadLine> {
        if line.len() > MAX_LINE {
            return Err(BadLine::TooLong);
        }
        let message: Self = serde_json::from_slice(line).map_err(|why| match why.classify() {
            Category::Data => BadLine::NotAMessage { column: why.column() },
            _ => BadLine::NotJson { column: why.column() },
        })?;
        message.check()?;
        if line.len() + message.missing_bytes() > MAX_LINE {
            return Err(BadLine::TooLong);
        }
        Ok(message)
    }

    /// The line, as real peers write it, without its end.
    pub fn encode(&self) -> String {
        encode(self.id, &self.sender_id, &self.header, &self.clock)
    }

    fn check(&self) -> Result<(), BadLine> {
        check_id(&self.sender_id)?;
        if self.clock.len() > MAX_DATES {
            return Err(BadLine::TooManyDates { entries: self.clock.len() });
        }
        for (site, date) in self.clock.iter() {
            check_id(site)?;
            if date >= MAX_DATE {
                return Err(BadLine::DateTooLate);
            }
        }
        match &self.header {
            Header::Connection | Header::Disconnection | Header::Public(_) => Ok(()),
            Header::Private(site, _) | Header::SnapshotRequest(site) => check_id(site),
            Header::SnapshotResponse(site, saved) => {
                check_id(site)?;
                saved.iter().try_for_each(|message| match message.header {
                    Header::SnapshotResponse(..) => Err(BadLine::Nested),
                    _ => message.check(),
                })
            }
        }
    }

    /// Gives the messages of an answer what a real peer needs to sort them: entries for the site
    /// that answers, the one that asked, and the one that spoke.  An entry of 0 is enough for it.
    pub(super) fn fill_answer(&mut self) {
        if let Header::SnapshotResponse(requester, saved) = &mut self.header {
            for message in saved {
                let sender = message.sender_id.clone();
                for site in [&self.sender_id, requester, &sender] {
                    message.clock.fill(site);
                }
            }
        }
    }

    /// Bytes that [`Message::fill_answer`] adds to the line at most, escapes included.
    fn missing_bytes(&self) -> usize {
        let Header::SnapshotResponse(requester, saved) = &self.header else { return 0 };
        let missing = saved.iter().flat_map(|message| {
            let sites = [&self.sender_id, requester, &message.sender_id].into_iter();
            sites.filter(|site| message.clock.get(site.as_str()).is_none())
        });
        missing.map(clock::bytes).sum()
    }
}

fn check_id(id: &SiteId) -> Result<(), BadLine> {
    if id.as_str().len() > MAX_ID { Err(BadLine::IdTooLong) } else { Ok(()) }
}

/// The line of a message whose parts are elsewhere.
pub(super) fn encode(id: u64, sender_id: &SiteId, header: &Header, clock: &Clock) -> String {
    /// The fields in the order of real peers.
    #[derive(Serialize)]
    struct Line<'a> {
        id: u64,
        sender_id: &'a SiteId,
        header: &'a Header,
        clock: Dates<'a>,
    }
    // Strings and integers are always JSON.
    serde_json::to_string(&Line { id, sender_id, header, clock: Dates(clock) }).unwrap_or_default()
}

struct Dates<'a>(&'a Clock);

impl Serialize for Dates<'_> {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.0.iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(line: &str) -> Result<Message, BadLine> {
        Message::decode(line.as_bytes())
    }

    #[test]
    fn a_line_of_a_real_peer_comes_out_as_it_went_in() {
        for line in [
            r#"{"id":4993844049619463032,"sender_id":"alice","header":"Connection","clock":{"alice":1}}"#,
            r#"{"id":18446744073709551615,"sender_id":"a b\n","header":"Disconnection","clock":{"a b\n":9}}"#,
            r#"{"id":0,"sender_id":"","header":{"Public":"é \"q\" \u0001 😀"},"clock":{"":1,"b":2}}"#,
            r#"{"id":1,"sender_id":"a","header":{"Private":["b","x"]},"clock":{"a":1}}"#,
            r#"{"id":1,"sender_id":"a","header":{"SnapshotRequest":"a"},"clock":{"a":1}}"#,
            r#"{"id":1,"sender_id":"a","header":{"SnapshotResponse":["b",[{"id":2,"sender_id":"a","header":{"Public":""},"clock":{"a":1,"b":0}}]]},"clock":{"a":1}}"#,
        ] {
            assert_eq!(decoded(line).map(|message| message.encode()), Ok(line.to_owned()));
        }
    }

    #[test]
    fn spaces_other_orders_of_fields_and_unknown_fields_are_understood() {
        let line =
            r#" { "clock" : {"a":1}, "new":[1.5], "header":"Connection","sender_id":"a","id":7 } "#;
        assert_eq!(decoded(line).map(|message| message.id), Ok(7));
    }

    #[test]
    fn what_is_no_message_is_refused_by_its_cause() {
        let with = |header: &str, clock: &str| {
            decoded(&format!(r#"{{"id":1,"sender_id":"a","header":{header},"clock":{clock}}}"#))
                .expect_err("a bad line")
        };
        let long = "x".repeat(MAX_ID + 1);
        let many: Vec<_> = (0..=MAX_DATES).map(|number| format!(r#""{number}":1"#)).collect();
        let held = r#"{"id":1,"sender_id":"a","header":{"SnapshotResponse":["b",[]]},"clock":{}}"#;
        assert!(matches!(with(r#""Gossip""#, "{}"), BadLine::NotAMessage { .. }));
        assert!(matches!(with(r#"{"Public":1}"#, "{}"), BadLine::NotAMessage { .. }));
        assert!(matches!(with(r#""Connection""#, r#"{"a":1.0}"#), BadLine::NotAMessage { .. }));
        assert!(matches!(with(r#""Connection""#, r#"{"a":-1}"#), BadLine::NotAMessage { .. }));
        assert!(matches!(with("]", "{}"), BadLine::NotJson { .. }));
        assert_eq!(with(r#""Connection""#, r#"{"a":9223372036854775808}"#), BadLine::DateTooLate);
        assert_eq!(with(&format!(r#"{{"Private":["{long}",""]}}"#), "{}"), BadLine::IdTooLong);
        assert_eq!(with(r#""Connection""#, &format!(r#"{{"{long}":1}}"#)), BadLine::IdTooLong);
        assert_eq!(
            with(r#""Connection""#, &format!("{{{}}}", many.join(","))),
            BadLine::TooManyDates { entries: MAX_DATES + 1 }
        );
        assert_eq!(
            with(&format!(r#"{{"SnapshotResponse":["b",[{held}]]}}"#), "{}"),
            BadLine::Nested
        );
        for line in ["", "null", "[]", "7", "{", "{}", "\u{feff}{}", "hello"] {
            assert!(decoded(line).is_err(), "{line}");
        }
        assert!(Message::decode(b"{\"id\":\xff}").is_err());
        assert_eq!(Message::decode(&vec![b' '; MAX_LINE + 1]), Err(BadLine::TooLong));
        assert!(decoded(&"[".repeat(100_000)).is_err(), "depth is bounded too");
    }
}
