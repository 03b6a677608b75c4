//! The clients of one scenario: their connections, and what each has heard.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::time::Duration;

use crate::message::Message;
use crate::server::{Conn, Error, Received, Server};
use crate::text::{Names, Text};

/// Why a scenario cannot go on, in words for people.
#[derive(Debug)]
pub struct Trouble(String);

impl Trouble {
    /// With these words.
    pub fn new(words: impl Into<String>) -> Self {
        Trouble(words.into())
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Trouble(error.to_string())
    }
}

/// Something that came and has not been accounted for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// A line.
    Line(Vec<u8>),
    /// The end of the connection.
    Closed,
}

impl fmt::Display for Heard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Heard::Line(line) => write!(f, "{}", line.escape_ascii()),
            Heard::Closed => f.write_str("(closed by the server)"),
        }
    }
}

struct Client {
    conn: Conn,
    pending: VecDeque<Heard>,
    closed: bool,
    registered: bool,
    /// Everything up to the last step has been heard.
    settled: bool,
    /// The last bytes sent do not end a line: a PING would become part of it.
    mid_line: bool,
}

/// The clients of one scenario.
pub struct Clients<'s> {
    server: &'s mut dyn Server,
    answers_early_ping: bool,
    clients: BTreeMap<String, Client>,
    pings: u32,
    /// What the named gaps hold.
    pub names: Names,
    /// Whether it counts that WHOIS tells who is encrypted.
    pub is_told_of_tls: bool,
    /// Clients that will be closed by what is done next.
    pub closing: Vec<String>,
}

impl<'s> Clients<'s> {
    pub fn new(server: &'s mut dyn Server, answers_early_ping: bool) -> Self {
        Clients {
            server,
            answers_early_ping,
            clients: BTreeMap::new(),
            pings: 0,
            names: Names::new(),
            is_told_of_tls: false,
            closing: vec![],
        }
    }

    pub fn who(&self) -> Vec<String> {
        self.clients.keys().cloned().collect()
    }

    /// Opens a connection; the name must be free, or its connection closed.
    pub fn connect(&mut self, who: &str) -> Result<(), Trouble> {
        if self.clients.get(who).is_some_and(|c| !c.closed) {
            return Err(Trouble::new(format!("{who} is connected already")));
        }
        let conn = self.server.connect()?;
        let client = Client {
            conn,
            pending: VecDeque::new(),
            closed: false,
            registered: false,
            settled: false,
            mid_line: false,
        };
        self.clients.insert(who.to_owned(), client);
        Ok(())
    }

    /// Opens a connection and registers; what comes up to the end of the MOTD is dropped.
    pub fn register(&mut self, who: &str, nick: &str) -> Result<(), Trouble> {
        self.connect(who)?;
        let conn = self.client(who)?.conn;
        let hello = format!("NICK {nick}\r\nUSER {who} 0 * :{who}\r\n");
        self.server.send(conn, hello.as_bytes())?;
        loop {
            let line = match self.server.receive(conn)? {
                Received::Line(line) => line,
                other => return Err(Trouble::new(format!("{nick} cannot register: {other:?}"))),
            };
            let message = Message::parse(&line);
            match message.verb {
                b"PING" => {
                    let token = message.params.last().copied().unwrap_or_default();
                    self.server.send(conn, &[b"PONG :", token, b"\r\n"].concat())?;
                }
                b"001" => {
                    let server = message.source.unwrap_or_default().to_vec();
                    self.names.insert("server".to_owned(), server);
                    self.client(who)?.registered = true;
                }
                b"376" | b"422" => break,
                verb if verb.starts_with(b"4") || verb == b"ERROR" => {
                    let line = Heard::Line(line);
                    return Err(Trouble::new(format!("{nick} cannot register: {line}")));
                }
                _ => {}
            }
        }
        self.publish(who)?;
        self.client(who)?.pending.clear();
        Ok(())
    }

    /// Joins a channel, and drops what everybody hears of it.
    pub fn enter(&mut self, who: &str, channel: &str) -> Result<(), Trouble> {
        self.send_bytes(who, format!("JOIN {channel}\r\n").as_bytes())?;
        let is_in = |heard: &Heard| match heard {
            Heard::Line(line) => {
                let m = Message::parse(line);
                m.verb == b"JOIN"
                    && m.params.first().is_some_and(|c| c.eq_ignore_ascii_case(channel.as_bytes()))
            }
            Heard::Closed => false,
        };
        let client = self.client(who)?;
        if !client.pending.iter().any(is_in) {
            let heard = list(&client.pending);
            return Err(Trouble::new(format!("{who} did not get into {channel}:\n{heard}")));
        }
        self.ignore(&[])
    }

    pub fn send(&mut self, who: &str, text: &Text) -> Result<(), Trouble> {
        let unknown = |name| Trouble::new(format!("nothing has been found for {{{name}}} yet"));
        let bytes = text.fill(&self.names).map_err(unknown)?;
        self.send_bytes(who, &bytes)
    }

    pub fn close(&mut self, who: &str) -> Result<(), Trouble> {
        let conn = self.client(who)?.conn;
        self.server.close(conn);
        self.clients.remove(who);
        self.settle_all(None)
    }

    pub fn advance(&mut self, time: Duration) -> Result<(), Trouble> {
        self.server.advance(time).map_err(|why| Trouble::new(why.to_string()))?;
        self.settle_all(None)
    }

    /// Drops what has been heard; nobody named means everybody.
    pub fn ignore(&mut self, who: &[String]) -> Result<(), Trouble> {
        let who = if who.is_empty() { self.who() } else { who.to_vec() };
        for who in who {
            self.publish(&who)?;
            self.client(&who)?.pending.clear();
        }
        Ok(())
    }

