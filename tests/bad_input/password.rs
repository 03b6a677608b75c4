//! A password, from the command that hashes it to the client that gives it.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use crate::{person::Person, support::program::Program};

fn hashed(password: &str) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_pipewright"))
        .arg("hash-password")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("piped");
    stdin.write_all(format!("{password}\n").as_bytes()).expect("it reads");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success());
    String::from_utf8(output.stdout).expect("text").trim().to_owned()
}

#[test]
fn the_right_password_lets_in_and_a_wrong_or_a_missing_one_does_not() {
    let config = format!("[server]\npassword_hash = \"{}\"\n", hashed("open sesame"));
    let server = Program::start(&[], &config);
    for pass in ["PASS :open barley\r\n", "PASS open\r\n", ""] {
        let mut ann = Person::connect(&server);
        ann.sends(&format!("{pass}NICK ann\r\nUSER ann 0 * :ann"));
        let refused = ":pipewright.localhost 464 ann :Password incorrect";
        let error = "ERROR :Closing Link: 127.0.0.1 (Password incorrect)";
        assert_eq!(ann.rest(), [refused, error], "{pass}");
    }
    let mut ann = Person::connect(&server);
    ann.sends("PASS :open sesame");
    ann.registers("ann");
}
