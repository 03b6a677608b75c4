//! A message on its way to many.

use divan::Bencher;
use divan::counter::ItemsCount;

use crate::crowd::Crowd;

/// From the bytes of one PRIVMSG to the writes of all who hear it.
#[divan::bench(args = [10, 100, 1_000])]
fn fan_out(bencher: Bencher<'_, '_>, members: usize) {
    let mut crowd = Crowd::new(members + 1);
    let line = "PRIVMSG #c :as long as people's lines mostly are, sixty bytes\r\n";
    bencher.counter(ItemsCount::new(members)).bench_local(|| crowd.say(0, line));
}

/// All that stands in tags: what is added to the cost of [`fan_out`] is bytes.
#[divan::bench(args = [10, 100, 1_000])]
fn fan_out_with_tags(bencher: Bencher<'_, '_>, members: usize) {
    let mut crowd = Crowd::new(members + 1);
    crowd.have_tags();
    let line = "PRIVMSG #c :as long as people's lines mostly are, sixty bytes\r\n";
    bencher.counter(ItemsCount::new(members)).bench_local(|| crowd.say(0, line));
}

#[divan::bench(args = [10, 100, 1_000])]
fn fan_out_of_a_burst_with_tags(bencher: Bencher<'_, '_>, members: usize) {
    let mut crowd = Crowd::new(members + 1);
    crowd.have_tags();
    let lines = "PRIVMSG #c :as long as people's lines mostly are, sixty bytes\r\n".repeat(20);
    bencher.counter(ItemsCount::new(members * 20)).bench_local(|| crowd.say(0, &lines));
}

/// A tick of twenty messages: their bytes are one range for each who hears them.
#[divan::bench(args = [10, 100, 1_000])]
fn fan_out_of_a_burst(bencher: Bencher<'_, '_>, members: usize) {
    let mut crowd = Crowd::new(members + 1);
    let lines = "PRIVMSG #c :as long as people's lines mostly are, sixty bytes\r\n".repeat(20);
    bencher.counter(ItemsCount::new(members * 20)).bench_local(|| crowd.say(0, &lines));
}

#[divan::bench]
fn private_message(bencher: Bencher<'_, '_>) {
    let mut crowd = Crowd::new(2);
    bencher.bench_local(|| crowd.say(0, "PRIVMSG n1 :as long as people's lines mostly are\r\n"));
}
