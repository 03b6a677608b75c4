//! MODE for channels (RFC 2812, section 3.2.3; Modern IRC, "MODE message").

use std::mem;

use smallvec::SmallVec;

use crate::command::channel::channel_list::{change_list, reading, show_list, show_modes};
use crate::command::oper::{audit, ban, operator};
use crate::command::{Cx, Flow, Items, Me, Outcome, Params, Progress};
use crate::core::channel::extban::ListMask;
use crate::core::channel::parameters::{FORWARD, ParamMode};
use crate::core::channel::permissions;
use crate::core::channel::permissions::Permission;
use crate::core::modes::{ChannelMode, Flags, Kind, ListKind, ModeRequest};
use crate::core::server::operators::Privileges;
use crate::core::{ChannelGuard, NO_ACCOUNTS, modes};
use crate::proto::event::{Audience, Body, RankChange};
use crate::proto::numerics::Numeric;
use crate::proto::prefix::Prefixes;
use crate::proto::visibility::View;

/// Members of a channel from which on each of them that is shown to somebody counts.
const MANY: usize = 500;

/// Shows the modes of a channel or its lists, or changes them: each change on its own, so that a
/// bad one does not stop the others.
pub fn channel_mode<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    let raw = p.word(0);
    let forwards = forwards(cx, me, raw, modes::asked(p.word(1), p.from(2)));
    let Progress { at, items } = mem::take(&mut cx.progress);
    let done = cx.network.with_visible_channel(raw, me.user.id, |channel| {
        if p.get(1).is_none() {
            show_modes(cx, me, channel);
            return None;
        }
        // As they are before the first change: `-o+v` of oneself is one wish.
        let now = channel.prefixes(me.user.id).unwrap_or_default();
        let (ranks, has_changed) = match items {
            Items::Ranks { first, last, has_changed } if last == now => (first, has_changed),
            // But what others have changed since counts.
            Items::Ranks { has_changed, .. } => (now, has_changed),
            _ => (now, false),
        };
        let mut asker = Asker { ranks, has_changed };
        let at = change(cx, me, channel, p, at, &forwards, &mut asker);
        let has_changed = asker.has_changed;
        if at.is_none() {
            if has_changed && channel.member(me.user.id).is_none() {
                // It is not among those who have just been told.
                show_modes(cx, me, channel);
            }
            // An operator of the server may take +P off one that nobody is in.
            cx.network.remove_if_empty(channel);
        }
        let last = channel.prefixes(me.user.id).unwrap_or_default();
        Some((at?, Items::Ranks { first: ranks, last, has_changed }))
    });
    match done {
        Some(None) => Ok(Flow::Continue),
        Some(Some((at, ranks))) => Ok(cx.goes_on(p, at, ranks)),
        None => Err(Numeric::NoSuchChannel { channel: raw.into() }),
    }
}

/// Changes modes of a channel as its founder could; at which change it goes on in a later slice, if
/// it does.
pub fn force<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Result<Option<usize>, Numeric<'p>> {
    let raw = p.word(0);
    let forwards = forwards(cx, me, raw, modes::asked(p.word(1), p.from(2)));
    let at = cx.progress.at;
    let done = cx.network.with_channel(raw, |channel| {
        let mut asker = Asker { ranks: Prefixes::FOUNDER, has_changed: false };
        let rest = change(cx, me, channel, p, at, &forwards, &mut asker);
        cx.network.remove_if_empty(channel);
        rest
    });
    done.ok_or(Numeric::NoSuchChannel { channel: raw.into() })
}

/// The channels that `+f` asks for and may lead to: others, where `me` may change modes, so that
/// nobody is sent to whom it would be a burden.  Asked before the channel itself is held, as each
/// of them must be.
fn forwards<'p>(
    cx: &Cx<'_>,
    me: &Me,
    raw: &[u8],
    asked: impl Iterator<Item = ModeRequest<'p>>,
) -> SmallVec<[&'p [u8]; 1]> {
    let own = cx.network.with_channel(raw, |channel| channel.id());
    let is_forward = |one: &ModeRequest<'_>| {
        let kind = one.mode.map(|mode| mode.kind);
        one.add && kind == Some(Kind::ParamMode(ParamMode::Forward))
    };
    let may_lead_to = |to: &&[u8]| {
        let found = cx.network.with_channel(to, |to| {
            let ranks = to.prefixes(me.user.id).unwrap_or_default();
            Some(to.id()) != own && permissions::may(ranks, Permission::Modes)
        });
        found == Some(true)
    };
    asked.filter(is_forward).filter_map(|one| one.parameter).filter(may_lead_to).collect()
}

