//! Asking others who connects: by whatever way somebody comes, nobody is kept out or waits long.

use crate::client::told;
use crate::server;

const REGISTER: &str = "NICK zoe\r\nUSER zoe 0 * :Zoe\r\nUSERHOST zoe\r\nQUIT\r\n";

#[test]
fn who_comes_while_others_are_asked_is_welcomed_with_or_without_an_answer() {
    let asked = "[resolve]\nhostnames = true\nident = true\ntimeout = \"500ms\"\n";
    let server = server("proxy = [\"127.0.0.1\"]", asked);
    let proxied = format!("PROXY TCP4 192.0.2.9 192.0.2.1 40000 6667\r\n{REGISTER}");
    for (address, bytes, user) in [
        (server.addresses[0], REGISTER.to_owned(), ""),
        // Its machine is not asked: between us stands the proxy.
        (server.addresses[1], proxied, "~zoe@"),
    ] {
        let text = told(address, bytes.as_bytes()).0;
        let answer = text.lines().find(|line| line.contains(" 302 "));
        assert!(answer.is_some_and(|line| line.contains(user)), "{text}");
    }
}
