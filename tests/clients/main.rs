//! irssi and WeeChat, as people run them, talk through our server.
//!
//! These programs decide what people will meet, so they are driven for real: irssi by keys
//! on a terminal, WeeChat by its FIFO.  Each step is believed when the client that it concerns
//! has written it into its own log.

#![allow(clippy::indexing_slicing, reason = "a panic here is a test that fails")]

mod browser;
mod irssi;
mod person;
mod printed;
mod server;
#[path = "../support/mod.rs"]
mod support;
mod wait;
mod weechat;
mod witness;

use browser::Browser;
use person::{Person, STATUS};
use server::Server;
use support::{peer::Peer, program::Program};
use witness::Witness;

const POND: &str = "#pond";
const LAKE: &str = "#lake";
const OFFICE: &str = "#office";

#[test]
#[ignore = "needs irssi, weechat-headless and tmux (Debian packages)"]
fn two_people_meet_in_a_channel_and_each_sees_what_the_other_does() {
    let server = Server::start();
    let mut alice = Person::with_irssi("alice", &server);
    let mut bob = Person::with_weechat("bob", &server);

    alice.enters(STATUS, "/join #pond");
    alice.sees(POND, "alice [*] has joined #pond");
    alice.sees(POND, "[@alice]");
    bob.enters(STATUS, "/join #pond");
    bob.sees(POND, "bob (*) has joined #pond");
    bob.sees(POND, "2 nicks (1 op");
    alice.sees(POND, "bob [*] has joined #pond");

    alice.enters(POND, "good morning");
    bob.sees(POND, "@alice good morning");
    bob.enters(POND, "ducks everywhere");
    alice.sees(POND, "< bob> ducks everywhere");
    alice.enters(POND, "/me counts them");
    bob.sees(POND, "* alice counts them");
    bob.enters(POND, "/me helps");
    alice.sees(POND, "* bob helps");

    alice.enters(POND, "/msg bob a word in private");
    alice.sees("bob", "<alice> a word in private");
    bob.sees("alice", "alice a word in private");
    bob.enters("alice", "of course");
    alice.sees("bob", "<bob> of course");
    bob.enters(POND, "/msg alice and one from the channel's window");
    alice.sees("bob", "<bob> and one from the channel's window");

    alice.enters(POND, "/topic ducks and geese");
    alice.sees(POND, "alice changed the topic of #pond to: ducks and geese");
    bob.sees(POND, "alice has changed topic for #pond * \"ducks and geese\"");
    alice.enters(POND, "/op bob");
    alice.sees(POND, "mode/#pond [+o bob] by alice");
    bob.sees(POND, "Mode #pond [+o bob] by alice");
    bob.enters(POND, "/topic geese");
    bob.sees(POND, "bob has changed topic for #pond * to \"geese\"");
    alice.sees(POND, "bob changed the topic of #pond to: geese");

    bob.enters(POND, "/nick robert");
    bob.sees(POND, "You are now known as robert");
    alice.sees(POND, "bob is now known as robert");
    bob.enters(POND, "same person");
    alice.sees(POND, "<@robert> same person");
    alice.enters(POND, "/nick alicia");
    alice.sees(POND, "You're now known as alicia");
    bob.sees(POND, "alice is now known as alicia");

    alice.enters(POND, "/whois robert");
    for line in ["robert [*@*]", "ircname * :", "channels : *@#pond", "End of WHOIS"] {
        alice.sees(STATUS, line);
    }
    bob.enters(STATUS, "/whois alicia");
    for line in ["[alicia] (*@*): alice", "[alicia] *@#pond", "[alicia] idle", "End of"] {
        bob.sees(STATUS, line);
    }

    bob.enters(POND, "/kick alicia feeding bread");
    bob.sees(POND, "robert has kicked alicia (feeding bread)");
    alice.sees(POND, "alicia was kicked from #pond by robert [feeding bread]");
    bob.enters(POND, "quiet now");
    bob.enters("alicia", "come back");
    alice.sees("robert", "<robert> come back");
    alice.never_saw(POND, "quiet now");
    alice.enters(STATUS, "/join #pond");
    alice.sees(POND, "alicia [*] has joined #pond");
    alice.sees(POND, "[@robert]*[ alicia]");
    bob.sees(POND, "alicia (*) has joined #pond");

    bob.enters(POND, "/part to the shop");
    bob.sees(POND, "robert (*) has left #pond (to the shop)");
    alice.sees(POND, "robert [*] has left #pond [to the shop]");
    alice.enters(POND, "alone at last");
    alice.enters(POND, "/msg robert bring corn");
    bob.sees("alicia", "alicia bring corn");
    bob.never_saw(POND, "alone at last");
    bob.enters(STATUS, "/join #pond");
    bob.sees(POND, "robert (*) has joined #pond");
    bob.sees(POND, "Topic for #pond is \"geese\"");
    alice.sees(POND, "robert [*] has joined #pond");

    alice.quits("good night");
    bob.sees(POND, "alicia (*) has quit (*good night");
    bob.quits("me too");
}

