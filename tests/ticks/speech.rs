//! Every way in which a command carries a text of its user to others, against everything that
//! forbids that.

use std::sync::Arc;

use crate::Server;
use crate::origins::operator;
use pipewright::command::{Job, JobResult, Speaks, TABLE};
use pipewright::core::modes::UserModes;
use pipewright::core::{Ban, BanKind, BanMask};
use pipewright::proto::names::{Casemap, ConnId};

/// What nobody is to hear.
const MARKER: &str = "BUYNOW";

const CAPS: &str = "CAP REQ :message-tags batch away-notify setname extended-join invite-notify \
                    chghost echo-message draft/multiline draft/metadata-2 draft/relaymsg \
                    draft/channel-rename draft/message-redaction standard-replies";

/// Everything that forbids speech: how it is called below, what the channel's operator does, what is
/// said, and what of that must not be heard.
const FORBIDS: &[(&str, &str, &str, &str)] = &[
    ("ban", "MODE #c +b bad!*@*", MARKER, MARKER),
    ("mute", "MODE #c +b m:*!*@bad.example", MARKER, MARKER),
    ("mute by real name", "MODE #c +b m:r:badname", MARKER, MARKER),
    ("range", "MODE #c +b m:*!*@192.0.2.0/24", MARKER, MARKER),
    ("m", "MODE #c +m", MARKER, MARKER),
    ("U", "MODE #c +U", MARKER, MARKER),
    ("n", "MODE #c +n", MARKER, MARKER),
    ("T", "MODE #c +T", MARKER, MARKER),
    ("C", "MODE #c +C", "\x01BUYNOW\x01", MARKER),
    ("c", "MODE #c +c", "\x034BUYNOW", MARKER),
    ("S", "MODE #c +S", "\x02BUYNOW", "\x02BUYNOW"),
    // What it allows has been said.
    ("W", "MODE #c +W 1:3600", MARKER, MARKER),
    ("MUTE", "", MARKER, MARKER),
];

/// Members with a rank may speak; what may not be in a text may not be in theirs either.
const RANKED: &str = "ban,mute,mute by real name,range,m,M,U,W,n,T";
/// The sender is a member, or sends no notice.
const MEMBER: &str = "n,T";
/// A name has no such characters.
const NAME: &str = "C,c,S";
/// Operators of the server act without being in the channel.
const OPER: &str = "ban,mute,mute by real name,range,m,M,U,W,n,T,C,c,S";

/// A row: a way to say something.
struct Way {
    verb: &'static str,
    /// What is done before anything forbids it: who does it, and what.
    before: &'static [(Who, &'static str)],
    /// What `bad` sends, with the text in place of `{}`.
    line: &'static str,
    /// What does not forbid it.
    spared: &'static [&'static str],
}

#[derive(Clone, Copy)]
enum Who {
    /// The channel's operator.
    Boss,
    /// Whoever says it.
    Bad,
    /// A member who listens.
    Wit,
}

use Who::{Bad, Boss, Wit};

const OP: (Who, &str) = (Boss, "MODE #c +o bad");
const OUT: (Who, &str) = (Bad, "PART #c");

const fn way(
    verb: &'static str,
    before: &'static [(Who, &'static str)],
    line: &'static str,
    spared: &'static [&'static str],
) -> Way {
    Way { verb, before, line, spared }
}

