//! WEBIRC (IRCv3 WebIRC): a gateway tells for whom it has connected.

use std::net::IpAddr;
use std::sync::Arc;

use crate::command::registration::{admission, password};
use crate::command::{BadWebirc, Close, Cx, Flow, Outcome, Params, Stage, WebircInfo};
use crate::core::{Origin, Verdict, Webirc, connection_record};
use crate::proto::names::{LONGEST_HOST, is_hostname};
use crate::proto::numerics::Numeric;

/// Taken as the first command alone, from a gateway that the configuration knows by its address and
/// by its certificate or its password, which is checked outside.  Whatever is refused closes the
/// connection (section "Security Considerations"), which would else be the gateway's own: also what
/// has too few parameters, as the line of a gateway has that writes `::1` for `0::1` (section
/// "Format").
pub fn webirc<'p>(cx: &mut Cx<'_>, p: Params<'p>) -> Outcome<'p> {
    if !matches!(cx.client.stage, Stage::Registering(_)) {
        return Err(Numeric::AlreadyRegistered {});
    }
    Ok(begin(cx, p).unwrap_or_else(|why| Flow::Close(Close::Webirc(why))))
}

fn begin(cx: &mut Cx<'_>, p: Params<'_>) -> Result<Flow, BadWebirc> {
    // The address is the user's by then.
    if cx.client.is_via_webirc {
        return Err(BadWebirc::Late);
    }
    let gateway = Arc::clone(gateway(&cx.machine.webirc, &cx.client.origin)?);
    let Stage::Registering(now) = &mut cx.client.stage else { return Err(BadWebirc::Late) };
    if now.negotiating || now.nick.is_some() || now.user.is_some() {
        return Err(BadWebirc::Late);
    }
    now.webirc_info = Some(Box::new(webirc_info(p).ok_or(BadWebirc::Parameters)?));
    match &gateway.password_hash {
        Some(hash) => Ok(password::verify(cx, hash, p.word(0))),
        None => Ok(password_checked(cx, Verdict::Right)),
    }
}

/// The gateway that has made the connection, as far as can be told without its password.
fn gateway<'g>(all: &'g [Arc<Webirc>], origin: &Origin) -> Result<&'g Arc<Webirc>, BadWebirc> {
    let mut there = all.iter().filter(|one| origin.comes_from(one)).peekable();
    if there.peek().is_none() {
        return Err(BadWebirc::Address);
    }
    let shown = |one: &&Arc<Webirc>| {
        one.certificate.is_none() || origin.has_certificate(one.certificate.as_ref())
    };
    let fit: Vec<_> = there.filter(shown).collect();
    // One that is known by its certificate alone needs no guess at a password.
    let by_certificate = fit.iter().find(|one| one.password_hash.is_none());
    by_certificate.or(fit.first()).copied().ok_or(BadWebirc::Certificate)
}

/// Goes on with WEBIRC once the password has been checked: from here on the connection is the
/// user's, and counts for the user's address.
pub fn password_checked(cx: &mut Cx<'_>, verdict: Verdict) -> Flow {
    let Stage::Registering(now) = &mut cx.client.stage else { return Flow::Continue };
    let webirc_info = match (verdict, now.webirc_info.take()) {
        (Verdict::Right, Some(webirc_info)) => webirc_info,
        (Verdict::TooMany, _) => return Flow::Close(Close::TooManyGuesses),
        _ => return Flow::Close(Close::Webirc(BadWebirc::Password)),
    };
    // Shared only once there is a user.
    let Some(origin) = Arc::get_mut(&mut cx.client.origin) else {
        return Flow::Close(Close::Fault);
    };
    let (gateway, counted) = (origin.address, origin.counted());
    origin.move_to(webirc_info.address);
    if let Some(host) = webirc_info.host {
        origin.host = host;
    }
    origin.secure &= webirc_info.secure;
    // The gateway's certificate says nothing about the user.
    origin.certificate = None;
    cx.client.is_via_webirc = true;
    if let Stage::Registering(now) = &mut cx.client.stage {
        now.looks_up = false;
    }
    let by = gateway.to_canonical().to_string();
    connection_record!(info, cx.client.id(), &cx.client.origin, gateway = &*by, "vouched for");
    let limits = &cx.machine.limits;
    cx.network.addresses.leave(counted, limits);
    let refusal = admission::refusal_of(cx.network, limits, &cx.client.origin, cx.now);
    refusal.map_or(Flow::Continue, Flow::Close)
}

/// What the parameters say: `None` if there are too few, or the address is none.
fn webirc_info(p: Params<'_>) -> Option<WebircInfo> {
    let text = |at| std::str::from_utf8(p.word(at)).ok();
    let address: IpAddr = text(3)?.parse().ok()?;
    let fits = |host: &&str| host.len() <= LONGEST_HOST && is_hostname(host);
    let mut options = text(4).unwrap_or_default().split(' ');
    Some(WebircInfo {
        address: address.to_canonical(),
        // What is an address is shown in our own way of writing it.
        host: text(2).filter(fits).filter(|host| host.parse::<IpAddr>().is_err()).map(Into::into),
        secure: options.any(|option| option.split('=').next() == Some("secure")),
    })
}
