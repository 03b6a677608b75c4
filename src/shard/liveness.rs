//! Who is still there: the limit of registration, and PING after silence.

use crate::command::Close;
use crate::core::MachineLimits;
use crate::proto::time::Now;

/// When a connection was last heard of.
pub struct Liveness {
    opened: u64,
    heard: u64,
    pinged: bool,
}

/// What is due.
#[derive(Debug, PartialEq, Eq)]
pub enum Due {
    /// Nothing.
    Nothing,
    /// To ask whether it is there.
    Ping,
    /// To close it.
    Close(Close),
}

impl Liveness {
    /// For a connection that has just been opened.
    pub fn new(now: Now) -> Self {
        Self { opened: now.monotonic, heard: now.monotonic, pinged: false }
    }

    /// Something arrived: whatever it is, the client is alive.
    pub fn heard(&mut self, now: Now) {
        self.heard = now.monotonic;
        self.pinged = false;
    }

    /// What is due; a PING is due once for each silence.
    pub fn due(&mut self, now: Now, registered: bool, limits: &MachineLimits) -> Due {
        if !registered {
            let late = now.monotonic.saturating_sub(self.opened) >= limits.registration_ms;
            return if late { Due::Close(Close::RegistrationTimeout) } else { Due::Nothing };
        }
        let silent = now.monotonic.saturating_sub(self.heard);
        if silent >= limits.ping_interval_ms + limits.ping_timeout_ms {
            return Due::Close(Close::PingTimeout(silent / 1000));
        }
        if silent >= limits.ping_interval_ms && !self.pinged {
            self.pinged = true;
            return Due::Ping;
        }
        Due::Nothing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Now {
        Now { monotonic: ms, unix: 0 }
    }

    #[test]
    fn a_client_that_never_registers_is_closed_at_the_limit() {
        let limits = MachineLimits::default();
        let mut liveness = Liveness::new(at(5));
        liveness.heard(at(limits.registration_ms));
        assert_eq!(liveness.due(at(limits.registration_ms + 4), false, &limits), Due::Nothing);
        let due = liveness.due(at(limits.registration_ms + 5), false, &limits);
        assert_eq!(due, Due::Close(Close::RegistrationTimeout));
    }

    #[test]
    fn a_silent_client_is_asked_once_and_then_closed() {
        let limits = MachineLimits::default();
        let (ask, end) =
            (limits.ping_interval_ms, limits.ping_interval_ms + limits.ping_timeout_ms);
        let mut liveness = Liveness::new(at(0));
        assert_eq!(liveness.due(at(ask - 1), true, &limits), Due::Nothing);
        assert_eq!(liveness.due(at(ask), true, &limits), Due::Ping);
        assert_eq!(liveness.due(at(end - 1), true, &limits), Due::Nothing);
        let close = Due::Close(Close::PingTimeout(end / 1000));
        assert_eq!(liveness.due(at(end), true, &limits), close);
    }

    #[test]
    fn any_word_from_it_begins_another_silence() {
        let limits = MachineLimits::default();
        let mut liveness = Liveness::new(at(0));
        assert_eq!(liveness.due(at(limits.ping_interval_ms), true, &limits), Due::Ping);
        liveness.heard(at(limits.ping_interval_ms + 1));
        let later = at(2 * limits.ping_interval_ms);
        assert_eq!(liveness.due(later, true, &limits), Due::Nothing);
    }
}
