//! How commands ask whether a text may be said in channels (`core::channel::speech`).

use std::borrow::Cow;

use crate::command::oper::ban;
use crate::command::{Cx, Me};
use crate::core::ChannelGuard;
use crate::core::channel::speech::{Speech, judge};
use crate::proto::event::Text;
use crate::proto::names::ChannelName;
use crate::proto::numerics::Numeric;

/// 404, with the mode that forbids it.
pub fn refusal(channel: &[u8], letter: u8) -> Numeric<'_> {
    Numeric::CannotSendToChan { channel: channel.into(), letter: vec![letter].into() }
}

/// What is told of a text that goes along with an act: nothing where it may not be said.
pub fn beside(
    cx: &Cx<'_>,
    me: &Me,
    channel: &mut ChannelGuard<'_>,
    speech: Speech,
    text: &[u8],
) -> Text {
    if text.is_empty() || ban::is_muted(cx, me) {
        return Text::default();
    }
    let Ok(said) = judge(channel, &me.user, speech, text, cx.now) else { return Text::default() };
    channel.count_speech(&me.user, &said, None, cx.now);
    said.text.into()
}

/// A text that is told in all channels of the user at once, as it will be heard in each of them; or the
/// first channel that forbids it.
pub fn everywhere(
    cx: &mut Cx<'_>,
    me: &Me,
    speech: Speech,
    text: &[u8],
) -> Result<Text, ChannelName> {
    let channels = me.user.channels();
    let mut heard = Cow::Borrowed(text);
    let mut counted = false;
    for channel in &channels {
        let channel = channel.lock();
        // A kick may be quicker.
        if channel.member(me.user.id).is_none() {
            continue;
        }
        let said = judge(&channel, &me.user, speech, text, cx.now);
        let said = said.map_err(|_| channel.name().clone())?;
        counted |= said.counts.is_some();
        if let Cow::Owned(_) = said.text {
            heard = said.text;
        }
    }
    // Only now is it said in any of them.
    for channel in channels.iter().filter(|_| counted) {
        let mut channel = channel.lock();
        if let Ok(said) = judge(&channel, &me.user, speech, text, cx.now) {
            channel.count_speech(&me.user, &said, None, cx.now);
        }
    }
    Ok(heard.into())
}
