//! MODE for channels (RFC 2812, section 3.2.3; Modern IRC, "MODE message").

use smallvec::SmallVec;

use super::{Cx, Flow, Me, Outcome, Params};
use crate::names::Mask;
use crate::state::ChannelGuard;
use crate::state::lists::{Entry, ListKind, NotAdded};
use crate::state::modes::{self, Asked, Flags, Kind};
use crate::wire::event::{Audience, Body, RankChange};
use crate::wire::numerics::Numeric;
use crate::wire::prefix::Prefixes;

/// Shows the modes of a channel or its lists, or changes them: each change on its own, so that a
/// bad one does not stop the others.
pub fn channel_mode<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    let raw = p.word(0);
    let done = cx.world.with_visible_channel(raw, me.user.id, |channel| match p.get(1) {
        None => show(cx, me, channel),
        Some(letters) => {
            let is_op = channel.has_rank(me.user.id, Prefixes::OP);
            change(cx, me, channel, raw, is_op, modes::asked(letters, p.from(2)));
        }
    });
    match done {
        Some(()) => Ok(Flow::Continue),
        None => Err(Numeric::NoSuchChannel { channel: raw.into() }),
    }
}

/// Changes modes of a channel as one of its operators could.
pub fn force<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Result<(), Numeric<'p>> {
    let raw = p.word(0);
    let asked = modes::asked(p.word(1), p.from(2));
    let done = cx.world.with_channel(raw, |channel| change(cx, me, channel, raw, true, asked));
    done.ok_or(Numeric::NoSuchChannel { channel: raw.into() })
}

/// 324 and 329; the key only to members.
fn show(cx: &mut Cx<'_>, me: &Me, channel: &ChannelGuard<'_>) {
    let mut letters = vec![b'+'];
    letters.extend(channel.flags.letters());
    let mut parameters = Vec::new();
    if let Some(key) = &channel.key {
        letters.push(b'k');
        let is_member = channel.member(me.user.id).is_some();
        parameters.push(if is_member { key.to_vec() } else { b"*".to_vec() });
    }
    if let Some(limit) = channel.limit {
        letters.push(b'l');
        parameters.push(limit.to_string().into_bytes());
    }
    for parameter in parameters {
        letters.push(b' ');
        letters.extend_from_slice(&parameter);
    }
    let name = channel.name();
    cx.reply(&Numeric::ChannelModeIs { channel: name.into(), modes: letters.into() });
    cx.reply(&Numeric::CreationTime { channel: name.into(), time: channel.created.into() });
}

/// A change that was carried out.
struct Done {
    add: bool,
    letter: u8,
    parameter: Option<Vec<u8>>,
    rank: Option<RankChange>,
}

fn change<'p>(
    cx: &mut Cx<'_>,
    me: &Me,
    channel: &mut ChannelGuard<'_>,
    raw: &'p [u8],
    is_op: bool,
    asked: impl Iterator<Item = Asked<'p>>,
) {
    let mut done = Vec::new();
    for one in asked {
        let Some(mode) = one.mode else {
            cx.reply(&Numeric::UnknownMode { letter: vec![one.letter].into() });
            continue;
        };
        if let (Kind::List(kind), None) = (mode.kind, one.parameter) {
            show_list(cx, channel, kind);
        } else if !is_op {
            cx.reply(&Numeric::ChanOpPrivsNeeded { channel: raw.into() });
            break;
        } else {
            match change_one(cx, me, channel, raw, &one, mode.kind) {
                Ok(Some(change)) => done.push(change),
                Ok(None) => {}
                Err(refusal) => cx.reply(&refusal),
            }
        }
    }
    publish(cx, me, channel, &done);
}

