//! KLINE, DLINE, MUTE and what takes them off: bans of the server, which are stored before they are
//! in force and before the operator is answered.

use std::sync::Arc;

use smallvec::SmallVec;

use crate::command::oper::{audit, operator};
use crate::command::slices::SLICE;
use crate::command::{Close, Cx, Flow, Job, Me, Outcome, Params};
use crate::core::server::operators::{Operator, Privileges};
use crate::core::{Ban, BanKind, BanMask, BanSubject, Network, StoreOp, User};
use crate::delivery::Delivery;
use crate::proto::event::{Direct, DirectBody, RemoteCommand};
use crate::proto::names::Identity;
use crate::proto::numerics::Numeric;
use crate::proto::time::Moment;
use crate::proto::{duration, truncate_utf8};
use crate::work;

/// Keeps out whoever is `user@host`, or somebody who is here by the nick.
pub fn kline<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    add(cx, me, BanKind::Kline, p)
}

/// Takes off a KLINE.
pub fn unkline<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    remove(cx, me, BanKind::Kline, p)
}

/// Keeps out addresses before anything is read of them.
pub fn dline<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    add(cx, me, BanKind::Dline, p)
}

/// Takes off a DLINE.
pub fn undline<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    remove(cx, me, BanKind::Dline, p)
}

/// Lets `user@host` stay and read, and say nothing.
pub fn mute<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    add(cx, me, BanKind::Mute, p)
}

/// Takes off a MUTE.
pub fn unmute<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    remove(cx, me, BanKind::Mute, p)
}

/// The command that takes off what `kind` sets.
const fn undo(kind: BanKind) -> &'static str {
    match kind {
        BanKind::Kline => "UNKLINE",
        BanKind::Dline => "UNDLINE",
        BanKind::Mute => "UNMUTE",
    }
}

const fn privilege(kind: BanKind) -> Privileges {
    match kind {
        BanKind::Kline => Privileges::KLINE,
        BanKind::Dline => Privileges::DLINE,
        BanKind::Mute => Privileges::MUTE,
    }
}

