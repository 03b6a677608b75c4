//! PROXY headers: from where they must come, and from where they may not.

use std::io::Write;
use std::net::TcpStream;

use crate::client::told;
use crate::{Client, beside_a_chat, server};

const PROXY: &str = "proxy = [\"127.0.0.1\"]";
const REGISTER: &str = "NICK zoe\r\nUSER zoe 0 * :Zoe\r\nUSERHOST zoe\r\nQUIT\r\n";

fn version_2(command: u8, family: u8, body: &[u8]) -> Vec<u8> {
    let length = (body.len() as u16).to_be_bytes();
    [b"\r\n\r\n\0\r\nQUIT\n", &[command, family][..], &length, body, REGISTER.as_bytes()].concat()
}

#[test]
fn a_client_has_the_address_that_the_proxy_tells() {
    let server = server(PROXY, "");
    let v1 = format!("PROXY TCP4 192.0.2.9 192.0.2.1 40000 6667\r\n{REGISTER}");
    let v1_long = format!("PROXY TCP6 2001:db8::9 2001:db8::1 40000 6667\r\n{REGISTER}");
    let v2 = version_2(0x21, 0x11, &[192, 0, 2, 9, 192, 0, 2, 1, 1, 2, 3, 4, 4, 0, 1, 7]);
    let local = version_2(0x20, 0x00, &[]);
    for (bytes, host) in [
        (v1.into_bytes(), "@192.0.2.9"),
        (v1_long.into_bytes(), "@2001:db8::9"),
        (v2, "@192.0.2.9"),
        (local, "@127.0.0.1"),
    ] {
        let text = told(server.addresses[1], &bytes).0;
        let answer = text.lines().find(|line| line.contains(" 302 "));
        assert!(answer.is_some_and(|line| line.trim_end().ends_with(host)), "{text}");
    }
}

#[test]
fn from_a_proxy_nothing_but_a_header_is_taken_first() {
    let server = server(PROXY, "");
    beside_a_chat(&server, || {
        for bytes in [REGISTER, "PROXY TCP4 x y 1 2\r\n", &"PROXY UNKNOWN ".repeat(20)] {
            let text = told(server.addresses[1], bytes.as_bytes()).0;
            assert!(text.starts_with("ERROR :") && text.contains("PROXY header"), "{text}");
        }
    });
}

#[test]
fn a_header_from_where_none_is_allowed_is_refused() {
    let server = server("proxy = [\"192.0.2.0/24\"]", "");
    let header = format!("PROXY TCP4 192.0.2.9 192.0.2.1 40000 6667\r\n{REGISTER}");
    for address in &server.addresses {
        let text = told(*address, header.as_bytes()).0;
        assert!(text.starts_with("ERROR :") && text.contains("No PROXY header"), "{text}");
        let text = told(*address, &version_2(0x21, 0x11, &[192; 12])).0;
        assert!(text.starts_with("ERROR :") && text.contains("No PROXY header"), "{text}");
    }
}

#[test]
fn a_header_comes_before_tls() {
    let server = server("tls = true\nproxy = [\"127.0.0.1\"]", "");
    let text = told(server.addresses[1], b"PROXY TCP4 192.0.2.9 192.0.2.1 1 2\r\nNICK a\r\n").0;
    assert!(text.contains("turn TLS on"), "{text}");
}

#[test]
fn a_header_in_many_pieces_is_still_one() {
    let server = server(PROXY, "");
    let mut stream = TcpStream::connect(server.addresses[1]).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut waits = Client::plain(server.address).registered("ann");
    for byte in b"PROXY TCP4 192.0.2.9 192.0.2.1 40000 6667\r\n" {
        stream.write_all(&[*byte]).unwrap();
        // The server has had a turn.
        waits.catches_up();
    }
    stream.write_all(REGISTER.as_bytes()).unwrap();
    let text = crate::client::rest(&mut stream);
    assert!(text.contains("@192.0.2.9"), "{text}");
}