const WAYS: &[Way] = &[
    way("PRIVMSG", &[], "PRIVMSG #c :{}", &[MEMBER]),
    way("PRIVMSG", &[], "PRIVMSG +#c,#c :{}", &[MEMBER]),
    // +T is about notices; whoever is outside is not banned by what it has said inside.
    way("PRIVMSG", &[OUT], "PRIVMSG #c :{}", &["T"]),
    way("NOTICE", &[], "NOTICE #c :{}", &["n"]),
    way("NOTICE", &[OUT], "NOTICE #c :{}", &[]),
    // Tags are no text with formatting.
    way("TAGMSG", &[], "@+draft/react={} TAGMSG #c", &[MEMBER, NAME]),
    way("TAGMSG", &[OUT], "@+draft/react={} TAGMSG #c", &["T", NAME]),
    way(
        "BATCH",
        &[],
        "BATCH +a draft/multiline #c\r\n@batch=a PRIVMSG #c :x\r\n@batch=a PRIVMSG #c :{}\r\nBATCH -a",
        &[MEMBER],
    ),
    way("BATCH", &[], "BATCH +a draft/multiline #c\r\n@batch=a NOTICE #c :{}\r\nBATCH -a", &["n"]),
    way("TOPIC", &[], "TOPIC #c :{}", &[MEMBER]),
    way("PART", &[], "PART #c :{}", &[MEMBER]),
    way("QUIT", &[], "QUIT :{}", &[MEMBER]),
    way("KICK", &[OP], "KICK #c wit :{}", &[RANKED]),
    // One says nothing by it but who one is: NICK and slow mode do not concern each other.
    way("NICK", &[], "NICK {}_", &[MEMBER, NAME, "W"]),
    way("INVITE", &[], "INVITE BUYNOW #c", &[MEMBER, NAME, "W"]),
    // Operators alone hear it, which they do not want to be kept from by what they set for others.
    way("KNOCK", &[OUT, (Boss, "MODE #c +i")], "KNOCK #c :{}", &["m,M,U,W,n,T"]),
    way("SETNAME", &[], "SETNAME :{}", &[MEMBER]),
    way("AWAY", &[], "AWAY :{}", &[MEMBER]),
    way("AWAY", &[OUT, (Bad, "AWAY :{}")], "JOIN #c", &[MEMBER, "MUTE"]),
    way("METADATA", &[], "METADATA * SET k :{}", &[MEMBER]),
    way("METADATA", &[OUT, (Bad, "METADATA * SET k :{}")], "JOIN #c", &["n,T,S,MUTE"]),
    way("METADATA", &[OP], "METADATA #c SET k :{}", &[RANKED]),
    way("MODE", &[OP], "MODE #c +k {}", &[RANKED, NAME]),
    way("MODE", &[OP], "MODE #c +b {}!*@*", &[RANKED, NAME]),
    way("MODE", &[OP], "MODE #c +e m:r:{}", &[RANKED, NAME]),
    way("MODE", &[OP, (Bad, "JOIN #BUYNOW")], "MODE #c +f #{}", &[RANKED, NAME]),
    way("TBAN", &[OP], "TBAN #c 5m {}!*@*", &[RANKED, NAME]),
    way("RELAYMSG", &[OP], "RELAYMSG #c dan/x :{}", &[RANKED]),
    way("RELAYMSG", &[OP], "RELAYMSG #c {}/x :hello", &[RANKED, NAME]),
    way("RENAME", &[OP], "RENAME #c #d :{}", &[RANKED]),
    way("RENAME", &[OP], "RENAME #c #{}", &[RANKED, NAME]),
    way("REDACT", &[(Bad, "PRIVMSG #c :before")], "REDACT #c {id} :{}", &[MEMBER]),
    way("REDACT", &[(Bad, "PRIVMSG #c :before")], "@+x={} REDACT #c {id}", &[MEMBER, NAME]),
    way("KILL", &[], "KILL victim :{}", &[OPER]),
    way("WALLOPS", &[(Wit, "MODE wit +w")], "WALLOPS :{}", &[OPER]),
    way("SANICK", &[], "SANICK wit {}_", &[OPER]),
    way("SAPART", &[], "SAPART wit #c :{}", &[OPER]),
    way("SAMODE", &[], "SAMODE #c +k {}", &[OPER]),
    way("KLINE", &[], "KLINE FORCE ~victim@* :{}", &[OPER]),
    way("DLINE", &[], "DLINE FORCE 198.51.100.7 :{}", &[OPER]),
    way("MUTE", &[], "MUTE ~victim@* :{}", &[OPER]),
];

/// A channel with its operator, somebody who listens, a victim of operators, and `bad`, who is one
/// without a rank in the channel.
struct Scene {
    server: Server,
    boss: ConnId,
    wit: ConnId,
    bad: ConnId,
    victim: ConnId,
}

impl Scene {
    fn set(way: &Way, text: &str) -> Self {
        let mut server = Server::start(|_| {});
        let [boss, wit] = ["boss", "wit"].map(|nick| server.enter(CAPS, nick, "127.0.0.1"));
        let bad = server.enter(CAPS, "bad", "192.0.2.7");
        let victim = server.enter(CAPS, "victim", "198.51.100.7");
        server.enter(CAPS, "BUYNOW", "127.0.0.1");
        let mut scene = Self { server, boss, wit, bad, victim };
        for conn in [boss, wit, bad, victim] {
            scene.says(conn, "JOIN #c\r\nMODE #c -nt");
        }
        scene.says(wit, "METADATA * SUB k");
        scene.says(bad, "SETNAME :badname");
        let user = scene.server.network.find_user(b"bad").expect("bad");
        let mut profile = user.profile();
        profile.modes = profile.modes.with(UserModes::OPERATOR, true);
        profile.operator = Some(Arc::new(operator(&[])));
        drop(profile);
        for (who, line) in way.before {
            let who = scene.who(*who);
            scene.says(who, &line.replace("{}", text));
        }
        scene
    }

