//! STATS (RFC 2812, section 3.4.4; Modern IRC, "STATS message").

use std::mem;

use crate::command::oper::operator;
use crate::command::query::server;
use crate::command::{Cx, Flow, Items, Me, Outcome, Params, Progress};
use crate::core::modes::UserModes;
use crate::core::server::counters;
use crate::core::server::counters::sum;
use crate::core::server::operators::Privileges;
use crate::proto::duration;
use crate::proto::numerics::Numeric;

/// A row of what STATS tells.
struct Report {
    letter: u8,
    /// What an operator must have to ask; `None`: anybody may.  Others are told 481, and operators
    /// 723.
    privilege: Option<Privileges>,
    /// Leaves in [`Cx::progress`] what is to be told in a later slice.
    tell: fn(&mut Cx<'_>),
}

/// Whatever else is asked for is answered by just the end.
const REPORTS: &[Report] = &[
    Report { letter: b'k', privilege: Some(Privileges::STATS_BANS), tell: bans },
    Report { letter: b'l', privilege: Some(Privileges::STATS_LINKS), tell: links },
    Report { letter: b'm', privilege: Some(Privileges::STATS_COMMANDS), tell: commands },
    Report { letter: b'o', privilege: Some(Privileges::STATS_OPERATORS), tell: operators },
    Report { letter: b'p', privilege: None, tell: present_operators },
    Report { letter: b't', privilege: Some(Privileges::STATS_TRAFFIC), tell: traffic },
    Report { letter: b'u', privilege: None, tell: uptime },
];

/// Tells one of the reports.
pub fn stats<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    server::is_us(cx, p.get(1))?;
    let letter = p.word(0).get(..1).unwrap_or_default();
    if let Some(report) = REPORTS.iter().find(|report| [report.letter] == letter) {
        match report.privilege.map_or(Ok(()), |needed| operator::may(me, needed).map(drop)) {
            Ok(()) => {
                (report.tell)(cx);
                let Progress { at, items } = mem::take(&mut cx.progress);
                if !matches!(items, Items::Nothing) {
                    return Ok(cx.goes_on(p, at, items));
                }
            }
            Err(refusal) => cx.reply(&refusal),
        }
    }
    cx.reply(&Numeric::EndOfStats { letter: letter.into() });
    Ok(Flow::Continue)
}

/// `l`: what each shard has sent and received, for there are no links to other servers.
fn links(cx: &mut Cx<'_>) {
    let seconds = seconds_up(cx);
    for (number, counters) in cx.network.counters.all().iter().enumerate() {
        let name = format!("{}[shard-{number}]", cx.machine.server_name);
        cx.reply(&Numeric::StatsLinkInfo {
            name: name.into(),
            waiting: counters.waiting.now().into(),
            lines_out: counters.lines_out.now().into(),
            kib_out: (counters.bytes_out.now() / 1024).into(),
            lines_in: counters.lines_in.now().into(),
            kib_in: (counters.bytes_in.now() / 1024).into(),
            seconds: seconds.into(),
        });
    }
}

/// `m`: how often each command was given, and how many bytes that took.
fn commands(cx: &mut Cx<'_>) {
    let counters = cx.network.counters.all();
    let bytes = counters::sums(&counters, |counters| &counters.commands, |named| &named.bytes);
    let counts = counters::sums(&counters, |counters| &counters.commands, |named| &named.count);
    for ((command, count), (_, bytes)) in counts.zip(bytes).filter(|((_, count), _)| *count > 0) {
        let (command, count, bytes) = (command.into(), count.into(), bytes.into());
        cx.reply(&Numeric::StatsCommands { command, count, bytes });
    }
}

