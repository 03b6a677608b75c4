//! MODE for users (RFC 2812, section 3.1.5).

use crate::command::user::cloak;
use crate::command::{Cx, Flow, Me, Outcome, Params};
use crate::core::NO_ACCOUNTS;
use crate::core::modes::{SetBy, USER_MODES, UserModes};
use crate::core::server::notice_mask::Kinds;
use crate::core::server::operators::Privileges;
use crate::proto::names::Nick;
use crate::proto::numerics::Numeric;

/// Shows one's own modes, or changes those that users may change.
pub fn user_mode<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    let raw = p.word(0);
    let nick = Nick::parse(raw, cx.settings.limits.nick);
    let own = |nick: &Nick| cx.network.registry.same_nick(nick, &me.identity.nick);
    if !nick.is_some_and(|nick| own(&nick)) {
        return Err(match cx.network.find_user(raw) {
            Some(_) => Numeric::UsersDontMatch {},
            None => Numeric::NoSuchNick { nick: raw.into() },
        });
    }
    let before = me.user.profile().modes;
    let Some(letters) = p.get(1) else {
        cx.reply(&Numeric::UserModeIs { modes: before.text().into() });
        if before.has(UserModes::NOTICES) {
            notify_kinds(cx, me);
        }
        return Ok(Flow::Continue);
    };
    let (kinds, privileges) = {
        let profile = me.user.profile();
        let privileges = profile.operator.as_ref().map(|operator| operator.privileges);
        (profile.notices, privileges.unwrap_or_default())
    };
    let mut wish = Wish { modes: before, kinds, privileges, asked_kinds: false, refusal: None };
    wish.read(letters, p.get(2));
    me.user.profile().notices = wish.kinds;
    if wish.modes.has(UserModes::CLOAKED) != before.has(UserModes::CLOAKED) {
        cloak::set(cx, me, &mut wish.modes);
    }
    change(cx, me, |_| wish.modes);
    if wish.asked_kinds {
        notify_kinds(cx, me);
    }
    wish.refusal.map_or(Ok(Flow::Continue), Err)
}

fn notify_kinds(cx: &mut Cx<'_>, me: &Me) {
    let kinds = me.user.profile().notices.text();
    cx.reply(&Numeric::ServerNoticeMask { kinds: kinds.into() });
}

/// Of what the user is told by +s, only what operators with these privileges may be told stays.
pub fn keep_allowed_notices(cx: &mut Cx<'_>, me: &Me, privileges: Privileges) {
    let kinds = {
        let mut profile = me.user.profile();
        if profile.notices.lacking(privileges).is_none() {
            return;
        }
        profile.notices = profile.notices.allowed(privileges);
        profile.notices
    };
    change(cx, me, |modes| modes.with(UserModes::NOTICES, kinds != Kinds::NONE));
    notify_kinds(cx, me);
}

/// Changes a user's modes, with all that hangs on them, and tells it.
pub fn change(cx: &mut Cx<'_>, me: &Me, change: impl FnOnce(UserModes) -> UserModes) {
    let (before, after, kinds) = {
        let mut profile = me.user.profile();
        let before = profile.modes;
        profile.modes = change(before);
        if !profile.modes.has(UserModes::OPERATOR) {
            profile.operator = None;
            profile.notices = Kinds::NONE;
            profile.modes = profile.modes.with(UserModes::NOTICES, false);
        }
        (before, profile.modes, profile.notices)
    };
    if before.has(UserModes::NOTICES) || after.has(UserModes::NOTICES) {
        cx.network.notices.set(&me.user, kinds);
    }
    if before.has(UserModes::OPERATOR) && !after.has(UserModes::OPERATOR) {
        cx.network.counts.operators.down();
    }
    match (before.has(UserModes::INVISIBLE), after.has(UserModes::INVISIBLE)) {
        (false, true) => drop(cx.network.counts.invisible.up()),
        (true, false) => cx.network.counts.invisible.down(),
        _ => {}
    }
    cx.mark();
    notify(cx, me, before, after);
}

/// Tells the user which of its modes have changed.
pub fn notify(cx: &mut Cx<'_>, me: &Me, before: UserModes, after: UserModes) {
    let changes = difference(before, after);
    if !changes.is_empty() {
        // The host may have changed with them.
        let identity = me.user.identity();
        let nick = identity.nick.as_str().as_bytes();
        cx.here.reply(cx.client.conn, cx.now, |out| {
            for part in [b":", identity.mask().as_bytes(), b" MODE ", nick, b" :"] {
                out.extend_from_slice(part);
            }
            out.extend_from_slice(changes.as_bytes());
        });
    }
}

/// What a user's modes are to become.
struct Wish<'p> {
    modes: UserModes,
    /// What it is told of by +s.
    kinds: Kinds,
    /// What it may do as an operator.
    privileges: Privileges,
    /// The letter s was there, and was not refused.
    asked_kinds: bool,
    /// The last thing that cannot be.
    refusal: Option<Numeric<'p>>,
}

impl<'p> Wish<'p> {
    /// Applies `letters`; `parameter` is that of `+s`, without which all kinds are meant.  `+o` is
    /// no fault and has no effect (RFC 2812, section 3.1.5): some clients send it without thinking.
    fn read(&mut self, letters: &[u8], parameter: Option<&'p [u8]>) {
        let mut add = true;
        for &letter in letters {
            match (letter, USER_MODES.iter().find(|row| row.letter == letter)) {
                (b'+' | b'-', _) => add = letter == b'+',
                (_, Some(row)) if add && row.set_by == SetBy::Operator && !self.is_operator() => {
                    self.refusal = Some(Numeric::NoPrivileges {});
                }
                (_, Some(row)) if row.mode == UserModes::NOTICES => self.listen(add, parameter),
                (b'O', None) => {}
                (_, Some(row)) if row.set_by == SetBy::Server => {}
                (_, Some(row)) if row.set_by == SetBy::Oper && add => {}
                (_, Some(row)) if add && !row.is_offered() => {
                    self.refusal = Some(Numeric::InvalidModeParam {
                        target: "*".into(),
                        letter: vec![letter].into(),
                        parameter: "*".into(),
                        why: NO_ACCOUNTS.into(),
                    });
                }
                (_, Some(row)) => self.modes = self.modes.with(row.mode, add),
                (_, None) => self.refusal = Some(Numeric::UmodeUnknownFlag {}),
            }
        }
    }

    fn is_operator(&self) -> bool {
        self.modes.has(UserModes::OPERATOR)
    }

    fn listen(&mut self, add: bool, parameter: Option<&'p [u8]>) {
        let kinds = match parameter {
            _ if !add => Some(Kinds::NONE),
            None => Some(Kinds::ALL.allowed(self.privileges)),
            Some(letters) => self.kinds.changed(letters),
        };
        let Some(kinds) = kinds else {
            self.refusal = Some(Numeric::InvalidModeParam {
                target: "*".into(),
                letter: "s".into(),
                parameter: parameter.unwrap_or_default().into(),
                why: "No such kind of notice: HELP SNOMASKS names them".into(),
            });
            return;
        };
        if let Some(lacking) = kinds.lacking(self.privileges) {
            self.refusal = Some(Numeric::NoPrivs { privilege: lacking.name().into() });
        }
        let kinds = kinds.allowed(self.privileges);
        self.asked_kinds = true;
        self.kinds = kinds;
        self.modes = self.modes.with(UserModes::NOTICES, kinds != Kinds::NONE);
    }
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
