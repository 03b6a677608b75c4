//! Time as the core knows it: an argument.

use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

/// The moment at which something is handled, given by the shell or a simulation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// Milliseconds on a clock that never goes back, from any beginning.
    pub monotonic: u64,
    /// Milliseconds since 1970-01-01 00:00 UTC.
    pub unix: u64,
}

impl Now {
    /// Seconds since 1970, as numerics tell times (317, 329, 333).
    pub const fn seconds(self) -> u64 {
        self.unix / 1000
    }

    /// `2026-11-22T14:06:32.123Z` (IRCv3 server-time, section "Format").
    pub fn tag(self) -> String {
        const FORMAT: &[BorrowedFormatItem<'_>] = format_description!(
            "[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z"
        );
        self.format(FORMAT)
    }

    /// `Sun, 22 Nov 2026 14:06:32 UTC`, for people.
    pub fn date(self) -> String {
        const FORMAT: &[BorrowedFormatItem<'_>] = format_description!(
            "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] UTC"
        );
        self.format(FORMAT)
    }

    fn format(self, format: &[BorrowedFormatItem<'_>]) -> String {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.unix) * 1_000_000)
            .ok()
            .and_then(|date| date.format(format).ok())
            .unwrap_or_default()
    }
}

/// Seconds of `1h30m`, `5d` or `90`: numbers with `s`, `m`, `h`, `d`, `w` or `y` behind them, of which
/// only the last may lack one.  `None`: it is something else, nothing at all, or over a year.
pub fn duration(text: &[u8]) -> Option<u64> {
    const YEAR: u64 = 365 * 86_400;
    let (mut seconds, mut number) = (0_u64, None::<u64>);
    for &byte in text {
        let unit = match byte.to_ascii_lowercase() {
            digit @ b'0'..=b'9' => {
                let before = number.unwrap_or_default().checked_mul(10)?;
                number = Some(before.checked_add(u64::from(digit - b'0'))?);
                continue;
            }
            b's' => 1,
            b'm' => 60,
            b'h' => 3600,
            b'd' => 86_400,
            b'w' => 7 * 86_400,
            b'y' => YEAR,
            _ => return None,
        };
        seconds = seconds.checked_add(number.take()?.checked_mul(unit)?)?;
    }
    let seconds = seconds.checked_add(number.unwrap_or_default())?;
    (1..=YEAR).contains(&seconds).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_for_clients_and_for_people() {
        let now = Now { monotonic: 0, unix: 1_795_356_392_123 };
        assert_eq!(now.tag(), "2026-11-22T14:06:32.123Z");
        assert_eq!(now.date(), "Sun, 22 Nov 2026 14:06:32 UTC");
        assert_eq!(now.seconds(), 1_795_356_392);
    }

    #[test]
    fn a_duration_is_numbers_with_their_units() {
        for (text, seconds) in [
            ("90", 90),
            ("1s", 1),
            ("1h30m", 5400),
            ("1H30", 3630),
            ("5d", 5 * 86_400),
            ("2w1d", 15 * 86_400),
            ("1y", 365 * 86_400),
        ] {
            assert_eq!(duration(text.as_bytes()), Some(seconds), "{text}");
        }
        for text in ["", "0", "m", "1x", "h1", "-5", "1.5h", "1y1s", "99999999999999999999", "0d"] {
            assert_eq!(duration(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_clock_gone_wild_gives_an_empty_date_and_no_panic() {
        assert_eq!(Now { monotonic: 0, unix: u64::MAX }.tag(), "");
    }
}
