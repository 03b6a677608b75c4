//! What a channel's modes make of a message: whether it is said, to whom, and in which form.

use std::sync::Arc;

use super::Me;
use crate::state::ChannelGuard;
use crate::state::modes::Flags;
use crate::state::parameters::Rate;
use crate::state::rights::{self, Act};
use crate::wire::event::{Line, MessageKind, Text};
use crate::wire::formatting::{has_colour, is_ctcp, strip};
use crate::wire::time::Now;

/// A message that may be said.
pub struct Said<'t> {
    /// As it will be heard; never empty.
    pub text: Text<'t>,
    /// Only halfops and those above are to hear it (`+U`).
    pub to_ops: bool,
    /// It counts against this rate (`+W`).
    pub counts: Option<Rate>,
}

/// Judges a message to the channel; refused, the letter of the mode that forbids it.
///
/// `+n` keeps out who is not a member.  A rank that may speak lets past a ban, `+m`, `+M`, `+U` and
/// `+W`; what may not be in a text, may not be in anybody's.
pub fn judge<'t>(
    channel: &ChannelGuard<'_>,
    me: &Me,
    kind: MessageKind,
    text: &'t [u8],
    now: Now,
) -> Result<Said<'t>, u8> {
    let on = |flag| channel.flags.has(flag);
    let ranks = channel.prefixes(me.user.id);
    let is_free = ranks.is_some_and(|ranks| rights::may(ranks, Act::Speak));
    let to_ops = !is_free && on(Flags::OP_MODERATED);
    let counts = channel.parameters.slow.filter(|_| !is_free);
    let too_fast = |rate| !channel.may_speak_again(me.user.id, rate, now);
    let forbids = [
        (b'n', ranks.is_none() && on(Flags::NO_EXTERNAL)),
        (b'b', !is_free && channel.lists.silence(&me.user)),
        // Under +U those without a rank are heard by operators alone: they need not be silent.
        (b'm', !is_free && !to_ops && on(Flags::MODERATED)),
        // Nobody has an account yet.
        (b'M', !is_free && !to_ops && on(Flags::REGISTERED_SPEAK)),
        (b'T', kind == MessageKind::Notice && on(Flags::NO_NOTICES)),
    ];
    if let Some((letter, _)) = forbids.iter().find(|(_, forbids)| *forbids) {
        return Err(*letter);
    }
    let text = judge_text(channel, kind, text)?;
    if counts.is_some_and(too_fast) { Err(b'W') } else { Ok(Said { text, to_ops, counts }) }
}

/// A text as it will be heard, whoever says it.
fn judge_text<'t>(
    channel: &ChannelGuard<'_>,
    kind: MessageKind,
    text: &'t [u8],
) -> Result<Text<'t>, u8> {
    let on = |flag| channel.flags.has(flag);
    if on(Flags::NO_CTCP) && is_ctcp(text) {
        return Err(b'C');
    }
    if on(Flags::NO_COLOURS) && has_colour(text) {
        return Err(b'c');
    }
    let text = if on(Flags::STRIP) { strip(text) } else { text.into() };
    if text.is_empty() && kind != MessageKind::Tagmsg { Err(b'S') } else { Ok(text) }
}

/// Judges each line of a message that has several, of which the first was judged to be said: as they
/// will be heard.  Whoever may say one of them may say the others.
pub fn judge_lines(
    channel: &ChannelGuard<'_>,
    kind: MessageKind,
    lines: &[Line],
) -> Result<Arc<[Line]>, u8> {
    let judged = lines.iter().map(|line| {
        if line.text.is_empty() {
            return Ok(line.clone());
        }
        let text = judge_text(channel, kind, &line.text)?;
        Ok(Line { text: text.into_owned().into(), joined: line.joined })
    });
    judged.collect()
}
