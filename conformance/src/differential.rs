//! The shared scenarios against ngIRCd, an independent server, whose known differences are
//! listed in `conformance/known-differences.md`.

use std::path::Path;
use std::time::Duration;

use crate::known;
use crate::player::{Outcome, Player};
use crate::process::{self, Running};
use crate::scenario::{self, Scenario};
use crate::suite::{self, Summary};
use crate::tcp::Tcp;

/// Plays all scenarios that came with this crate. `Err` when the list or the scenarios cannot
/// be read, or ngIRCd is not installed or does not start.
pub fn run(say: impl FnMut(&str)) -> Result<Summary, Box<dyn std::error::Error>> {
    let list = Path::new(env!("CARGO_MANIFEST_DIR")).join("known-differences.md");
    let known = known::read(&std::fs::read_to_string(list)?);
    let scenarios = scenario::load(&scenario::shipped())?;
    let mut server = process::ngircd()?;
    let play = |scenario: &Scenario| play_fresh(&mut server, scenario);
    Ok(suite::compare(play, &scenarios, &known, say))
}

/// After a failure the next scenario gets a new server: the failed one may have left the old
/// one with a connection that it never closes.
fn play_fresh(server: &mut Running, scenario: &Scenario) -> Outcome {
    let mut tcp = Tcp::new(server.addr()).with_deadline(Duration::from_secs(3));
    let outcome = Player::new(&mut tcp).play(scenario);
    if matches!(outcome, Outcome::Failed(_))
        && let Ok(fresh) = process::ngircd()
    {
        *server = fresh;
    }
    outcome
}