fn refusal(command: &'static str, why: impl Into<String>) -> Numeric<'static> {
    Numeric::UnknownError { command: command.into(), why: why.into().into() }
}

/// What it costs to write down a user's hosts, in units of work.
const LOOK: usize = 4;

/// `[FORCE] [<duration>] <mask> [:<reason>[|<operators' reason>]]`
fn add<'p>(cx: &mut Cx<'_>, me: &Me, kind: BanKind, p: Params<'p>) -> Outcome<'p> {
    let verb = kind.verb();
    let operator = operator::may(me, privilege(kind))?;
    let mut words = p.from(0).peekable();
    let force = words.next_if(|word| word.eq_ignore_ascii_case(b"FORCE")).is_some();
    let seconds = words.peek().and_then(|word| duration::parse(word)).filter(|_| p.0.len() > 1);
    if seconds.is_some() {
        words.next();
    } else if let Some(word) = words.peek().filter(|word| p.0.len() > 1 && is_meant_as_time(word)) {
        let shown = String::from_utf8_lossy(word);
        return Err(refusal(verb, format!("{shown} is no length of time: {}", duration::SYNTAX)));
    }
    let raw = words.next().filter(|raw| !raw.is_empty());
    let raw = raw.ok_or(Numeric::NeedMoreParams { command: verb.into() })?;
    let mask = mask(cx, kind, raw)?;
    let shown = shown(&operator, raw, &mask);
    let text = words.collect::<Vec<_>>().join(&b' ');
    // Those whom it meets quit by it, in their channels.
    let text = if is_muted(cx, me) { Vec::new() } else { text };
    let (reason, oper_reason) = reasons(&text, cx.settings.limits.reason);
    if !force && with_ban_subject(&me.user, &me.identity, |me| mask.means(me)) {
        let why = format!("{shown} means yourself; if you want that, say {verb} FORCE");
        return Err(refusal(verb, why));
    }
    if !force && mask.is_wide() {
        let why = format!("{shown} means a great many; if you want that, say {verb} FORCE");
        return Err(refusal(verb, why));
    }
    let bans = &cx.network.bans;
    let most = cx.settings.limits.bans;
    if bans.count() >= most && bans.of_mask(kind, &mask).is_none() {
        return Err(refusal(verb, format!("There are {most} bans already, as many as may be")));
    }
    audit::done(cx, me, &operator, verb, mask.text().as_bytes(), &text);
    cx.client.oper.banned = Some(shown.into());
    let set_at = cx.now.seconds();
    let ends = seconds.filter(|seconds| *seconds > 0).map(|seconds| set_at + seconds);
    let set_by = (*operator.name).into();
    let ban = Ban { kind, mask, reason, oper_reason, set_by, set_at, ends };
    Ok(Flow::Job(Job::Store(Arc::new(StoreOp::PutBan(Arc::new(ban))))))
}

fn remove<'p>(cx: &mut Cx<'_>, me: &Me, kind: BanKind, p: Params<'p>) -> Outcome<'p> {
    let operator = operator::may(me, privilege(kind))?;
    let mask = mask(cx, kind, p.word(0))?;
    let shown = shown(&operator, p.word(0), &mask);
    if cx.network.bans.of_mask(kind, &mask).is_none() {
        let why = format!("There is no {} of {shown}", kind.verb());
        return Err(refusal(undo(kind), why));
    }
    audit::done(cx, me, &operator, undo(kind), mask.text().as_bytes(), b"");
    cx.client.oper.banned = Some(shown.into());
    Ok(Flow::Job(Job::Store(Arc::new(StoreOp::DeleteBan(kind, mask)))))
}

/// A mask, or for KLINE and MUTE what means somebody: a nick, an address, a range.
fn mask(cx: &Cx<'_>, kind: BanKind, raw: &[u8]) -> Result<BanMask, Numeric<'static>> {
    let parse =
        |raw: &[u8]| BanMask::parse(kind, raw, cx.settings.casemap, cx.settings.limits.mask());
    let short = || {
        let user = cx.network.find_user(raw);
        let address = user.map(|user| user.origin.address.to_canonical().to_string());
        match (kind, address) {
            (BanKind::Dline, Some(address)) => parse(address.as_bytes()),
            (BanKind::Dline, None) => parse(raw),
            (_, Some(address)) => parse(&[b"*@", address.as_bytes()].concat()),
            (_, None) if raw.iter().any(|byte| b".:/".contains(byte)) => {
                parse(&[b"*@", raw].concat())
            }
            (_, None) => parse(raw),
        }
    };
    let mask = if raw.contains(&b'@') { parse(raw) } else { short() };
    mask.map_err(|why| refusal(kind.verb(), why))
}

/// Whether a word stands where a length of time may, and can be nothing else: it begins as a number
/// does, and so is no nick, and it is neither an address nor `user@host`.
fn is_meant_as_time(word: &[u8]) -> bool {
    let digits = word.strip_prefix(b"-").or(word.strip_prefix(b"+")).unwrap_or(word);
    digits.first().is_some_and(u8::is_ascii_digit)
        && !word.iter().any(|byte| b"@.:/*?!".contains(byte))
}

/// What the operator is told of a mask that it has written so: who has given a nick learns the address
/// that it stands for with the privilege alone.
fn shown(operator: &Operator, raw: &[u8], mask: &BanMask) -> String {
    let is_nick = !raw.iter().any(|byte| b"@.:/".contains(byte));
    if is_nick && !operator.privileges.has(Privileges::ADDRESSES) {
        return String::from_utf8_lossy(raw).into_owned();
    }
    mask.text()
}

/// What those whom it meets are told, and what operators alone are.
fn reasons(text: &[u8], max: usize) -> (Box<[u8]>, Box<[u8]>) {
    let mut parts = text.splitn(2, |byte| *byte == b'|').map(|part| truncate_utf8(part, max));
    let reason = parts.next().filter(|reason| !reason.is_empty()).unwrap_or(b"No reason given");
    (reason.trim_ascii().into(), parts.next().unwrap_or_default().trim_ascii().into())
}

/// What has been stored is in force from now on, also for those who are connected.
/// All of them are to be looked at.
pub fn apply(network: &Network, change: &StoreOp) -> Option<Sweep> {
    match change {
        StoreOp::PutBan(ban) => {
            network.bans.add(Arc::clone(ban));
            // Who comes from now on meets the ban.
            let ends = ban.kind != BanKind::Mute;
            ends.then(|| Sweep { ban: Arc::clone(ban), users: network.registry.users(), at: 0 })
        }
        StoreOp::DeleteBan(kind, mask) => {
            network.bans.remove(*kind, mask);
            None
        }
        // They are so before they are stored.
        StoreOp::PutChannel(_) | StoreOp::DeleteChannel(_) => None,
    }
}

/// The users who were there when a ban was set: those whom it means are ended, some in each slice.
pub struct Sweep {
    ban: Arc<Ban>,
    users: Vec<Arc<User>>,
    at: usize,
}

impl Sweep {
    /// Goes on for a slice; whether that was all.
    pub fn go_on(&mut self, network: &Network, here: &mut Delivery, now: Moment) -> bool {
        let server = Arc::new(Identity::of_server(&network.machine().server_name));
        let begun = work::spent();
        for user in self.users.iter().skip(self.at) {
            if work::spent() - begun >= SLICE {
                return false;
            }
            self.at += 1;
            work::charge(LOOK);
            let identity = user.identity();
            if with_ban_subject(user, &identity, |who| self.ban.mask.means(who)) {
                let command = RemoteCommand::Ban { reason: self.ban.reason.to_vec().into() };
                let body = DirectBody::Command { by: Arc::clone(&server), command };
                network.notify_user(here, user, |_| Direct { time: now, body }.into());
            }
        }
        true
    }
}

/// Tells the operator what has become of a change, once it is stored or could not be.
pub fn stored(cx: &mut Cx<'_>, change: &StoreOp, is_stored: bool) {
    let whom = cx.client.oper.banned.take().unwrap_or_default();
    let (verb, text) = match change {
        StoreOp::PutBan(ban) => {
            let lasts = ban.ends.map(|end| duration::text(end.saturating_sub(ban.set_at)));
            let lasts = lasts.map_or(String::new(), |time| format!(" for {time}"));
            (ban.kind.verb(), format!("{} is set on {whom}{lasts}", ban.kind.verb()))
        }
        StoreOp::DeleteBan(kind, _) => {
            (undo(*kind), format!("{} is taken off {whom}", kind.verb()))
        }
        StoreOp::PutChannel(_) | StoreOp::DeleteChannel(_) => return,
    };
    if is_stored {
        let nick = cx.client.nick().to_vec();
        cx.server_line(&[b"NOTICE", &nick, format!(":{text}").as_bytes()]);
    } else {
        let why = "It could not be stored, so nothing has changed: the log of the server says why";
        cx.reply(&refusal(verb, why));
    }
}

/// Ends a connection that a ban means, after it has been told why (465).
pub fn keep_out(cx: &mut Cx<'_>, reason: &[u8]) -> Flow {
    cx.reply(&Numeric::YoureBannedCreep { reason: reason.into() });
    Flow::Close(Close::Banned { reason: reason.to_vec() })
}

/// The reason for which whoever is about to register may not.
pub fn keeps_from_registering(cx: &Cx<'_>, identity: &Identity) -> Option<Box<[u8]>> {
    let origin = &cx.client.origin;
    let address = origin.address.to_canonical().to_string();
    let hosts = [&*origin.host, identity.host(), &*address];
    let who = BanSubject { user: identity.user(), hosts: &hosts, address: origin.address };
    let found = |kind| cx.network.bans.find(kind, &who, cx.now);
    let ban = found(BanKind::Dline).or_else(|| found(BanKind::Kline))?;
    Some(ban.reason.clone())
}

/// How a command is refused that a MUTE keeps the user from.
pub fn muted(cx: &Cx<'_>, me: &Me, verb: &'static str) -> Option<Numeric<'static>> {
    let ban = mute_of(cx, me)?;
    let reason = String::from_utf8_lossy(&ban.reason);
    Some(refusal(verb, format!("You are muted on this server: {reason}")))
}

/// Whether a MUTE means the user, so that what it gives as a reason is not told either.
pub fn is_muted(cx: &Cx<'_>, me: &Me) -> bool {
    mute_of(cx, me).is_some()
}

fn mute_of(cx: &Cx<'_>, me: &Me) -> Option<Arc<Ban>> {
    if !cx.network.bans.has_any(BanKind::Mute) {
        return None;
    }
    with_ban_subject(&me.user, &me.identity, |who| cx.network.bans.find(BanKind::Mute, who, cx.now))
}

/// What server bans know a user by under this identity.
fn with_ban_subject<R>(
    user: &User,
    identity: &Arc<Identity>,
    with: impl FnOnce(&BanSubject<'_>) -> R,
) -> R {
    let known = user.known_as(identity);
    let hosts: SmallVec<[&str; 4]> = known.hosts().collect();
    with(&BanSubject { user: identity.user(), hosts: &hosts, address: user.origin.address })
}