/// `k`: the bans of the server, by kind, the oldest first; 416 after as many as the client may be sent.
fn bans(cx: &mut Cx<'_>) {
    let Progress { at, items } = mem::take(&mut cx.progress);
    let bans = match items {
        Items::Bans(bans) => bans,
        _ => cx.network.bans.list(cx.now),
    };
    for (at, ban) in bans.iter().enumerate().skip(at) {
        if cx.is_enough() {
            return cx.progress = Progress { at, items: Items::Bans(bans) };
        }
        if !cx.has_room() {
            cx.reply(&Numeric::TooManyMatches { command: "STATS".into(), mask: "k".into() });
            break;
        }
        let left = ban.ends.map(|end| end.saturating_sub(cx.now.seconds()));
        let left =
            left.map_or("for good".to_owned(), |left| format!("for {}", duration::text(left)));
        let mut text =
            format!("{} {} {left} by {}: ", ban.kind.verb(), ban.mask.text(), ban.set_by);
        text += &String::from_utf8_lossy(&ban.reason);
        if !ban.oper_reason.is_empty() {
            text += &format!(" | {}", String::from_utf8_lossy(&ban.oper_reason));
        }
        debug(cx, "k", &text);
    }
}

/// `o`: who may become an operator.
fn operators(cx: &mut Cx<'_>) {
    for operator in &cx.machine.operators {
        let (name, class) = (&*operator.name, &*operator.class);
        let masks = operator.masks.iter().map(ToString::to_string);
        let any = operator.masks.is_empty().then(|| "*!*@*".to_owned());
        for mask in masks.chain(any) {
            let (name, class) = (name.into(), class.into());
            cx.reply(&Numeric::StatsOline { mask: mask.into(), name, class });
        }
    }
}

/// `p`: the operators who are here.
fn present_operators(cx: &mut Cx<'_>) {
    let users = cx.network.registry.users();
    let mut present = 0;
    for user in users {
        let (identity, is_operator) = {
            let profile = user.profile();
            (profile.identity.clone(), profile.modes.has(UserModes::OPERATOR))
        };
        if is_operator {
            present += 1;
            let idle = user.idle(cx.now);
            debug(cx, "p", &format!("{} idle {idle} seconds", identity.mask()));
        }
    }
    debug(cx, "p", &format!("{present} operators"));
}

/// `t`: what has come and gone since the start.
fn traffic(cx: &mut Cx<'_>) {
    let counters = cx.network.counters.all();
    let lines = [
        format!("connections accepted {}", sum(&counters, |counters| &counters.accepted)),
        format!("connections now {}", cx.network.counts.connections.now()),
        format!("lines received {}", sum(&counters, |counters| &counters.lines_in)),
        format!("bytes received {}", sum(&counters, |counters| &counters.bytes_in)),
        format!("lines sent {}", sum(&counters, |counters| &counters.lines_out)),
        format!("bytes sent {}", sum(&counters, |counters| &counters.bytes_out)),
        format!("bytes waiting {}", sum(&counters, |counters| &counters.waiting)),
        format!("throttled {}", sum(&counters, |counters| &counters.throttled)),
    ];
    for line in lines {
        debug(cx, "t", &line);
    }
    let closed = counters::sums(&counters, |counters| &counters.closed, |named| &named.count);
    for (name, count) in closed.filter(|(_, count)| *count > 0) {
        debug(cx, "t", &format!("closed: {name} {count}"));
    }
}

/// `u`: for how long the server has run.
fn uptime(cx: &mut Cx<'_>) {
    let up = seconds_up(cx);
    let (days, hours, minutes, seconds) = (up / 86_400, up / 3600 % 24, up / 60 % 60, up % 60);
    let time = format!("{hours}:{minutes:02}:{seconds:02}");
    cx.reply(&Numeric::StatsUptime { days: days.into(), time: time.into() });
}

fn seconds_up(cx: &Cx<'_>) -> u64 {
    cx.now.ms().saturating_sub(cx.network.started.ms()) / 1000
}

fn debug(cx: &mut Cx<'_>, letter: &str, text: &str) {
    cx.reply(&Numeric::StatsDebug { letter: letter.into(), text: text.as_bytes().to_vec().into() });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::find;

    #[test]
    fn the_help_names_every_letter() {
        let (_, spec) = find(b"STATS").expect("a row");
        for report in REPORTS {
            let letter = char::from(report.letter);
            let names = |word: &str| word.trim_end_matches(',') == letter.to_string();
            assert!(spec.help.split(' ').any(names), "{letter} is not in {:?}", spec.help);
        }
    }
}
