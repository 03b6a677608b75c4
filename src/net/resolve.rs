//! What others know of who connects: DNS the name of its address, its own machine its user.  They
//! are asked while the client registers, and have only so long.

use std::cell::RefCell;
use std::collections::HashMap;
use std::future::Future;
use std::net::{IpAddr, ToSocketAddrs};
use std::pin::Pin;
use std::rc::Rc;

use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use crate::command::LookupResult;
use crate::net::ident::Ends;
use crate::net::pool::Pool;
use crate::proto::names::ConnId;

/// Where a machine tells of its users (RFC 1413, section 3).
const IDENT_PORT: u16 = 113;

/// Questions of a shard to the machines of clients that are asked at once; the others wait, and
/// their time runs.
const IDENTS_AT_ONCE: usize = 64;

/// The same to DNS.  Each takes a thread until it is answered, whoever still waits for that.
const NAMES_AT_ONCE: usize = 16;

/// Of whom others can be asked; by default of nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Subject {
    /// Its address, if it has come by one of its own.
    pub address: Option<IpAddr>,
    /// Its connection, if nothing stands between.
    pub ends: Option<Ends>,
}

/// An answer that may never come.
pub type LookupFuture<T> = Pin<Box<dyn Future<Output = T>>>;

/// What DNS is asked.
pub trait Names {
    /// The name of an address, whatever it looks like.
    fn name_of(&self, address: IpAddr) -> LookupFuture<Option<String>>;

    /// The addresses of a name.
    fn addresses_of(&self, name: &str) -> LookupFuture<Vec<IpAddr>>;
}

/// Whom a shard asks, and what it still waits for.
pub struct Resolver {
    pub(super) names: Rc<dyn Names>,
    pub(super) ident_port: u16,
    pub(super) idents: Rc<Semaphore>,
    /// By the slot of the connection.
    pub(super) under_way: RefCell<HashMap<u32, JoinHandle<LookupResult>>>,
}

impl Resolver {
    /// Asks these, and machines at that port.
    pub fn new(names: Rc<dyn Names>, ident_port: u16) -> Self {
        let idents = Rc::new(Semaphore::new(IDENTS_AT_ONCE));
        Self { names, ident_port, idents, under_way: RefCell::default() }
    }

    /// Asks as this machine is set up to, and at the port that is for it.
    pub fn of_system() -> Self {
        let threads = Pool::new(NAMES_AT_ONCE);
        Self::new(Rc::new(SystemNames { threads }), IDENT_PORT)
    }

    /// What has been found of a connection, once all have answered or had their time.
    pub(super) async fn found(&self, id: ConnId) -> LookupResult {
        let under_way = self.under_way.borrow_mut().remove(&id.slot);
        match under_way {
            Some(task) => task.await.unwrap_or_default(),
            None => LookupResult::default(),
        }
    }

    /// The connection is over.
    pub(super) fn forget(&self, id: ConnId) {
        if let Some(task) = self.under_way.borrow_mut().remove(&id.slot) {
            task.abort();
        }
    }
}

/// As this machine is set up to ask; its library knows no way but to wait.
struct SystemNames {
    threads: Pool,
}

impl SystemNames {
    fn ask<T>(&self, ask: impl FnOnce() -> T + Send + 'static) -> LookupFuture<T>
    where
        T: Default + Send + 'static,
    {
        let threads = self.threads.clone();
        Box::pin(async move {
            let Some(permit) = threads.permit().await else { return T::default() };
            permit.run(ask).await.unwrap_or_default()
        })
    }
}

impl Names for SystemNames {
    fn name_of(&self, address: IpAddr) -> LookupFuture<Option<String>> {
        self.ask(move || dns_lookup::lookup_addr(&address).ok())
    }

    fn addresses_of(&self, name: &str) -> LookupFuture<Vec<IpAddr>> {
        let name = name.to_owned();
        self.ask(move || {
            let found = (&*name, 0).to_socket_addrs();
            found.map(|all| all.map(|one| one.ip()).collect()).unwrap_or_default()
        })
    }
}
