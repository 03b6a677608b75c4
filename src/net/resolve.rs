//! What others know of who connects: DNS the name of its address, its own machine its user.  They
//! are asked while the client registers, and have only so long.

use std::cell::RefCell;
use std::collections::HashMap;
use std::future::Future;
use std::net::{IpAddr, ToSocketAddrs};
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, spawn_local};
use tokio::time::timeout;

use super::ident::{self, Ends};
use super::pool::Pool;
use super::shell::Shell;
use crate::command::Found;
use crate::names::{ConnId, LONGEST_HOST, is_hostname};

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
pub type Answer<T> = Pin<Box<dyn Future<Output = T>>>;

/// What DNS is asked.
pub trait Names {
    /// The name of an address, whatever it looks like.
    fn name_of(&self, address: IpAddr) -> Answer<Option<String>>;

    /// The addresses of a name.
    fn addresses_of(&self, name: &str) -> Answer<Vec<IpAddr>>;
}

/// Whom a shard asks, and what it still waits for.
pub struct Resolver {
    names: Rc<dyn Names>,
    ident_port: u16,
    idents: Rc<Semaphore>,
    /// By the slot of the connection.
    under_way: RefCell<HashMap<u32, JoinHandle<Found>>>,
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
    pub(super) async fn found(&self, id: ConnId) -> Found {
        let under_way = self.under_way.borrow_mut().remove(&id.slot);
        match under_way {
            Some(task) => task.await.unwrap_or_default(),
            None => Found::default(),
        }
    }

    /// The connection is over.
    pub(super) fn forget(&self, id: ConnId) {
        if let Some(task) = self.under_way.borrow_mut().remove(&id.slot) {
            task.abort();
        }
    }
}

impl Shell {
    /// Begins to ask what the configuration wants to be asked about a new connection.
    pub(super) fn look_up(&self, id: ConnId, subject: Subject) {
        let settings = self.settings();
        let wants = settings.resolve;
        let address = subject.address.filter(|_| wants.hostnames);
        let ends = subject.ends.filter(|_| wants.ident);
        let is_gateway = |at| settings.webirc.iter().any(|gateway| gateway.is_at(at));
        if address.is_none() && ends.is_none()
            || subject.address.is_some_and(is_gateway)
            || !self.expect_found(id)
        {
            return;
        }
        let patience = Duration::from_millis(wants.timeout_ms);
        let (names, port) = (Rc::clone(&self.resolver.names), self.resolver.ident_port);
        let idents = Rc::clone(&self.resolver.idents);
        let task = spawn_local(async move {
            let host = async { host_of(&*names, address?).await };
            let user = async {
                let ends = ends?;
                let _permit = idents.acquire().await.ok()?;
                ident::ask(ends, port).await.ok().flatten()
            };
            let (host, user) = tokio::join!(timeout(patience, host), timeout(patience, user));
            Found { host: host.ok().flatten(), user: user.ok().flatten() }
        });
        self.resolver.under_way.borrow_mut().insert(id.slot, task);
    }
}

/// The name of an address, in small letters, if it leads back to the address and can be shown.
async fn host_of(names: &dyn Names, address: IpAddr) -> Option<Box<str>> {
    let address = address.to_canonical();
    let name = names.name_of(address).await?.to_ascii_lowercase();
    let name = name.strip_suffix('.').unwrap_or(&name);
    // What ends in a number is read as an address (RFC 1123, section 2.1).
    let last = name.rsplit('.').next().unwrap_or_default();
    let is_name = is_hostname(name) && last.bytes().any(|byte| byte.is_ascii_alphabetic());
    if !is_name || name.len() > LONGEST_HOST {
        return None;
    }
    let addresses = names.addresses_of(name).await;
    let leads_back = addresses.iter().any(|one| one.to_canonical() == address);
    leads_back.then(|| name.into())
}

/// As this machine is set up to ask; its library knows no way but to wait.
struct SystemNames {
    threads: Pool,
}

impl SystemNames {
    fn ask<T>(&self, ask: impl FnOnce() -> T + Send + 'static) -> Answer<T>
    where
        T: Default + Send + 'static,
    {
        let threads = self.threads.clone();
        Box::pin(async move {
            let Some(place) = threads.place().await else { return T::default() };
            place.run(ask).await.unwrap_or_default()
        })
    }
}

impl Names for SystemNames {
    fn name_of(&self, address: IpAddr) -> Answer<Option<String>> {
        self.ask(move || dns_lookup::lookup_addr(&address).ok())
    }

    fn addresses_of(&self, name: &str) -> Answer<Vec<IpAddr>> {
        let name = name.to_owned();
        self.ask(move || {
            let found = (&*name, 0).to_socket_addrs();
            found.map(|all| all.map(|one| one.ip()).collect()).unwrap_or_default()
        })
    }
}
