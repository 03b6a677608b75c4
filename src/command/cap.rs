//! CAP (IRCv3 capability negotiation).

use super::{Cx, Flow, Outcome, Params, Stage, register, sts};
use crate::wire::caps::{self, CAPS, CapSet};
use crate::wire::numerics::Numeric;

/// LS, LIST, REQ and END; LS and REQ hold up registration until END.
pub fn cap<'p>(cx: &mut Cx<'_>, p: Params<'p>) -> Outcome<'p> {
    match p.word(0).to_ascii_uppercase().as_slice() {
        b"LS" => {
            negotiating(cx, true);
            // From version 302 on a client is told of changes without asking (section "cap-notify").
            if is_at_least_302(p.word(1)) {
                cx.client.keeps_cap_notify = true;
                change(cx, cx.client.caps.or(CapSet::CAP_NOTIFY));
            }
            let all = CAPS.iter().fold(CapSet::NONE, |all, cap| all.or(cap.set));
            let policy = if cx.client.keeps_cap_notify { sts::policy(cx) } else { None };
            let mut names = names(all);
            if let Some(policy) = policy {
                names.push(b' ');
                names.extend_from_slice(policy.as_bytes());
            }
            answer(cx, b"LS", &names);
        }
        b"LIST" => {
            let names = names(cx.client.caps);
            answer(cx, b"LIST", &names);
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
}

fn names(caps: CapSet) -> Vec<u8> {
    caps.rows().map(|cap| cap.name).collect::<Vec<_>>().join(" ").into_bytes()
}

/// All of what is asked for, or nothing of it (section "The CAP REQ subcommand").
fn request(cx: &mut Cx<'_>, asked: &[u8]) {
    let mut caps = cx.client.caps;
    for name in asked.split(|&byte| byte == b' ').filter(|name| !name.is_empty()) {
        let (name, add) = match name.strip_prefix(b"-") {
            Some(name) => (name, false),
            None => (name, true),
        };
        let Some(cap) = caps::find(name) else { return answer(cx, b"NAK", asked) };
        caps = if add { caps.or(cap.set) } else { caps.without(cap.set) };
    }
    if cx.client.keeps_cap_notify && !caps.has(CapSet::CAP_NOTIFY) {
        return answer(cx, b"NAK", asked);
    }
    answer(cx, b"ACK", asked);
    change(cx, caps);
}

fn answer(cx: &mut Cx<'_>, subcommand: &[u8], text: &[u8]) {
    let nick = cx.client.nick().to_vec();
    let text = [b":", text].concat();
    cx.server_line(&[b"CAP", &nick, subcommand, &text]);
}
