//! The modes of a channel that have a parameter while they are on.

use serde::{Deserialize, Serialize};

use crate::proto::names::ChannelName;
use crate::proto::time::Moment;

/// Which: ISUPPORT `CHANMODES` type C, a parameter only when set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParamMode {
    /// `+l 50`: members at most.
    Limit,
    /// `+f #channel`: where those go who may not join.
    Forward,
    /// `+j 5:10`: that many joins in that many seconds.
    Joins,
    /// `+J 30`: seconds after a kick in which its victim may not join.
    NoRejoin,
    /// `+W 2:10`: that many messages of one member in that many seconds.
    Slow,
}

/// The parameters of those that are on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters {
    /// `+l`, above 0.
    pub limit: Option<u32>,
    /// `+f`
    pub forward: Option<ChannelName>,
    /// `+j`
    pub joins: Option<Rate>,
    /// `+J`, in seconds.
    pub no_rejoin: Option<u32>,
    /// `+W`
    pub slow: Option<Rate>,
}

/// So many times in so many seconds, neither of them 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// How often.
    pub count: u32,
    /// In how long.
    pub seconds: u32,
}

/// What has been counted against a [`Rate`] since the first time that still counts.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Window {
    /// Milliseconds since 1970.
    since: u64,
    count: u32,
}

/// The longest time that a mode may name: an hour, past which a ban is meant.
const MOST_SECONDS: u32 = 3600;

impl Parameters {
    /// The parameter of a mode as it is shown; `None`: it is off.
    pub fn text(&self, param: ParamMode) -> Option<String> {
        match param {
            ParamMode::Limit => self.limit.map(|limit| limit.to_string()),
            ParamMode::Forward => self.forward.as_ref().map(ToString::to_string),
            ParamMode::Joins => self.joins.map(Rate::text),
            ParamMode::NoRejoin => self.no_rejoin.map(|seconds| seconds.to_string()),
            ParamMode::Slow => self.slow.map(Rate::text),
        }
    }

    /// Sets a mode, or says what its parameter should have been.  Where `+f` leads is for the
    /// caller to have checked.
    pub fn set(&mut self, param: ParamMode, text: &str) -> Result<(), &'static str> {
        const SECONDS: &str = "Give a number of seconds, 3600 at most";
        const RATE: &str = "Give <times>:<seconds>, as in 5:10; 3600 seconds at most";
        match param {
            ParamMode::Limit => {
                self.limit = Some(number(text).ok_or("A limit is a whole number above 0")?);
            }
            ParamMode::Forward => {
                self.forward =
                    Some(ChannelName::parse(text.as_bytes(), text.len()).ok_or(FORWARD)?);
            }
            ParamMode::Joins => self.joins = Some(Rate::parse(text).ok_or(RATE)?),
            ParamMode::NoRejoin => self.no_rejoin = Some(seconds(text).ok_or(SECONDS)?),
            ParamMode::Slow => self.slow = Some(Rate::parse(text).ok_or(RATE)?),
        }
        Ok(())
    }

    /// Switches a mode off.
    pub fn clear(&mut self, param: ParamMode) {
        match param {
            ParamMode::Limit => self.limit = None,
            ParamMode::Forward => self.forward = None,
            ParamMode::Joins => self.joins = None,
            ParamMode::NoRejoin => self.no_rejoin = None,
            ParamMode::Slow => self.slow = None,
        }
    }
}

/// What `+f` should have been.
pub const FORWARD: &str = "Give another channel in which you are an operator";

impl Rate {
    fn parse(text: &str) -> Option<Self> {
        let (count, time) = text.split_once(':')?;
        Some(Self { count: number(count)?, seconds: seconds(time)? })
    }

    fn text(self) -> String {
        format!("{}:{}", self.count, self.seconds)
    }
}

impl Window {
    /// Whether once more is within the rate.
    pub fn has_room(&self, rate: Rate, now: Moment) -> bool {
        self.room(rate, now) > 0
    }

    /// How often more is within the rate.
    pub fn room(&self, rate: Rate, now: Moment) -> u32 {
        if self.is_over(rate, now) { rate.count } else { rate.count.saturating_sub(self.count) }
    }

    /// Counts one.
    pub fn count(&mut self, rate: Rate, now: Moment) {
        if self.is_over(rate, now) {
            *self = Self { since: now.ms(), count: 0 };
        }
        self.count = self.count.saturating_add(1);
    }

    fn is_over(&self, rate: Rate, now: Moment) -> bool {
        self.count == 0 || now.ms().saturating_sub(self.since) >= u64::from(rate.seconds) * 1000
    }
}

fn number(text: &str) -> Option<u32> {
    text.parse().ok().filter(|number| *number > 0)
}

fn seconds(text: &str) -> Option<u32> {
    number(text).filter(|seconds| *seconds <= MOST_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_what_was_set() {
        let mut parameters = Parameters::default();
        let texts = [
            (ParamMode::Limit, "50"),
            (ParamMode::Forward, "#b"),
            (ParamMode::Joins, "5:10"),
            (ParamMode::NoRejoin, "30"),
            (ParamMode::Slow, "1:3600"),
        ];
        for (param, text) in texts {
            assert_eq!(parameters.text(param), None);
            assert_eq!(parameters.set(param, text), Ok(()));
            assert_eq!(parameters.text(param).as_deref(), Some(text));
        }
        for (param, _) in texts {
            parameters.clear(param);
        }
        assert_eq!(parameters, Parameters::default());
    }

    #[test]
    fn a_parameter_that_cannot_be_used_is_refused_and_changes_nothing() {
        let mut parameters = Parameters::default();
        for text in ["", "0", "x", "5", "5:", ":5", "0:5", "5:0", "5:3601", "-1:5", "1:2:3"] {
            assert!(parameters.set(ParamMode::Joins, text).is_err(), "{text:?}");
            assert!(parameters.set(ParamMode::Slow, text).is_err(), "{text:?}");
        }
        for text in ["", "0", "-5", "3601", "1m"] {
            assert!(parameters.set(ParamMode::NoRejoin, text).is_err(), "{text:?}");
        }
        assert!(parameters.set(ParamMode::Limit, "0").is_err());
        assert!(parameters.set(ParamMode::Forward, "b").is_err());
        assert_eq!(parameters, Parameters::default());
    }

    #[test]
    fn a_rate_lets_through_as_many_as_it_says_until_its_time_is_over() {
        let rate = Rate { count: 2, seconds: 10 };
        let at = |seconds: u64| Moment::from_ms(seconds * 1000);
        let mut window = Window::default();
        for now in [at(1), at(5)] {
            assert!(window.has_room(rate, now));
            window.count(rate, now);
        }
        assert!(!window.has_room(rate, at(10)));
        assert!(window.has_room(rate, at(11)));
        window.count(rate, at(11));
        assert!(window.has_room(rate, at(12)));
    }
}
