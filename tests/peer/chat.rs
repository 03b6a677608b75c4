//! `pipewright chat`, against a server that the test plays.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
};

use tempfile::tempdir;

use crate::process::Process;

#[test]
fn the_client_sends_its_name_and_its_lines_and_shows_what_comes() {
    let folder = tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = listener.local_addr().unwrap().to_string();
    let mut client = Process::start(folder.path(), ["chat", "ann o", "--server", &server]);
    let (mut stream, _) = listener.accept().unwrap();
    let mut lines = BufReader::new(stream.try_clone().unwrap());
    let mut next = || {
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        line
    };
    assert_eq!(next(), "ann o\n");
    client.says("hello é");
    assert_eq!(next(), "hello é\n");
    stream.write_all("bob (127.0.0.1:9) joined the chat!\nbob: h\u{1b}[2Ji\n".as_bytes()).unwrap();
    client.prints("> bob (127.0.0.1:9) joined the chat!");
    client.prints("> bob: h\\u{1b}[2Ji");
    drop(client.take_stdin());
    assert_eq!(next(), "", "the client has said all");
    stream.write_all(b"bob: last\n").unwrap();
    client.prints("> bob: last");
    drop((stream, lines));
    client.ends(&[]);
}

#[test]
fn a_server_that_leaves_or_is_not_there_is_told() {
    let folder = tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = listener.local_addr().unwrap().to_string();
    let mut client = Process::start(folder.path(), ["chat", "ann", "--server", &server]);
    let (mut stream, _) = listener.accept().unwrap();
    stream.read_exact(&mut [0; 4]).unwrap();
    drop((stream, listener));
    client.complains("the server has closed the connection");
    assert_eq!(client.status().code(), Some(1));
    let mut client = Process::start(folder.path(), ["chat", "ann", "--server", &server]);
    client.complains("is the server running");
    assert_eq!(client.status().code(), Some(1));
    let mut client = Process::start(folder.path(), ["chat", "", "--server", &server]);
    client.complains("the user name is empty");
}
