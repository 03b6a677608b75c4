//! CAP (IRCv3 capability negotiation).

use crate::command::registration::{register, sts};
use crate::command::{Cx, Flow, Outcome, Params, Stage, metadata};
use crate::core::server::capabilities;
use crate::core::server::capabilities::CapChanges;
use crate::proto::caps::{Cap, CapSet};
use crate::proto::numerics::Numeric;
use crate::proto::{caps, fill};

/// LS, LIST, REQ and END; LS and REQ hold up registration until END.
pub fn cap<'p>(cx: &mut Cx<'_>, p: Params<'p>) -> Outcome<'p> {
    match p.word(0).to_ascii_uppercase().as_slice() {
        b"LS" => {
            negotiating(cx, true);
            let knows_302 = is_at_least_302(p.word(1));
            // From version 302 on a client is told of changes without asking (section "cap-notify").
            if knows_302 {
                cx.client.keeps_cap_notify = true;
                change(cx, cx.client.caps.or(CapSet::CAP_NOTIFY));
            }
            let settings = cx.settings;
            let rows = capabilities::listed(settings).rows();
            if knows_302 {
                let names = rows.map(|cap| capabilities::with_value(cap, settings));
                let names: Vec<_> = names.chain(sts::policy(cx)).collect();
                answer_in_lines(cx, b"LS", names.iter().map(String::as_bytes));
            } else {
                answer_in_one_line(cx, b"LS", rows.map(|cap| cap.name.as_bytes()));
            }
        }
        b"LIST" => {
            answer_in_lines(cx, b"LIST", cx.client.caps.rows().map(|cap| cap.name.as_bytes()));
        }
        b"REQ" => {
            negotiating(cx, true);
            // A list without its colon is taken as it was meant.
            request(cx, &p.from(1).collect::<Vec<_>>().join(&b' '));
        }
        b"END" => {
            negotiating(cx, false);
            return register::try_complete(cx);
        }
        _ => return Err(Numeric::InvalidCapCmd { subcommand: p.word(0).into() }),
    }
    Ok(Flow::Continue)
}

fn is_at_least_302(version: &[u8]) -> bool {
    let version = std::str::from_utf8(version).unwrap_or_default();
    // More digits than a number has room for are a high version too.
    !version.is_empty()
        && version.bytes().all(|byte| byte.is_ascii_digit())
        && version.parse::<u32>().map_or(true, |version| version >= 302)
}

fn negotiating(cx: &mut Cx<'_>, on: bool) {
    if let Stage::Registering(registering) = &mut cx.client.stage {
        registering.negotiating = on;
    }
}

fn change(cx: &mut Cx<'_>, caps: CapSet) {
    cx.client.caps = caps;
    cx.here.set_caps(cx.client.conn, caps);
    if let Some(user) = cx.client.user() {
        user.set_knows_rename(caps.has(CapSet::RENAME));
    }
}

/// All of what is asked for, or nothing of it (section "The CAP REQ subcommand").
fn request(cx: &mut Cx<'_>, asked: &[u8]) {
    let offered = capabilities::offered(cx.settings);
    let mut caps = cx.client.caps;
    for name in asked.split(|&byte| byte == b' ').filter(|name| !name.is_empty()) {
        let (name, add) = match name.strip_prefix(b"-") {
            Some(name) => (name, false),
            None => (name, true),
        };
        let row = caps::find(name).filter(|cap| offered.has(cap.set));
        let Some(cap) = row else { return answer(cx, b"NAK", asked) };
        caps = if add { caps.or(cap.set) } else { caps.without(cap.set) };
    }
    if cx.client.keeps_cap_notify && !caps.has(CapSet::CAP_NOTIFY) {
        return answer(cx, b"NAK", asked);
    }
    for line in lines(cx, b"ACK", asked.split(|&byte| byte == b' ')) {
        answer(cx, b"ACK", &line);
    }
    let had = cx.client.caps;
    change(cx, caps);
    if !had.has(CapSet::METADATA) {
        metadata::notify_own(cx);
    }
}

/// Tells a client that another configuration is in force, if it wants to know; it has no longer what
/// is no longer on offer.
pub fn offer_changed(cx: &mut Cx<'_>, changes: &CapChanges) {
    if *changes == CapChanges::default() {
        return;
    }
    if cx.client.caps.has(CapSet::CAP_NOTIFY) {
        let settings = cx.settings;
        let values = cx.client.keeps_cap_notify;
        let named = |cap: &'static Cap| match values {
            true => capabilities::with_value(cap, settings),
            false => cap.name.to_owned(),
        };
        let gone: Vec<_> = changes.gone.rows().map(|cap| cap.name.to_owned()).collect();
        let new: Vec<_> = changes.new.rows().map(named).collect();
        for (subcommand, names) in [(b"DEL", gone), (b"NEW", new)] {
            if names.is_empty() {
                continue;
            }
            for line in lines(cx, subcommand, names.iter().map(String::as_bytes)) {
                answer(cx, subcommand, &line);
            }
        }
    }
    change(cx, cx.client.caps.without(changes.gone));
}

/// The words in as few texts as they fit into; at least one, be it empty.
fn lines<'w>(
    cx: &Cx<'_>,
    subcommand: &[u8],
    words: impl Iterator<Item = &'w [u8]>,
) -> Vec<Vec<u8>> {
    // ":server CAP nick LS * :"
    let head = cx.machine.server_name.len() + cx.client.nick().len() + subcommand.len() + 11;
    let mut lines = Vec::new();
    let words = words.filter(|word| !word.is_empty());
    fill(head, cx.settings.limits.line, b' ', words, |text| lines.push(text.to_vec()));
    if lines.is_empty() {
        lines.push(Vec::new());
    }
    lines
}

/// All but the last with an asterisk before them (section "Multiline replies").
fn answer_in_lines<'w>(cx: &mut Cx<'_>, subcommand: &[u8], words: impl Iterator<Item = &'w [u8]>) {
    let lines = lines(cx, subcommand, words);
    for (at, line) in lines.iter().enumerate() {
        if at + 1 < lines.len() {
            answer(cx, &[subcommand, b" *"].concat(), line);
        } else {
            answer(cx, subcommand, line);
        }
    }
}

/// For those who know no multi-line replies: as many as a line has room for.
fn answer_in_one_line<'w>(
    cx: &mut Cx<'_>,
    subcommand: &[u8],
    words: impl Iterator<Item = &'w [u8]>,
) {
    let line = lines(cx, subcommand, words).into_iter().next().unwrap_or_default();
    answer(cx, subcommand, &line);
}

fn answer(cx: &mut Cx<'_>, subcommand: &[u8], text: &[u8]) {
    let nick = cx.client.nick().to_vec();
    let text = [b":", text].concat();
    cx.server_line(&[b"CAP", &nick, subcommand, &text]);
}
