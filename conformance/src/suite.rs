//! Plays many scenarios and sums up.

use crate::known::Known;
use crate::player::{Outcome, Player};
use crate::report::Verdict;
use crate::scenario::Scenario;

/// How many scenarios went which way, and what there is to say about them.
#[derive(Debug, Default)]
pub struct Summary {
    /// As expected.
    pub passed: usize,
    /// Not as expected, with the report of each.
    pub failed: Vec<String>,
    /// Not applicable: title and reason.
    pub skipped: Vec<(String, String)>,
    /// Failed, and known to.
    pub known: usize,
    /// What became of each scenario, in their order.
    pub verdicts: Vec<Verdict>,
}

impl Summary {
    /// Whether nothing failed.
    pub fn is_good(&self) -> bool {
        self.failed.is_empty()
    }

    /// The metrics in one line.
    pub fn in_short(&self) -> String {
        format!(
            "{} passed, {} failed, {} known to differ, {} skipped",
            self.passed,
            self.failed.len(),
            self.known,
            self.skipped.len()
        )
    }
}

/// Plays all; `say` gets a line or more for each as it ends.
pub fn play(player: &mut Player<'_>, scenarios: &[Scenario], mut say: impl FnMut(&str)) -> Summary {
    let mut summary = Summary::default();
    for scenario in scenarios {
        let outcome = player.play(scenario);
        summary.verdicts.push(verdict(&outcome));
        match outcome {
            Outcome::Passed => {
                summary.passed += 1;
                say(&format!("passed   {}", scenario.title));
            }
            Outcome::Skipped(why) => {
                say(&format!("skipped  {} ({why})", scenario.title));
                summary.skipped.push((scenario.title.clone(), why));
            }
            Outcome::Failed(failure) => {
                say(&format!("FAILED   {}\n{failure}", scenario.title));
                summary.failed.push(format!("{}\n{failure}", scenario.title));
            }
        }
    }
    summary
}

/// Plays all against a server with known differences. A scenario that fails unlisted is a
/// failure; so is one that is listed and passes, or listed without a reason, or unknown.
pub fn compare(
    mut play: impl FnMut(&Scenario) -> Outcome,
    scenarios: &[Scenario],
    known: &[Known],
    mut say: impl FnMut(&str),
) -> Summary {
    let mut summary = Summary::default();
    let mut fail = |summary: &mut Summary, what: String| {
        say(&format!("FAILED   {what}"));
        summary.failed.push(what);
    };
    for scenario in scenarios {
        let listed = known.iter().any(|k| k.title == scenario.title);
        let outcome = play(scenario);
        summary.verdicts.push(verdict(&outcome));
        match (outcome, listed) {
            (Outcome::Passed, false) => summary.passed += 1,
            (Outcome::Failed(_), true) => summary.known += 1,
            (Outcome::Failed(failure), false) => {
                fail(&mut summary, format!("{}\n{failure}", scenario.title));
            }
            (Outcome::Passed, true) => {
                let what = "passes now: take it off the list of known differences";
                fail(&mut summary, format!("{}\n    {what}", scenario.title));
            }
            (Outcome::Skipped(why), true) => {
                let what = "is skipped: take it off the list of known differences";
                fail(&mut summary, format!("{}\n    {what} ({why})", scenario.title));
            }
            (Outcome::Skipped(why), false) => {
                summary.skipped.push((scenario.title.clone(), why));
            }
        }
    }
    for k in known {
        if !scenarios.iter().any(|s| s.title == k.title) {
            fail(&mut summary, format!("no scenario is called {:?}, but it is listed", k.title));
        }
        if k.reason.is_empty() {
            fail(&mut summary, format!("{:?} is listed without a reason", k.title));
        }
    }
    summary
}

fn verdict(outcome: &Outcome) -> Verdict {
    match outcome {
        Outcome::Passed => Verdict::Passed,
        Outcome::Failed(_) => Verdict::Failed,
        Outcome::Skipped(_) => Verdict::NotSupported,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::scenario::read;

    fn verdict(outcome: fn() -> Outcome, list: &str) -> Summary {
        let scenarios = read(Path::new("x.irc"), "## one\nalice joins\n").unwrap();
        compare(|_| outcome(), &scenarios, &crate::known::read(list), |_| {})
    }

    fn failed() -> Outcome {
        let failure = crate::player::Failure {
            file: "x.irc".into(),
            line: 1,
            step: String::new(),
            why: String::new(),
        };
        Outcome::Failed(failure)
    }

    #[test]
    fn only_listed_failures_and_unlisted_passes_are_good() {
        assert!(verdict(|| Outcome::Passed, "").is_good());
        assert!(verdict(failed, "## one\nreason\n").is_good());
        assert!(!verdict(failed, "").is_good());
        assert!(!verdict(|| Outcome::Passed, "## one\nreason\n").is_good());
        assert!(!verdict(|| Outcome::Skipped("why".into()), "## one\nreason\n").is_good());
    }

    #[test]
    fn the_list_names_scenarios_that_exist_and_gives_reasons() {
        assert!(!verdict(|| Outcome::Passed, "## another\nreason\n").is_good());
        assert!(!verdict(failed, "## one\n").is_good());
    }
}
