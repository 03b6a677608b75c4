//! The lookups of a new connection, begun while it registers.

use std::net::IpAddr;
use std::rc::Rc;
use std::time::Duration;

use tokio::task::spawn_local;
use tokio::time::timeout;

use crate::command::LookupResult;
use crate::net::ident;
use crate::net::resolve::{Names, Subject};
use crate::net::runtime::ShardRuntime;
use crate::proto::names::{ConnId, LONGEST_HOST, is_hostname};

impl ShardRuntime {
    /// Begins to ask what the configuration wants to be asked about a new connection.
    pub(super) fn look_up(&self, id: ConnId, subject: Subject) {
        let machine = self.machine();
        let wants = machine.resolve;
        let address = subject.address.filter(|_| wants.hostnames);
        let ends = subject.ends.filter(|_| wants.ident);
        let is_gateway = |at| machine.webirc.iter().any(|gateway| gateway.is_at(at));
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
            LookupResult { host: host.ok().flatten(), user: user.ok().flatten() }
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