    /// Quits every client and reads each to its end, so that the nicks are free again.
    pub fn end(mut self) {
        for client in std::mem::take(&mut self.clients).into_values() {
            let quit = self.server.send(client.conn, b"\r\nQUIT :end of scenario\r\n");
            if quit.is_ok() && !client.closed {
                while matches!(self.server.receive(client.conn), Ok(Received::Line(_))) {}
            }
            self.server.close(client.conn);
        }
    }

    /// What has been heard and not accounted for. Reads on until there is something, unless
    /// it is known that nothing will come.
    pub fn pending(&mut self, who: &str) -> Result<&mut VecDeque<Heard>, Trouble> {
        let client = self.client(who)?;
        if client.pending.is_empty() && !client.settled && !client.closed {
            let before = client.registered;
            self.read(who)?;
            if self.client(who)?.registered && !before {
                self.publish(who)?;
            }
        }
        Ok(&mut self.client(who)?.pending)
    }

    /// What has been heard so far and not accounted for.
    pub fn left_over(&mut self, who: &str) -> Result<&VecDeque<Heard>, Trouble> {
        Ok(&self.client(who)?.pending)
    }

    /// Makes sure that all that is on its way to this client has come, if that can be known.
    pub fn publish(&mut self, who: &str) -> Result<(), Trouble> {
        let exact = self.server.knows_silence();
        let closing = self.closing.iter().any(|c| c == who);
        let early_ping = self.answers_early_ping;
        self.pings += 1;
        let token = format!("barrier-{}", self.pings);
        let client = self.client(who)?;
        if client.settled || client.closed {
            return Ok(());
        }
        let conn = client.conn;
        if !exact && !closing {
            if client.mid_line || !(client.registered || early_ping) {
                return Ok(());
            }
            // A connection that the server has closed says so when it is read from.
            let _ = self.server.send(conn, format!("PING {token}\r\n").as_bytes());
        }
        loop {
            match self.read(who)? {
                Received::Line(line) => {
                    let message = Message::parse(&line);
                    if message.verb == b"PONG" && message.params.last() == Some(&token.as_bytes()) {
                        self.client(who)?.pending.pop_back();
                        break;
                    }
                }
                Received::Closed => break,
                Received::Nothing if exact || closing => break,
                Received::Nothing => {
                    let heard = list(&self.client(who)?.pending);
                    return Err(Trouble::new(format!("{who}: no answer to PING after\n{heard}")));
                }
            }
        }
        self.client(who)?.settled = true;
        Ok(())
    }

    /// One thing more from the connection, kept as pending.
    fn read(&mut self, who: &str) -> Result<Received, Trouble> {
        let conn = self.client(who)?.conn;
        let received = self.server.receive(conn)?;
        if let Received::Line(line) = &received {
            check_form(who, line)?;
        }
        let is_untold = self.server.is_secure() && !self.is_told_of_tls;
        let client = self.client(who)?;
        match &received {
            Received::Line(line) if is_untold && Message::parse(line).verb == b"671" => {}
            Received::Line(line) => {
                client.registered |= Message::parse(line).verb == b"001";
                client.pending.push_back(Heard::Line(line.clone()));
            }
            Received::Closed if !client.closed => {
                client.closed = true;
                client.pending.push_back(Heard::Closed);
            }
            _ => {}
        }
        Ok(received)
    }

    fn send_bytes(&mut self, who: &str, bytes: &[u8]) -> Result<(), Trouble> {
        let client = self.client(who)?;
        if client.closed {
            return Err(Trouble::new(format!("{who} has been closed by the server")));
        }
        client.mid_line = !bytes.ends_with(b"\n");
        let conn = client.conn;
        // A connection that the server has closed says so when it is read from.
        let _ = self.server.send(conn, bytes);
        self.settle_all(Some(who))
    }

    /// The one who acted first: only when the server has handled that are the others' lines
    /// on their way.
    fn settle_all(&mut self, first: Option<&str>) -> Result<(), Trouble> {
        for client in self.clients.values_mut() {
            client.settled = false;
        }
        if let Some(first) = first {
            self.publish(first)?;
        }
        self.who().iter().try_for_each(|who| self.publish(who))
    }

    fn client(&mut self, who: &str) -> Result<&mut Client, Trouble> {
        self.clients.get_mut(who).ok_or_else(|| Trouble::new(format!("{who} is not connected")))
    }
}

/// What holds for every line from a server: at most 510 bytes before its CR LF, tags not
/// counted, and no NUL, CR or LF inside.
fn check_form(who: &str, line: &[u8]) -> Result<(), Trouble> {
    let tags = match line.first() {
        Some(b'@') => line.iter().position(|&b| b == b' ').map_or(0, |space| space + 1),
        _ => 0,
    };
    let wrong = |what: &str| Err(Trouble::new(format!("{what}: {}", line.escape_ascii())));
    if line.len() - tags > 510 {
        return wrong(&format!("{who} got a line of more than 512 bytes"));
    }
    if line.iter().any(|b| matches!(b, 0 | b'\r' | b'\n')) {
        return wrong(&format!("{who} got a line with NUL, CR or LF inside"));
    }
    Ok(())
}

/// The first lines of what was heard, one a line.
pub fn list(heard: &VecDeque<Heard>) -> String {
    const SHOWN: usize = 8;
    let mut text = String::new();
    for line in heard.iter().take(SHOWN) {
        text.push_str(&format!("    {line}\n"));
    }
    match heard.len() {
        0 => "    (nothing)".into(),
        n if n > SHOWN => text + &format!("    ... and {} more", n - SHOWN),
        _ => text,
    }
}
