//! QUIT (RFC 2812, section 3.1.7).

use crate::command::message::speech;
use crate::command::oper::ban;
use crate::command::{Close, Cx, Flow, Outcome, Params};
use crate::core::channel::speech::Speech;
use crate::proto::truncate_utf8;

/// Ends the connection.  What the user gives as reason is marked as theirs, be it empty (Modern
/// IRC, "QUIT message"); all channels are told it at once, so that it is left out where one of them
/// forbids it.
pub fn quit<'p>(cx: &mut Cx<'_>, p: Params<'p>) -> Outcome<'p> {
    let reason = truncate_utf8(p.word(0), cx.settings.limits.reason);
    let reason = match cx.client.me() {
        None => reason.into(),
        Some(me) if ban::is_muted(cx, &me) => Default::default(),
        Some(me) => speech::everywhere(cx, &me, Speech::Quit, reason).unwrap_or_default(),
    };
    let mark: &[u8] = if cx.client.origin.kind.quits_in_own_words() { b"Quit: " } else { b"" };
    Ok(Flow::Close(Close::Quit([mark, &*reason].concat())))
}
