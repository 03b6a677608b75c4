//! What the search has found, as a file for the next step and as a table for people.

use std::fmt::Write;

use super::prepared::{Case, Cost, Who};
use super::search::{Found, MOST_TIMES, unpaid, worth};

/// Bytes of a line that are shown.
const SHOWN: usize = 64;

/// A line of tabs and hexadecimal digits for each.
pub fn write(found: &[Found]) -> String {
    let mut text = String::new();
    for Found { verb, case, cost } in found {
        let who = Who::ALL.iter().position(|who| *who == case.who).unwrap_or_default();
        let Cost { work, longest, slices, units, tokens } = cost;
        let _ = write!(text, "{verb}\t{who}\t{work}\t{longest}\t{slices}\t{units}\t{tokens}");
        for line in [&case.line].into_iter().chain(&case.before) {
            text.push('\t');
            for byte in line {
                let _ = write!(text, "{byte:02x}");
            }
        }
        text.push('\n');
    }
    text
}

/// What [`write`] has written.
pub fn read(text: &str) -> Vec<Found> {
    text.lines().map(read_one).collect()
}

fn read_one(line: &str) -> Found {
    let fields: Vec<_> = line.split('\t').collect();
    let number = |at: usize| fields[at].parse::<u64>().expect("a number");
    let bytes = |hex: &&str| {
        let digits = (0..hex.len() / 2).map(|at| &hex[2 * at..2 * at + 2]);
        digits.map(|two| u8::from_str_radix(two, 16).expect("digits")).collect::<Vec<_>>()
    };
    Found {
        verb: fields[0].to_owned(),
        case: Case {
            who: Who::ALL[number(1) as usize],
            line: bytes(&fields[7]),
            before: fields[8..].iter().map(bytes).collect(),
        },
        cost: Cost {
            work: number(2),
            longest: number(3),
            slices: number(4) as usize,
            units: number(5),
            tokens: number(6),
        },
    }
}

/// Markdown.  `times` are the nanoseconds of processor time of each, all of it and its longest slice.
pub fn table(found: &[Found], times: &[[u64; 2]]) -> String {
    let worth = worth(found);
    let mut text = format!(
        "An honest line takes {worth:.0} instructions for each unit that it pays; more than {MOST_TIMES} \
         times that is marked with !, and so is more than 2 ms in one slice.\n\n\
         | command | by | line | instructions | of them in one slice | units | tokens | times what it pays | µs | of them in one slice |\n\
         |---|---|---|---:|---:|---:|---:|---:|---:|---:|\n"
    );
    for (at, one) in found.iter().enumerate() {
        let previous = at.checked_sub(1).map(|before| &found[before]);
        if previous.is_some_and(|previous| previous.verb == one.verb && previous.case == one.case) {
            continue;
        }
        let Found { verb, case, cost } = one;
        let ratio = unpaid(one) / worth;
        let [time, longest] =
            times.get(at).map_or([0.0; 2], |times| times.map(|ns| ns as f64 / 1e3));
        let _ = writeln!(
            text,
            "| {} | {:?} | `{}` | {} | {} | {} | {} | {ratio:.1}{} | {time:.0} | {longest:.0}{} |",
            if verb.is_empty() { "(none)" } else { verb },
            case.who,
            shown(&case.line),
            cost.work,
            cost.longest,
            cost.units,
            cost.tokens,
            if ratio > MOST_TIMES { " !" } else { "" },
            if longest > 2000.0 { " !" } else { "" },
        );
    }
    text
}

/// The beginning of a line, and how long it is.
pub fn shown(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let clean: String = text
        .chars()
        .map(|c| if c.is_control() || c == '|' || c == '`' { '.' } else { c })
        .collect();
    if clean.len() <= SHOWN {
        return clean;
    }
    let end = (0..=SHOWN.min(clean.len())).rfind(|end| clean.is_char_boundary(*end)).unwrap_or(0);
    format!("{}… ({} bytes)", &clean[..end], line.len())
}
