//! MODE for users (RFC 2812, section 3.1.5).

use super::{Cx, Flow, Me, Outcome, Params};
use crate::names::Nick;
use crate::state::modes::{USER_MODES, UserModes};
use crate::wire::numerics::Numeric;

/// Shows one's own modes, or changes those that users may change.
pub fn user_mode<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    let raw = p.word(0);
    let nick = Nick::parse(raw, cx.settings.limits.nick);
    let own = |nick: &Nick| cx.world.registry.same_nick(nick, &me.identity.nick);
    if !nick.is_some_and(|nick| own(&nick)) {
        return Err(match cx.world.find_user(raw) {
            Some(_) => Numeric::UsersDontMatch {},
            None => Numeric::NoSuchNick { nick: raw.into() },
        });
    }
    let Some(letters) = p.get(1) else {
        let modes = me.user.profile().modes.text();
        cx.reply(&Numeric::UserModeIs { modes: modes.into() });
        return Ok(Flow::Continue);
    };
    let mut unknown = false;
    change(cx, me, |before| {
        let after;
        (after, unknown) = changed(before, letters);
        after
    });
    if unknown { Err(Numeric::UmodeUnknownFlag {}) } else { Ok(Flow::Continue) }
}

/// Changes a user's modes, with all that hangs on them, and tells it.
pub fn change(cx: &mut Cx<'_>, me: &Me, change: impl FnOnce(UserModes) -> UserModes) {
    let (before, after) = {
        let mut profile = me.user.profile();
        let before = profile.modes;
        profile.modes = change(before);
        if !profile.modes.has(UserModes::OPERATOR) {
            profile.operator = None;
        }
        (before, profile.modes)
    };
    if before.has(UserModes::OPERATOR) && !after.has(UserModes::OPERATOR) {
        cx.world.counts.operators.down();
    }
    match (before.has(UserModes::INVISIBLE), after.has(UserModes::INVISIBLE)) {
        (false, true) => drop(cx.world.counts.invisible.up()),
        (true, false) => cx.world.counts.invisible.down(),
        _ => {}
    }
    tell(cx, me, before, after);
}

/// Tells the user which of its modes have changed.
pub fn tell(cx: &mut Cx<'_>, me: &Me, before: UserModes, after: UserModes) {
    let changes = difference(before, after);
    if !changes.is_empty() {
        let nick = me.identity.nick.as_str().as_bytes();
        cx.here.reply(cx.client.conn, cx.now, |out| {
            for part in [b":", me.identity.mask().as_bytes(), b" MODE ", nick, b" :"] {
                out.extend_from_slice(part);
            }
            out.extend_from_slice(changes.as_bytes());
        });
    }
}

/// The modes after `letters`, and whether one of the letters is no mode.  `+o` is no fault and
/// has no effect (RFC 2812, section 3.1.5): some clients send it without thinking.
fn changed(before: UserModes, letters: &[u8]) -> (UserModes, bool) {
    let (mut modes, mut add, mut unknown) = (before, true, false);
    for &letter in letters {
        match (letter, USER_MODES.iter().find(|row| row.letter == letter)) {
            (b'+' | b'-', _) => add = letter == b'+',
            (_, Some(row)) if row.by_user || !add => modes = modes.with(row.mode, add),
            (_, Some(_)) | (b'O', None) => {}
            (_, None) => unknown = true,
        }
    }
    (modes, unknown)
}

fn difference(before: UserModes, after: UserModes) -> String {
    let mut text = String::new();
    for (sign, from, to) in [('+', before, after), ('-', after, before)] {
        let rows = USER_MODES.iter().filter(|row| to.has(row.mode) && !from.has(row.mode));
        let letters: String = rows.map(|row| char::from(row.letter)).collect();
        if !letters.is_empty() {
            text.push(sign);
            text.push_str(&letters);
        }
    }
    text
}
