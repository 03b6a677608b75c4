//! Lengths of time as operators write them.

/// Units, largest first, in seconds; as in Ergo and InspIRCd.
const UNITS: [(u8, u64); 6] =
    [(b'y', 365 * 86_400), (b'w', 7 * 86_400), (b'd', 86_400), (b'h', 3600), (b'm', 60), (b's', 1)];

/// Longer than this is for good.
const MOST: u64 = 100 * 365 * 86_400;

/// Seconds of `1h30m`, or of a bare number, which is of minutes (as in Solanum); 0 is for good.
/// `None`: it is no length of time, or past a hundred years.
pub fn parse(raw: &[u8]) -> Option<u64> {
    let total = match read(raw)? {
        (seconds, None) => seconds,
        (0, Some(minutes)) if raw.iter().all(u8::is_ascii_digit) => minutes.checked_mul(60)?,
        // `1h30` could mean anything.
        _ => return None,
    };
    (!raw.is_empty() && total <= MOST).then_some(total)
}

/// Seconds of `1h30m`, `5d` or `90`, in any case, of which only the last number may lack its unit: it
/// is of seconds (as in InspIRCd).  `None`: it is something else, nothing at all, or over a year.
pub fn parse_seconds(raw: &[u8]) -> Option<u64> {
    const YEAR: u64 = 365 * 86_400;
    let (seconds, rest) = read(&raw.to_ascii_lowercase())?;
    let seconds = seconds.checked_add(rest.unwrap_or_default())?;
    (1..=YEAR).contains(&seconds).then_some(seconds)
}

/// The seconds of all numbers with a unit, and the number behind them that has none.
fn read(raw: &[u8]) -> Option<(u64, Option<u64>)> {
    let (mut total, mut number) = (0_u64, None::<u64>);
    for &byte in raw {
        if byte.is_ascii_digit() {
            let before = number.unwrap_or(0).checked_mul(10)?;
            number = Some(before.checked_add(u64::from(byte - b'0'))?);
        } else {
            let (_, seconds) = UNITS.iter().find(|(unit, _)| *unit == byte)?;
            total = total.checked_add(number.take()?.checked_mul(*seconds)?)?;
        }
    }
    Some((total, number))
}

/// As it is parsed: `1h30m`; `0s` is none.
pub fn text(seconds: u64) -> String {
    let (mut left, mut text) = (seconds, String::new());
    for (unit, length) in UNITS {
        if left >= length {
            text += &format!("{}{}", left / length, char::from(unit));
            left %= length;
        }
    }
    if text.is_empty() { "0s".into() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_is_read_in_units_or_as_minutes() {
        for (raw, seconds) in
            [("1h30m", 5400), ("90", 5400), ("0", 0), ("1y2w3d4h5m6s", 33_019_506), ("7d", 604_800)]
        {
            assert_eq!(parse(raw.as_bytes()), Some(seconds), "{raw}");
        }
        let long = "9".repeat(30);
        for raw in ["", "h", "1x", "1h30", "-1", "1.5h", "192.0.2.1", "101y", &long, "99999999999y"]
        {
            assert_eq!(parse(raw.as_bytes()), None, "{raw}");
        }
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
            assert_eq!(parse_seconds(text.as_bytes()), Some(seconds), "{text}");
        }
        for text in ["", "0", "m", "1x", "h1", "-5", "1.5h", "1y1s", "99999999999999999999", "0d"] {
            assert_eq!(parse_seconds(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn what_is_shown_reads_back() {
        for seconds in [1, 59, 60, 5400, 86_399, 604_800, 40_000_000] {
            assert_eq!(parse(text(seconds).as_bytes()), Some(seconds));
        }
        assert_eq!(text(0), "0s");
    }
}
