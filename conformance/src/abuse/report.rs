//! The table at the end.

use super::Outcome;

/// A row for each case, for people.
pub fn table(outcomes: &[Outcome]) -> String {
    let mut table = format!(
        "{:<57} {:>9} {:>9} {:>6} {:>9}  {:>24} {:>9} {:>9} {:>5}\n",
        "case",
        "quiet p99",
        "p99",
        "ratio",
        "PING p99",
        "memory before/height/after",
        "lines due",
        "heard",
        "lost"
    );
    for outcome in outcomes {
        let (quiet, abused) =
            (outcome.quiet.as_secs_f64() * 1e3, outcome.abused.as_secs_f64() * 1e3);
        let ping = outcome.ping.as_secs_f64() * 1e3;
        let [before, height, after] = outcome.memory.map(|kib| kib as f64 / 1024.0);
        let lost = outcome.due.saturating_sub(outcome.heard);
        let ended = if outcome.has_ended { " THE SERVER ENDED" } else { "" };
        table += &format!(
            "{:<57} {quiet:>6.2} ms {abused:>6.2} ms {:>6.2} {ping:>6.2} ms  {before:>7.1} {height:>7.1} {after:>6.1} MiB \
             {:>9} {:>9} {lost:>5}  {}{ended}\n",
            outcome.name,
            if quiet > 0.0 { abused / quiet } else { 0.0 },
            outcome.due,
            outcome.heard,
            outcome.done,
        );
    }
    table
}
