//! MOTD (RFC 2812, section 3.4.1).

use crate::command::query::server;
use crate::command::{Cx, Flow, Me, Outcome, Params};
use crate::proto::numerics::Numeric;

/// The message of the day.
pub fn motd<'p>(cx: &mut Cx<'_>, _me: &Me, p: Params<'p>) -> Outcome<'p> {
    server::is_us(cx, p.get(0))?;
    reply(cx);
    Ok(Flow::Continue)
}

/// The message of the day, or that there is none.
pub fn reply(cx: &mut Cx<'_>) {
    let machine = cx.machine;
    if machine.motd.is_empty() {
        return cx.reply(&Numeric::NoMotd {});
    }
    cx.reply(&Numeric::MotdStart { server: (*machine.server_name).into() });
    for line in &machine.motd {
        cx.reply(&Numeric::Motd { text: format!("- {line}").into() });
    }
    cx.reply(&Numeric::EndOfMotd {});
}
