//! Values: what each kind of key takes, from TOML and from text.

use crate::config::fault::Wrong;
use crate::proto::duration;

/// What a key takes.  Sizes are in bytes and times in milliseconds once read.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Text that passes the check.
    Text(Check),
    /// One of these words.
    Word(&'static [&'static str]),
    /// A list of texts, each of which passes the check.
    Texts(Check),
    /// A list of words out of these.
    Words(&'static [&'static str]),
    /// `true` or `false`.
    Flag,
    /// A whole number from the first to the second.
    Count(u64, u64),
    /// A number with a unit, as in `"64KiB"`, from the first to the second.
    Size(u64, u64),
    /// A number with a unit, as in `"90s"`, from the first to the second.
    Time(u64, u64),
}

/// Says what is wrong with a text, if anything.
pub type Check = fn(&str) -> Result<(), Wrong>;

/// A value that its key takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Of `Text` and `Word`.
    Text(String),
    /// Of `Texts` and `Words`.
    List(Vec<String>),
    /// Of `Flag`.
    Flag(bool),
    /// Of `Count`, `Size` and `Time`.
    Number(u64),
}

/// Largest first: a value is shown in the largest unit that divides it.
const SIZES: [(&str, u64); 3] = [("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

/// What people write for a unit, in small letters; nothing: what a number alone means elsewhere.
const OTHER_SIZES: &[(&str, &[&str])] =
    &[("B", &["", "byte", "bytes"]), ("KiB", &["k", "kb", "ki"]), ("MiB", &["m", "mb", "mi"])];
const OTHER_TIMES: &[(&str, &[&str])] = &[
    ("s", &["", "sec", "secs", "second", "seconds"]),
    ("ms", &["msec", "millisecond", "milliseconds"]),
    ("m", &["min", "mins", "minute", "minutes"]),
    ("h", &["hr", "hrs", "hour", "hours"]),
    ("d", &["day", "days"]),
    ("w", &["week", "weeks"]),
];

impl Kind {
    /// Reads a value of a file.  The type must be right: nothing is coerced.
    pub(super) fn of_toml(self, value: &toml_edit::Value) -> Result<Value, Wrong> {
        use toml_edit::Value as Toml;
        match (self, value) {
            (Self::Flag, Toml::Boolean(flag)) => Ok(Value::Flag(*flag.value())),
            (Self::Count(min, max), Toml::Integer(number)) => u64::try_from(*number.value())
                .ok()
                .and_then(|number| within(number, min, max))
                .ok_or_else(|| self.outside(&number.value().to_string())),
            (Self::Text(_) | Self::Word(_) | Self::Size(..) | Self::Time(..), Toml::String(t)) => {
                self.of_text(t.value())
            }
            (Self::Texts(_) | Self::Words(_), Toml::Array(items)) => {
                let text = |item: &Toml| item.as_str().map(str::to_owned).ok_or(type_name(item));
                let texts = items.iter().map(text).collect::<Result<Vec<_>, _>>();
                let texts = texts.map_err(|wrong| {
                    Wrong::new(format!("{wrong} is not allowed in it; must be {}", self.describe()))
                })?;
                self.list(texts)
            }
            _ => Err(Wrong::new(format!(
                "{} is not allowed here; must be {}",
                type_name(value),
                self.describe()
            ))),
        }
    }

    /// Reads a value of the environment, where everything is text.
    pub(super) fn of_text(self, text: &str) -> Result<Value, Wrong> {
        match self {
            Self::Text(check) => check(text).map(|()| Value::Text(text.to_owned())),
            // None of them has a space in it.
            Self::Texts(_) | Self::Words(_) => {
                self.list(text.split_whitespace().map(str::to_owned).collect())
            }
            Self::Word(words) if words.contains(&text) => Ok(Value::Text(text.to_owned())),
            Self::Word(words) => {
                let wrong = Wrong::new(format!("{text:?} is not {}", self.describe()));
                Err(wrong.did_you_mean(text, words.iter().copied()))
            }
            Self::Flag => text.parse().map(Value::Flag).map_err(|_| self.not(text)),
            Self::Count(min, max) => {
                let number = digits(text).ok_or_else(|| self.not(text))?;
                within(number, min, max).ok_or_else(|| self.outside(text))
            }
            Self::Size(min, max) => self.measured(text, size(text), min, max),
            Self::Time(min, max) => {
                self.measured(text, duration::parse_ms(text.as_bytes()), min, max)
            }
        }
    }

    /// What such a key takes, in words that follow "must be".
    pub fn describe(self) -> String {
        match self {
            Self::Text(_) => "text in quotes".into(),
            Self::Word(words) => {
                let quoted: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
                format!("one of {}", quoted.join(", "))
            }
            Self::Texts(_) => "a list of texts, as in [\"one\", \"two\"]".into(),
            Self::Words(words) => {
                let quoted: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
                format!("a list out of {}", quoted.join(", "))
            }
            Self::Flag => "true or false, without quotes".into(),
            Self::Count(min, max) => format!("a whole number from {min} to {max}, without quotes"),
            Self::Size(min, max) => format!(
                "a size from \"{}\" to \"{}\", in B, KiB or MiB",
                self.show(min),
                self.show(max)
            ),
            Self::Time(min, max) => format!(
                "a time from \"{}\" to \"{}\", in ms, s, m, h, d or w",
                self.show(min),
                self.show(max)
            ),
        }
    }

    /// A number as this kind is written, without quotes.
    pub(super) fn show(self, number: u64) -> String {
        let units: &[(&str, u64)] = match self {
            Self::Size(..) => &SIZES,
            // Weeks and years are seldom what was written.
            Self::Time(..) => duration::UNITS.get(2..).unwrap_or_default(),
            _ => &[],
        };
        let fits = |factor: u64| factor == 1 || (number >= factor && number.is_multiple_of(factor));
        match units.iter().find(|(_, factor)| fits(*factor)) {
            Some((unit, factor)) => format!("{}{unit}", number / factor),
            None => number.to_string(),
        }
    }

    fn list(self, texts: Vec<String>) -> Result<Value, Wrong> {
        for text in &texts {
            match self {
                Self::Texts(check) => check(text)?,
                Self::Words(words) if !words.contains(&text.as_str()) => {
                    let wrong = Wrong::new(format!("{text:?} is not in {}", self.describe()));
                    return Err(wrong.did_you_mean(text, words.iter().copied()));
                }
                _ => {}
            }
        }
        Ok(Value::List(texts))
    }

    /// A number that was read, or else what it may have been meant as.
    fn measured(self, text: &str, read: Option<u64>, min: u64, max: u64) -> Result<Value, Wrong> {
        let Some(number) = read else {
            // What is written right is too large to be read.
            let meant = self.meant(text).filter(|meant| meant != text);
            let meant = meant.filter(|meant| self.of_text(meant).is_ok());
            let hint = |wrong: Wrong, meant| wrong.hint(format!("write \"{meant}\""));
            return Err(meant.into_iter().fold(self.not(text), hint));
        };
        within(number, min, max).ok_or_else(|| self.outside(text))
    }

    /// How a number with another unit, or with none, is written here.
    fn meant(self, text: &str) -> Option<String> {
        let text = text.trim();
        let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        digits(number)?;
        let unit = unit.trim_start_matches([' ', '_']).to_lowercase();
        let others: &[(&str, &[&str])] = match self {
            Self::Size(..) => OTHER_SIZES,
            _ => OTHER_TIMES,
        };
        let (right, _) = others
            .iter()
            .find(|(right, others)| unit == right.to_lowercase() || others.contains(&&*unit))?;
        Some(format!("{number}{right}"))
    }

    fn not(self, text: &str) -> Wrong {
        Wrong::new(format!("{text:?} is not {}", self.describe()))
    }

    fn outside(self, number: &str) -> Wrong {
        Wrong::new(format!("{number} is out of bounds; must be {}", self.describe()))
    }
}

/// What a person calls a type of TOML.
fn type_name(value: &toml_edit::Value) -> &'static str {
    use toml_edit::Value as Toml;
    match value {
        Toml::String(_) => "text",
        Toml::Integer(_) => "a whole number",
        Toml::Float(_) => "a number with a point",
        Toml::Boolean(_) => "true or false",
        Toml::Datetime(_) => "a date or time",
        Toml::Array(_) => "a list",
        Toml::InlineTable(_) => "a table",
    }
}

fn within(number: u64, min: u64, max: u64) -> Option<Value> {
    (min..=max).contains(&number).then_some(Value::Number(number))
}

/// Bytes of a number with its unit.
fn size(text: &str) -> Option<u64> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let (_, factor) = SIZES.iter().find(|(name, _)| *name == unit)?;
    digits(number)?.checked_mul(*factor)
}

