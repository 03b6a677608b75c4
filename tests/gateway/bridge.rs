//! Peers among people: what each sees of the other.

use std::time::Instant;

use serde_json::json;

use crate::{
    ANNEX, OFFICE, Person, Program, Site, office, person::PATIENCE, site::new_id,
    support::program::boss,
};

const OFFICE_HOST: &str = "netchat/office";

#[test]
fn peers_and_people_talk_and_see_each_other_come_and_go() {
    let server = office();
    let mut ann = Person::in_office(&server, "ann");
    let mut bob = Site::connect(server.folder.path(), "office", "bob");
    let host = OFFICE_HOST;
    assert_eq!(ann.hears("JOIN"), format!(":bob!~bob@{host} JOIN #office"));
    bob.hears_of("netchat-office", json!("Connection"));
    bob.hears_of("ann", json!("Connection"));

    bob.says(json!({"Public": "hello, é ünïcode"}));
    assert_eq!(ann.hears("hello"), format!(":bob!~bob@{host} PRIVMSG #office :hello, é ünïcode"));
    ann.sends("PRIVMSG #office :hello bob");
    bob.hears_of("ann", json!({"Public": "hello bob"}));
    bob.says(json!({"Private": ["ann", "psst"]}));
    assert_eq!(ann.hears("psst"), format!(":bob!~bob@{host} PRIVMSG ann :psst"));
    ann.sends("PRIVMSG bob :what?");
    bob.hears_of("ann", json!({"Private": ["bob", "what?"]}));

    ann.sends("NICK anna");
    bob.hears_of("ann", json!("Disconnection"));
    bob.hears_of("anna", json!("Connection"));
    ann.sends("PRIVMSG #office :\x01ACTION waves\x01\r\nPRIVMSG #office :\x02bold\x02 \x0304red");
    bob.hears_of("anna", json!({"Public": "* anna waves"}));
    bob.hears_of("anna", json!({"Public": "bold red"}));
    ann.sends("PART #office");
    bob.hears_of("anna", json!("Disconnection"));
    ann.asks("JOIN #office");
    bob.hears_of("anna", json!("Connection"));
    bob.says(json!("Disconnection"));
    assert_eq!(ann.hears("QUIT"), format!(":bob!~bob@{host} QUIT :Left netchat"));
}

#[test]
fn a_channel_of_a_link_keeps_its_name_so_that_the_peers_stay_in_it() {
    let server = office();
    let mut ann = Person::in_office(&server, "ann");
    ann.asks("MODE #office +o ann");
    ann.asks("CAP REQ :draft/channel-rename");
    ann.sends("RENAME #office #elsewhere");
    ann.hears("FAIL RENAME CANNOT_RENAME #office #elsewhere");
    let mut bob = Site::connect(server.folder.path(), "office", "bob");
    ann.hears("JOIN #office");
    bob.says(json!({"Public": "still here"}));
    ann.hears("PRIVMSG #office :still here");
}

#[test]
fn a_peer_that_crashes_quits_and_comes_back_under_its_nick() {
    let server = office();
    let mut ann = Person::in_office(&server, "ann");
    for _ in 0..3 {
        let mut bob = Site::connect(server.folder.path(), "office", "bob");
        ann.hears(":bob!~bob@netchat/office JOIN #office");
        bob.hears_of("ann", json!("Connection"));
        bob.crashes();
        ann.hears(":bob!~bob@netchat/office QUIT :Connection lost");
    }
}

#[test]
fn what_two_links_bring_twice_is_said_once_and_each_hears_the_other() {
    let server = Program::start(&[], &format!("{OFFICE}{ANNEX}"));
    let mut ann = Person::in_office(&server, "ann");
    let mut bob = Site::connect(server.folder.path(), "office", "bob");
    let mut eve = Site::connect(server.folder.path(), "annex", "eve");
    ann.hears(":bob!");
    ann.hears(":eve!~eve@netchat/annex JOIN");
    bob.says(json!({"Public": "to all"}));
    let heard = eve.hears_of("bob", json!({"Public": "to all"}));
    // Back by the other link, as in a ring.
    eve.passes_on(&heard.to_string());
    bob.says(json!({"Private": ["eve", "for you"]}));
    assert_eq!(eve.is_told(), ("bob".into(), "for you".into()));
    eve.says(json!({"Public": "the end"}));
    ann.hears("PRIVMSG #office :to all");
    ann.hears("PRIVMSG #office :the end");
    assert!(ann.asks("PING x").iter().all(|line| !line.contains("PRIVMSG")));
}

