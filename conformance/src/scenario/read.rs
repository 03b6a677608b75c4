//! From the text of a scenario file to scenarios.

use std::path::Path;
use std::time::Duration;

use super::{Does, Expect, Fault, Need, Scenario, Step, Times};
use crate::pattern::Pattern;
use crate::text::{Star, Text};

/// Reads the text of a file; `file` is only what faults and failures are reported under.
pub fn read(file: &Path, text: &str) -> Result<Vec<Scenario>, Fault> {
    let mut scenarios: Vec<Scenario> = Vec::new();
    for (number, written) in text.lines().enumerate().map(|(i, l)| (i + 1, l)) {
        let fault =
            |why: String| Fault::Line { file: file.display().to_string(), line: number, why };
        if written.trim().is_empty() || written.starts_with("# ") || written == "#" {
            continue;
        }
        if let Some(title) = written.strip_prefix("## ") {
            scenarios.push(Scenario {
                title: title.trim().to_owned(),
                file: file.to_owned(),
                line: number,
                commands: vec![],
                source: None,
                needs: vec![],
                only: None,
                steps: vec![],
            });
            continue;
        }
        let Some(scenario) = scenarios.last_mut() else {
            return Err(fault("a step before the first title (## a sentence)".into()));
        };
        if scenario.steps.is_empty() && directive(scenario, written).map_err(fault)? {
            continue;
        }
        let does = step(written).map_err(fault)?;
        scenario.steps.push(Step { line: number, written: written.to_owned(), does });
    }
    Ok(scenarios)
}

/// Reads `commands: ..` and its like; false when the line is none.
fn directive(scenario: &mut Scenario, written: &str) -> Result<bool, String> {
    let Some((key, value)) = written.split_once(": ") else { return Ok(false) };
    let value = value.trim();
    match key {
        "commands" => scenario.commands.extend(value.split_whitespace().map(str::to_owned)),
        "source" => scenario.source = Some(value.to_owned()),
        "only" => scenario.only = Some(value.to_owned()),
        "needs" => scenario.needs.push(need(value)?),
        _ => return Ok(false),
    }
    Ok(true)
}

fn need(value: &str) -> Result<Need, String> {
    match value.split_once(' ') {
        None if value == "virtual-time" => Ok(Need::VirtualTime),
        None if value == "operator" => Ok(Need::Operator),
        None if value == "tls" => Ok(Need::Tls(true)),
        None if value == "plaintext" => Ok(Need::Tls(false)),
        Some(("cap", name)) => Ok(Need::Cap(name.to_owned())),
        Some(("isupport", token)) => Ok(Need::Isupport(token.to_owned())),
        _ => Err("needs: is followed by virtual-time, operator, tls, plaintext, cap NAME or isupport TOKEN".into()),
    }
}

fn step(written: &str) -> Result<Does, String> {
    let after_name = written.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
    let name = written.strip_suffix(after_name).unwrap_or_default().to_owned();
    if let Some(raw) = after_name.strip_prefix(">>") {
        let quoted = raw.trim().strip_prefix('"').and_then(|r| r.strip_suffix('"'));
        let raw = quoted.ok_or("raw bytes stand in double quotes")?;
        return Ok(Does::Sends(name, Text::parse(raw, Star::Itself)?));
    }
    if let Some(line) = after_name.strip_prefix('>') {
        let line = line.strip_prefix(' ').unwrap_or(line);
        return Ok(Does::Sends(name, Text::parse(&format!("{line}\\r\\n"), Star::Itself)?));
    }
    if let Some(heard) = after_name.strip_prefix('<') {
        return hears(name, heard);
    }
    if let Some(line) = after_name.strip_prefix(" does ") {
        return Ok(Does::Arranges(name, Text::parse(&format!("{line}\\r\\n"), Star::Itself)?));
    }
    in_words(written)
}

fn hears(name: String, heard: &str) -> Result<Does, String> {
    let (marks, pattern) = heard.split_once(' ').ok_or("nothing after `<`")?;
    // A space at the end belongs to the text.
    let pattern = pattern.trim_start();
    match (marks, pattern) {
        ("", "closed") => return Ok(Does::HearsClose(name)),
        ("", "...") => return Ok(Does::Ignores(vec![name])),
        _ => {}
    }
    let (any_order, times) = match marks.strip_prefix('~') {
        Some(times) => (true, times),
        None => (false, marks),
    };
    let times = match times {
        "" => Times::Once,
        "?" => Times::Maybe,
        "*" if !any_order => Times::Any,
        "+" if !any_order => Times::Some,
        _ => return Err(format!("`<{marks}`: known are < <? <* <+ <~ <~?")),
    };
    Ok(Does::Hears(name, Expect { pattern: Pattern::parse(pattern)?, times, any_order }))
}

