//! Sockets of the file system.

use std::fs;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;

use crate::client::{PATIENCE, rest};
use crate::support::program::Program;

#[test]
fn people_of_this_machine_come_in_by_a_file_with_its_own_rights() {
    let listen = "[[listen]]\naddress = \"./irc.sock\"\nmode = \"0660\"\n\
                  [[listen]]\naddress = \"./proxied.sock\"\nproxy = [\"::1\"]\n";
    let server = Program::start(&[], listen);
    let tells = |name: &str, bytes: &str| {
        let mut stream = UnixStream::connect(server.folder.path().join(name)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(bytes.as_bytes()).unwrap();
        rest(&mut stream)
    };
    let rights = |name: &str| fs::metadata(server.folder.path().join(name)).unwrap().mode() & 0o777;
    assert_eq!((rights("irc.sock"), rights("proxied.sock")), (0o660, 0o600));
    let register = "NICK zoe\r\nUSER zoe 0 * :Zoe\r\nUSERHOST zoe\r\nQUIT\r\n";
    let text = tells("irc.sock", register);
    assert!(text.contains(" 001 zoe ") && text.contains("@127.0.0.1"), "{text}");
    let header = format!("PROXY TCP4 192.0.2.9 192.0.2.1 40000 6667\r\n{register}");
    assert!(tells("proxied.sock", &header).contains("@192.0.2.9"));
    assert!(tells("proxied.sock", register).contains("PROXY header"));
}
