//! The fuzz targets without a fuzzer: seeds, and a bounded number of mutations of them.
//!
//! `FUZZ_RUNS` says how many of each target, `FUZZ_TARGET` which one alone.

#![allow(clippy::indexing_slicing, reason = "a slip in a test should stop it")]

#[path = "../conformance/fuzz/src/lib.rs"]
mod fuzz;

use std::panic::{AssertUnwindSafe, catch_unwind};

use fuzz::rng::Rng;
use fuzz::{TARGETS, Target, seeds};

/// Mutations of each target, in a run that nobody has asked more of.
const RUNS: usize = 3_000;

/// The longest input that is made.
const MOST_BYTES: usize = 4_096;

#[test]
fn no_target_breaks_a_promise_on_its_seeds_or_on_what_chance_makes_of_them() {
    let runs = std::env::var("FUZZ_RUNS").ok();
    let runs = runs.map_or(RUNS, |runs| runs.parse().expect("FUZZ_RUNS is a number"));
    let only = std::env::var("FUZZ_TARGET").ok();
    for target in
        TARGETS.iter().filter(|target| only.as_ref().is_none_or(|name| name == target.name))
    {
        let seeds = seeds::of(target.name);
        assert!(seeds.len() > 1, "{} begins with nothing", target.name);
        seeds.iter().for_each(|seed| run(target, seed));
        let (words, mut rng) = (seeds::dictionary(), Rng::new(runs as u64));
        for _ in 0..runs {
            run(target, &mutated(&seeds, &words, &mut rng));
        }
        println!("{}: {} seeds, {runs} mutations", target.name, seeds.len());
    }
}

/// Shows the input that a target fails on.
fn run(target: &Target, input: &[u8]) {
    if catch_unwind(AssertUnwindSafe(|| (target.run)(input))).is_err() {
        panic!("{} fails on b\"{}\"", target.name, input.escape_ascii());
    }
}

/// A seed with up to a dozen changes: bytes and words put in, taken out, doubled, and parts of
/// another seed.
fn mutated(seeds: &[Vec<u8>], words: &[Vec<u8>], rng: &mut Rng) -> Vec<u8> {
    let mut input = seeds[rng.below(seeds.len())].clone();
    for _ in 0..1 + rng.below(12) {
        let at = rng.below(input.len() + 1);
        let end = at + rng.below((input.len() - at).min(32) + 1);
        match rng.below(8) {
            0 if at < input.len() => input[at] = rng.next() as u8,
            1 => drop(input.drain(at..end)),
            2 => {
                let part = input[at..end].to_vec();
                input.splice(at..at, part.repeat(1 + rng.below(20)));
            }
            3 | 4 => {
                let other = &seeds[rng.below(seeds.len())];
                let from = rng.below(other.len() + 1);
                input.splice(at..at, other[from..].iter().copied());
            }
            _ => drop(input.splice(at..end, words[rng.below(words.len())].iter().copied())),
        }
    }
    input.truncate(MOST_BYTES);
    input
}
