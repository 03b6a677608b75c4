//! Changes of modes, and what they make of a JOIN.

use divan::Bencher;

use crate::crowd::Crowd;

/// Ranks given and taken, in a channel of a hundred.
#[divan::bench]
fn mode_application(bencher: Bencher<'_, '_>) {
    let mut crowd = Crowd::new(100);
    let lines = "MODE #c +ovn-t+l n1 n2 50\r\nMODE #c -ov+t-l n1 n2\r\n";
    bencher.bench_local(|| crowd.say(0, lines));
}

/// Somebody comes and goes past so many bans, none of which means them.
#[divan::bench(args = [0, 100])]
fn join_past_bans(bencher: Bencher<'_, '_>, bans: usize) {
    let mut crowd = Crowd::new(2);
    for ban in 0..bans {
        crowd.say(0, &format!("MODE #c +b *!*spam{ban}@*.example.org\r\n"));
    }
    bencher.bench_local(|| crowd.say(1, "PART #c\r\nJOIN #c\r\n"));
}
