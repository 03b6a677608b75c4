//! Lengths of time as operators write them, in commands and in the configuration.

/// Units, largest first, in milliseconds; as in Ergo and InspIRCd.
pub const UNITS: [(&str, u64); 7] = [
    ("y", 365 * DAY),
    ("w", 7 * DAY),
    ("d", DAY),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

const DAY: u64 = 86_400_000;

/// How a length of time is written, in words that follow a colon.
pub const SYNTAX: &str = "write it as 1h30m, 5d or 2w, in y, w, d, h, m and s";

/// Seconds, of a hundred years: longer than this is for good.
const MOST: u64 = 100 * 365 * 86_400;

/// Seconds of `1h30m`, or of a bare number, which is of minutes (as in Solanum); 0 is for good.
/// `None`: it is no length of time, or past a hundred years.
pub fn parse(raw: &[u8]) -> Option<u64> {
    let total = match read(raw)? {
        (ms, None) => whole_seconds(ms)?,
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
    let (ms, rest) = read(&raw.to_ascii_lowercase())?;
    let seconds = whole_seconds(ms)?.checked_add(rest.unwrap_or_default())?;
    (1..=YEAR).contains(&seconds).then_some(seconds)
}

/// Milliseconds of `1h30m`, `500ms` or `30d`, each number with its unit.
pub fn parse_ms(raw: &[u8]) -> Option<u64> {
    match read(raw)? {
        (ms, None) if !raw.is_empty() => Some(ms),
        _ => None,
    }
}

fn whole_seconds(ms: u64) -> Option<u64> {
    ms.is_multiple_of(1000).then_some(ms / 1000)
}

/// The milliseconds of all numbers with a unit, and the number behind them that has none.
fn read(raw: &[u8]) -> Option<(u64, Option<u64>)> {
    let (mut total, mut left) = (0_u64, raw);
    while !left.is_empty() {
        let digits = left.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (number, rest) = left.split_at(digits);
        let letters = rest.iter().take_while(|byte| !byte.is_ascii_digit()).count();
        let (unit, rest) = rest.split_at(letters);
        let number: u64 = std::str::from_utf8(number).ok()?.parse().ok()?;
        if unit.is_empty() {
            return Some((total, Some(number)));
        }
        let (_, ms) = UNITS.iter().find(|(name, _)| name.as_bytes() == unit)?;
        total = total.checked_add(number.checked_mul(*ms)?)?;
        left = rest;
    }
    Some((total, None))
}

/// As it is parsed: `1h30m`; `0s` is none.
pub fn text(seconds: u64) -> String {
    let (mut left, mut text) = (seconds, String::new());
    for (unit, length) in UNITS.iter().filter_map(|(unit, ms)| Some((unit, whole_seconds(*ms)?))) {
        if left >= length {
            text += &format!("{}{unit}", left / length);
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
    fn every_number_of_a_configured_time_has_its_unit() {
        for (raw, ms) in [("500ms", 500), ("1h30m", 5_400_000), ("30d", 30 * DAY), ("0s", 0)] {
            assert_eq!(parse_ms(raw.as_bytes()), Some(ms), "{raw}");
        }
        for raw in ["", "30", "1h30", "1.5h", "-1s", "1S", "s", "1 s", "99999999999999999y"] {
            assert_eq!(parse_ms(raw.as_bytes()), None, "{raw}");
        }
        assert_eq!(parse(b"1500ms"), None);
        assert_eq!(parse_seconds(b"1500ms"), None);
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