/// A change that was carried out.
struct Done {
    add: bool,
    letter: u8,
    parameter: Option<Vec<u8>>,
    rank: Option<RankChange>,
    /// Whom that member saw before.
    saw: View,
}

/// Who asks for changes.
struct Asker {
    /// Its ranks before the first of them.
    ranks: Prefixes,
    /// Whether one was made.
    has_changed: bool,
}

/// Makes the changes from the one at `from` on, and tells of them; at which one it goes on in a later
/// slice, if it does.
fn change<'p>(
    cx: &mut Cx<'_>,
    me: &Me,
    channel: &mut ChannelGuard<'_>,
    p: Params<'p>,
    from: usize,
    forwards: &[&[u8]],
    asker: &mut Asker,
) -> Option<usize> {
    let (raw, ranks) = (p.word(0), asker.ranks);
    let (mut done, mut parameters, mut is_refused) = (Vec::new(), 0, false);
    let flags = channel.flags;
    let hides = flags.has(Flags::AUDITORIUM) || flags.has(Flags::DELAYED_JOIN);
    // Who gets a rank may come to see all the others.
    let is_dear = hides && channel.member_count() > MANY;
    let most = if is_dear { 1 } else { cx.settings.limits.modes_per_command };
    let mut shown: SmallVec<[ListKind; 3]> = SmallVec::new();
    let mut lacking: SmallVec<[u8; 4]> = SmallVec::new();
    for (at, one) in modes::asked(p.word(1), p.from(2)).enumerate().skip(from) {
        // A line that is full is told at once: each costs what there are members.
        if one.parameter.is_some() && parameters >= most {
            parameters = 0;
            asker.has_changed |= !done.is_empty();
            notify(cx, me, channel, &mem::take(&mut done));
            if cx.is_enough() {
                return Some(at);
            }
        }
        let Some(mode) = one.mode else {
            cx.reply(&Numeric::UnknownMode { letter: vec![one.letter].into() });
            continue;
        };
        if let (Kind::List(kind), None) = (mode.kind, one.parameter) {
            // Each once: a line of nothing else would be answered by thousands.
            if !shown.contains(&kind) {
                shown.push(kind);
                // What the list has by now is told before it is shown.
                asker.has_changed |= !done.is_empty();
                publish(cx, me, channel, &mem::take(&mut done));
                parameters = 0;
                show_list(cx, channel, kind);
            }
            continue;
        }
        let by = if let Kind::OperatorFlag(_) = mode.kind {
            match operator::may(me, Privileges::PERMANENT) {
                Ok(operator) => Some(operator),
                Err(refusal) => {
                    cx.reply(&refusal);
                    continue;
                }
            }
        } else {
            None
        };
        let changed = if by.is_some() || may_change(cx, me, channel, ranks, &one, mode.kind) {
            // Each once: a line of nothing else would be answered by hundreds.
            if mode.kind.needs_parameter(one.add) && one.parameter.is_none() {
                if lacking.contains(&one.letter) {
                    continue;
                }
                lacking.push(one.letter);
            }
            change_one(cx, me, channel, raw, &one, mode, forwards)
        } else {
            Err(Numeric::ChanOpPrivsNeeded { channel: raw.into() })
        };
        match changed {
            Ok(change) => {
                if let (Some(operator), Some(change)) = (by, &change) {
                    let what = [if change.add { b'+' } else { b'-' }, change.letter];
                    let name = channel.name().as_str().as_bytes();
                    audit::done(cx, me, &operator, "MODE", name, &what);
                }
                let has_one = |change: &Done| change.parameter.is_some();
                parameters += usize::from(change.as_ref().is_some_and(has_one));
                done.extend(change);
            }
            // Once is enough, however many letters there are.
            Err(Numeric::ChanOpPrivsNeeded { .. }) if is_refused => {}
            Err(refusal) => {
                is_refused |= matches!(refusal, Numeric::ChanOpPrivsNeeded { .. });
                cx.reply(&refusal);
            }
        }
    }
    asker.has_changed |= !done.is_empty();
    notify(cx, me, channel, &done);
    // Hidden members are revealed when the mode that hides them goes: all are told of each of them.
    let given = modes::asked(p.word(1), p.from(2)).count();
    for user in if hides || from > 0 { channel.left_hidden() } else { Vec::new() } {
        if cx.is_enough() {
            return Some(given);
        }
        channel.show(&cx.network.router, cx.here, user, cx.now);
    }
    None
}