#[test]
fn a_pipe_looped_onto_itself_brings_nothing_twice() {
    let config = OFFICE.replace("office.out", "office.in");
    let server = Program::start(&[], &config);
    let mut ann = Person::in_office(&server, "ann");
    let line = r#"{"id":7,"sender_id":"bob","header":{"Public":"once"},"clock":{"bob":1}}"#;
    std::fs::write(server.folder.path().join("run/office.in"), format!("{line}\n")).unwrap();
    ann.hears("PRIVMSG #office :once");
    ann.sends("PRIVMSG #office :round and round");
    let all = ann.asks("NAMES #office").join("\n");
    assert!(!all.contains("PRIVMSG"), "{all}");
}

#[test]
fn an_answer_comes_after_what_it_answers_whoever_says_it() {
    let server = office();
    let mut ann = Person::in_office(&server, "ann");
    let mut bob = Site::connect(server.folder.path(), "office", "bob");
    let names = ["bob", "carl", "dora"];
    for number in 0..300_usize {
        let sender = names[number % 7 % 3];
        bob.passes_on(
            &json!({"id": number + 1, "sender_id": sender, "header": {"Public": number.to_string()},
                    "clock": {sender: number}})
            .to_string(),
        );
    }
    for number in 0..300 {
        let line = ann.hears("PRIVMSG");
        assert!(line.ends_with(&format!("#office :{number}")), "{line}");
    }
}

#[test]
fn long_texts_and_many_lines_are_said_whole_and_in_order() {
    let server = office();
    let mut ann = Person::in_office(&server, "ann");
    let mut bob = Site::connect(server.folder.path(), "office", "bob");
    let words: Vec<_> = (0..2000).map(|number| format!("word{number}")).collect();
    let text = words.chunks(100).map(|line| line.join(" ")).collect::<Vec<_>>().join("\r\n\n");
    bob.says(json!({"Public": text}));
    let mut heard = Vec::new();
    while heard.len() < words.len() {
        let line = ann.hears("PRIVMSG #office :");
        let text = line.split_once(" :").unwrap().1;
        heard.extend(text.split(' ').map(String::from));
    }
    assert_eq!(heard, words);
}

#[test]
fn whoever_is_not_in_the_channel_is_told_that_peers_cannot_answer() {
    let server = office();
    let mut bob = Site::connect(server.folder.path(), "office", "bob");
    let mut zoe = Person::register(&server, "zoe");
    bob.hears_of("netchat-office", json!("Connection"));
    bob.hears_of("bob", json!("Connection"));
    while zoe.asks("ISON bob").iter().all(|line| !line.ends_with(":bob")) {}
    zoe.sends("PRIVMSG bob :hello");
    zoe.hears(":bob!~bob@netchat/office NOTICE zoe :not delivered: join #office");
}

#[test]
fn bans_and_kicks_hold_for_peers_who_are_told() {
    let server = office();
    let mut ann = Person::in_office(&server, "ann");
    let mut bob = Site::connect(server.folder.path(), "office", "bob");
    ann.hears(":bob!");
    ann.sends("MODE #office +b *!*@netchat/office\r\nKICK #office bob :enough");
    bob.hears_of(
        "netchat-office",
        json!({"Public": "bob was removed from #office by ann (enough)"}),
    );
    bob.says(json!({"Public": "let me in"}));
    let (by, why) = bob.is_told();
    assert_eq!(by, "netchat-office");
    assert!(why.starts_with("refused by #office: "), "{why}");
    ann.sends("MODE #office -b *!*@netchat/office");
    ann.catches_up();
    bob.says(json!({"Public": "here again"}));
    ann.hears(":bob!~bob@netchat/office JOIN #office");
    ann.hears("PRIVMSG #office :here again");
}

