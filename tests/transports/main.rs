//! The ways in: TLS, WebSocket, PROXY headers and sockets of the file system, well used and not.
//!
//! Against the real program, on loopback.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a panic here is a failed test")]

mod client;
mod proxy;
mod resolve;
#[path = "../support/mod.rs"]
mod support;
mod tls;
mod tls_files;
mod unix;
mod websocket;

use client::Client;
use support::program::Program;

/// A server with one more listener, and where that is.
fn server(listen: &str, config: &str) -> Program {
    let listen = format!("[[listen]]\naddress = \"127.0.0.1:0\"\n{listen}\n");
    Program::start(&[], &format!("[tls]\nfolder = \".\"\n{listen}{config}"))
}

/// Two people chat on while `misdeed` goes on.
fn beside_a_chat(program: &Program, misdeed: impl FnOnce()) {
    let mut ann = Client::plain(program.address).registered("ann");
    let mut bob = Client::plain(program.address).registered("bob");
    let mut chat = |word: &str| {
        ann.sends(&format!("PRIVMSG bob :{word}"));
        bob.hears(&format!("PRIVMSG bob :{word}"));
        bob.sends(&format!("PRIVMSG ann :{word}"));
        ann.hears(&format!("PRIVMSG ann :{word}"));
    };
    chat("before");
    misdeed();
    chat("after");
    assert!(!program.log().contains("panicked"));
}