#[test]
#[ignore = "needs irssi, weechat-headless and tmux (Debian packages)"]
fn two_people_meet_by_tls_and_see_that_of_each_other() {
    let server = Server::start_tls();
    let mut alice = Person::with_irssi("alice", &server);
    let mut bob = Person::with_weechat("bob", &server);
    alice.enters(STATUS, "/join #pond");
    alice.sees(POND, "alice [*] has joined #pond");
    bob.enters(STATUS, "/join #pond");
    bob.sees(POND, "bob (*) has joined #pond");
    alice.sees(POND, "bob [*] has joined #pond");
    alice.enters(POND, "good morning");
    bob.sees(POND, "@alice good morning");
    bob.enters(POND, "ducks everywhere");
    alice.sees(POND, "< bob> ducks everywhere");
    bob.enters(STATUS, "/whois alice");
    bob.sees(STATUS, "[alice] is using a secure connection");
    alice.enters(STATUS, "/whois bob");
    alice.sees(STATUS, "secure connection");
    alice.quits("good night");
    bob.sees(POND, "alice (*) has quit (*good night");
    bob.quits("");
}

#[test]
#[ignore = "needs irssi, weechat-headless and tmux (Debian packages)"]
fn irssi_weechat_and_another_client_talk_with_two_peers_over_one_gateway() {
    let server = Server::start_office();
    let program = server.program();
    let mut alice = Person::with_irssi("alice", &server);
    let mut bob = Person::with_weechat("bob", &server);
    alice.enters(STATUS, "/join #office");
    alice.sees(OFFICE, "alice [*] has joined #office");
    bob.enters(STATUS, "/join #office");
    bob.sees(OFFICE, "bob (*) has joined #office");
    let mut dave = Witness::join("dave", OFFICE, server.address);
    // The gateway writes to pat, pat to quinn, quinn to the gateway.
    let mut quinn = Peer::start(program, "quinn", "middle", "office.in");
    let mut pat = Peer::start(program, "pat", "office.out", "middle");
    alice.sees(OFFICE, "pat [~pat@netchat/office] has joined #office");
    bob.sees(OFFICE, "pat (*~pat@netchat/office) has joined #office");

    pat.says("hello from a pipe");
    alice.sees(OFFICE, "pat> hello from a pipe");
    bob.sees(OFFICE, "pat hello from a pipe");
    assert_eq!(dave.hears_from("pat"), "hello from a pipe");
    quinn.says("and from another");
    alice.sees(OFFICE, "quinn> and from another");
    alice.enters(OFFICE, "hello pipes");
    assert!(pat.prints("hello pipes").contains("alice"));
    quinn.prints("hello pipes");
    alice.enters(OFFICE, "/me waves");
    quinn.prints("waves");

    bob.enters(OFFICE, "/msg quinn only you");
    assert!(quinn.prints("only you").contains("bob"));
    quinn.says("/msg bob and only you");
    bob.sees("quinn", "quinn and only you");
    alice.enters(OFFICE, "/whois pat");
    alice.sees(STATUS, "pat [~pat@netchat/office]");

    for peer in [&mut pat, &mut quinn] {
        peer.says("/snapshot");
        assert!(!peer.prints("snapshot").contains("missing"));
    }
    drop(quinn);
    alice.sees(OFFICE, "quinn [~quinn@netchat/office] has quit");
    let mut quinn = Peer::start(program, "quinn", "middle", "office.in");
    quinn.says("back again");
    bob.sees(OFFICE, "quinn back again");
    alice.quits("good night");
    assert!(pat.prints("left").contains("alice"));
    bob.quits("");
}

