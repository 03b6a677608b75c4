//! MODE (RFC 2812, sections 3.1.5 and 3.2.3; Modern IRC, "MODE message").

use crate::command::channel::channel_mode;
use crate::command::user::user_mode;
use crate::command::{Cx, Me, Outcome, Params};
use crate::core::modes::{Kind, channel_mode as channel_mode_of};
use crate::proto::names::is_channel;

/// Whether it only asks: about the modes, or about lists of the channel (`b`, `e`, `I`, each with or
/// without a `+`).
pub fn asks(p: Params<'_>) -> bool {
    let is_list = |letter: &u8| {
        channel_mode_of(*letter).is_some_and(|mode| matches!(mode.kind, Kind::List(_)))
    };
    let lists = p.word(1).strip_prefix(b"+").unwrap_or(p.word(1));
    p.get(2).is_none() && lists.iter().all(is_list)
}

/// Shows or changes the modes of a channel or of the user itself.
pub fn mode<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    if is_channel(p.word(0)) {
        channel_mode::channel_mode(cx, me, p)
    } else {
        user_mode::user_mode(cx, me, p)
    }
}
