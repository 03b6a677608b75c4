//! Clients of the workshop chat, which `nc` is one of.

use std::{
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
};

use crate::{Person, Program, person::PATIENCE};

struct Client {
    stream: BufReader<TcpStream>,
    address: SocketAddr,
}

impl Client {
    fn connect(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let address = stream.local_addr().unwrap();
        Self { stream: BufReader::new(stream), address }
    }

    fn named(port: u16, name: &str) -> Self {
        let mut client = Self::connect(port);
        client.says(name);
        client
    }

    fn says(&mut self, line: &str) {
        self.stream.get_mut().write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    #[track_caller]
    fn reads(&mut self, expected: &str) {
        let mut line = String::new();
        self.stream.read_line(&mut line).expect("a line in time");
        assert_eq!(line, format!("{expected}\n"));
    }
}

/// A server, the port of its workshop, and ann in the room.
fn workshop() -> (Program, u16, Person) {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let config = format!("[gateway.workshop]\nenabled = true\naddress = \"127.0.0.1:{port}\"\n");
    let server = Program::start(&[], &config);
    let mut ann = Person::register(&server, "ann");
    ann.asks("JOIN #workshop");
    (server, port, ann)
}

#[test]
fn its_clients_and_irc_users_chat_in_the_words_of_the_protocol() {
    let (_server, port, mut ann) = workshop();
    let mut bob = Client::named(port, "bob");
    ann.hears(":bob!~");
    // What follows the name at once is not lost.
    let mut eve = Client::named(port, "eve\nhello everybody");
    let address = eve.address;
    bob.reads(&format!("eve ({address}) joined the chat!"));
    bob.reads("eve: hello everybody");
    ann.hears("PRIVMSG #workshop :hello everybody");
    ann.sends("PRIVMSG #workshop :hello \x02you\x02");
    bob.reads("ann: hello you");
    eve.reads("ann: hello you");
    bob.says("//slash");
    ann.hears("PRIVMSG #workshop :/slash");
    eve.reads("bob: /slash");
    bob.says("/tell ann a secret");
    ann.hears("PRIVMSG bob :a secret".replace("bob", "ann").as_str());
    ann.sends("PRIVMSG bob :another");
    bob.reads("ann tells you: another");
    bob.says("/tell nobody hi");
    bob.reads("nobody: No such nick/channel");
    drop(eve);
    bob.reads(&format!("eve ({address}) left the chat!"));
    ann.sends("QUIT");
    bob.reads("ann (127.0.0.1) left the chat!");
    bob.says("/who");
    bob.reads("In #workshop: bob");
}

#[test]
fn any_name_is_taken_and_made_legal_and_another() {
    let (_server, port, mut ann) = workshop();
    let mut zoe = Client::named(port, "Zoë von B");
    zoe.reads("You are called Zoe_von_B here");
    ann.hears(":Zoe_von_B!~");
    let mut again = Client::named(port, "Zoë von B");
    again.reads("You are called Zoe_von_B_2 here");
    ann.hears(":Zoe_von_B_2!~");
    let mut taken = Client::named(port, "ann");
    taken.reads("You are called ann_2 here");
}

#[test]
fn whoever_leaves_before_giving_a_name_was_never_there() {
    let (_server, port, mut ann) = workshop();
    drop(Client::connect(port));
    let mut bob = Client::named(port, "bob");
    assert!(ann.line().unwrap().starts_with(":bob!~"));
    bob.says("hi");
    assert!(ann.line().unwrap().ends_with("PRIVMSG #workshop :hi"));
}

#[test]
fn an_empty_first_line_is_answered_and_so_is_a_name_of_any_length() {
    let (_server, port, mut ann) = workshop();
    let mut bob = Client::connect(port);
    for empty in ["", "   ", "\u{7}", "\r"] {
        bob.says(empty);
        bob.reads("Say who you are: the first line is your name");
    }
    bob.says("bob");
    ann.hears(":bob!~");
    let mut long = Client::named(port, &"n".repeat(5000));
    long.reads(&format!("You are called {} here", "n".repeat(30)));
    long.says("/tell ann hello");
    ann.hears("PRIVMSG ann :hello");
}
