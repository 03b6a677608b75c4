//! Whether the server could be started again: tried before anybody is disconnected for it.

use crate::config::{Address, Config, Gateway, clash};
use crate::net::Tls;
use crate::runtime::error::RunError;
use crate::runtime::persister;
use crate::{gateway, net};

/// Opens and closes what a start with `next` needs and the server, which runs with `now`, does not
/// have already.  Pipes and a certificate that a start would make are made.
pub fn preflight(now: &Config, next: &Config) -> Result<(), RunError> {
    let ours = addresses(now);
    // What the server itself holds will be free by then.
    let is_taken_by_us = |address: &Address| ours.iter().any(|own| clash(own, address));
    for listen in next.listen.iter().filter(|listen| !is_taken_by_us(&listen.address)) {
        net::bind(listen)?;
    }
    for (key, address) in next.other_addresses() {
        if !is_taken_by_us(&Address::Ip(address)) {
            net::bind_ip(key, address)?;
        }
    }
    if next.listen.iter().any(|listen| listen.tls) {
        Tls::new(&next.tls, &next.settings.machine.server_name)?;
    }
    if next.store != now.store {
        persister::open(next)?;
    }
    let pipes = Gateway { workshop: None, ..next.gateway.clone() };
    gateway::prepare(pipes, next.settings.network.casemap, 0)?;
    Ok(())
}

fn addresses(config: &Config) -> Vec<Address> {
    let listen = config.listen.iter().map(|listen| listen.address.clone());
    listen.chain(config.other_addresses().map(|(_, address)| Address::Ip(address))).collect()
}
