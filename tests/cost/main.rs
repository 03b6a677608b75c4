//! What lines really do, against what they pay for.
//!
//! `conformance/cost` runs this for people: it prints the dearest line of each command.

#![allow(clippy::indexing_slicing, reason = "a test fails by a panic")]

mod lines;
mod meter;
#[path = "../simulation/operator.rs"]
mod operator;
mod prepared;
#[path = "../simulation/rng.rs"]
mod rng;
mod search;
mod table;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs, slice};

use meter::{COUNTED, FILES, Meter};
use pipewright::command::TABLE;
use prepared::{FULL, Prepared, SMALL};
use search::{Effort, Found, LONG, MOST_TIMES, SHORT, again, search, unpaid, worth};

/// The folder into which the search by itself writes; set for it alone.
const FOLDER: &str = "COST_FOLDER";

/// What the search by itself has found, in that folder.
const FOUND: &str = "found";

/// Commands of which a line does more than it pays for, with the reason.
const KNOWN: &[(&str, &str)] = &[];

#[test]
#[ignore = "needs valgrind (Debian package)"]
fn no_line_does_more_than_four_times_what_it_pays_for() {
    let found = search_by_instructions(false);
    let worth = worth(&found);
    println!("{}", table::table(&found, &[]));
    let broken = found.iter().filter(|one| unpaid(one) > MOST_TIMES * worth);
    let broken = broken.filter(|one| KNOWN.iter().all(|(verb, _)| *verb != one.verb));
    let told: Vec<_> = broken
        .map(|one| {
            let line = table::shown(&one.case.line);
            format!("{:.1} times by {:?}: {line}", unpaid(one) / worth, one.case.who)
        })
        .collect();
    assert!(told.is_empty(), "lines that do more than they pay for:\n{}", told.join("\n"));
}

#[test]
fn after_each_line_the_network_is_as_it_was_before() {
    let mut network = Prepared::new(SMALL);
    let verbs = TABLE.iter().map(|spec| spec.verb).chain([""]);
    for case in lines::honest().into_iter().chain(verbs.flat_map(lines::by_hand)) {
        let before = network.rebuilt;
        let cost = network.measure(&case, &mut Meter::Time);
        let line = table::shown(&case.line);
        assert!(cost.work > 0, "nothing was done for {line}");
        assert_eq!(network.rebuilt, before, "it had to be made anew after {line}");
    }
}

/// What `conformance/cost` prints; with COST_FOUND, of the lines that an earlier search has found.
#[test]
#[ignore = "needs valgrind (Debian package); takes minutes where COST_TABLE is set, and otherwise does nothing"]
fn the_table_of_the_dearest_lines() {
    let Some(file) = env::var_os("COST_TABLE") else { return };
    let found = search_by_instructions(env::var_os("COST_LONG").is_some());
    let times = times(&found);
    fs::write(file, table::table(&found, &times)).expect("the table can be written");
}

/// Run by the others under callgrind, which counts; by itself it does nothing.
#[test]
#[ignore = "is run by the other tests under valgrind (Debian package)"]
fn the_search_by_itself() {
    let Some(folder) = env::var_os(FOLDER).map(PathBuf::from) else { return };
    let mut meter = Meter::Instructions(folder.clone(), 0);
    let mut network = Prepared::new(effort().size);
    let each = |one: &Found| print!("{}", table::write(slice::from_ref(one)));
    let found = match env::var_os("COST_FOUND") {
        Some(file) => again(&read(Path::new(&file)), &mut network, &mut meter, each),
        None => search(&mut network, &mut meter, effort(), each),
    };
    println!("the network was made anew {} times", network.rebuilt);
    fs::write(folder.join(FOUND), table::write(&found)).expect("the folder can be written");
}

/// The table is of the large network, the test of a small one, for it has minutes.
fn effort() -> Effort {
    if env::var_os("COST_LONG").is_some() {
        LONG
    } else if env::var_os("COST_TABLE").is_some() {
        Effort { size: FULL, ..SHORT }
    } else {
        SHORT
    }
}

fn search_by_instructions(is_long: bool) -> Vec<Found> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    let program = env::current_exe().expect("this program");
    let mut command = Command::new("valgrind");
    command
        .args(["--tool=callgrind", "--dump-line=no", "--quiet"])
        .arg(format!("--toggle-collect={COUNTED}"))
        .arg(format!("--dump-after={COUNTED}"))
        .arg(format!("--callgrind-out-file={}", path.join(FILES).display()))
        .arg(program)
        .args(["--exact", "the_search_by_itself", "--ignored", "--nocapture", "--test-threads=1"])
        .env(FOLDER, path)
        .stdin(Stdio::null());
    if is_long {
        command.env("COST_LONG", "1");
    }
    let status = command.status().expect("valgrind is installed");
    assert!(status.success(), "the search has failed");
    read(&path.join(FOUND))
}

fn read(file: &Path) -> Vec<Found> {
    let text = fs::read_to_string(file).expect("the search has found something");
    table::read(&text)
}

/// The least processor time of each line, of several tries: all of it, and its longest slice.
fn times(found: &[Found]) -> Vec<[u64; 2]> {
    let mut network = Prepared::new(effort().size);
    let mut least = vec![[u64::MAX; 2]; found.len()];
    for _ in 0..5 {
        for (one, least) in found.iter().zip(&mut least) {
            let cost = network.measure(&one.case, &mut Meter::Time);
            *least = [least[0].min(cost.work), least[1].min(cost.longest)];
        }
    }
    least
}
