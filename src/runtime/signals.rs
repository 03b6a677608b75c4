//! What the operating system says to the program.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that mean something, caught from when this was made.
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

/// What a signal means.
pub enum Meaning {
    /// Ctrl-C or SIGTERM.
    Stop,
    /// SIGHUP.
    Reload,
}

impl Signals {
    /// To be called inside a runtime.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// The next one.
    pub async fn next(&mut self) -> Meaning {
        tokio::select! {
            _ = self.interrupt.recv() => Meaning::Stop,
            _ = self.terminate.recv() => Meaning::Stop,
            _ = self.hangup.recv() => Meaning::Reload,
        }
    }
}
