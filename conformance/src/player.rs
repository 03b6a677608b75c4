//! Plays a scenario against a server and judges what comes back.
//!
//! After every step that does something, each client is brought to a barrier: a PING whose
//! PONG proves that everything before it has been heard. All lines heard up to there must be
//! accounted for by the expectations that follow; whatever is left over is a failure.

mod check;
mod clients;
mod profile;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use self::clients::{Clients, Trouble};
use self::profile::Profile;
use crate::scenario::{Does, Need, Scenario, Step};
use crate::server::Server;

/// How a scenario ended.
#[derive(Debug)]
pub enum Outcome {
    /// Everything was as expected.
    Passed,
    /// Something was not.
    Failed(Failure),
    /// It does not apply here; the reason in words.
    Skipped(String),
}

/// The first thing that was not as expected. Its display is the report for people.
#[derive(Debug)]
pub struct Failure {
    /// The scenario's file.
    pub file: PathBuf,
    /// The line of the step.
    pub line: usize,
    /// The step as written.
    pub step: String,
    /// What was wrong, in a few lines.
    pub why: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let here = std::env::current_dir().unwrap_or_default();
        let file = self.file.strip_prefix(here).unwrap_or(&self.file);
        writeln!(f, "{}:{}: {}", file.display(), self.line, self.step)?;
        for line in self.why.lines() {
            writeln!(f, "    {line}")?;
        }
        Ok(())
    }
}

/// Plays scenarios, one after the other, against one server.
pub struct Player<'s> {
    server: &'s mut dyn Server,
    name: Option<String>,
    profile: Option<Profile>,
}

impl<'s> Player<'s> {
    /// A player for a server of no known name: scenarios with `only:` are skipped.
    pub fn new(server: &'s mut dyn Server) -> Self {
        Player { server, name: None, profile: None }
    }

    /// Tells which server it is, for scenarios with `only:`.
    pub fn named(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }

    /// Plays one scenario with fresh connections, and ends them all: when this returns, the
    /// nicks are free again.
    pub fn play(&mut self, scenario: &Scenario) -> Outcome {
        let failed = |step: Option<&Step>, trouble: Trouble| {
            Outcome::Failed(Failure {
                file: scenario.file.clone(),
                line: step.map_or(scenario.line, |s| s.line),
                step: step.map_or(&scenario.title, |s| &s.written).clone(),
                why: trouble.to_string(),
            })
        };
        if let Some(only) = &scenario.only
            && self.name.as_ref() != Some(only)
        {
            return Outcome::Skipped(format!("only for {only}"));
        }
        let profile = match self.profile.take().map_or_else(|| Profile::of(self.server), Ok) {
            Ok(profile) => self.profile.insert(profile).clone(),
            Err(trouble) => return failed(None, trouble),
        };
        if let Some(lacking) = scenario.needs.iter().find_map(|n| self.lacks(n, &profile)) {
            return Outcome::Skipped(lacking);
        }
        let mut clients = Clients::new(self.server, profile.answers_early_ping);
        clients.is_told_of_tls = scenario.needs.contains(&Need::Tls(true));
        let outcome = match run(&scenario.steps, &mut clients) {
            Ok(()) => Outcome::Passed,
            Err((step, trouble)) => failed(step, trouble),
        };
        clients.end();
        outcome
    }

    fn lacks(&mut self, need: &Need, profile: &Profile) -> Option<String> {
        match need {
            Need::VirtualTime => {
                self.server.advance(Duration::ZERO).err().map(|why| why.to_string())
            }
            Need::Operator if profile.has_operator => None,
            Need::Tls(wanted) if self.server.is_secure() == *wanted => None,
            Need::Tls(true) => Some("needs TLS".into()),
            Need::Tls(false) => Some("needs plaintext".into()),
            Need::Operator => Some("has no operator \"oper\"".into()),
            Need::Cap(name) if profile.caps.contains(name) => None,
            Need::Cap(name) => Some(format!("does not offer {name}")),
            Need::Isupport(token) if profile.supports(token) => None,
            Need::Isupport(token) => Some(format!("does not announce {token}")),
        }
    }
}

type Wrong<'a> = (Option<&'a Step>, Trouble);

fn run<'a>(steps: &'a [Step], clients: &mut Clients<'_>) -> Result<(), Wrong<'a>> {
    let mut rest = steps;
    let mut last = None;
    while let Some((step, after)) = rest.split_first() {
        let (taken, result) = match &step.does {
            Does::Hears(who, expect) if expect.any_order => {
                let group = same_group(who, rest);
                (group.len(), check::in_any_order(clients, who, &group))
            }
            Does::Hears(who, expect) => (1, check::in_order(clients, who, expect)),
            Does::HearsClose(who) => (1, check::closed(clients, who)),
            Does::HearsNothing(who) => (1, check::nothing(clients, who)),
            Does::Ignores(who) => (1, clients.ignore(who)),
            _ => {
                check::nothing_left(clients).map_err(|t| (last, t))?;
                clients.closing = closing(after);
                (1, act(clients, &step.does))
            }
        };
        result.map_err(|t| (Some(step), t))?;
        last = Some(step);
        rest = rest.get(taken..).unwrap_or_default();
    }
    check::nothing_left(clients).map_err(|t| (last, t))
}

fn act(clients: &mut Clients<'_>, does: &Does) -> Result<(), Trouble> {
    match does {
        Does::Connects(who) => who.iter().try_for_each(|w| clients.connect(w)),
        Does::Joins { who, nick } => {
            who.iter().try_for_each(|w| clients.register(w, nick.as_deref().unwrap_or(w)))
        }
        Does::Enters(who, channels) => {
            who.iter().try_for_each(|w| channels.iter().try_for_each(|c| clients.enter(w, c)))
        }
        Does::Sends(who, text) => clients.send(who, text),
        Does::Arranges(who, text) => {
            clients.send(who, text)?;
            clients.ignore(&[])
        }
        Does::Closes(who) => clients.close(who),
        Does::Waits(time) => clients.advance(*time),
        _ => Ok(()),
    }
}

/// The neighbouring `<~` expectations of one client.
fn same_group<'a>(who: &str, steps: &'a [Step]) -> Vec<&'a crate::scenario::Expect> {
    let expectation = |step: &'a Step| match &step.does {
        Does::Hears(w, expect) if w == who && expect.any_order => Some(expect),
        _ => None,
    };
    steps.iter().map_while(expectation).collect()
}

/// The clients that are expected to be closed before anything else is done: a PING to them
/// would only cross the server's goodbye.
fn closing(steps: &[Step]) -> Vec<String> {
    let is_expectation = |s: &&Step| {
        matches!(
            s.does,
            Does::Hears(..) | Does::HearsClose(_) | Does::HearsNothing(_) | Does::Ignores(_)
        )
    };
    let closed = |s: &Step| match &s.does {
        Does::HearsClose(who) => Some(who.clone()),
        _ => None,
    };
    steps.iter().take_while(is_expectation).filter_map(closed).collect()
}

#[cfg(test)]
mod tests;
