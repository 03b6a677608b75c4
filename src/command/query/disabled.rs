//! What this server knows and refuses: CONNECT and SQUIT, SUMMON, USERS (RFC 2812, sections 3.1.8,
//! 3.4.7, 4.5 and 4.6).

use crate::command::{Cx, Me, Outcome, Params};
use crate::proto::numerics::Numeric;

/// CONNECT and SQUIT: only operators link and part servers.
pub fn link<'p>(_cx: &mut Cx<'_>, _me: &Me, _p: Params<'p>) -> Outcome<'p> {
    Err(Numeric::NoPrivileges {})
}

/// Nobody is called from a terminal of this machine.
pub fn summon<'p>(_cx: &mut Cx<'_>, _me: &Me, _p: Params<'p>) -> Outcome<'p> {
    Err(Numeric::SummonDisabled {})
}

/// Nor does anybody learn who works at one.
pub fn users<'p>(_cx: &mut Cx<'_>, _me: &Me, _p: Params<'p>) -> Outcome<'p> {
    Err(Numeric::UsersDisabled {})
}