/// Tells of the changes: whoever has joined hidden is shown before it is named, and whoever sees
/// more than before is shown that.
fn notify(cx: &mut Cx<'_>, me: &Me, channel: &ChannelGuard<'_>, done: &[Done]) {
    let (router, now) = (&cx.network.router, cx.now);
    let ranked = || done.iter().filter_map(|change| change.rank.map(|rank| (rank, change.saw)));
    for (rank, _) in ranked().filter(|(rank, _)| rank.add) {
        channel.show(router, cx.here, rank.user, now);
    }
    publish(cx, me, channel, done);
    for (rank, saw) in ranked() {
        channel.show_to(router, cx.here, rank.user, saw, now);
    }
}

/// Whether a member with `ranks` may make this change.  Anybody may give up a rank of their own.
fn may_change(
    cx: &Cx<'_>,
    me: &Me,
    channel: &ChannelGuard<'_>,
    ranks: Prefixes,
    asked: &ModeRequest<'_>,
    kind: Kind,
) -> bool {
    if matches!(kind, Kind::ServerFlag(_)) {
        return false;
    }
    let Kind::Rank(rank) = kind else {
        let permission =
            if matches!(kind, Kind::List(_)) { Permission::Lists } else { Permission::Modes };
        return permissions::may(ranks, permission);
    };
    if asked.add {
        return channel.may_give(ranks, rank);
    }
    let whom = asked.parameter.and_then(|nick| cx.network.find_user(nick));
    if whom.as_ref().is_some_and(|user| me.is(user)) {
        return channel.member(me.user.id).is_some();
    }
    let theirs = whom.and_then(|user| channel.prefixes(user.id)).unwrap_or_default();
    permissions::may(ranks, Permission::Rank(rank)) && permissions::is_over(ranks, theirs)
}

/// Carries out one change; `None`: it was so already.
fn change_one<'p>(
    cx: &Cx<'_>,
    me: &Me,
    channel: &mut ChannelGuard<'_>,
    raw: &'p [u8],
    asked: &ModeRequest<'p>,
    mode: &ChannelMode,
    forwards: &[&[u8]],
) -> Result<Option<Done>, Numeric<'p>> {
    let &ModeRequest { add, letter, parameter, .. } = asked;
    let done = |parameter| Done { add, letter, parameter, rank: None, saw: View::PLAIN };
    let needed = || parameter.filter(|parameter| !parameter.is_empty());
    if add
        && parameter.is_some()
        && is_text(mode.kind)
        && let Some(refusal) = ban::muted(cx, me, "MODE")
    {
        return Err(refusal);
    }
    let invalid = |why: &'static str| Numeric::InvalidModeParam {
        target: raw.into(),
        letter: vec![letter].into(),
        // A key is nobody's to read in a log, not even in that of whoever has mistyped it.
        parameter: parameter.filter(|_| mode.kind != Kind::Key).unwrap_or(b"*").into(),
        why: why.into(),
    };
    if add && !mode.is_offered() {
        return Err(invalid(NO_ACCOUNTS));
    }
    match mode.kind {
        kind if kind.needs_parameter(add) && needed().is_none() => {
            Err(invalid("This mode takes a parameter"))
        }
        Kind::Rank(rank) => {
            let nick = parameter.unwrap_or_default();
            let Some(user) = cx.network.find_user(nick) else {
                return Err(Numeric::NoSuchNick { nick: nick.into() });
            };
            if channel.member(user.id).is_none() {
                return Err(Numeric::UserNotInChannel { nick: nick.into(), channel: raw.into() });
            }
            let saw = channel.view(user.id);
            let changed = channel.set_rank(user.id, rank, add);
            let view = channel.view(user.id);
            let nick = user.identity().nick.as_str().as_bytes().to_vec();
            let rank = Some(RankChange { user: user.id, prefixes: rank, add, view });
            Ok(changed.then(|| Done { rank, saw, ..done(Some(nick)) }))
        }
        Kind::List(kind) => {
            let mask = ListMask::parse(needed().unwrap_or_default(), kind, reading(cx))
                .map_err(|why| invalid(why.text()))?;
            Ok(change_list(cx, me, channel, raw, asked, kind, mask)?.map(|mask| done(Some(mask))))
        }
        Kind::Key if add => {
            let key = needed().filter(|key| is_key(key, cx.settings.limits.key));
            let key = key.ok_or_else(|| {
                invalid("A key has no space, comma or control character, and at most KEYLEN bytes")
            })?;
            let changed = channel.key.as_deref() != Some(key);
            channel.key = Some(key.into());
            Ok(changed.then(|| done(Some(key.to_vec()))))
        }
        // Whoever may take the key off need not know it, and who reads this need not either.
        Kind::Key => Ok(channel.key.take().map(|_| done(Some(b"*".to_vec())))),
        Kind::ParamMode(param) => {
            let before = channel.parameters.text(param);
            if !add {
                channel.parameters.clear(param);
                return Ok(before.map(|_| done(None)));
            }
            if param == ParamMode::Forward && !forwards.contains(&parameter.unwrap_or_default()) {
                return Err(invalid(FORWARD));
            }
            // What is not UTF-8 is no number and no channel either.
            let text = std::str::from_utf8(parameter.unwrap_or_default()).unwrap_or_default();
            channel.parameters.set(param, text).map_err(invalid)?;
            let after = channel.parameters.text(param);
            Ok(if after == before { None } else { Some(done(after.map(String::into_bytes))) })
        }
        // Who may change these has been asked before.
        Kind::Flag(flag) | Kind::OperatorFlag(flag) | Kind::ServerFlag(flag) => {
            let before: Flags = channel.flags;
            if flag == Flags::PERMANENT && before.has(flag) != add {
                let (count, most) =
                    (&cx.network.counts.permanent, cx.settings.limits.permanent_channels);
                match add {
                    true if count.now() >= most => {
                        return Err(invalid("There are as many permanent channels as may be"));
                    }
                    true => drop(count.up()),
                    false => count.down(),
                }
            }
            channel.flags = before.with(flag, add);
            Ok((channel.flags != before).then(|| done(None)))
        }
    }
}

