//! WEBIRC (IRCv3 WebIRC): a gateway tells for whom it has connected.

use std::net::IpAddr;
use std::sync::Arc;

use super::{Close, Cx, Flow, Job, Outcome, Params, Stage, Vouched, door};
use crate::names::{LONGEST_HOST, is_hostname};
use crate::state::{Webirc, connection_record};
use crate::wire::numerics::Numeric;

/// Taken as the first command alone, from a gateway that the configuration knows by its address and
/// by its certificate or its password, which is checked outside.  Whoever is none is closed, as the
/// specification wants (section "Security Considerations").
pub fn webirc<'p>(cx: &mut Cx<'_>, p: Params<'p>) -> Outcome<'p> {
    let Stage::Registering(now) = &cx.client.stage else {
        return Err(Numeric::AlreadyRegistered {});
    };
    if now.negotiating || now.nick.is_some() || now.user.is_some() || cx.client.is_vouched_for {
        return Ok(Flow::Close(Close::Webirc));
    }
    let Some(vouched) = vouched(p) else { return Ok(Flow::Close(Close::Webirc)) };
    let origin = &cx.client.origin;
    let may_be = |one: &&Arc<Webirc>| {
        let shown = one.certificate.is_none() || origin.has_certificate(one.certificate.as_ref());
        one.is_at(origin.address) && shown
    };
    // One that is known by its certificate alone needs no guess at a password.
    let gateways = || cx.settings.webirc.iter().filter(may_be);
    let found = gateways().find(|one| one.password_hash.is_none()).or_else(|| gateways().next());
    let hash = match found {
        Some(gateway) => gateway.password_hash.clone(),
        None => return Ok(Flow::Close(Close::Webirc)),
    };
    if let Stage::Registering(now) = &mut cx.client.stage {
        now.vouched = Some(Box::new(vouched));
    }
    match hash {
        Some(hash) => Ok(Flow::Job(Job::VerifyPassword { hash, password: p.word(0).into() })),
        None => Ok(password_checked(cx, true)),
    }
}

/// Goes on with WEBIRC once the password has been checked: from here on the connection is the
/// user's, and counts for the user's address.
pub fn password_checked(cx: &mut Cx<'_>, right: bool) -> Flow {
    let Stage::Registering(now) = &mut cx.client.stage else { return Flow::Continue };
    let (true, Some(vouched)) = (right, now.vouched.take()) else {
        return Flow::Close(Close::Webirc);
    };
    // Shared only once there is a user.
    let Some(origin) = Arc::get_mut(&mut cx.client.origin) else {
        return Flow::Close(Close::Webirc);
    };
    let gateway = origin.address;
    origin.move_to(vouched.address);
    if let Some(host) = vouched.host {
        origin.host = host;
    }
    origin.secure &= vouched.secure;
    // The gateway's certificate says nothing about the user.
    origin.certificate = None;
    cx.client.is_vouched_for = true;
    if let Stage::Registering(now) = &mut cx.client.stage {
        now.looks_up = false;
    }
    let by = gateway.to_canonical().to_string();
    connection_record!(info, cx.client.id(), &cx.client.origin, gateway = &*by, "vouched for");
    let limits = &cx.settings.limits;
    cx.world.addresses.leave(gateway, limits);
    door::refusal_of(cx.world, limits, vouched.address, cx.now).map_or(Flow::Continue, Flow::Close)
}

/// What the parameters say: `None` if the address is none.
fn vouched(p: Params<'_>) -> Option<Vouched> {
    let text = |at| std::str::from_utf8(p.word(at)).ok();
    let address: IpAddr = text(3)?.parse().ok()?;
    let fits = |host: &&str| host.len() <= LONGEST_HOST && is_hostname(host);
    let mut options = text(4).unwrap_or_default().split(' ');
    Some(Vouched {
        address: address.to_canonical(),
        // What is an address is shown in our own way of writing it.
        host: text(2).filter(fits).filter(|host| host.parse::<IpAddr>().is_err()).map(Into::into),
        secure: options.any(|option| option.split('=').next() == Some("secure")),
    })
}
