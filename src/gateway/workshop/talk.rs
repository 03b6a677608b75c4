//! A client's lines in IRC's words, and IRC's lines in the client's.

use std::net::SocketAddr;

use crate::core::NetworkLimits;
use crate::gateway::internal_client::{host_of, nick_of};
use crate::gateway::words;
use crate::gateway::workshop::shown_address;
use crate::proto::{Message, truncate_utf8};

const HELP: &str = "\
Whatever you write goes to all in the room, but for these:
/tell USER MESSAGE says it to one person alone.
/join #ROOM takes you to another room.
/who tells who is in the room.
/help tells this.
//... says a line that begins with a slash.
";

/// One client's conversation.
pub struct Talk {
    stage: Stage,
    nick: String,
    /// The name as given.
    name: String,
    attempt: usize,
    longest_nick: usize,
    /// Bytes of the real name.
    longest_name: usize,
    /// The port that the client has come from, its user name.
    port: u16,
    /// The channel that it is in, or is to be in.
    room: String,
    /// Bytes of text that fit into a line to a target of no length.
    space: usize,
    /// It has asked who is there: names so far.
    names: Option<Vec<String>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The first line has not come.
    Nameless,
    Registering,
    Chatting,
}

impl Talk {
    /// With a client at `peer` that has said nothing yet.
    pub fn new(peer: SocketAddr, room: &str, limits: &NetworkLimits) -> Self {
        Self {
            stage: Stage::Nameless,
            nick: String::new(),
            name: String::new(),
            attempt: 0,
            longest_nick: limits.nick,
            longest_name: limits.realname.min(limits.line.saturating_sub(40)),
            port: peer.port(),
            room: room.to_owned(),
            // No host is longer.
            space: words::room(limits, &"x".repeat(63), ""),
            names: None,
        }
    }

    /// Whether the client's next line can be dealt with.
    pub fn wants_lines(&self) -> bool {
        self.stage != Stage::Registering
    }

    /// A line of the client's, without its end.
    pub fn says(&mut self, line: &str, server: &mut Vec<u8>, client: &mut Vec<u8>) {
        if self.stage == Stage::Nameless {
            self.name = words::clean(line).trim().to_owned();
            if self.name.is_empty() {
                return notify(client, "Say who you are: the first line is your name");
            }
            self.stage = Stage::Registering;
            self.nick = words::nick(&self.name, 0, self.longest_nick);
            let (nick, port) = (&self.nick, self.port);
            // The line must not be too long, whatever is the name.
            let name = truncate_utf8(self.name.as_bytes(), self.longest_name);
            let name = String::from_utf8_lossy(name);
            // Whose host changes has not left.
            send(server, "CAP REQ :chghost\r\nCAP END");
            return send(server, &format!("NICK {nick}\r\nUSER {port} 0 * :{name}"));
        }
        let Some(command) = line.strip_prefix('/') else { return self.speak(line, server) };
        if command.starts_with('/') {
            return self.speak(command, server);
        }
        let (verb, rest) = command.split_once(' ').unwrap_or((command, ""));
        let rest = rest.trim();
        match (verb, rest.split_once(' ')) {
            ("help", _) => client.extend_from_slice(HELP.as_bytes()),
            ("who", _) => {
                self.names = Some(Vec::new());
                send(server, &format!("NAMES {}", self.room));
            }
            ("join", None) if rest.starts_with('#') && is_word(rest) => {
                send(server, &format!("JOIN {rest}"));
            }
            ("join", _) => notify(client, "Say it as /join #ROOM"),
            ("tell", Some((to, message))) if is_word(to) => {
                for piece in words::messages(message.trim(), self.space.saturating_sub(to.len())) {
                    send(server, &format!("PRIVMSG {to} :{piece}"));
                }
            }
            ("tell", _) => notify(client, "Say it as /tell USER MESSAGE"),
            _ => notify(
                client,
                &format!("There is no /{}; /help tells what there is", words::clean(verb)),
            ),
        }
    }

    fn speak(&self, words: &str, server: &mut Vec<u8>) {
        for piece in words::messages(words, self.space.saturating_sub(self.room.len())) {
            send(server, &format!("PRIVMSG {} :{piece}", self.room));
        }
    }