/// Whether the parameter is a text of whoever gives it, and no number and nobody's nick.
fn is_text(kind: Kind) -> bool {
    matches!(kind, Kind::List(_) | Kind::Key | Kind::ParamMode(ParamMode::Forward))
}

/// A first `:` or a comma could not be written in JOIN.
fn is_key(key: &[u8], max: usize) -> bool {
    let bad = |byte: &u8| *byte <= b' ' || *byte == b',' || *byte == 0x7f;
    key.len() <= max && !key.starts_with(b":") && !key.iter().any(bad)
}

/// Tells what was changed, in as many lines as it takes: each with at most MODES parameters, and
/// none too long to be whole.
fn publish(cx: &mut Cx<'_>, me: &Me, channel: &ChannelGuard<'_>, done: &[Done]) {
    let limits = &cx.settings.limits;
    // ":mask MODE #channel " and CR LF.
    let around = me.identity.mask().len() + channel.name().as_str().len() + 10;
    let mut line = Line::default();
    for change in done {
        let longer = line.letters.len() + line.parameters.len() + 3;
        let longer = longer + change.parameter.as_ref().map_or(0, |parameter| parameter.len());
        let full = change.parameter.is_some() && line.count >= limits.modes_per_command;
        if full || around + longer > limits.line {
            std::mem::take(&mut line).publish(cx, me, channel);
        }
        line.add(change);
    }
    line.publish(cx, me, channel);
}

/// Tells of a ban that was set.
pub fn publish_ban(cx: &mut Cx<'_>, me: &Me, channel: &ChannelGuard<'_>, mask: &[u8]) {
    let done = Done {
        add: true,
        letter: b'b',
        parameter: Some(mask.to_vec()),
        rank: None,
        saw: View::PLAIN,
    };
    publish(cx, me, channel, &[done]);
}

/// The changes of one MODE line.
#[derive(Default)]
struct Line {
    letters: Vec<u8>,
    parameters: Vec<u8>,
    sign: Option<bool>,
    count: usize,
    ranks: SmallVec<[RankChange; 2]>,
}

impl Line {
    fn add(&mut self, change: &Done) {
        if self.sign != Some(change.add) {
            self.sign = Some(change.add);
            self.letters.push(if change.add { b'+' } else { b'-' });
        }
        self.letters.push(change.letter);
        if let Some(parameter) = &change.parameter {
            self.parameters.push(b' ');
            self.parameters.extend_from_slice(parameter);
            self.count += 1;
        }
        self.ranks.extend(change.rank);
    }

    fn publish(self, cx: &mut Cx<'_>, me: &Me, channel: &ChannelGuard<'_>) {
        if self.letters.is_empty() {
            return;
        }
        let changes = [self.letters, self.parameters].concat().into();
        let body = Body::Mode { channel: channel.name().clone(), changes, ranks: self.ranks };
        channel.publish(
            &cx.network.router,
            cx.here,
            Audience::All,
            me.does(cx.network, cx.now, body),
        );
    }
}