    fn who(&self, who: Who) -> ConnId {
        match who {
            Boss => self.boss,
            Bad => self.bad,
            Wit => self.wit,
        }
    }

    fn says(&mut self, conn: ConnId, text: &str) {
        self.server.says(conn, &format!("{text}\r\n"));
        loop {
            let mut again = self.server.end_tick();
            for (conn, job) in self.server.shard.take_jobs() {
                let Job::Store(change) = job else { panic!("a job that no way here needs") };
                let answer = JobResult::Stored { change, stored: true };
                self.server.shard.on_job(crate::NOW, conn, &answer);
                again = true;
            }
            if !again {
                break;
            }
        }
    }

    fn forbid(&mut self, forbid: &str, line: &str) {
        match forbid {
            "MUTE" => {
                let mask = BanMask::parse(BanKind::Mute, b"~bad@*", Casemap::Ascii, 99);
                let mask = mask.expect("a mask");
                let (reason, oper_reason, set_by) = ((*b"no").into(), [].into(), "boss".into());
                let kind = BanKind::Mute;
                let ban = Ban { kind, mask, reason, oper_reason, set_by, set_at: 0, ends: None };
                self.server.network.bans.add(Arc::new(ban));
            }
            "W" => {
                self.says(self.boss, line);
                self.says(self.bad, "PRIVMSG #c :all that may be said for now");
            }
            _ => self.says(self.boss, line),
        }
    }

    /// What the others hear when it is said; under +U only what those without a rank hear.
    fn hear(&mut self, way: &Way, text: &str, forbid: &str) -> String {
        let id = self.server.hears(self.bad);
        let id = id.rsplit_once("msgid=").map_or("", |(_, rest)| rest);
        let id = id.split([';', ' ']).next().unwrap_or_default().to_owned();
        for conn in [self.boss, self.wit, self.victim] {
            self.server.hears(conn);
        }
        self.says(self.bad, &way.line.replace("{id}", &id).replace("{}", text));
        if way.verb == "MUTE" {
            self.says(self.victim, "PRIVMSG #c :why do I");
        }
        let mut heard = self.server.hears(self.wit) + &self.server.hears(self.victim);
        if forbid != "U" || way.verb == "KNOCK" {
            heard += &self.server.hears(self.boss);
        }
        heard
    }
}

/// The text as it stands in a name, which has no formatting.
fn text_of<'t>(way: &Way, forbid: &str, text: &'t str) -> &'t str {
    if way.spares(forbid) && NAME.contains(forbid) { MARKER } else { text }
}

impl Way {
    fn spares(&self, forbid: &str) -> bool {
        self.spared.iter().flat_map(|list| list.split(',')).any(|spared| spared == forbid)
    }
}

#[test]
fn each_way_is_heard_while_nothing_forbids_it() {
    for way in WAYS {
        let mut scene = Scene::set(way, MARKER);
        let heard = scene.hear(way, MARKER, "");
        assert!(heard.contains(MARKER), "{}: {heard}", way.line);
    }
}

#[test]
fn no_way_gets_a_text_past_what_forbids_it() {
    let mut wrong = Vec::new();
    for way in WAYS {
        for (forbid, line, text, never) in FORBIDS {
            let text = text_of(way, forbid, text);
            let mut scene = Scene::set(way, text);
            scene.forbid(forbid, line);
            let heard = scene.hear(way, text, forbid);
            match (way.spares(forbid), heard.contains(never)) {
                (false, true) => wrong.push(format!("{forbid} lets through: {}", way.line)),
                (true, false) if text == *never && !heard.contains(text) => {
                    wrong.push(format!("{forbid} is not to forbid: {}", way.line));
                }
                _ => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn each_command_that_carries_a_text_of_its_user_is_tried_here() {
    for spec in TABLE.iter().filter(|spec| spec.speaks != Speaks::Nothing) {
        assert!(WAYS.iter().any(|way| way.verb == spec.verb), "{}", spec.verb);
    }
}
