//! What shards ask of the whole program.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use crate::command::{Reloaded, Restarting};
use crate::core::StoreOp;
use crate::net::pool::Pool;
use crate::store::Store;

/// Requests that may wait; a client has one at a time.
const WAITING: usize = 64;

/// What a shard asks of the whole program.
#[derive(Debug)]
pub enum Request {
    /// To stop.
    Stop,
    /// To read the configuration again, and put it in force.
    Reload(oneshot::Sender<Reloaded>),
    /// To check the configuration, and if the server can start with it to start again.
    Restart(oneshot::Sender<Restarting>),
}

/// Hands requests to whoever governs the program.
#[derive(Clone, Debug)]
pub struct Control {
    requests: mpsc::Sender<Request>,
    store: Option<Store>,
    hashing: Pool,
}

impl Control {
    /// With the end at which the requests arrive.
    pub fn new() -> (Self, mpsc::Receiver<Request>) {
        let (requests, arriving) = mpsc::channel(WAITING);
        (Self { requests, store: None, hashing: Pool::of_cores() }, arriving)
    }

    /// The same, with what outlives a restart.
    pub fn with_store(self, store: Option<Store>) -> Self {
        Self { store, ..self }
    }

    /// Where passwords are checked, for all shards.
    pub fn hashing(&self) -> &Pool {
        &self.hashing
    }

    /// Stores a change; whether it is on the disk.  Without a store it is as good as that: the
    /// configuration says that nothing outlives the server.
    pub async fn persist(&self, change: Arc<StoreOp>) -> bool {
        match &self.store {
            Some(store) => store.persist(vec![change]).await,
            None => true,
        }
    }

    /// Asks to stop.
    pub fn stop(&self) {
        // Too many requests, or nobody to take them: then it is stopping already.
        let _ = self.requests.try_send(Request::Stop);
    }

    /// Asks for the configuration to be read again.
    pub async fn reload(&self) -> Reloaded {
        self.ask(Request::Reload).await
    }

    /// Asks for a new start.
    pub async fn restart(&self) -> Restarting {
        self.ask(Request::Restart).await
    }

    async fn ask<T>(
        &self,
        request: impl FnOnce(oneshot::Sender<Result<T, Vec<String>>>) -> Request,
    ) -> Result<T, Vec<String>> {
        let (reply, replied) = oneshot::channel();
        let sent = self.requests.send(request(reply)).await;
        match (sent, replied.await) {
            (Ok(()), Ok(answer)) => answer,
            _ => Err(vec!["the server is stopping".into()]),
        }
    }
}
