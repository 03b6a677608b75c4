//! MONITOR (IRCv3 monitor).

use crate::command::{Cx, Flow, Me, Outcome, Params, metadata};
use crate::core::{Added, Form, WatchesGuard};
use crate::proto::names::Nick;
use crate::proto::numerics::Numeric;

/// Adds nicks to one's list (`+`), takes them off (`-`), clears it (`C`), shows it (`L`), or tells
/// who of it is there (`S`).  Whoever is on it is told of at coming and going.
pub fn monitor<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    let what = p.word(0);
    let given = || Numeric::NeedMoreParams { command: "MONITOR".into() };
    let network = cx.network;
    match what {
        b"+" => add(cx, me, p.get(1).map(|_| nicks(cx, p)).ok_or_else(given)?),
        b"-" => {
            let nicks = p.get(1).map(|_| nicks(cx, p)).ok_or_else(given)?;
            let mut watches = network.watches.lock();
            for nick in &nicks {
                watches.remove(me.user.id, Form::Monitor, nick);
            }
        }
        b"C" | b"c" => network.watches.lock().clear(me.user.id, Form::Monitor),
        b"L" | b"l" => {
            let nicks = network.watches.lock().of_user(me.user.id, Form::Monitor);
            let nicks = nicks.iter().map(|nick| nick.as_str().as_bytes());
            cx.reply_joined(b',', nicks, |targets| Numeric::MonList { targets });
            cx.reply(&Numeric::EndOfMonList {});
        }
        b"S" | b"s" => {
            let watches = network.watches.lock();
            let nicks = watches.of_user(me.user.id, Form::Monitor);
            notify_state(cx, &watches, &nicks);
        }
        _ => {
            let why = "Unknown subcommand: one of + - C L S is wanted".into();
            return Err(Numeric::UnknownError { command: "MONITOR".into(), why });
        }
    }
    Ok(Flow::Continue)
}

/// The nicks of a list, each once.  What is no nick is passed over: nobody will ever be called so.
fn nicks(cx: &Cx<'_>, p: Params<'_>) -> Vec<Nick> {
    let nicks = p.targets(1, cx.settings.casemap);
    nicks.filter_map(|raw| Nick::parse(raw, cx.settings.limits.nick)).collect()
}

fn add(cx: &mut Cx<'_>, me: &Me, nicks: Vec<Nick>) {
    let limit = cx.settings.limits.monitor;
    let mut watches = cx.network.watches.lock();
    let (added, refused): (Vec<_>, Vec<_>) = nicks
        .into_iter()
        .partition(|nick| watches.add(&me.user, Form::Monitor, nick, limit) == Added::Yes);
    notify_state(cx, &watches, &added);
    let refused = refused.iter().map(|nick| nick.as_str().as_bytes());
    cx.reply_joined(b',', refused, |targets| Numeric::MonListFull { limit: limit.into(), targets });
    drop(watches);
    metadata::monitored(cx, &added);
}

/// Who of `nicks` is there, and who is not, while the lists are held: what is told here and what
/// is told when somebody comes or goes have one order.
fn notify_state(cx: &mut Cx<'_>, _held: &WatchesGuard<'_>, nicks: &[Nick]) {
    let (mut there, mut gone) = (Vec::new(), Vec::new());
    for nick in nicks {
        match cx.network.registry.identified(nick) {
            Some((_, identity)) => there.push(identity),
            None => gone.push(nick.as_str().as_bytes()),
        }
    }
    let there = there.iter().map(|identity| identity.mask().as_bytes());
    cx.reply_joined(b',', there, |targets| Numeric::MonOnline { targets });
    cx.reply_joined(b',', gone.into_iter(), |targets| Numeric::MonOffline { targets });
}
