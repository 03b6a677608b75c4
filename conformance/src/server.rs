//! What a server must offer to be played against.

use std::time::Duration;

/// A connection of one [`Server`]: a small index that it gave out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Conn(pub usize);

/// What came on a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// A line without its CR LF.
    Line(Vec<u8>),
    /// The server has closed the connection; every later answer is the same.
    Closed,
    /// In process: nothing more will come by itself. Over TCP: the deadline has passed.
    Nothing,
}

/// Why the connection to the server failed, apart from being closed by it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operating system said no.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// Any other cause, in words.
    #[error("{0}")]
    Other(String),
}

/// This form of server cannot move its clock.
#[derive(Debug, thiserror::Error)]
#[error("needs virtual time")]
pub struct Unsupported;

/// A server under test, in whatever form: in process, over TCP, over TLS.
pub trait Server {
    /// A new connection that has sent nothing.
    fn connect(&mut self) -> Result<Conn, Error>;

    /// Sends bytes as they are.
    fn send(&mut self, conn: Conn, bytes: &[u8]) -> Result<(), Error>;

    /// The next line, in order. How long to wait is the implementation's business.
    fn receive(&mut self, conn: Conn) -> Result<Received, Error>;

    /// Ends the connection from the client's side, without a QUIT. Returns when the server has
    /// taken notice, as far as that can be known. Harmless when it is closed already.
    fn close(&mut self, conn: Conn);

    /// Moves the server's clock on; a step of zero only asks whether that is possible.
    fn advance(&mut self, by: Duration) -> Result<(), Unsupported>;

    /// Whether its connections are encrypted. Then WHOIS says so (671), which only scenarios with
    /// `needs: tls` expect; the others are not told.
    fn is_secure(&self) -> bool {
        false
    }

    /// Whether [`Received::Nothing`] is exact and immediate: everything sent so far has been
    /// handled and no line is under way to this connection. True in process. Then the player
    /// needs no PING to know that it has heard everything.
    fn knows_silence(&self) -> bool {
        false
    }
}
