//! Time as the core knows it: an argument.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

/// A moment on the one clock of the network: milliseconds since 1970-01-01 00:00 UTC, never less than
/// those of any moment before.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Moment(u64);

/// When a shard is called: the moment, and a clock for how long its connections take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// Milliseconds on a clock that never goes back, from any beginning.
    pub monotonic: u64,
    /// Milliseconds since 1970-01-01 00:00 UTC.
    pub unix: u64,
}

impl Now {
    /// The moment, for the network.
    pub const fn moment(self) -> Moment {
        Moment(self.unix)
    }
}

/// Moments that never go back, made of a system's clock that may be set back, and of one that is not.
#[derive(Clone, Copy, Debug)]
pub struct Steady {
    monotonic: u64,
    latest: u64,
}

impl Steady {
    /// The first moment is not before `latest`.
    pub const fn after(latest: Moment) -> Self {
        Self { monotonic: 0, latest: latest.ms() }
    }

    /// The moment at which the two clocks say this, in milliseconds.  While the system's clock is
    /// behind, the moments go half as fast as time, until it has caught up.
    pub fn at(&mut self, monotonic: u64, system: u64) -> u64 {
        let slow = monotonic.saturating_sub(self.monotonic) / 2;
        if system >= self.latest {
            (self.latest, self.monotonic) = (system, monotonic.max(self.monotonic));
        } else {
            self.latest += slow;
            self.monotonic += 2 * slow;
        }
        self.latest
    }
}

const DAY_MS: u64 = 86_400_000;

/// 10000-01-01, in days since 1970.
const LAST_DAY: u64 = 2_932_897;

/// A time tag's value.
struct TagText {
    bytes: [u8; 24],
    length: usize,
}

impl AsRef<[u8]> for TagText {
    fn as_ref(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

impl Moment {
    /// So many milliseconds after 1970-01-01 00:00 UTC.
    pub const fn from_ms(ms: u64) -> Self {
        Self(ms)
    }

    /// Milliseconds since 1970-01-01 00:00 UTC.
    pub const fn ms(self) -> u64 {
        self.0
    }

    /// How many milliseconds after `earlier` it is.
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Seconds since 1970, as numerics tell times (317, 329, 333).
    pub const fn seconds(self) -> u64 {
        self.0 / 1000
    }

    /// `2026-11-22T14:06:32.123Z` (IRCv3 server-time, section "Format"); empty after the year 9999.
    /// By hand, for it stands on every line: the calendar is that of Howard Hinnant's
    /// "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
    pub fn tag(self) -> impl AsRef<[u8]> {
        let mut text = TagText { bytes: *b"0000-00-00T00:00:00.000Z", length: 24 };
        let (days, ms) = (self.0 / DAY_MS, self.0 % DAY_MS);
        if days >= LAST_DAY {
            text.length = 0;
            return text;
        }
        // Days since 0000-03-01, in eras of 400 years.
        let days = days + 719_468;
        let (era, of_era) = (days / 146_097, days % 146_097);
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * of_year + 2) / 153;
        let day = of_year - (153 * from_march + 2) / 5 + 1;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        let year = era * 400 + year_of_era + u64::from(month <= 2);
        let fields = [
            (0..4, year),
            (5..7, month),
            (8..10, day),
            (11..13, ms / 3_600_000),
            (14..16, ms / 60_000 % 60),
            (17..19, ms / 1000 % 60),
            (20..23, ms % 1000),
        ];
        for (place, mut value) in fields {
            for digit in text.bytes.get_mut(place).into_iter().flatten().rev() {
                *digit = b'0' + (value % 10) as u8;
                value /= 10;
            }
        }
        text
    }

    /// `Sun, 22 Nov 2026 14:06:32 UTC`, for people.
    pub fn date(self) -> String {
        const FORMAT: &[BorrowedFormatItem<'_>] = format_description!(
            "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] UTC"
        );
        self.format(FORMAT)
    }

    fn format(self, format: &[BorrowedFormatItem<'_>]) -> String {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000)
            .ok()
            .and_then(|date| date.format(format).ok())
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_for_clients_and_for_people() {
        let now = Moment(1_795_356_392_123);
        assert_eq!(now.tag().as_ref(), b"2026-11-22T14:06:32.123Z");
        assert_eq!(now.date(), "Sun, 22 Nov 2026 14:06:32 UTC");
        assert_eq!(now.seconds(), 1_795_356_392);
    }

    #[test]
    fn a_clock_that_is_set_back_is_waited_for_at_half_the_speed_of_time() {
        let mut steady = Steady::after(Moment(1000));
        assert_eq!(steady.at(0, 5000), 5000);
        assert_eq!(steady.at(10, 5010), 5010);
        // Set back by four seconds, and asked each millisecond, or never for a while.
        for ms in 1..=1000 {
            assert_eq!(steady.at(10 + ms, 1010 + ms), 5010 + ms / 2);
        }
        assert_eq!(steady.at(5010, 6010), 6010);
        assert_eq!(steady.at(10_000, 11_000), 11_000);
        assert_eq!(Steady::after(Moment(1000)).at(0, 900), 1000);
    }

    #[test]
    fn a_clock_gone_wild_gives_an_empty_date_and_no_panic() {
        assert_eq!(Moment(u64::MAX).tag().as_ref(), b"");
        assert_eq!(Moment(u64::MAX).date(), "");
    }

    #[test]
    fn the_tag_is_what_the_calendar_of_the_time_crate_has() {
        const FORMAT: &[BorrowedFormatItem<'_>] = format_description!(
            "[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z"
        );
        let last = LAST_DAY * DAY_MS - 1;
        let some = (0..20_000).map(|step: u64| step * 12_345_678_901 % last);
        for unix in some.chain([0, last, 951_782_400_000, 951_868_799_999, 4_107_542_400_000]) {
            let now = Moment(unix);
            assert_eq!(now.tag().as_ref(), now.format(FORMAT).as_bytes());
        }
    }
}