    /// A line of the server's, without its end.
    pub fn hears(&mut self, line: &[u8], server: &mut Vec<u8>, client: &mut Vec<u8>) {
        let Ok(message) = Message::parse(line) else { return };
        let source = message.source.unwrap_or_default();
        let who = words::clean(&String::from_utf8_lossy(nick_of(source)));
        let is_own = who == self.nick;
        let word = |at: usize| {
            let word = message.params.get(at).copied().unwrap_or_default();
            words::clean(&String::from_utf8_lossy(word))
        };
        let last = message.params.last().copied().unwrap_or_default();
        let last = words::clean(&String::from_utf8_lossy(last));
        match (message.verb, self.stage) {
            (b"PING", _) => send(server, &format!("PONG :{last}")),
            (b"432" | b"433" | b"437", Stage::Registering) => {
                self.attempt += 1;
                self.nick = words::nick(&self.name, self.attempt, self.longest_nick);
                send(server, &format!("NICK {}", self.nick));
            }
            (b"001", _) => {
                self.stage = Stage::Chatting;
                self.nick = word(0);
                if self.nick != self.name {
                    notify(client, &format!("You are called {} here", self.nick));
                }
                send(server, &format!("JOIN {}", self.room));
            }
            (b"ERROR", _) => notify(client, &last),
            // It may not come in, or not so.
            ([b'4' | b'5', _, _], Stage::Registering) => notify(client, &last),
            (_, Stage::Nameless | Stage::Registering) => {}
            (b"PRIVMSG" | b"NOTICE", _) if !source.contains(&b'!') => notify(client, &last),
            (b"PRIVMSG" | b"NOTICE", _) => {
                let words = message.params.last().copied().unwrap_or_default();
                let Some(words) = words::readable(&who, words) else { return };
                match word(0) {
                    target if target.eq_ignore_ascii_case(&self.nick) => {
                        notify(client, &format!("{who} tells you: {words}"));
                    }
                    _ => notify(client, &format!("{who}: {words}")),
                }
            }
            (b"JOIN", _) if is_own => self.enters(&word(0), server, client),
            (b"JOIN", _) => notify(client, &format!("{} joined the chat!", named(source))),
            (b"PART", _) if is_own => {}
            (b"PART" | b"QUIT", _) => notify(client, &format!("{} left the chat!", named(source))),
            (b"KICK", _) if word(1) == self.nick => {
                notify(client, &format!("{who} has removed you from {}: {last}", word(0)));
            }
            (b"KICK", _) => notify(client, &format!("{} left the chat!", word(1))),
            (b"NICK", _) if is_own => {
                self.nick = last;
                notify(client, &format!("You are now called {}", self.nick));
            }
            (b"NICK", _) => notify(client, &format!("{who} is now called {last}")),
            (b"TOPIC", _) => notify(client, &format!("{who} has set the topic: {last}")),
            (b"332", _) => notify(client, &format!("Topic: {last}")),
            (b"INVITE", _) => notify(client, &format!("{who} invites you: /join {last}")),
            (b"301", _) => notify(client, &format!("{} is away: {last}", word(1))),
            (b"353", _) => {
                if let Some(names) = &mut self.names {
                    let plain =
                        |name: &str| name.trim_start_matches(['~', '&', '@', '%', '+']).into();
                    names.extend(last.split_whitespace().map(plain));
                }
            }
            (b"366", _) => {
                if let Some(names) = self.names.take() {
                    let told = match names.as_slice() {
                        [] => format!("Nobody is in {}", word(1)),
                        names => format!("In {}: {}", word(1), names.join(", ")),
                    };
                    notify(client, &told);
                }
            }
            // No message of the day.
            (b"422", _) => {}
            ([b'4' | b'5', _, _], _) => {
                notify(client, &format!("{}: {last}", word(1)));
            }
            _ => {}
        }
    }

    /// It is in a room: in no other any more.
    fn enters(&mut self, room: &str, server: &mut Vec<u8>, client: &mut Vec<u8>) {
        let old = std::mem::replace(&mut self.room, room.to_owned());
        if !old.eq_ignore_ascii_case(room) {
            send(server, &format!("PART {old}"));
            notify(client, &format!("You are in {room}"));
        }
    }
}

/// Whether it can stand in a command as one parameter that is one target.
fn is_word(word: &str) -> bool {
    let fits = |c: char| c != ',' && c != ' ' && !c.is_control();
    !word.is_empty() && !word.starts_with(':') && word.chars().all(fits)
}

fn send(server: &mut Vec<u8>, line: &str) {
    server.extend_from_slice(line.as_bytes());
    server.extend_from_slice(b"\r\n");
}

fn notify(client: &mut Vec<u8>, line: &str) {
    client.extend_from_slice(line.as_bytes());
    client.push(b'\n');
}

