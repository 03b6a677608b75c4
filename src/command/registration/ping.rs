//! PING and PONG (RFC 2812, sections 3.7.2 and 3.7.3; Modern IRC, "PING message").

use crate::command::{Cx, Flow, Outcome, Params};
use crate::proto::numerics::Numeric;

/// Answers with the token, at any stage.
pub fn ping<'p>(cx: &mut Cx<'_>, p: Params<'p>) -> Outcome<'p> {
    let Some(token) = p.get(0) else { return Err(Numeric::NoOrigin {}) };
    let server = cx.machine.server_name.as_bytes();
    let token = [b":", token].concat();
    cx.server_line(&[b"PONG", server, &token]);
    Ok(Flow::Continue)
}

/// That it came is all that counts: any line shows that the client is alive.
pub fn pong<'p>(_cx: &mut Cx<'_>, _p: Params<'p>) -> Outcome<'p> {
    Ok(Flow::Continue)
}
