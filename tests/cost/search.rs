//! The search for the dearest line of each command.

use super::lines;
use super::meter::Meter;
use super::prepared::{Case, Cost, FULL, Prepared, SMALL, Size};
use super::rng::Rng;
use pipewright::command::TABLE;

/// What a line may do for each unit that it pays, in units of honest lines.
pub const MOST_TIMES: f64 = 4.0;

/// How much is tried for each command beside the lines by hand.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Lines of words by chance.
    pub by_chance: usize,
    /// Lines made of the dearest so far.
    pub mutated: usize,
    /// In which network.
    pub size: Size,
}

/// For a test.
pub const SHORT: Effort = Effort { by_chance: 1, mutated: 2, size: SMALL };

/// For `conformance/cost --long`.
pub const LONG: Effort = Effort { by_chance: 60, mutated: 240, size: FULL };

/// A line with what it has cost.
#[derive(Clone, Debug)]
pub struct Found {
    /// The command, or nothing for what is none; of honest lines `honest`.
    pub verb: String,
    pub case: Case,
    pub cost: Cost,
}

/// All honest lines, and for each command the line that costs most, and that which pays least of what
/// it costs; `each` is told of each.
pub fn search(
    network: &mut Prepared,
    meter: &mut Meter,
    effort: Effort,
    mut each: impl FnMut(&Found),
) -> Vec<Found> {
    let honest = lines::honest().into_iter();
    let mut found: Vec<_> = honest
        .map(|case| Found { verb: "honest".into(), cost: network.measure(&case, meter), case })
        .collect();
    let mut rng = Rng::new(15);
    let only = std::env::var("COST_ONLY").ok();
    for verb in TABLE.iter().map(|spec| spec.verb).chain([""]) {
        if only.as_ref().is_some_and(|only| !only.split(',').any(|name| name == verb)) {
            continue;
        }
        let of_command = of_command(verb, network, meter, effort, &mut rng);
        of_command.iter().for_each(&mut each);
        found.extend(of_command);
    }
    found
}

/// What lines that were found earlier cost now.
pub fn again(
    earlier: &[Found],
    network: &mut Prepared,
    meter: &mut Meter,
    each: impl FnMut(&Found),
) -> Vec<Found> {
    let measured = earlier.iter().map(|one| {
        let cost = network.measure(&one.case, meter);
        Found { cost, ..one.clone() }
    });
    let measured: Vec<_> = measured.collect();
    measured.iter().for_each(each);
    measured
}

fn of_command(
    verb: &str,
    network: &mut Prepared,
    meter: &mut Meter,
    effort: Effort,
    rng: &mut Rng,
) -> Vec<Found> {
    let mut tried: Vec<Found> = Vec::new();
    let mut attempt = |case: Case, tried: &mut Vec<Found>| {
        if tried.iter().all(|old| old.case != case) {
            let cost = network.measure(&case, meter);
            tried.push(Found { verb: verb.to_owned(), case, cost });
        }
    };
    for case in lines::by_hand(verb) {
        attempt(case, &mut tried);
    }
    if let Some(spec) = TABLE.iter().find(|spec| spec.verb == verb) {
        for _ in 0..effort.by_chance {
            attempt(lines::by_chance(spec, rng), &mut tried);
        }
    }
    for round in 0..effort.mutated {
        // In turns from the dearest, and from that which pays least.
        let by = if round % 2 == 0 { dearness } else { unpaid };
        tried.sort_by(|a, b| by(b).total_cmp(&by(a)));
        let from = &tried[rng.below(tried.len().min(3))];
        let case = lines::mutated(&from.case, rng);
        attempt(case, &mut tried);
    }
    let best = |by: fn(&Found) -> f64| tried.iter().max_by(|a, b| by(a).total_cmp(&by(b))).cloned();
    [dearness, unpaid].into_iter().filter_map(best).collect()
}

fn dearness(found: &Found) -> f64 {
    found.cost.work as f64
}

/// Work for each unit that was paid.
pub fn unpaid(found: &Found) -> f64 {
    found.cost.work as f64 / (found.cost.units.max(1)) as f64
}

/// Work for each unit of the middle one of the honest lines.
pub fn worth(found: &[Found]) -> f64 {
    let mut honest: Vec<_> =
        found.iter().filter(|found| found.verb == "honest").map(unpaid).collect();
    honest.sort_by(f64::total_cmp);
    honest.get(honest.len() / 2).copied().expect("some lines are honest")
}
