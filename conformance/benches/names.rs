//! Masks and case.

use std::hint::black_box;

use divan::Bencher;
use divan::counter::ItemsCount;

use pipewright::proto::names::{Casemap, Folded, Glob, Mask};

const WHO: &[u8] = b"somebody!~user@client-17.example.net";

#[divan::bench(args = ["somebody!*@*", "*!*@*.example.net", "*a*e*i*o*u*", "*!~user@192.0.2.*", "*?y!*@*"])]
fn mask_matching(bencher: Bencher<'_, '_>, pattern: &str) {
    let glob = Glob::new(pattern.as_bytes(), Casemap::Rfc1459);
    bencher.bench_local(|| glob.matches(black_box(WHO)));
}

/// None of a hundred bans means this one.
#[divan::bench]
fn mask_matching_a_hundred(bencher: Bencher<'_, '_>) {
    let mask = |number| {
        let text = format!("*!*spam{number}@*.example.org");
        Mask::parse(text.as_bytes(), Casemap::Rfc1459, 128).expect("a mask")
    };
    let masks: Vec<_> = (0..100).map(mask).collect();
    bencher.counter(ItemsCount::new(masks.len())).bench_local(|| {
        let who = black_box(WHO);
        masks.iter().filter(|mask| mask.matches(who)).count()
    });
}

#[divan::bench]
fn mask_parsing() -> Option<Mask> {
    Mask::parse(black_box(b"somebody!*@client-*.example.net"), Casemap::Rfc1459, 128)
}

#[divan::bench]
fn folding() -> Folded {
    Casemap::Rfc1459.fold(black_box(b"#Some[Channel]"))
}
