//! Whatever comes by a link, or does not go: others chat on.

use std::{fs, io::Write};

use serde_json::json;

use crate::{ANNEX, OFFICE, Person, Program, Site, office, site::new_id};

/// Runs `misdeed` on a link, and sees that people and another peer go on, and that the log has these
/// words.
fn harmless(words: &str, misdeed: impl FnOnce(&mut Site)) {
    let server = office();
    let mut ann = Person::in_office(&server, "ann");
    let mut bob = Site::connect(server.folder.path(), "office", "bob");
    ann.hears(":bob!");
    misdeed(&mut bob);
    bob.says(json!({"Public": "goes on"}));
    ann.hears(":bob!~bob@netchat/office PRIVMSG #office :goes on");
    ann.sends("PRIVMSG #office :so do I");
    bob.hears_of("ann", json!({"Public": "so do I"}));
    let log = server.log();
    assert!(log.contains(words), "{log}");
    assert!(!log.contains("panicked"), "{log}");
    assert!(resident(&server) < 200 << 10, "{} KiB", resident(&server));
}

#[test]
fn a_broken_line_is_refused_with_a_word_in_the_log() {
    harmless("a line was refused link=\"office\" why=the line is not JSON", |bob| {
        bob.writes("{\"id\":1,\n\n\u{0}\n[]\n{}\nnull\n");
    });
    harmless("why=the line is JSON, but not a netchat message", |bob| {
        bob.writes("{\"id\":1,\"sender_id\":\"x\",\"header\":\"Dance\",\"clock\":{}}\n");
    });
    harmless("why=the line is JSON, but not a netchat message", |bob| {
        bob.writes("{\"id\":-1,\"sender_id\":\"x\",\"header\":\"Connection\",\"clock\":{}}\n");
    });
}

#[test]
fn a_line_of_ten_megabytes_is_refused_and_takes_no_memory_for_long() {
    harmless("why=the line is longer than", |bob| {
        let text = "x".repeat(10 << 20);
        bob.writes(&format!(
            "{{\"id\":1,\"sender_id\":\"x\",\"header\":{{\"Public\":\"{text}\"}}}}\n"
        ));
    });
}

#[test]
fn a_clock_of_a_million_entries_is_refused() {
    harmless("why=", |bob| {
        let dates: Vec<_> = (0..1_000_000).map(|site| format!("\"{site}\":1")).collect();
        let dates = dates.join(",");
        bob.writes(&format!(
            "{{\"id\":9,\"sender_id\":\"x\",\"header\":\"Connection\",\"clock\":{{{dates}}}}}\n"
        ));
    });
}

#[test]
fn ids_above_2_to_the_53_go_on_as_they_are() {
    let server = office();
    let mut bob = Site::connect(server.folder.path(), "office", "bob");
    for id in [(1 << 53) + 1, u64::MAX - 1, u64::MAX] {
        bob.passes_on(
            &json!({"id": id, "sender_id": "x", "header": {"Public": "big"},
                              "clock": {"x": 1}})
            .to_string(),
        );
        // The checker compares what comes back with what was sent, id and all.
        assert_eq!(bob.hears_of("x", json!({"Public": "big"}))["id"].as_u64(), Some(id));
    }
}

#[test]
fn any_id_is_a_legal_user_whom_whois_shows_by_it() {
    let server = office();
    let mut boss = Person::in_office(&server, "boss");
    let mut bob = Site::connect(server.folder.path(), "office", "bob");
    boss.hears(":bob!");
    let long = "x".repeat(1000);
    for (id, nick, shown) in [
        ("two words", "two_words", "two words"),
        ("a\nQUIT :x\r\nb", "a_QUIT_x_b", r"a\nQUIT :x\r\nb"),
        ("\u{1}\u{7f}", "peer", r"\u{1}\u{7f}"),
        ("名前", "Ming_Qian", "名前"),
        ("", "peer_2", "(no name)"),
        ("boss", "boss_2", "boss"),
        (&long, &long[..30], &long[..128]),
    ] {
        let mut line =
            json!({"id": new_id(), "sender_id": id, "header": "Connection", "clock": {id: 1}});
        if id == "boss" {
            // As the gateway has a site of that name, it is noticed by what it says.
            line["header"] = json!({"Public": "I am the boss"});
        }
        bob.passes_on(&line.to_string());
        boss.hears(&format!(":{nick}!"));
        let whois = boss.asks(&format!("WHOIS {nick}"));
        let realname = whois.iter().find(|line| line.contains(" 311 ")).unwrap();
        assert!(realname.ends_with(&format!("netchat/office * :{shown}")), "{realname}");
    }
    let names = boss.asks("NAMES #office").join("\n");
    assert!(names.contains("@boss") && !names.contains("@boss_2"), "{names}");
}

#[test]
fn a_pipe_that_is_removed_is_made_again_and_the_link_goes_on() {
    let server = office();
    let mut ann = Person::in_office(&server, "ann");
    let mut bob = Site::connect(server.folder.path(), "office", "bob");
    ann.hears(":bob!~bob@netchat/office JOIN");
    let run = server.folder.path().join("run");
    fs::remove_file(run.join("office.in")).unwrap();
    ann.hears("QUIT :Connection lost");
    while !run.join("office.in").exists() {
        std::thread::yield_now();
    }
    bob.reopens();
    bob.says(json!({"Public": "back"}));
    ann.hears(":bob!~bob@netchat/office PRIVMSG #office :back");
    fs::remove_file(run.join("office.out")).unwrap();
    ann.asks("PRIVMSG #office :into the void");
    while !run.join("office.out").exists() {
        std::thread::yield_now();
    }
    let mut bob = Site::connect(server.folder.path(), "office", "bob");
    bob.hears_of("ann", json!("Connection"));
}

#[test]
fn a_full_pipe_that_nobody_reads_costs_bounded_memory_and_everybody_is_told() {
    let server = Program::start(&[], &format!("{OFFICE}{ANNEX}"));
    let mut ann = Person::in_office(&server, "ann");
    let run = server.folder.path().join("run");
    // Open, and never read.
    let stuck = fs::OpenOptions::new().read(true).write(true).open(run.join("office.out")).unwrap();
    let mut eve = Site::connect(server.folder.path(), "annex", "eve");
    ann.hears(":eve!");
    eve.hears_of("ann", json!("Connection"));
    let text = "x".repeat(60_000);
    for number in 0..300_u32 {
        eve.says(json!({"Private": ["nobody", format!("{number} {text}")]}));
    }
    ann.hears("NOTICE #office :netchat/office is not read: what is said now does not get there");
    eve.hears_of(
        "netchat-office",
        json!({"Public": "netchat/office is not read: what is said now does not get there"}),
    );
    eve.says(json!({"Public": "others chat on"}));
    ann.hears("PRIVMSG #office :others chat on");
    assert!(resident(&server) < 200 << 10, "{} KiB", resident(&server));
    // Somebody begins to read.
    let reader = std::thread::spawn(move || {
        let mut stuck = stuck;
        let mut sink = std::io::sink();
        let _ = std::io::copy(&mut stuck, &mut sink);
        let _ = sink.flush();
    });
    ann.hears("NOTICE #office :netchat/office is read again; ");
    drop((server, reader));
}

/// Resident memory of the server, in KiB.
fn resident(server: &Program) -> u64 {
    let path = format!("/proc/{}/status", server.child.id());
    let status = fs::read_to_string(path).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.unwrap().trim().trim_end_matches(" kB").parse().unwrap()
}
