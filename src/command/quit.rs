//! QUIT (RFC 2812, section 3.1.7).

use super::{Close, Cx, Flow, Outcome, Params};
use crate::wire::truncate_utf8;

/// Ends the connection.  What the user gives as reason is marked as theirs, be it empty (Modern
/// IRC, "QUIT message").
pub fn quit<'p>(cx: &mut Cx<'_>, p: Params<'p>) -> Outcome<'p> {
    let reason = truncate_utf8(p.word(0), cx.settings.limits.reason);
    Ok(Flow::Close(Close::Quit([b"Quit: ", reason].concat())))
}