/// Digits and nothing else: no sign, no space.
fn digits(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_needs_its_unit_and_its_bounds() {
        let kind = Kind::Time(1_000, 60_000);
        for (text, ms) in [("1s", 1_000), ("1500ms", 1_500), ("1m", 60_000)] {
            assert_eq!(kind.of_text(text), Ok(Value::Number(ms)));
        }
        let overflow = format!("{}h", u64::MAX);
        for text in ["", "s", "60", "60 s", "-1s", "+1s", "1.5s", "1S", "2m", "999ms", &overflow] {
            assert!(kind.of_text(text).is_err(), "{text:?} was taken");
        }
    }

    #[test]
    fn a_size_needs_its_unit_and_its_bounds() {
        let kind = Kind::Size(1 << 10, 1 << 20);
        for (text, bytes) in [("1KiB", 1 << 10), ("2048B", 2048), ("1MiB", 1 << 20)] {
            assert_eq!(kind.of_text(text), Ok(Value::Number(bytes)));
        }
        for text in ["", "1024", "1KB", "1 KiB", "1kib", "2MiB", "1023B"] {
            assert!(kind.of_text(text).is_err(), "{text:?} was taken");
        }
    }

    #[test]
    fn what_is_shown_reads_back() {
        for kind in [Kind::Time(0, u64::MAX), Kind::Size(0, u64::MAX), Kind::Count(0, u64::MAX)] {
            for number in [0, 1, 999, 1_000, 1_024, 1_500, 60_000, 90_000, 1 << 20, 3_600_000] {
                assert_eq!(kind.of_text(&kind.show(number)), Ok(Value::Number(number)), "{kind:?}");
            }
        }
    }

    #[test]
    fn what_was_meant_is_suggested() {
        let (size, time) = (Kind::Size(1, 256 << 20), Kind::Time(1, 365 * 86_400_000));
        for (kind, text, meant) in [
            (size, "1MB", "1MiB"),
            (size, "64 kb", "64KiB"),
            (size, "1048576", "1048576B"),
            (time, "30", "30s"),
            (time, "5 min", "5m"),
            (time, "2 Weeks", "2w"),
        ] {
            let wrong =
                kind.of_text(text).expect_err(text).at(super::super::Location::Defaults, "");
            assert_eq!(wrong.hint, Some(format!("write \"{meant}\"")), "{text}");
        }
        for (kind, text) in [(size, "1TB"), (size, "999999 MB"), (time, "1 fortnight"), (time, "")]
        {
            let wrong =
                kind.of_text(text).expect_err(text).at(super::super::Location::Defaults, "");
            assert_eq!(wrong.hint, None, "{text}");
        }
        assert_eq!(time.of_text("30d"), Ok(Value::Number(30 * 86_400_000)));
        assert_eq!(time.of_text("1h30m"), Ok(Value::Number(5_400_000)));
    }
}