/// Steps that are sentences: names first, then what they do.
fn in_words(written: &str) -> Result<Does, String> {
    let unknown = || format!("not a step: {written}");
    let words: Vec<&str> = written.split_whitespace().collect();
    let is_verb = |w: &&str| {
        matches!(
            w.trim_end_matches('s'),
            "connect" | "join" | "enter" | "close" | "wait" | "hear" | "ignore"
        )
    };
    let at = words.iter().position(is_verb).ok_or_else(unknown)?;
    let (names, rest) = words.split_at(at);
    let who: Vec<String> =
        names.iter().filter(|w| **w != "and").map(|w| w.trim_end_matches(',').to_owned()).collect();
    let (verb, rest) = rest.split_first().ok_or_else(unknown)?;
    let everybody = who == ["all"];
    match (verb.trim_end_matches('s'), rest, who.as_slice()) {
        ("wait", [time], []) => Ok(Does::Waits(duration(time)?)),
        ("ignore", ["the", "rest"], _) if everybody => Ok(Does::Ignores(vec![])),
        (_, _, []) => Err(unknown()),
        ("ignore", ["the", "rest"], _) => Ok(Does::Ignores(who)),
        ("connect", [], _) => Ok(Does::Connects(who)),
        ("join", [], _) => Ok(Does::Joins { who, nick: None }),
        ("join", ["as", nick], [_]) => Ok(Does::Joins { who, nick: Some((*nick).to_owned()) }),
        ("enter", channels, _) if channels.iter().all(|c| c.starts_with('#')) => {
            Ok(Does::Enters(who, channels.iter().map(|c| (*c).to_owned()).collect()))
        }
        ("close", [], [one]) => Ok(Does::Closes(one.clone())),
        ("hear", ["nothing"], _) => Ok(Does::HearsNothing(who)),
        _ => Err(unknown()),
    }
}

fn duration(written: &str) -> Result<Duration, String> {
    let unit_at = written.trim_start_matches(|c: char| c.is_ascii_digit());
    let number: u64 = written
        .strip_suffix(unit_at)
        .and_then(|n| n.parse().ok())
        .ok_or_else(|| format!("{written:?} is no time, such as 65s"))?;
    match unit_at {
        "ms" => Ok(Duration::from_millis(number)),
        "s" => Ok(Duration::from_secs(number)),
        "m" => Ok(Duration::from_secs(number * 60)),
        _ => Err(format!("{written:?} is no time; units are ms, s and m")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Scenario {
        read(Path::new("x.irc"), text).unwrap().remove(0)
    }

    #[test]
    fn a_scenario_has_a_title_directives_and_steps() {
        let s = one("# about this file\n## people talk\ncommands: JOIN PRIVMSG\n\
                     needs: cap echo-message\nalice and bob join\nalice, bob enter #c #d\n\
                     alice> PRIVMSG #c :hi\nbob<? PRIVMSG #c hi\nwait 65s\n");
        assert_eq!(s.title, "people talk");
        assert_eq!(s.commands, ["JOIN", "PRIVMSG"]);
        assert_eq!(s.needs, [Need::Cap("echo-message".into())]);
        assert_eq!(s.steps.len(), 5);
        assert!(matches!(&s.steps[0].does, Does::Joins { who, .. } if who == &["alice", "bob"]));
        assert!(matches!(&s.steps[1].does, Does::Enters(_, c) if c == &["#c", "#d"]));
        assert!(matches!(&s.steps[4].does, Does::Waits(d) if d.as_secs() == 65));
    }

    #[test]
    fn raw_bytes_may_hold_quotes() {
        let s = one("## t\nalice>> \"a{\"b\" * 2}\\0\"");
        let Does::Sends(_, text) = &s.steps[0].does else { panic!() };
        assert_eq!(text.fill(&Default::default()).unwrap(), b"abb\0");
    }

    #[test]
    fn a_line_that_says_nothing_is_a_fault_with_its_place() {
        for bad in ["alice sings", "alice<! X", "joins", "alice<", "wait 5y", "alice>> x"] {
            let e = read(Path::new("x.irc"), &format!("## t\n{bad}\n")).unwrap_err();
            assert!(e.to_string().starts_with("x.irc:2: "), "{bad}: {e}");
        }
    }
}
