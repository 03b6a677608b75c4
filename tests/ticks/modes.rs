//! Modes: what a MODE line tells can be taken back, and then all is as it was.

use proptest::prelude::*;

use crate::Server;

/// One change: sign, letter and parameter.
#[derive(Clone, Debug)]
struct StoreOp {
    add: bool,
    letter: char,
    parameter: Option<String>,
}

fn change() -> impl Strategy<Value = StoreOp> {
    let flag = prop::sample::select(vec!['i', 'm', 'n', 's', 't'])
        .prop_map(|letter| (letter, None::<String>));
    let list = (prop::sample::select(vec!['b', 'e', 'I']), "[a-c]{1,2}(!\\*@\\*)?")
        .prop_map(|(letter, mask)| (letter, Some(mask)));
    let rank = (prop::sample::select(vec!['o', 'v']), "(ann|bob|BOB)")
        .prop_map(|(letter, nick)| (letter, Some(nick)));
    let key = "[a-z]{1,3}".prop_map(|key| ('k', Some(key)));
    let limit = (1..9_u32).prop_map(|limit| ('l', Some(limit.to_string())));
    (any::<bool>(), prop_oneof![flag, list, rank, key, limit]).prop_map(
        |(add, (letter, parameter))| {
            let parameter = parameter.filter(|_| add || letter != 'l');
            StoreOp { add, letter, parameter }
        },
    )
}

/// What everybody can see of the channel's modes, members and lists.
fn state(server: &mut Server, ann: pipewright::proto::names::ConnId) -> Vec<String> {
    server.says(ann, "MODE #c\r\nNAMES #c\r\nMODE #c b\r\nMODE #c e\r\nMODE #c I\r\n");
    while server.end_tick() {}
    let heard = server.hears(ann);
    // The order of a list and of the names is history, not state.
    let mut lines: Vec<_> = heard
        .lines()
        .map(|line| {
            let mut words: Vec<_> = line.split(' ').collect();
            words.sort_unstable();
            words.join(" ")
        })
        .collect();
    lines.sort_unstable();
    lines
}

/// The changes of the MODE lines among `heard`, each on its own: `+o bob`.
fn told(heard: &str) -> Vec<StoreOp> {
    let mut changes = Vec::new();
    for line in heard.lines().filter(|line| line.contains(" MODE #c ")) {
        let mut words = line.split(' ').skip(3);
        let letters = words.next().expect("letters");
        let mut add = true;
        for letter in letters.chars() {
            if matches!(letter, '+' | '-') {
                add = letter == '+';
                continue;
            }
            let takes_one = "ovbeIk".contains(letter) || letter == 'l' && add;
            let parameter = takes_one.then(|| words.next().expect("a parameter").to_owned());
            changes.push(StoreOp { add, letter, parameter });
        }
        assert_eq!(words.next(), None, "{line}");
    }
    changes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn what_a_mode_line_tells_taken_back_in_reverse_leaves_all_as_it_was(
        changes in prop::collection::vec(change(), 1..12),
    ) {
        let mut server = Server::start(|_| {});
        let (ann, bob) = (server.join("ann"), server.join("bob"));
        server.says(ann, "JOIN #c\r\n");
        server.says(bob, "JOIN #c\r\n");
        while server.end_tick() {}
        server.hears(ann);
        let before = state(&mut server, ann);
        for StoreOp { add, letter, parameter } in &changes {
            // Whoever gives up the rank cannot take anything back.
            if *letter == 'o' && parameter.as_deref() == Some("ann") {
                continue;
            }
            let sign = if *add { '+' } else { '-' };
            let parameter = parameter.as_deref().unwrap_or_default();
            server.says(ann, &format!("MODE #c {sign}{letter} {parameter}\r\n"));
        }
        while server.end_tick() {}
        let told = told(&server.hears(ann));
        // A key or limit that replaced another one, or was taken off, is not told with the old one.
        let replaces = |letter| told.iter().filter(|one| one.letter == letter).count() > 1;
        prop_assume!(!replaces('k') && !replaces('l'));
        for StoreOp { add, letter, parameter } in told.iter().rev() {
            let sign = if *add { '-' } else { '+' };
            let parameter = parameter.as_deref().unwrap_or_default();
            server.says(ann, &format!("MODE #c {sign}{letter} {parameter}\r\n"));
        }
        while server.end_tick() {}
        server.hears(ann);
        prop_assert_eq!(state(&mut server, ann), before);
    }
}
