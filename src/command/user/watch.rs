//! WATCH, the older form of MONITOR (as Bahamut and UnrealIRCd have it).

use crate::command::{Cx, Flow, Me, Outcome, Params};
use crate::core::{Added, Form, WatchesGuard};
use crate::proto::names::{Nick, Once};
use crate::proto::numerics::Numeric;

/// Adds nicks to one's list (`+nick`), takes them off (`-nick`), clears it (`C`), tells how long it
/// is (`S`), or who of it is there (`l`, and with `L` also who is not).  Nothing given is `l`.
/// Whoever is on it is told of at coming and going.
pub fn watch<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    let given = p.from(0).flat_map(|words| words.split(|&byte| matches!(byte, b' ' | b',')));
    let mut once = Once::new(cx.settings.casemap);
    let is_new =
        |word: &&[u8]| !word.starts_with(b"+") && !word.starts_with(b"-") || once.is_new(word);
    let mut asked: Vec<&[u8]> = given.filter(|word| !word.is_empty()).filter(is_new).collect();
    if asked.is_empty() {
        asked.push(b"l");
    }
    let mut watches = cx.network.watches.lock();
    let mut shown: Vec<&[u8]> = Vec::new();
    for word in asked {
        match word {
            [b'+', nick @ ..] => add(cx, me, &mut watches, nick),
            [b'-', nick @ ..] => remove(cx, me, &mut watches, nick),
            b"C" | b"c" => watches.clear(me.user.id, Form::Watch),
            // Each once: a line of nothing else would be answered by thousands.
            b"S" | b"s" | b"l" | b"L" if shown.contains(&word) => {}
            b"S" | b"s" => {
                shown.push(word);
                stat(cx, me, &watches);
            }
            b"l" | b"L" => {
                shown.push(word);
                list(cx, me, &watches, word);
            }
            // What servers of old did with anything else was to pass it over.
            _ => {}
        }
    }
    Ok(Flow::Continue)
}

fn parse(cx: &Cx<'_>, raw: &[u8]) -> Option<Nick> {
    Nick::parse(raw, cx.settings.limits.nick)
}

fn add(cx: &mut Cx<'_>, me: &Me, watches: &mut WatchesGuard<'_>, raw: &[u8]) {
    let Some(nick) = parse(cx, raw) else {
        return cx.reply(&Numeric::ErroneusNickname { nick: raw.into() });
    };
    let limit = cx.settings.limits.monitor;
    match watches.add(&me.user, Form::Watch, &nick, limit) {
        Added::Yes => notify_state(cx, &nick, true),
        Added::Full => {
            cx.reply(&Numeric::TooManyWatch { nick: (&nick).into(), limit: limit.into() });
        }
    }
}

fn remove(cx: &mut Cx<'_>, me: &Me, watches: &mut WatchesGuard<'_>, raw: &[u8]) {
    let Some(nick) = parse(cx, raw).filter(|nick| watches.remove(me.user.id, Form::Watch, nick))
    else {
        return;
    };
    match cx.network.registry.identified(&nick) {
        Some((user, identity)) => cx.reply(&Numeric::WatchOff {
            nick: (&identity.nick).into(),
            user: identity.user().into(),
            host: identity.host().into(),
            time: user.signon.into(),
        }),
        None => cx.reply(&Numeric::WatchOff {
            nick: (&nick).into(),
            user: "*".into(),
            host: "*".into(),
            time: 0_u64.into(),
        }),
    }
}

/// Whether somebody is there, while the lists are held; who is not is told of only if `also_gone`.
fn notify_state(cx: &mut Cx<'_>, nick: &Nick, also_gone: bool) {
    match cx.network.registry.identified(nick) {
        Some((user, identity)) => cx.reply(&Numeric::NowOn {
            nick: (&identity.nick).into(),
            user: identity.user().into(),
            host: identity.host().into(),
            time: user.signon.into(),
        }),
        None if also_gone => cx.reply(&Numeric::NowOff { nick: nick.into() }),
        None => {}
    }
}

fn list(cx: &mut Cx<'_>, me: &Me, watches: &WatchesGuard<'_>, letter: &[u8]) {
    let nicks = watches.of_user(me.user.id, Form::Watch);
    for nick in &nicks {
        if !cx.has_room() {
            return cx
                .reply(&Numeric::TooManyMatches { command: "WATCH".into(), mask: letter.into() });
        }
        notify_state(cx, nick, letter == b"L");
    }
    cx.reply(&Numeric::EndOfWatchList { letter: letter.into() });
}

/// How many are on the list, on how many lists the user itself is, and the list.
fn stat(cx: &mut Cx<'_>, me: &Me, watches: &WatchesGuard<'_>) {
    let nicks = watches.of_user(me.user.id, Form::Watch);
    let watchers = watches.of_nick(&me.identity.nick);
    let others = watchers.iter().filter(|watcher| watcher.form == Form::Watch).count();
    cx.reply(&Numeric::WatchStat { mine: nicks.len().into(), others: others.into() });
    let nicks = nicks.iter().map(|nick| nick.as_str().as_bytes());
    cx.reply_filled(nicks, |nicks| Numeric::WatchList { nicks });
    cx.reply(&Numeric::EndOfWatchList { letter: "S".into() });
}
