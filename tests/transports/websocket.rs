//! WebSocket: upgrades, messages, and what is neither.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use tungstenite::http::HeaderValue;
use tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
use tungstenite::protocol::frame::{Frame, FrameHeader};
use tungstenite::{Message, WebSocket, client::IntoClientRequest, client::client};

use crate::client::{PATIENCE, told};
use crate::{beside_a_chat, server};

const WEB: &str = "websocket = true";

fn upgrade(rest: &str) -> String {
    format!(
        "GET / HTTP/1.1\r\nHost: irc.example.org\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{rest}\r\n"
    )
}

const VERSION: &str = "Sec-WebSocket-Version: 13\r\n";

/// The head of the answer.
fn answer(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() > 0 {
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

fn connect(address: SocketAddr, protocols: &'static str) -> WebSocket<TcpStream> {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut request = format!("ws://{address}/").into_client_request().unwrap();
    let protocols = HeaderValue::from_static(protocols);
    request.headers_mut().insert("Sec-WebSocket-Protocol", protocols);
    client(request, stream).unwrap().0
}

/// Registered as `nick`, the welcome read.
fn person(address: SocketAddr, protocol: &'static str, nick: &str) -> WebSocket<TcpStream> {
    let mut socket = connect(address, protocol);
    for line in [format!("NICK {nick}"), format!("USER {nick} 0 * :{nick}"), "PING in".into()] {
        socket.send(Message::text(line)).unwrap();
    }
    hears(&mut socket, b"PONG pipewright.localhost :in");
    socket
}

/// The first message that has `part` in it.
fn hears(socket: &mut WebSocket<TcpStream>, part: &[u8]) -> Message {
    loop {
        let message = socket.read().expect("it goes on");
        if message.clone().into_data().windows(part.len()).any(|window| window == part) {
            return message;
        }
    }
}

#[test]
fn the_clients_order_of_subprotocols_counts_and_none_is_no_hindrance() {
    let server = server(WEB, "");
    for (offered, agreed) in [
        ("text.ircv3.net, binary.ircv3.net", Some("text.ircv3.net")),
        ("binary.ircv3.net, text.ircv3.net", Some("binary.ircv3.net")),
        ("chat, text.ircv3.net", Some("text.ircv3.net")),
        ("chat", None),
    ] {
        let request = upgrade(&format!("{VERSION}Sec-WebSocket-Protocol: {offered}\r\n"));
        let head = answer(server.addresses[1], &request);
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        // RFC 6455, section 1.3.
        assert!(head.contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"), "{head}");
        let told = agreed.map(|name| format!("Sec-WebSocket-Protocol: {name}\r\n"));
        assert_eq!(head.contains("Sec-WebSocket-Protocol"), told.is_some(), "{head}");
        assert!(told.is_none_or(|line| head.contains(&line)), "{head}");
    }
}

#[test]
fn a_bad_upgrade_is_told_what_is_wrong_with_it() {
    let server = server(WEB, "");
    let huge = format!("X-Huge: {}\r\n", "x".repeat(9000));
    let many = "X-Many: 1\r\n".repeat(100);
    beside_a_chat(&server, || {
        for (request, status) in [
            ("GET / HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(), "426"),
            ("POST / HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(), "426"),
            (upgrade("Sec-WebSocket-Version: 8\r\n"), "426"),
            (upgrade(VERSION).replace("nonce", "x").replace("dGhl", "="), "426"),
            (upgrade(VERSION).replace("Host: irc.example.org\r\n", ""), "400"),
            (upgrade(&format!("{VERSION}{huge}")), "431"),
            (upgrade(&format!("{VERSION}{many}")), "431"),
            ("NICK ann\r\n\r\n".to_owned(), "400"),
            ("\u{16}\u{3}\u{1}".to_owned(), "400"),
        ] {
            let text = told(server.addresses[1], request.as_bytes()).0;
            assert!(text.starts_with(&format!("HTTP/1.1 {status} ")), "{request}\n{text}");
            assert!(text.contains("Content-Type: text/plain"), "{text}");
        }
    });
}

#[test]
fn pages_of_other_sites_are_refused() {
    let own = server(WEB, "");
    let named = server(&format!("{WEB}\norigins = [\"https://chat.example.net\"]"), "");
    let any = server(&format!("{WEB}\norigins = [\"*\"]"), "");
    for (server, origin, status) in [
        (&own, "http://irc.example.org", "101"),
        (&own, "https://irc.example.org:8080", "101"),
        (&own, "https://evil.example", "403"),
        (&own, "null", "403"),
        (&named, "https://chat.example.net", "101"),
        (&named, "http://chat.example.net", "403"),
        (&named, "http://irc.example.org", "403"),
        (&any, "https://evil.example", "101"),
    ] {
        let request = upgrade(&format!("{VERSION}Origin: {origin}\r\n"));
        let head = answer(server.addresses[1], &request);
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{origin}: {head}");
    }
}

#[test]
fn what_is_not_utf8_arrives_as_it_is_in_binary_and_replaced_in_text() {
    let server = server(WEB, "");
    let address = server.addresses[1];
    let mut ann = person(address, "binary.ircv3.net", "ann");
    let mut bob = person(address, "binary.ircv3.net", "bob");
    let mut carol = person(address, "text.ircv3.net", "carol");
    for nick in ["bob", "carol"] {
        let line = [format!("PRIVMSG {nick} :caf").as_bytes(), b"\xe9 au lait"].concat();
        ann.send(Message::binary(line)).unwrap();
    }
    let heard = hears(&mut bob, b" PRIVMSG ");
    assert!(heard.is_binary() && heard.into_data().ends_with(b":caf\xe9 au lait"));
    let heard = hears(&mut carol, b" PRIVMSG ");
    assert!(heard.is_text() && heard.into_text().unwrap().ends_with(":caf\u{fffd} au lait"));
}

#[test]
fn a_message_is_a_line_whatever_its_frames() {
    let server = server(WEB, "");
    let mut ann = person(server.addresses[1], "text.ircv3.net", "ann");
    let piece = |text: &str, code, last| {
        Message::Frame(Frame::message(text.to_owned(), OpCode::Data(code), last))
    };
    ann.send(piece("PING ", Data::Text, false)).unwrap();
    ann.send(Message::Ping("are you there".into())).unwrap();
    ann.send(piece("whole", Data::Continue, true)).unwrap();
    assert!(hears(&mut ann, b"are you there").is_pong());
    let heard = hears(&mut ann, b":whole").into_text().unwrap();
    assert_eq!(heard.as_str(), ":pipewright.localhost PONG pipewright.localhost :whole");
}

#[test]
fn frames_without_a_line_are_paid_for_and_a_line_after_them_waits() {
    let braking = "[limits]\nflood_burst = 20\nflood_rate = 20\n";
    let server = server(WEB, braking);
    let empty_fragments = |ann: &mut WebSocket<TcpStream>| {
        let fragment =
            |code, last| Message::Frame(Frame::message(Vec::new(), OpCode::Data(code), last));
        ann.send(fragment(Data::Text, false)).unwrap();
        for _ in 0..12_000 {
            ann.send(fragment(Data::Continue, false)).unwrap();
        }
        ann.send(fragment(Data::Continue, true)).unwrap();
    };
    type Flood = fn(&mut WebSocket<TcpStream>);
    let floods: [(Flood, usize); 3] = [
        (|ann| ann.send(Message::Ping("".into())).unwrap(), 500),
        (|ann| ann.send(Message::text("")).unwrap(), 500),
        (empty_fragments, 1),
    ];
    for (flood, times) in floods {
        let mut ann = person(server.addresses[1], "text.ircv3.net", "ann");
        for _ in 0..times {
            flood(&mut ann);
        }
        for line in ["TIME", "PING early", "QUIT"] {
            ann.send(Message::text(line)).unwrap();
        }
        // What is paid for holds TIME back, and what goes ahead is answered before it.
        let mut heard = Vec::new();
        while let Ok(message) = ann.read() {
            if let Message::Text(text) = message {
                heard.push(text.to_string());
            }
        }
        let at = |what: &str| heard.iter().position(|line| line.contains(what));
        assert!(at(":early").is_some() && at(":early") < at(" 391 "), "{heard:?}");
    }
}

#[test]
fn a_close_is_answered_and_ends_the_session() {
    let server = server(WEB, "");
    let mut ann = person(server.addresses[1], "text.ircv3.net", "ann");
    let mut bob = person(server.addresses[1], "text.ircv3.net", "bob");
    bob.send(Message::text("MONITOR + ann")).unwrap();
    hears(&mut bob, b" 730 ");
    ann.close(None).unwrap();
    while ann.read().is_ok() {}
    hears(&mut bob, b" 731 ");
}

#[test]
fn bad_frames_end_their_connection_and_no_other() {
    let server = server(WEB, "");
    let address = server.addresses[1];
    let frames: [(&[u8], CloseCode); 5] = [
        // Not masked.
        (&[0x81, 4, b'P', b'I', b'N', b'G'], CloseCode::Protocol),
        // A reserved bit, a reserved kind.
        (&[0xf1, 0x80, 0, 0, 0, 0], CloseCode::Protocol),
        (&[0x83, 0x80, 0, 0, 0, 0], CloseCode::Protocol),
        // Text that is not UTF-8.
        (&[0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe], CloseCode::Invalid),
        // 4 GiB.
        (&[0x81, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0], CloseCode::Size),
    ];
    beside_a_chat(&server, || {
        for (bytes, code) in frames {
            let mut socket = connect(address, "text.ircv3.net");
            socket.get_mut().write_all(bytes).unwrap();
            let Message::Close(Some(close)) = hears_close(&mut socket) else {
                panic!("{bytes:?} is not answered by a close")
            };
            assert_eq!(close.code, code, "{bytes:?}");
        }
        // One that says nothing more.
        let mut header = Vec::new();
        FrameHeader::default().format(60_000, &mut header).unwrap();
        connect(address, "text.ircv3.net").get_mut().write_all(&header).unwrap();
    });
}

fn hears_close(socket: &mut WebSocket<TcpStream>) -> Message {
    loop {
        match socket.read() {
            Ok(message) if message.is_close() => return message,
            Ok(_) => {}
            Err(why) => panic!("{why}"),
        }
    }
}
