//! MODE (RFC 2812, sections 3.1.5 and 3.2.3; Modern IRC, "MODE message").

use super::{Cx, Me, Outcome, Params, channel_mode, user_mode};
use crate::names::is_channel;

/// Shows or changes the modes of a channel or of the user itself.
pub fn mode<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    if is_channel(p.word(0)) {
        channel_mode::channel_mode(cx, me, p)
    } else {
        user_mode::user_mode(cx, me, p)
    }
}
