//! QUIT (RFC 2812, section 3.1.7).

use std::sync::Arc;

use super::{Close, Cx, Flow, Me, Outcome, Params, Stage, ban};
use crate::wire::truncate_utf8;

/// Ends the connection.  What the user gives as reason is marked as theirs, be it empty (Modern
/// IRC, "QUIT message").
pub fn quit<'p>(cx: &mut Cx<'_>, p: Params<'p>) -> Outcome<'p> {
    let reason = truncate_utf8(p.word(0), cx.settings.limits.reason);
    let is_muted = match &cx.client.stage {
        Stage::Registering(_) => false,
        Stage::Registered { user, identity } => {
            let me = Me { user: Arc::clone(user), identity: Arc::clone(identity) };
            ban::is_muted(cx, &me)
        }
    };
    let reason = if is_muted { b"" } else { reason };
    let mark: &[u8] = if cx.client.origin.door.quits_in_own_words() { b"Quit: " } else { b"" };
    Ok(Flow::Close(Close::Quit([mark, reason].concat())))
}
