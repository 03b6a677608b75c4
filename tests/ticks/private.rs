//! Every way to reach a user in private, against everything by which the user keeps others out.

use std::sync::Arc;

use crate::Server;
use pipewright::core::{Ban, BanKind, BanMask, Cloak, Cloaking};
use pipewright::proto::names::Casemap;

/// What `ann` is not to hear.
const MARKER: &str = "BUYNOW";

const CAPS: &str = "CAP REQ :message-tags batch echo-message draft/multiline \
                    draft/message-redaction standard-replies";

/// What `ann` does, and what `bad` says.
const KEEPS_OUT: &[(&str, &str)] = &[
    ("MODE ann +g", MARKER),
    ("MODE ann +D", MARKER),
    ("SILENCE bad!*@*", MARKER),
    ("SILENCE *!~bad@*", MARKER),
    // By each host that it is known by, whichever is shown; by its address not while a cloak hides it,
    // or ann could find it out bit by bit.
    ("SILENCE *!*@bad.example", MARKER),
    ("SILENCE *!*@192.0.2.7", MARKER),
    ("SILENCE *!*@192.0.2.0/24", MARKER),
    ("SILENCE *!*@*.cloak", MARKER),
    ("MODE ann +T", "\x01BUYNOW\x01"),
    ("MODE ann +T", "\x01ACTIONBUYNOW\x01"),
];

/// How `bad` is known where no cloak hides it.
const ADDRESSES: &[&str] = &["@bad.example", "@192.0.2.7", "@192.0.2.0/24"];

/// What `bad` has said before, and says; `BUYNOW` is a channel for those that have no text.
const WAYS: &[(&str, &str)] = &[
    ("", "PRIVMSG ann :{}"),
    ("", "NOTICE ann :{}"),
    (
        "",
        "BATCH +a draft/multiline ann\r\n@batch=a PRIVMSG ann :x\r\n@batch=a PRIVMSG ann :{}\r\nBATCH -a",
    ),
    ("", "@+draft/react=BUYNOW TAGMSG ann"),
    ("JOIN #BUYNOW", "INVITE ann #BUYNOW"),
    ("PRIVMSG ann :before", "REDACT ann {id} :BUYNOW"),
];

/// What `ann` hears of one way, after she has done something; her own commands and what the server
/// tells of who tried are not told by `bad`.
fn heard(way: (&str, &str), does: &str, text: &str, shown: &str) -> String {
    heard_past(way, |_| {}, does, text, shown)
}

/// The same, after something has been done to the server.
fn heard_past(
    way: (&str, &str),
    forbid: impl FnOnce(&Server),
    does: &str,
    text: &str,
    shown: &str,
) -> String {
    let mut server = Server::start(|settings| {
        settings.network.cloak = Cloaking::Configured(Cloak::new(b"secret"))
    });
    let ann = server.enter(CAPS, "ann", "127.0.0.1");
    let bad = server.enter(CAPS, "bad", "192.0.2.7");
    let says = |server: &mut Server, conn, line: &str| {
        server.says(conn, &format!("{line}\r\n"));
        while server.end_tick() {}
    };
    says(&mut server, bad, way.0);
    let id = server.hears(bad);
    let id = id.rsplit_once("msgid=").map_or("", |(_, rest)| rest);
    let id = id.split([';', ' ']).next().unwrap_or_default().to_owned();
    says(&mut server, bad, shown);
    says(&mut server, ann, does);
    forbid(&server);
    server.hears(ann);
    says(&mut server, bad, &way.1.replace("{id}", &id).replace("{}", text));
    let all = server.hears(ann);
    all.lines().filter(|line| !line.contains(" 718 ")).map(|line| format!("{line}\n")).collect()
}

#[test]
fn nobody_is_reached_in_private_past_what_keeps_others_out() {
    let mut wrong = Vec::new();
    for way in WAYS {
        for shown in ["MODE bad -x", "MODE bad +x", "MODE bad -x\r\nMODE bad +x"] {
            let open = heard(*way, "PING x", MARKER, shown);
            assert!(open.contains(MARKER), "{}: {open}", way.1);
            for (does, text) in KEEPS_OUT {
                let concerns = !does.ends_with("+T") || way.1.contains("{}");
                // Once it has been shown, nothing is hidden any more.
                let tells =
                    shown == "MODE bad +x" && ADDRESSES.iter().any(|known| does.ends_with(known));
                if concerns && heard(*way, does, text, shown).contains(MARKER) != tells {
                    wrong.push(format!("{does}, {shown}: {} {text:?}", way.1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_mute_of_the_server_means_a_user_by_its_cloak_whichever_host_is_shown() {
    for shown in ["MODE bad -x", "MODE bad +x"] {
        for raw in ["*@*.cloak", "*@bad.example", "*@192.0.2.7", "*@192.0.2.0/24"] {
            let mute = |server: &Server| {
                let mask = BanMask::parse(BanKind::Mute, raw.as_bytes(), Casemap::Ascii, 99);
                let (mask, kind) = (mask.expect("a mask"), BanKind::Mute);
                let (reason, oper_reason, set_by) = ([].into(), [].into(), "boss".into());
                let ban = Ban { kind, mask, reason, oper_reason, set_by, set_at: 0, ends: None };
                server.network.bans.add(Arc::new(ban));
            };
            let heard = heard_past(WAYS[0], mute, "PING x", MARKER, shown);
            assert!(!heard.contains(MARKER), "{raw}, {shown}: {heard}");
        }
    }
}

#[test]
fn who_wants_no_ctcp_hears_an_action_in_any_case() {
    for text in ["\x01ACTION BUYNOW\x01", "\x01action BUYNOW\x01", "BUYNOW \x01VERSION\x01"] {
        let heard = heard(WAYS[0], "MODE ann +T", text, "PING x");
        assert!(heard.contains(MARKER), "{text:?}: {heard}");
    }
}