#[test]
fn a_nick_that_is_taken_is_had_as_soon_as_it_is_free() {
    let server = office();
    let mut ann = Person::in_office(&server, "ann");
    let mut bob = Person::register(&server, "bob");
    let mut site = Site::connect(server.folder.path(), "office", "bob");
    ann.hears(":bob_2!~bob@netchat/office JOIN #office");
    site.says(json!({"Public": "hi"}));
    ann.hears(":bob_2!");
    bob.sends("QUIT");
    ann.hears(":bob_2!~bob@netchat/office NICK :bob");
    site.says(json!({"Public": "hi again"}));
    ann.hears(":bob!~bob@netchat/office PRIVMSG #office :hi again");
}

#[test]
fn a_user_whose_name_a_peer_has_is_another_site() {
    let server = office();
    let mut site = Site::connect(server.folder.path(), "office", "ann");
    site.hears_of("ann", json!("Connection"));
    let mut ann = Person::in_office(&server, "ann_");
    ann.sends("NICK eve");
    site.hears_of("eve", json!("Connection"));
    let eve = json!({"id": new_id(), "sender_id": "eve", "header": {"Public": "I am eve"},
                     "clock": {"eve": 1}});
    site.passes_on(&eve.to_string());
    ann.hears("PRIVMSG #office :I am eve");
    ann.sends("PRIVMSG #office :so am I");
    site.hears_of("eve@irc", json!({"Public": "so am I"}));
}

#[test]
fn the_recorded_conversation_is_seen_on_irc_as_it_was() {
    let server = office();
    let mut ann = Person::in_office(&server, "ann");
    let mut alice = Site::open(server.folder.path(), "office", "alice");
    // Whom she is to hear of in the answers to her request must be there before it.
    alice.hears_of("ann", json!("Connection"));
    for line in include_str!("../netchat/recorded/alice-to-bob.jsonl").lines() {
        alice.passes_on(line);
    }
    for expected in [
        ":alice!~alice@netchat/office JOIN #office",
        ":bob!~bob@netchat/office JOIN #office",
        ":alice!~alice@netchat/office PRIVMSG #office :hello from alice",
        ":bob!~bob@netchat/office PRIVMSG #office :hi alice, é ünïcode \"quoted\"",
        ":bob!~bob@netchat/office QUIT :Left netchat",
    ] {
        assert_eq!(ann.line().unwrap(), expected);
    }
    // Each line goes on with its id and sender; the checker compares them.
    alice.hears_of("bob", json!("Disconnection"));
    let mut answered = Vec::new();
    while answered.len() < 2 {
        let message = alice.hears();
        if message["header"]["SnapshotResponse"][0] == "alice" {
            answered.push(message["sender_id"].as_str().unwrap().to_owned());
        }
    }
    answered.sort();
    assert_eq!(answered, ["ann", "netchat-office"]);
    assert!(ann.asks("PING x").iter().all(|line| !line.contains("secret")));
}

#[test]
fn a_peer_that_an_operator_has_killed_is_told_and_stays_away_until_it_connects_anew() {
    let server = Program::start(&[], &format!("{OFFICE}{}", boss(&["kill"])));
    let mut ann = Person::in_office(&server, "ann");
    let mut operator = Person::operator(&server);
    let mut alice = Site::connect(server.folder.path(), "office", "alice");
    ann.hears(":alice!~alice@netchat/office JOIN #office");
    operator.asks("KILL alice :enough");
    ann.hears(":alice!~alice@netchat/office QUIT :Killed (boss (enough))");
    alice.says(json!({"Public": "still here"}));
    loop {
        let (from, text) = alice.is_told();
        if text.contains("removed from IRC") {
            assert_eq!(from, "netchat-office");
            break;
        }
    }
    alice.says(json!("Disconnection"));
    alice.says(json!("Connection"));
    alice.says(json!({"Public": "back"}));
    ann.hears(":alice!~alice@netchat/office JOIN #office");
    let line = ann.hears("PRIVMSG #office");
    assert!(line.ends_with(" :back"), "{line}");
}

