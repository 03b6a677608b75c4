//! The network, of which this server is all there is: LINKS, MAP, TRACE, and the services it does
//! not have (RFC 2812, sections 3.4.5, 3.4.8 and 3.5).

use crate::command::query::server;
use crate::command::{Cx, Flow, Me, Outcome, Params};
use crate::proto::names::Glob;
use crate::proto::numerics::Numeric;

/// The servers whose name a mask fits.
pub fn links<'p>(cx: &mut Cx<'_>, _me: &Me, p: Params<'p>) -> Outcome<'p> {
    let mask = match p.get(1) {
        Some(mask) => {
            server::is_us(cx, p.get(0))?;
            mask
        }
        None => p.get(0).unwrap_or(b"*"),
    };
    let name = &*cx.machine.server_name;
    if Glob::new(mask, cx.settings.casemap).matches(name.as_bytes()) {
        cx.reply(&Numeric::Links { server: name.into(), info: (*cx.machine.description).into() });
    }
    cx.reply(&Numeric::EndOfLinks { mask: mask.into() });
    Ok(Flow::Continue)
}

/// The servers with how many users each has.
pub fn map<'p>(cx: &mut Cx<'_>, _me: &Me, _p: Params<'p>) -> Outcome<'p> {
    let users = cx.network.counts.users.now().into();
    cx.reply(&Numeric::Map { server: (*cx.machine.server_name).into(), users });
    cx.reply(&Numeric::MapEnd {});
    Ok(Flow::Continue)
}

/// How one is connected; a user learns it of itself alone.
pub fn trace<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    server::is_us(cx, p.get(0))?;
    cx.reply(&Numeric::TraceUser { class: "users".into(), nick: (&me.identity.nick).into() });
    let server = (*cx.machine.server_name).into();
    cx.reply(&Numeric::TraceEnd { server, version: server::VERSION.into() });
    Ok(Flow::Continue)
}

/// The services: none.
pub fn servlist<'p>(cx: &mut Cx<'_>, _me: &Me, p: Params<'p>) -> Outcome<'p> {
    let (mask, kind) = (p.get(0).unwrap_or(b"*"), p.get(1).unwrap_or(b"*"));
    cx.reply(&Numeric::ServListEnd { mask: mask.into(), kind: kind.into() });
    Ok(Flow::Continue)
}

/// A message to a service, of which there is none.
pub fn squery<'p>(_cx: &mut Cx<'_>, _me: &Me, p: Params<'p>) -> Outcome<'p> {
    let Some(service) = p.get(0) else {
        return Err(Numeric::NoRecipient { command: "SQUERY".into() });
    };
    match p.get(1) {
        Some(_) => Err(Numeric::NoSuchService { service: service.into() }),
        None => Err(Numeric::NoTextToSend {}),
    }
}