/// Carries out one change; `None`: it was so already.
fn change_one<'p>(
    cx: &Cx<'_>,
    me: &Me,
    channel: &mut ChannelGuard<'_>,
    raw: &'p [u8],
    asked: &Asked<'p>,
    kind: Kind,
) -> Result<Option<Done>, Numeric<'p>> {
    let &Asked { add, letter, parameter, .. } = asked;
    let done = |parameter| Done { add, letter, parameter, rank: None };
    let needed = || parameter.filter(|parameter| !parameter.is_empty());
    let invalid = |why: &'static str| Numeric::InvalidModeParam {
        target: raw.into(),
        letter: vec![letter].into(),
        parameter: parameter.unwrap_or(b"*").into(),
        why: why.into(),
    };
    match kind {
        Kind::Rank(rank) => {
            let nick = needed().ok_or_else(|| invalid("A nick must be given"))?;
            let Some(user) = cx.world.find_user(nick) else {
                return Err(Numeric::NoSuchNick { nick: nick.into() });
            };
            if channel.member(user.id).is_none() {
                return Err(Numeric::UserNotInChannel { nick: nick.into(), channel: raw.into() });
            }
            let changed = channel.set_rank(user.id, rank, add);
            let nick = user.identity().nick.as_str().as_bytes().to_vec();
            let rank = Some(RankChange { user: user.id, prefixes: rank, add });
            Ok(changed.then(|| Done { rank, ..done(Some(nick)) }))
        }
        Kind::List(kind) => {
            let mask = Mask::parse(
                needed().unwrap_or_default(),
                cx.world.settings.casemap,
                cx.world.settings.limits.mask(),
            )
            .ok_or_else(|| invalid("This is no nick!user@host mask"))?;
            Ok(change_list(cx, me, channel, raw, asked, kind, mask)?.map(|mask| done(Some(mask))))
        }
        // To be passed over (Modern IRC, "MODE message").
        Kind::Key | Kind::Limit if add && parameter.is_none() => Ok(None),
        Kind::Key if add => {
            let key = needed().filter(|key| is_key(key, cx.world.settings.limits.key));
            let key = key.ok_or_else(|| {
                invalid("A key has no space, comma or control character, and at most KEYLEN bytes")
            })?;
            let changed = channel.key.as_deref() != Some(key);
            channel.key = Some(key.into());
            Ok(changed.then(|| done(Some(key.to_vec()))))
        }
        // Whoever may take the key off need not know it, and who reads this need not either.
        Kind::Key => Ok(channel.key.take().map(|_| done(Some(b"*".to_vec())))),
        Kind::Limit if add => {
            let limit = needed().and_then(|text| std::str::from_utf8(text).ok());
            let limit = limit.and_then(|text| text.parse::<u32>().ok()).filter(|n| *n > 0);
            let limit = limit.ok_or_else(|| invalid("A limit is a whole number above 0"))?;
            let changed = channel.limit != Some(limit);
            channel.limit = Some(limit);
            Ok(changed.then(|| done(Some(limit.to_string().into_bytes()))))
        }
        Kind::Limit => Ok(channel.limit.take().map(|_| done(None))),
        Kind::Flag(flag) => {
            let before: Flags = channel.flags;
            channel.flags = before.with(flag, add);
            Ok((channel.flags != before).then(|| done(None)))
        }
    }
}

fn change_list<'p>(
    cx: &Cx<'_>,
    me: &Me,
    channel: &mut ChannelGuard<'_>,
    raw: &'p [u8],
    asked: &Asked<'_>,
    kind: ListKind,
    mask: Mask,
) -> Result<Option<Vec<u8>>, Numeric<'p>> {
    if !asked.add {
        let removed = channel.lists.remove(kind, &mask);
        return Ok(removed.map(|entry| entry.mask.as_bytes().to_vec()));
    }
    let text = mask.as_bytes().to_vec();
    let entry = Entry { mask, set_by: me.identity.mask().into(), set_at: cx.now.seconds() };
    match channel.lists.add(kind, entry, cx.world.settings.limits.list_entries) {
        Ok(()) => Ok(Some(text)),
        Err(NotAdded::Already) => Ok(None),
        Err(NotAdded::Full) => Err(Numeric::BanListFull {
            channel: raw.into(),
            letter: vec![asked.letter].into(),
            mask: text.into(),
        }),
    }
}

/// A first `:` or a comma could not be written in JOIN.
fn is_key(key: &[u8], max: usize) -> bool {
    let bad = |byte: &u8| *byte <= b' ' || *byte == b',' || *byte == 0x7f;
    key.len() <= max && !key.starts_with(b":") && !key.iter().any(bad)
}

fn show_list(cx: &mut Cx<'_>, channel: &ChannelGuard<'_>, kind: ListKind) {
    let name = channel.name();
    for entry in channel.lists.of(kind) {
        let (channel, mask) = (name.into(), entry.mask.as_bytes().into());
        let (who, time) = ((*entry.set_by).into(), entry.set_at.into());
        cx.reply(&match kind {
            ListKind::Ban => Numeric::BanList { channel, mask, who, time },
            ListKind::Except => Numeric::ExceptList { channel, mask, who, time },
            ListKind::Invex => Numeric::InvexList { channel, mask, who, time },
        });
    }
    cx.reply(&match kind {
        ListKind::Ban => Numeric::EndOfBanList { channel: name.into() },
        ListKind::Except => Numeric::EndOfExceptList { channel: name.into() },
        ListKind::Invex => Numeric::EndOfInvexList { channel: name.into() },
    });
}

/// Tells what was changed, in as many lines as it takes: each with at most MODES parameters, and
/// none too long to be whole.
fn publish(cx: &mut Cx<'_>, me: &Me, channel: &ChannelGuard<'_>, done: &[Done]) {
    let limits = &cx.world.settings.limits;
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
        channel.publish(&cx.world.places, cx.here, Audience::All, me.does(cx.now, body));
    }
}