#[test]
fn a_peer_that_is_killed_quits_though_another_link_has_passed_its_words_on() {
    let server = Program::start(&[], &format!("{OFFICE}{ANNEX}"));
    let mut ann = Person::in_office(&server, "ann");
    let mut alice = Site::connect(server.folder.path(), "office", "alice");
    let mut bob = Site::connect(server.folder.path(), "annex", "bob");
    ann.hears(":bob!~bob@netchat/annex JOIN #office");
    alice.says(json!({"Public": "hello"}));
    let heard = bob.hears_of("alice", json!({"Public": "hello"}));
    bob.passes_on(&heard.to_string());
    ann.hears("PRIVMSG #office :hello");
    alice.crashes();
    bob.hears_of("netchat-office", json!({"SnapshotRequest": "netchat-office"}));
    bob.says(json!({"SnapshotResponse": ["netchat-office", []]}));
    assert!(ann.hears("QUIT").starts_with(":alice!~alice@netchat/office QUIT :Connection lost"));
    // His own snapshots do not wait for her.
    let start = Instant::now();
    bob.says(json!({"SnapshotRequest": "bob"}));
    bob.hears_of("alice", json!({"SnapshotResponse": ["bob", []]}));
    assert!(start.elapsed().as_millis() < 4000, "{:?}", start.elapsed());
    bob.says(json!({"Public": "still here"}));
    ann.hears(":bob!~bob@netchat/annex PRIVMSG #office :still here");
}

#[test]
fn a_peer_that_was_there_before_the_server_can_be_told_something_before_it_speaks() {
    let server = office();
    let mut ann = Person::in_office(&server, "ann");
    let mut alice = Site::open(server.folder.path(), "office", "alice");
    alice.hears_of("netchat-office", json!({"SnapshotRequest": "netchat-office"}));
    alice.says(json!({"SnapshotResponse": ["netchat-office", []]}));
    ann.hears(":alice!~alice@netchat/office JOIN #office");
    ann.sends("PRIVMSG alice :are you there?");
    assert_eq!(alice.is_told(), ("ann".into(), "are you there?".into()));
}

/// Waits until the server has logged this.
#[track_caller]
fn logs(server: &Program, words: &str) {
    let deadline = Instant::now() + PATIENCE;
    while !server.log().contains(words) {
        assert!(Instant::now() < deadline, "{words:?} is not in the log");
        std::thread::yield_now();
    }
}

/// All that is written to the site up to a private message with this text.
fn up_to(site: &mut Site, text: &str) -> Vec<String> {
    let mut heard = Vec::new();
    loop {
        let message = site.hears();
        if message["header"]["Private"][1] == text {
            return heard;
        }
        // It is asked whether it is there, whatever else it may hear.
        if message["header"].get("SnapshotRequest").is_none() {
            heard.push(format!("{} {}", message["sender_id"], message["header"]));
        }
    }
}

#[test]
fn nothing_of_the_channel_is_written_to_a_link_whose_peers_are_kept_out_and_nothing_comes_from_it()
{
    let server = Program::start(&[], &format!("{OFFICE}{ANNEX}"));
    let mut ann = Person::in_office(&server, "ann");
    let mut bob = Site::connect(server.folder.path(), "office", "bob");
    let mut eve = Site::connect(server.folder.path(), "annex", "eve");
    ann.hears(":eve!~eve@netchat/annex JOIN #office");
    ann.sends("MODE #office +b *!*@netchat/annex\r\nKICK #office eve :enough");
    eve.hears_of(
        "netchat-office",
        json!({"Public": "eve was removed from #office by ann (enough)"}),
    );
    ann.sends("PRIVMSG #office :a secret\r\nPRIVMSG bob :between us\r\nPRIVMSG eve :for you");
    bob.hears_of("ann", json!({"Private": ["bob", "between us"]}));
    bob.says(json!({"Public": "hush"}));
    ann.hears("PRIVMSG #office :hush");
    ann.sends("PRIVMSG eve :the end");
    let heard = up_to(&mut eve, "the end");
    assert_eq!(heard, [format!("\"ann\" {}", json!({"Private": ["eve", "for you"]}))]);
    eve.says(json!({"Public": "let me in"}));
    assert!(eve.is_told().1.starts_with("refused by #office: "));
    ann.sends("PRIVMSG bob :the end");
    assert!(!up_to(&mut bob, "the end").concat().contains("let me in"));
    // Whoever reads there and says nothing hears nothing either.
    eve.says(json!("Disconnection"));
    while ann.asks("ISON eve").concat().contains(":eve") {}
    drop(eve);
    // Another reader that comes before the gateway has looked cannot be told from the first.
    logs(&server, "nobody reads the link link=\"annex\"");
    let mut mute = Site::open(server.folder.path(), "annex", "mute");
    mute.hears_of("netchat-office", json!({"SnapshotRequest": "netchat-office"}));
    ann.sends("PRIVMSG #office :another secret");
    bob.hears_of("ann", json!({"Public": "another secret"}));
    ann.sends("MODE #office -b *!*@netchat/annex");
    // All is well again, and who is there is told.
    let first = loop {
        let message = mute.hears();
        if message["header"].get("SnapshotRequest").is_none() {
            break message;
        }
    };
    assert_eq!(first["header"], json!("Connection"));
    mute.says(json!({"Public": "thank you"}));
    ann.hears(":mute!~mute@netchat/annex PRIVMSG #office :thank you");
    bob.hears_of("mute", json!({"Public": "thank you"}));
}

