//! What a run has shown, by command and by document.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::scenario::Scenario;

/// What became of a scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// As expected.
    Passed,
    /// Not as expected, known or not.
    Failed,
    /// The server does not offer what the scenario is about.
    NotSupported,
}

/// A server's name and what became of each scenario, in the scenarios' order.
pub type Column<'a> = (&'a str, &'a [Verdict]);

/// Two tables in Markdown: how many scenarios of each command, and of each document, have passed,
/// failed, and are not supported.  A scenario counts for every command that it covers.
pub fn tables(scenarios: &[Scenario], columns: &[Column<'_>]) -> String {
    let mut text = String::new();
    let commands = |scenario: &Scenario| scenario.commands.clone();
    table(&mut text, "command", scenarios, columns, commands);
    text.push('\n');
    table(&mut text, "document", scenarios, columns, |scenario| vec![document(scenario)]);
    text
}

/// The document that a scenario rests on, without the section.
fn document(scenario: &Scenario) -> String {
    let source = scenario.source.as_deref().unwrap_or_default();
    let mut words = source.split(' ');
    match (words.next(), words.next()) {
        (Some("RFC"), Some(number)) => format!("RFC {number}"),
        (Some(word @ ("Modern" | "IRCv3")), _) => word.to_owned(),
        _ if scenario.only.is_some() => "the server's own choice".to_owned(),
        _ => "custom, or several".to_owned(),
    }
}

fn table(
    text: &mut String,
    what: &str,
    scenarios: &[Scenario],
    columns: &[Column<'_>],
    keys: impl Fn(&Scenario) -> Vec<String>,
) {
    let mut rows: BTreeMap<String, Vec<[usize; 3]>> = BTreeMap::new();
    for (at, scenario) in scenarios.iter().enumerate() {
        for key in keys(scenario) {
            let row = rows.entry(key).or_insert_with(|| vec![[0; 3]; columns.len()]);
            for (counts, (_, verdicts)) in row.iter_mut().zip(columns) {
                match verdicts.get(at) {
                    Some(Verdict::Passed) => counts[0] += 1,
                    Some(Verdict::Failed) => counts[1] += 1,
                    Some(Verdict::NotSupported) => counts[2] += 1,
                    None => {}
                }
            }
        }
    }
    let mut head = format!("| {what} |");
    let mut rule = "|---|".to_owned();
    for (name, _) in columns {
        for count in ["passed", "failed", "not supported"] {
            // Writing to a string cannot fail.
            let _ = write!(head, " {name}: {count} |");
            rule += "--:|";
        }
    }
    let _ = writeln!(text, "{head}\n{rule}");
    for (key, row) in rows {
        let counts: Vec<_> = row.iter().flatten().map(usize::to_string).collect();
        let _ = writeln!(text, "| {key} | {} |", counts.join(" | "));
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::scenario::read;

    #[test]
    fn a_scenario_counts_for_each_command_and_for_its_document() {
        let file = "## one\ncommands: JOIN PART\nsource: RFC 2812 3.2.1\nalice joins\n\
                    ## two\ncommands: JOIN\nsource: Modern \"JOIN\"\nalice joins\n\
                    ## three\ncommands: JOIN\nonly: x\nalice joins\n";
        let scenarios = read(Path::new("x.irc"), file).unwrap();
        let verdicts = [Verdict::Passed, Verdict::Failed, Verdict::NotSupported];
        let text = tables(&scenarios, &[("here", &verdicts)]);
        for row in [
            "| command | here: passed | here: failed | here: not supported |",
            "| JOIN | 1 | 1 | 1 |",
            "| PART | 1 | 0 | 0 |",
            "| Modern | 0 | 1 | 0 |",
            "| RFC 2812 | 1 | 0 | 0 |",
            "| the server's own choice | 0 | 0 | 1 |",
        ] {
            assert!(text.lines().any(|line| line == row), "{row} is missing in\n{text}");
        }
    }
}
