//! ADMIN (RFC 2812, section 3.4.9; Modern IRC, "ADMIN message").

use crate::command::query::server;
use crate::command::{Cx, Flow, Me, Outcome, Params};
use crate::proto::numerics::Numeric;

/// Who runs the server, as far as the configuration says it.
pub fn admin<'p>(cx: &mut Cx<'_>, _me: &Me, p: Params<'p>) -> Outcome<'p> {
    server::is_us(cx, p.get(0))?;
    let machine = cx.machine;
    let server = &*machine.server_name;
    let admin = &machine.admin;
    let parts = [&admin.location, &admin.organisation, &admin.email];
    if parts.iter().all(|part| part.is_none()) {
        cx.reply(&Numeric::NoAdminInfo { server: server.into() });
        return Ok(Flow::Continue);
    }
    cx.reply(&Numeric::AdminMe { server: server.into() });
    if let Some(text) = &admin.location {
        cx.reply(&Numeric::AdminLoc1 { text: (**text).into() });
    }
    if let Some(text) = &admin.organisation {
        cx.reply(&Numeric::AdminLoc2 { text: (**text).into() });
    }
    if let Some(text) = &admin.email {
        cx.reply(&Numeric::AdminEmail { text: (**text).into() });
    }
    Ok(Flow::Continue)
}
