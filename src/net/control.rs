//! What shards ask of the whole program.

use tokio::sync::{mpsc, oneshot};

use crate::command::Reloaded;

/// Requests that may wait; a client has one at a time.
const WAITING: usize = 64;

/// What a shard asks of the whole program.
#[derive(Debug)]
pub enum Request {
    /// To stop.
    Stop,
    /// To read the configuration again, and put it in force.
    Reload(oneshot::Sender<Reloaded>),
    /// To check the configuration, and if it is good to start again.
    Restart(oneshot::Sender<Reloaded>),
}

/// Hands requests to whoever governs the program.
#[derive(Clone, Debug)]
pub struct Control(mpsc::Sender<Request>);

impl Control {
    /// With the end at which the requests arrive.
    pub fn new() -> (Self, mpsc::Receiver<Request>) {
        let (sender, receiver) = mpsc::channel(WAITING);
        (Self(sender), receiver)
    }

    /// Asks to stop.
    pub fn stop(&self) {
        // Too many requests, or nobody to take them: then it is stopping already.
        let _ = self.0.try_send(Request::Stop);
    }

    /// Asks for the configuration to be read again.
    pub async fn reload(&self) -> Reloaded {
        self.ask(Request::Reload).await
    }

    /// Asks for a new start.
    pub async fn restart(&self) -> Reloaded {
        self.ask(Request::Restart).await
    }

    async fn ask(&self, request: impl FnOnce(oneshot::Sender<Reloaded>) -> Request) -> Reloaded {
        let (reply, replied) = oneshot::channel();
        let sent = self.0.send(request(reply)).await;
        match (sent, replied.await) {
            (Ok(()), Ok(reloaded)) => reloaded,
            _ => Err(vec!["the server is stopping".into()]),
        }
    }
}