#[test]
#[ignore = "needs chromium (Debian package)"]
fn a_page_in_a_browser_joins_and_chats_with_and_without_tls() {
    let listen =
        |rest: &str| format!("[[listen]]\naddress = \"127.0.0.1:0\"\nwebsocket = true\n{rest}\n");
    let config = format!("[tls]\nfolder = \".\"\n{}{}", listen(""), listen("tls = true"));
    let program = Program::start(&[], &config);
    let mut dave = Witness::join("dave", POND, program.address);
    let urls =
        [format!("ws://{}/", program.addresses[1]), format!("wss://{}/", program.addresses[2])];
    for (nick, url) in ["paige", "percy"].into_iter().zip(urls) {
        let browser = Browser::open(nick, &url, POND);
        assert_eq!(browser.tells(), format!("{nick} has joined"));
        assert_eq!(dave.hears_from(nick), "good morning from a page: zażółć 🦆");
        dave.says("and to you: 今晩は");
        assert_eq!(browser.tells(), format!("{nick} heard and to you: 今晩は"));
    }
}

#[test]
#[ignore = "needs irssi, weechat-headless and tmux (Debian packages)"]
fn long_accented_and_formatted_text_arrives_as_it_was_typed() {
    let server = Server::start();
    let mut carol = Person::with_irssi("carol", &server);
    let mut erin = Person::with_weechat("erin", &server);
    let mut dave = Witness::join("dave", LAKE, server.address);

    carol.enters(STATUS, "/join #lake");
    carol.sees(LAKE, "carol [*] has joined #lake");
    erin.enters(STATUS, "/join #lake");
    erin.sees(LAKE, "erin (*) has joined #lake");
    carol.sees(LAKE, "erin [*] has joined #lake");

    for greeting in ["zażółć gęślą jaźń", "добрый вечер", "今晩は、湖へようこそ", "🦆 quack"]
    {
        carol.enters(LAKE, greeting);
        erin.sees(LAKE, &format!("carol {greeting}"));
        assert_eq!(dave.hears_from("carol"), greeting);
        erin.enters(LAKE, greeting);
        carol.sees(LAKE, &format!("< erin> {greeting}"));
        assert_eq!(dave.hears_from("erin"), greeting);
    }

    carol.enters(LAKE, "/me paints");
    assert_eq!(dave.hears_from("carol"), "\x01ACTION paints\x01");
    dave.says("\x02bold\x02 \x034,12red on blue\x03 \x1ditalic\x0f plain");
    carol.sees(LAKE, "dave> bold red on blue italic plain");
    erin.sees(LAKE, "dave bold red on blue italic plain");

    // Each client cuts what is too long for a line, by what it believes its own mask to be.
    for (letter, length) in [("x", 600), ("ż", 300)] {
        let long = format!("{}.", letter.repeat(length));
        carol.enters(LAKE, &long);
        assert_eq!(dave.hears_in_pieces("carol"), long);
        assert_eq!(erin.sees_in_pieces(LAKE, " carol "), long);
        erin.enters(LAKE, &long);
        assert_eq!(dave.hears_in_pieces("erin"), long);
        assert_eq!(carol.sees_in_pieces(LAKE, "< erin> "), long);
    }

    erin.quits("");
    carol.sees(LAKE, "erin [*] has quit");
}