#[test]
fn what_the_channel_refuses_is_not_for_other_links() {
    let server = Program::start(&[], &format!("{OFFICE}{ANNEX}"));
    let mut ann = Person::in_office(&server, "ann");
    let mut bob = Site::connect(server.folder.path(), "office", "bob");
    let mut eve = Site::connect(server.folder.path(), "annex", "eve");
    ann.hears(":eve!~eve@netchat/annex JOIN #office");
    ann.asks("MODE #office +m");
    let long = "word ".repeat(300);
    for text in ["refused", "one\ntwo\nthree", &long] {
        bob.says(json!({"Public": text}));
    }
    bob.says(json!({"Private": ["ann", "was it all refused?"]}));
    ann.hears("was it all refused?");
    ann.asks("MODE #office -m");
    bob.says(json!({"Public": long}));
    bob.says(json!({"Public": "the end"}));
    bob.says(json!("Disconnection"));
    let mut heard = Vec::new();
    loop {
        let message = eve.hears();
        if message["sender_id"] == "bob" {
            heard.push(message["header"].clone());
        }
        if heard.last() == Some(&json!("Disconnection")) {
            break;
        }
    }
    let said = [json!({"Public": long}), json!({"Public": "the end"}), json!("Disconnection")];
    heard.retain(|header| *header != json!("Connection"));
    assert_eq!(heard, said);
}

#[test]
fn a_peer_is_told_each_reason_why_it_is_refused_and_that_nobody_is_called_so() {
    let server = office();
    let mut ann = Person::in_office(&server, "ann");
    let mut bob = Site::connect(server.folder.path(), "office", "bob");
    ann.hears(":bob!~bob@netchat/office JOIN #office");
    ann.asks("MODE #office +m");
    for _ in 0..3 {
        bob.says(json!({"Public": "let me speak"}));
    }
    assert!(bob.is_told().1.contains("(+m)"));
    ann.asks("MODE #office -m+b *!*@netchat/office");
    bob.says(json!({"Public": "and now?"}));
    assert!(bob.is_told().1.contains("(+b)"), "another reason within a minute");
    bob.says(json!({"Private": ["nobody", "are you there?"]}));
    assert_eq!(bob.is_told().1, "not delivered: nobody is called nobody here");
    bob.says(json!({"Private": ["netchat-office", "who"]}));
    assert_eq!(bob.is_told().1, "1 peer: bob");
}

#[test]
fn a_list_without_anybody_is_told_in_words() {
    let server = office();
    let mut ann = Person::in_office(&server, "ann");
    ann.sends("PRIVMSG netchat-office :who");
    assert!(ann.hears("NOTICE ann").ends_with(" :no peers are connected"));
}

#[test]
fn whoever_is_there_is_told_once_to_a_peer_that_begins_to_read_after_it_has_written() {
    let server = office();
    let path = server.folder.path().join("run/office.in");
    let mut early = std::fs::OpenOptions::new().write(true).open(path).unwrap();
    let line = json!({"id": new_id(), "sender_id": "bob", "header": "Connection",
                      "clock": {"bob": 1}});
    std::io::Write::write_all(&mut early, format!("{line}\n").as_bytes()).unwrap();
    let mut ann = Person::in_office(&server, "ann");
    while !ann.asks("NAMES #office").concat().contains("bob") {}
    let mut bob = Site::open(server.folder.path(), "office", "bob");
    ann.sends("PRIVMSG bob :the end");
    let mut seen = 0;
    loop {
        let message = bob.hears();
        seen += usize::from(message["sender_id"] == "ann" && message["header"] == "Connection");
        if message["header"]["Private"][1] == "the end" {
            break;
        }
    }
    assert_eq!(seen, 1);
}