/// `NAME (IP:PORT)`; of others than the workshop's clients `NAME (HOST)`.
fn named(source: &[u8]) -> String {
    let user = source.split(|byte| *byte == b'!').nth(1).unwrap_or_default();
    let user = user.split(|byte| *byte == b'@').next().unwrap_or_default();
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    format!("{} ({})", text(nick_of(source)), shown_address(&text(user), &text(host_of(source))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn talk() -> Talk {
        let peer = "127.0.0.1:4321".parse().expect("an address");
        Talk::new(peer, "#workshop", &NetworkLimits::default())
    }

    fn says(talk: &mut Talk, line: &str) -> (String, String) {
        let (mut server, mut client) = (Vec::new(), Vec::new());
        talk.says(line, &mut server, &mut client);
        (String::from_utf8(server).expect("text"), String::from_utf8(client).expect("text"))
    }

    fn hears(talk: &mut Talk, line: &str) -> (String, String) {
        let (mut server, mut client) = (Vec::new(), Vec::new());
        talk.hears(line.as_bytes(), &mut server, &mut client);
        (String::from_utf8(server).expect("text"), String::from_utf8(client).expect("text"))
    }

    fn chatting() -> Talk {
        let mut talk = talk();
        says(&mut talk, "ann");
        hears(&mut talk, ":s 001 ann :Welcome");
        hears(&mut talk, ":ann!~4321@127.0.0.1 JOIN #workshop");
        talk
    }

    #[test]
    fn the_first_line_is_a_name_and_need_not_be_a_nick() {
        let mut talk = talk();
        let (server, client) = says(&mut talk, " Zoë B ");
        assert_eq!(
            (server.as_str(), client.as_str()),
            ("CAP REQ :chghost\r\nCAP END\r\nNICK Zoe_B\r\nUSER 4321 0 * :Zoë B\r\n", "")
        );
        assert!(!talk.wants_lines());
        let server = hears(&mut talk, ":s 433 * Zoe_B :Nickname is already in use").0;
        assert_eq!(server, "NICK Zoe_B_2\r\n");
        let (server, client) = hears(&mut talk, ":s 001 Zoe_B_2 :Welcome");
        assert_eq!(
            (server.as_str(), client.as_str()),
            ("JOIN #workshop\r\n", "You are called Zoe_B_2 here\n")
        );
        assert!(talk.wants_lines());
    }

    #[test]
    fn what_others_do_is_told_in_the_protocols_words() {
        let mut talk = chatting();
        for (line, told) in [
            (":bob!~b@10.0.0.1 JOIN #workshop", "bob (10.0.0.1) joined the chat!\n"),
            (":eve!~99@10.0.0.1 JOIN #workshop", "eve (10.0.0.1:99) joined the chat!\n"),
            (":bob!~b@10.0.0.1 PRIVMSG #workshop :hi \x02all\x02", "bob: hi all\n"),
            (":bob!~b@10.0.0.1 PRIVMSG ann :psst", "bob tells you: psst\n"),
            (":bob!~b@10.0.0.1 PRIVMSG ann :\x01VERSION\x01", ""),
            (":eve!~99@10.0.0.1 QUIT :Connection closed", "eve (10.0.0.1:99) left the chat!\n"),
            (":bob!~b@10.0.0.1 NICK rob", "bob is now called rob\n"),
            (":s 401 ann carol :No such nick", "carol: No such nick\n"),
            (
                ":rob!~b@10.0.0.1 KICK #workshop ann :enough",
                "rob has removed you from #workshop: enough\n",
            ),
            (":s 375 ann :- Message of the day", ""),
        ] {
            assert_eq!(hears(&mut talk, line).1, told, "{line}");
        }
    }

    #[test]
    fn lines_are_words_but_for_the_commands() {
        let mut talk = chatting();
        for (line, server, client) in [
            ("hi all", "PRIVMSG #workshop :hi all\r\n", ""),
            ("//etc/passwd", "PRIVMSG #workshop :/etc/passwd\r\n", ""),
            ("/tell bob a word", "PRIVMSG bob :a word\r\n", ""),
            ("/tell bob", "", "Say it as /tell USER MESSAGE\n"),
            ("/tell a,b hi", "", "Say it as /tell USER MESSAGE\n"),
            ("/tell a\rQUIT hi", "", "Say it as /tell USER MESSAGE\n"),
            ("/join #a\rQUIT", "", "Say it as /join #ROOM\n"),
            ("/join #pond", "JOIN #pond\r\n", ""),
            ("/join pond", "", "Say it as /join #ROOM\n"),
            ("/dance", "", "There is no /dance; /help tells what there is\n"),
            ("a\rQUIT", "PRIVMSG #workshop :a\r\nPRIVMSG #workshop :QUIT\r\n", ""),
            ("", "", ""),
        ] {
            let said = says(&mut talk, line);
            assert_eq!((said.0.as_str(), said.1.as_str()), (server, client), "{line}");
        }
        assert!(says(&mut talk, "/help").1.contains("/tell USER MESSAGE"));
    }

    #[test]
    fn another_room_takes_the_place_of_the_first_once_it_is_entered() {
        let mut talk = chatting();
        says(&mut talk, "/join #pond");
        assert_eq!(says(&mut talk, "still here").0, "PRIVMSG #workshop :still here\r\n");
        let (server, client) = hears(&mut talk, ":ann!~4321@127.0.0.1 JOIN #pond");
        assert_eq!(
            (server.as_str(), client.as_str()),
            ("PART #workshop\r\n", "You are in #pond\n")
        );
        assert_eq!(says(&mut talk, "/who").0, "NAMES #pond\r\n");
        hears(&mut talk, ":s 353 ann = #pond :@ann +bob");
        assert_eq!(hears(&mut talk, ":s 366 ann #pond :End").1, "In #pond: ann, bob\n");
    }
}
