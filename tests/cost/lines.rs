//! Lines that may be dear: written by hand for each command, made of its row, and what chance makes
//! of both.

use super::prepared::{Case, Who, nasty};
use super::rng::Rng;
use pipewright::command::{Run, Spec};

/// Bytes of a line without its end.
const LONGEST: usize = 510;

/// Bytes of the tags before it, with the `@` and the space.
const MOST_TAGS: usize = 4094;

/// Honest lines, by which it is known what a unit of work is worth.
pub fn honest() -> Vec<Case> {
    let lines: [(Who, &[&str], &str); 16] = [
        (Who::Plain, &[], "PING :token"),
        (Who::Plain, &[], "PRIVMSG u1 :a word in private"),
        (Who::Plain, &[], "PRIVMSG #small :a word to a few"),
        (Who::Plain, &[], "PRIVMSG #plain :a word to some more"),
        (Who::Plain, &[], "PRIVMSG #big :a word to a crowd"),
        (Who::Tagged, &[], "PRIVMSG #big :a word to a crowd"),
        (Who::Plain, &[], "NAMES #big"),
        (Who::Plain, &[], "WHO #big"),
        (Who::Plain, &[], "WHO #plain"),
        (Who::Plain, &[], "LIST"),
        (Who::Plain, &[], "MODE #big"),
        (Who::Plain, &[], "MODE #gate b"),
        (Who::Plain, &[], "TOPIC #big"),
        (Who::Plain, &[], "WHOIS u1"),
        (Who::Chanop, &[], "TOPIC #big :another one"),
        (Who::Chanop, &["JOIN #fresh"], "PART #fresh"),
    ];
    lines.into_iter().map(|(who, before, line)| case(who, before, line)).collect()
}

fn case(who: Who, before: &[&str], line: &str) -> Case {
    let before = before.iter().map(|line| line.as_bytes().to_vec()).collect();
    Case { who, before, line: line.as_bytes().to_vec() }
}

/// `head`, then as many of `item` (to which its number is given) as fit into a line, with `between`
/// between two, then `tail`.
fn filled(head: &str, item: impl Fn(usize) -> String, between: &str, tail: &str) -> String {
    let mut line = head.to_owned();
    for number in 0.. {
        let item = item(number);
        let between = if number == 0 { "" } else { between };
        if line.len() + between.len() + item.len() + tail.len() > LONGEST {
            break;
        }
        line += between;
        line += &item;
    }
    line + tail
}

fn repeated(head: &str, item: &str, between: &str, tail: &str) -> String {
    filled(head, |_| item.to_owned(), between, tail)
}

/// Another spelling of the same name for each number.
fn spelled(name: &str, number: usize) -> String {
    let letters = name.chars().enumerate();
    let flipped =
        letters.map(
            |(at, letter)| {
                if number >> at & 1 == 1 { letter.to_ascii_uppercase() } else { letter }
            },
        );
    flipped.collect()
}

/// Lines for a command by hand.
#[allow(clippy::too_many_lines, reason = "a table")]
pub fn by_hand(verb: &str) -> Vec<Case> {
    use Who::{Chanop, New, Plain, Root, Tagged};
    let stars = "*a".repeat(60);
    let question_marks = format!("*{}Z*", "?".repeat(60));
    let plain = |line: String| (Plain, vec![], line);
    let lines: Vec<(Who, Vec<String>, String)> = match verb {
        "ACCEPT" => vec![
            plain(filled("ACCEPT ", |at| format!("u{at}"), ",", "")),
            plain(repeated("ACCEPT ", "-u1,u1", ",", "")),
            plain("ACCEPT *".into()),
        ],
        "AWAY" => vec![
            (Tagged, vec!["AWAY".into()], format!("AWAY :{}", "\u{e9}".repeat(195))),
            (Plain, vec!["AWAY".into()], format!("AWAY :{}", "\u{e9}".repeat(195))),
        ],
        "BATCH" => {
            let begin = |target: &str| format!("BATCH +x draft/multiline {target}");
            let lines = |target: &str, count: usize, text: &str| {
                let line = format!("@batch=x PRIVMSG {target} :{text}");
                let mut lines = vec![begin(target)];
                lines.resize(count + 1, line);
                lines
            };
            let few = "\u{e9}".repeat(20);
            vec![
                (Tagged, lines("#big", 99, &few), "BATCH -x".into()),
                (Tagged, lines("#lists", 99, &few), "BATCH -x".into()),
                (Tagged, lines("#spoken", 99, "\u{3}4,5x\u{2}\u{1f}"), "BATCH -x".into()),
                (Tagged, lines("vic", 99, "\u{1}A"), "BATCH -x".into()),
                (Tagged, vec!["BATCH -x".into()], begin("#big")),
                (
                    Tagged,
                    vec![begin("#big")],
                    format!("@batch=x PRIVMSG #big :{}", "a".repeat(480)),
                ),
            ]
        }
        "CAP" => vec![
            (Tagged, vec![], "CAP LS 302".into()),
            (Tagged, vec![], "CAP LIST".into()),
            (Tagged, vec![], repeated("CAP REQ :", "batch -batch", " ", "")),
            (Tagged, vec![], repeated("CAP REQ :", "a", " ", "")),
            (New, vec![], "CAP LS 302".into()),
        ],
        "DLINE" => vec![
            (Root, vec![], "DLINE 1m 10.0.0.0/24 :no".into()),
            (Root, vec![], format!("DLINE FORCE 192.0.2.0/24 :{}", "\u{e9}".repeat(195))),
        ],
        "INVITE" => vec![
            (Chanop, vec![], "INVITE u9 #big".into()),
            (Plain, vec![], "INVITE".into()),
            (Chanop, vec![], "INVITE vic #gate".into()),
        ],
        "ISON" => vec![
            plain(filled("ISON ", |at| format!("u{at}"), " ", "")),
            plain(filled("ISON :", |at| format!("u{at}"), " ", "")),
            plain(repeated("ISON :", "u1", " ", "")),
            plain(repeated("ISON :", "b", " ", "")),
        ],
        "JOIN" => vec![
            plain(repeated("JOIN ", "#gate", ",", "")),
            plain(filled("JOIN ", |at| spelled("#gate", at), ",", "")),
            plain(repeated("JOIN ", "#stars", ",", "")),
            plain(repeated("JOIN ", "#except", ",", "")),
            plain(repeated("JOIN ", "#invex", ",", "")),
            plain(repeated("JOIN ", "#gate,#stars,#except,#invex", ",", "")),
            (Plain, vec!["PART #big".into()], "JOIN #big".into()),
            (Tagged, vec!["PART #big".into()], "JOIN #big".into()),
            plain(filled("JOIN ", |at| format!("#z{at}"), ",", "")),
            plain(repeated("JOIN ", "#big", ",", "")),
            plain(repeated("JOIN ", "#", ",", "")),
            plain(repeated("JOIN ", "a", ",", "")),
            plain("JOIN 0".into()),
            (Tagged, vec![], "JOIN 0".into()),
        ],
        "KICK" => vec![
            (Chanop, vec![], filled("KICK #big ", |at| format!("u{at}"), ",", " :no")),
            (Chanop, vec![], filled("KICK #c00 ", |at| format!("u{}", at + 20), ",", " :no")),
            (Chanop, vec![], format!("KICK #big u1 :{}", "\u{e9}".repeat(195))),
            plain(repeated("KICK #big ", "u1", ",", "")),
            plain(filled("KICK #big ", |at| format!("n{at}"), ",", "")),
        ],
        "KILL" => vec![(Root, vec![], format!("KILL cap :{}", "\u{e9}".repeat(150)))],
        "KLINE" => vec![
            (Root, vec![], "KLINE FORCE 1m *u1*@* :no".into()),
            (Root, vec![], format!("KLINE FORCE *{}Z@*.z :no", "?*".repeat(50))),
            (Root, vec![], format!("KLINE FORCE *{}@*{}z :no", "?".repeat(15), "*a".repeat(40))),
        ],
        "KNOCK" => vec![
            plain("KNOCK #invex :please".into()),
            plain("KNOCK #gate :please".into()),
            (Plain, vec![], format!("KNOCK #invex :{}", "\u{e9}".repeat(195))),
        ],
        "LINKS" => vec![plain(format!("LINKS {stars}Z"))],
        "LIST" => vec![
            plain("LIST".into()),
            plain(format!("LIST #{stars}Z")),
            plain(repeated("LIST ", "#*x*x*z", ",", "")),
            plain(repeated(
                "LIST ",
                "#*x*x*x*x*x*x*x*x*x*x*x*x*x*x*x*x*x*x*x*x*x*x*x*x*Z",
                ",",
                "",
            )),
            plain(repeated("LIST ", "!*z", ",", "")),
            plain(repeated("LIST ", "!*x*x*x*x*x*x*x*x*x*x*x*x*x*x*x*x*x*x*x*x*x*x*x*Z", ",", "")),
            plain(repeated("LIST ", ">0", ",", "")),
            plain(repeated("LIST ", "T<99999999", ",", "")),
            plain(repeated("LIST ", "#big", ",", "")),
            plain(repeated("LIST ", "#*", ",", "")),
        ],
        "METADATA" => {
            let keys = |head: &str| filled(head, |at| format!("key{}", at % 20), " ", "");
            vec![
                (Tagged, vec![], "METADATA #big SYNC".into()),
                (Tagged, vec![], "METADATA * SYNC".into()),
                (Tagged, vec![], "METADATA #big LIST".into()),
                (Tagged, vec![], "METADATA op LIST".into()),
                (Tagged, vec![], keys("METADATA #big GET ")),
                (Tagged, vec![], repeated("METADATA #big GET ", "key1", " ", "")),
                (Tagged, vec![], keys("METADATA * SUB ")),
                (Tagged, vec![], filled("METADATA * SUB ", |at| format!("z{at}"), " ", "")),
                (Tagged, vec![], repeated("METADATA * SUB ", "z", " ", "")),
                (Tagged, vec![], "METADATA * SUBS".into()),
                (Chanop, vec![], "METADATA #big CLEAR".into()),
                (Tagged, vec![], "METADATA * CLEAR".into()),
                (Chanop, vec![], format!("METADATA #big SET key1 :{}", "a".repeat(256))),
                (Tagged, vec![], format!("METADATA * SET key1 :{}", "a".repeat(256))),
            ]
        }
        "MODE" | "SAMODE" => {
            let who = if verb == "MODE" { Chanop } else { Root };
            let masks = |channel: &str, letter: &str, kind| {
                let masks: Vec<_> = (0..5).map(|at| nasty(kind, at + 60)).collect();
                (who, vec![], format!("{verb} {channel} +{} {}", letter.repeat(5), masks.join(" ")))
            };
            let ranks = |sign: &str| {
                let nicks: String = (0..13).map(|at| format!(" u{at}")).collect();
                (who, vec![], format!("{verb} #big {sign}{}{nicks}", "o".repeat(13)))
            };
            let mut lines = vec![
                masks("#small", "b", 0),
                masks("#small", "b", 1),
                masks("#small", "I", 4),
                masks("#gate", "b", 0),
                masks("#gate", "e", 0),
                ranks("+"),
                ranks("-"),
                (who, vec![], format!("{verb} #gate {}", "b".repeat(490))),
                (who, vec![], format!("{verb} #gate {}", "beI".repeat(160))),
                (who, vec![], format!("{verb} #gate +b")),
                (who, vec![], format!("{verb} #big {}", "+m-m".repeat(120))),
                (who, vec![], format!("{verb} #big {}", "+stnimst-stnimst".repeat(30))),
                (who, vec![], format!("{verb} #big {}", "+k-k".repeat(7) + &" x".repeat(13))),
                (who, vec![], format!("{verb} #big {} {}", "+l".repeat(12), "1 ".repeat(12))),
                (who, vec![], format!("{verb} #big {}", "\u{e9}".repeat(240))),
                (who, vec![], format!("{verb} #big {}", "XYZ".repeat(160))),
                (who, vec![], format!("{verb} #big +{}{}", "v".repeat(13), " u1".repeat(13))),
                (who, vec![], format!("{verb} #big +b *!*@{}", "\u{e9}".repeat(40))),
            ];
            if verb == "MODE" {
                lines.extend([
                    (Plain, vec![], format!("MODE ann {}", "+x-x".repeat(120))),
                    (Tagged, vec![], format!("MODE cap {}", "+x-x".repeat(120))),
                    (Tagged, vec![], "MODE cap -x".into()),
                    (Plain, vec![], format!("MODE ann {}", "+iBwDRTg-iBwDRTg".repeat(30))),
                    (Plain, vec![], format!("MODE #gate {}", "b".repeat(490))),
                    (Plain, vec![], format!("MODE #big +{}{}", "o".repeat(13), " u1".repeat(13))),
                    (Root, vec![], format!("MODE root {}", "+s-s".repeat(120))),
                ]);
            }
            lines
        }
        "MONITOR" => vec![
            plain("MONITOR S".into()),
            plain("MONITOR L".into()),
            (Plain, vec![], "MONITOR C".into()),
            plain(filled("MONITOR + ", |at| format!("u{at}"), ",", "")),
            (Plain, vec!["MONITOR C".into()], filled("MONITOR + ", |at| format!("u{at}"), ",", "")),
            (Plain, vec!["MONITOR C".into()], filled("MONITOR + ", |at| format!("m{at}"), ",", "")),
            (Tagged, vec!["MONITOR C".into()], "MONITOR + op,cap".into()),
            plain(repeated("MONITOR + ", "a", ",", "")),
            plain(repeated("MONITOR - ", "u1", ",", "")),
            plain(filled("MONITOR - ", |at| format!("u{at}"), ",", "")),
        ],
        "MUTE" => vec![
            (Root, vec![], "MUTE FORCE 1m *u1*@* :no".into()),
            (Root, vec![], format!("MUTE FORCE *{}Z@*.z :no", "?*".repeat(50))),
        ],
        "NAMES" => vec![
            plain("NAMES".into()),
            plain("NAMES #big".into()),
            (Tagged, vec![], "NAMES #big".into()),
            plain(repeated("NAMES ", "#big", ",", "")),
            (Tagged, vec![], filled("NAMES ", |at| spelled("#big", at), ",", "")),
            plain(repeated("NAMES ", "#c00", ",", "")),
            plain(filled("NAMES ", |at| format!("#c{:02}", at % 88), ",", "")),
            (Plain, vec!["PART #big".into()], repeated("NAMES ", "#big", ",", "")),
            plain(repeated("NAMES ", "a", ",", "")),
        ],
        "NICK" => vec![
            (Plain, vec![], "NICK n1".into()),
            (Tagged, vec![], "NICK n1".into()),
            (Chanop, vec![], "NICK n2".into()),
            (Plain, vec![], "NICK ANN".into()),
            (New, vec!["USER n 0 * :n".into()], "NICK n1".into()),
        ],
        "NOTICE" | "PRIVMSG" | "TAGMSG" => {
            let text = if verb == "TAGMSG" { "" } else { " :hi" };
            let long = if verb == "TAGMSG" {
                String::new()
            } else {
                format!(" :{}", "\u{e9}".repeat(230))
            };
            let tags = format!("@+a={};+b={} ", "\u{e9}".repeat(1000), "\\:".repeat(900));
            let many = format!("@{} ", "+a;".repeat(1300));
            let formats = "\u{3}4,5x\u{2}y".repeat(60);
            let mut lines: Vec<(Who, Vec<String>, String)> = Vec::new();
            for who in [Plain, Tagged] {
                lines.extend(
                    [
                        format!("{verb} #big{text}"),
                        format!("{verb} #lists{text}"),
                        format!("{verb} #lists,@#lists,+#lists,%#lists,&#lists,~#lists,@+#lists,+@#lists{text}"),
                        format!("{verb} #spoken,@#spoken,+#spoken,%#spoken,&#spoken,~#spoken{text}"),
                        format!("{verb} #big,@#big,+#big,%#big,&#big,~#big,@+#big,+@#big{text}"),
                        filled(&format!("{verb} "), |at| if at < 8 { spelled("#big", at * 2) } else { "x".repeat(600) }, ",", text),
                        filled(&format!("{verb} "), |at| if at < 8 { spelled("#lists", at * 2) } else { "x".repeat(600) }, ",", text),
                        filled(&format!("{verb} "), |at| if at < 8 { spelled("vic", at) } else { "x".repeat(600) }, ",", text),
                        format!("{verb} #big,#lists,#spoken,#plain,#c00,#c01,#c02,#c03{text}"),
                        format!("{verb} vic{text}"),
                        format!("{verb} {}{text}", repeated("", "a", ",", text)),
                        format!("{verb} {}#big{text}", "@+%".repeat(150)),
                        format!("{verb} #big{long}"),
                        format!("{verb} #gate{text}"),
                        format!("{verb} #stars{text}"),
                    ]
                    .map(|line| (who, vec![], line)),
                );
            }
            let setting = "MODE #small +Scm-cm".to_owned();
            for line in [
                format!("{tags}{verb} #big{text}"),
                format!("{many}{verb} #big{text}"),
                format!("@{} {verb} #big{text}", ";".repeat(4000)),
                format!("@label={};+x=y {verb} #big,#lists,#spoken{text}", "l".repeat(60)),
            ] {
                lines.push((Tagged, vec![], line));
            }
            if verb != "TAGMSG" {
                lines.push((Chanop, vec![setting], format!("{verb} #small :{formats}")));
                lines.push((Tagged, vec![], format!("{verb} vic :\u{1}{}", "A".repeat(480))));
            }
            lines
        }
        "OPER" => vec![plain("OPER oper wrong".into()), (Root, vec![], "OPER oper right".into())],
        "PART" => vec![
            plain(format!("PART #big :{}", "\u{e9}".repeat(195))),
            plain(filled("PART ", |at| format!("#c{:02}", at % 88), ",", "")),
            plain(repeated("PART ", "#big", ",", "")),
            plain(repeated("PART ", "#", ",", "")),
            (Tagged, vec![], "PART #lists,#spoken,#big :bye".into()),
        ],
        "PASS" => vec![(New, vec![], format!("PASS {}", "p".repeat(500)))],
        "PING" => vec![
            plain(format!("PING {}", "\u{e9}".repeat(250))),
            plain(format!("PING{}", " a".repeat(250))),
            plain(" ".repeat(500) + "PING"),
        ],
        "PONG" => vec![plain(format!("PONG {}", "\u{e9}".repeat(250)))],
        "QUIT" => vec![
            plain(format!("QUIT :{}", "\u{e9}".repeat(195))),
            (Tagged, vec![], "QUIT".into()),
            (Chanop, vec![], "QUIT".into()),
            (New, vec![], "QUIT".into()),
        ],
        "REDACT" => vec![
            (Tagged, vec![], "REDACT #big nosuchid :no".into()),
            (Tagged, vec![], "REDACT #big 0-0 :no".into()),
        ],
        "RELAYMSG" => vec![
            (Chanop, vec![], format!("RELAYMSG #big a/b :{}", "\u{e9}".repeat(230))),
            (Chanop, vec![], "RELAYMSG #lists a/b :hi".into()),
            (Chanop, vec![], "RELAYMSG #spoken a/b :hi".into()),
        ],
        "RENAME" => vec![
            (Chanop, vec![], "RENAME #big #large :because".into()),
            (Chanop, vec![], "RENAME #big #BIG".into()),
            (Chanop, vec![], "RENAME #plain #large".into()),
        ],
        "SAJOIN" => vec![
            (Root, vec![], filled("SAJOIN u9 ", |at| format!("#z{at}"), ",", "")),
            (Root, vec![], "SAJOIN u9 #big".into()),
            (Root, vec![], repeated("SAJOIN u9 ", "#", ",", "")),
            (Root, vec![], filled("SAJOIN u9 ", |at| format!("#c{:02}", at % 88), ",", "")),
        ],
        "SANICK" => vec![(Root, vec![], "SANICK cap n5".into())],
        "SAPART" => vec![
            (Root, vec![], filled("SAPART cap ", |at| format!("#c{:02}", at % 88), ",", "")),
            (Root, vec![], repeated("SAPART cap ", "#big", ",", "")),
            (Root, vec![], "SAPART cap #big :no".into()),
        ],
        "SETNAME" => vec![
            (Tagged, vec![], format!("SETNAME :{}", "\u{e9}".repeat(63))),
            plain(format!("SETNAME :{}", "\u{e9}".repeat(63))),
        ],
        "SILENCE" => vec![
            plain(format!("SILENCE +{}!*@*", "*a".repeat(50))),
            plain("SILENCE".into()),
            plain(format!("SILENCE {}", "\u{e9}".repeat(240))),
        ],
        "STATS" => "abcdeghijklmnopqrstuvwxyzABCDEGHIJKLMNOPQRSTUVWXYZ"
            .chars()
            .map(|letter| (Root, vec![], format!("STATS {letter}")))
            .chain([plain("STATS u".into())])
            .collect(),
        "TBAN" => vec![
            (Chanop, vec![], format!("TBAN #small 1m {}", nasty(0, 77))),
            (Chanop, vec![], format!("TBAN #gate 1m {}", nasty(0, 1))),
        ],
        "TOPIC" => vec![
            (Chanop, vec![], format!("TOPIC #big :{}", "\u{e9}".repeat(190))),
            plain("TOPIC #lists :hi".into()),
            plain("TOPIC #big".into()),
        ],
        "TRACE" => vec![plain("TRACE".into()), (Root, vec![], "TRACE".into())],
        "USER" => vec![
            (
                New,
                vec!["NICK n3".into()],
                format!("USER {} 0 * :{}", "u".repeat(17), "\u{e9}".repeat(63)),
            ),
            (
                New,
                vec!["NICK n3".into()],
                format!("USER {} 0 * :{}", "*a".repeat(100), "a".repeat(200)),
            ),
        ],
        "USERHOST" | "USERIP" => vec![
            plain(filled(&format!("{verb} "), |at| format!("u{at}"), " ", "")),
            plain(repeated(&format!("{verb} :"), "u1", " ", "")),
            plain(repeated(&format!("{verb} :"), "a", " ", "")),
        ],
        "WALLOPS" => vec![(Root, vec![], format!("WALLOPS :{}", "\u{e9}".repeat(240)))],
        "WATCH" => vec![
            plain("WATCH S".into()),
            plain("WATCH L".into()),
            plain("WATCH l".into()),
            plain(repeated("WATCH ", "S", " ", "")),
            plain(repeated("WATCH ", "L", " ", "")),
            plain(repeated("WATCH :", "l", " ", "")),
            plain(repeated("WATCH :", "L", ",", "")),
            plain(repeated("WATCH :", "C", ",", "")),
            plain(filled("WATCH ", |at| format!("+u{at}"), " ", "")),
            (Plain, vec!["WATCH C".into()], filled("WATCH :", |at| format!("+u{at}"), ",", "")),
            plain(repeated("WATCH :", "+a,-a", ",", "")),
        ],
        "WHO" => vec![
            plain(format!("WHO {} {}", "*??????????Z*", "r".repeat(480))),
            plain(format!("WHO {question_marks} {}", "r".repeat(400))),
            plain(format!("WHO {question_marks} r")),
            plain(format!("WHO {stars}Z r")),
            plain(format!("WHO {stars}Z nuhisr")),
            plain(format!("WHO {}Z", "*a".repeat(240))),
            plain(format!("WHO {} r", "?*".repeat(240) + "Z")),
            plain(format!("WHO {}!*@*", "*?".repeat(200))),
            plain(format!("WHO {}@* nuh", "*?".repeat(200))),
            plain("WHO *".into()),
            plain("WHO".into()),
            plain("WHO * %tcuihsnfdlaor,123".into()),
            plain(format!("WHO * {}%{}", "i".repeat(200), "tcuihsnfdlaor".repeat(20))),
            plain("WHO * o".into()),
            plain(format!("WHO {} i", "*?".repeat(100) + "Z")),
            (Root, vec![], format!("WHO {} nuhisr", "*?".repeat(100) + "Z")),
            plain("WHO #big".into()),
            (Tagged, vec![], "WHO #big %tcuihsnfdlaor".into()),
            (Plain, vec![], format!("WHO 0 n{} :{}", "%n", "*a b".repeat(100))),
        ],
        "WHOIS" => vec![
            plain("WHOIS op,op,op,op,op,op,op,op".into()),
            plain("WHOIS op,root,cap,ann,u20,u21,u22,u23".into()),
            (
                Tagged,
                vec![],
                filled(
                    "WHOIS ",
                    |at| if at < 8 { spelled("root", at) } else { "x".repeat(600) },
                    ",",
                    "",
                ),
            ),
            plain(repeated("WHOIS ", "a", ",", "")),
            plain("WHOIS root op".into()),
            (Chanop, vec![], "WHOIS cap,cap,ann,ann,root,root,op,op".into()),
        ],
        "WHOWAS" => vec![
            plain("WHOWAS was0".into()),
            plain("WHOWAS was0,was1,was0,was1,was0,was1,was0,was1".into()),
            plain(filled(
                "WHOWAS ",
                |at| if at < 8 { spelled("was0", at) } else { "x".repeat(600) },
                ",",
                "",
            )),
            plain("WHOWAS nobody".into()),
            plain(repeated("WHOWAS ", "n", ",", "")),
            plain("WHOWAS was0 1".into()),
        ],
        "" => vec![
            plain(String::new()),
            plain(" ".into()),
            plain("XYZZY".into()),
            plain(format!("{} a", "X".repeat(500))),
            plain(" a".repeat(255)),
            plain("\u{e9}".repeat(255)),
            plain(format!("@{} ", "a;".repeat(2000))),
            (Tagged, vec![], format!("@{}label=x", "a;".repeat(2000))),
            (Tagged, vec![], format!("@{} XYZZY", "+a=\\s;".repeat(650))),
            (Tagged, vec![], format!("@batch=x;{} XYZZY", "label=x;".repeat(480))),
            plain("a".repeat(2000)),
            plain(format!(":{}", "a".repeat(505))),
        ],
        _ => vec![],
    };
    let cases = lines.into_iter().map(|(who, before, line)| Case {
        who,
        before: before.into_iter().map(String::into_bytes).collect(),
        line: line.into_bytes(),
    });
    cases.collect()
}

/// What may stand in a line: names, masks, flags, numbers.
pub const WORDS: &[&str] = &[
    "#big",
    "#gate",
    "#lists",
    "#stars",
    "#except",
    "#invex",
    "#spoken",
    "#plain",
    "#small",
    "#c00",
    "#new",
    "#",
    "ann",
    "cap",
    "op",
    "root",
    "vic",
    "u1",
    "u25",
    "was0",
    "nobody",
    "*",
    "0",
    "1",
    "99999",
    "-1",
    "*!*@*",
    "*a*a*a*a*a*a*a*a*Z",
    "*????????????????????????Z",
    "?*?*?*?*?*?*?*?*?*Z",
    "\u{e9}",
    "\u{e9}*\u{e9}*\u{e9}*Z",
    "r:*a*a*a*Z",
    "m:r:*?????Z",
    "10.0.0.0/8",
    "127.0.0.1",
    "+b",
    "-b",
    "b",
    "+beI",
    "+o",
    "+ov-ov",
    "+k",
    "+l",
    "+nt-nt",
    "+x-x",
    "%tcuihsnfdlaor",
    "nuhisr",
    "rrrr",
    ">0",
    "<5",
    "C>0",
    "T<5",
    "!*a*",
    "+",
    "-",
    "C",
    "L",
    "S",
    "l",
    "LIST",
    "SYNC",
    "SET",
    "GET",
    "SUB",
    "CLEAR",
    "LS",
    "REQ",
    "END",
    "302",
    "batch",
    "+x",
    "-x",
    "draft/multiline",
    "key1",
    "FORCE",
    "1m",
    "\u{1}ACTION",
    "\u{3}4,5",
    "@#big",
    "+#lists",
    "~&@%+#big",
    "a/b",
    "pipewright.localhost",
    ",",
    ":",
];

/// A line of the command with words by chance, of which some are repeated as often as the line
/// allows.
pub fn by_chance(spec: &Spec, rng: &mut Rng) -> Case {
    let who = match spec.run {
        Run::Always(_) => rng.pick(&Who::ALL),
        Run::Registering(_) => Who::New,
        Run::Registered(_) => rng.pick(&Who::ALL[..4]),
    };
    let mut line = spec.verb.to_owned();
    let count = 1 + rng.below(4);
    let long = rng.below(count);
    for at in 0..count {
        line.push(' ');
        if at == long && rng.below(4) > 0 {
            let (one, two) = (rng.pick(WORDS), rng.pick(WORDS));
            let between = rng.pick(&[",", ",", ",", " ", "", "*"]);
            let room = (LONGEST - line.len()) / (count - at);
            let most = room / (one.len() + two.len() + 2 * between.len());
            let words: Vec<_> =
                (0..most * 2).map(|at| if at % 2 == 0 { one } else { two }).collect();
            line += &words.join(between);
        } else {
            line += rng.pick(WORDS);
        }
    }
    let mut case = case(who, &[], &line);
    shorten(&mut case.line);
    case
}

/// Another line of the same command.
pub fn mutated(case: &Case, rng: &mut Rng) -> Case {
    let mut case = case.clone();
    let is_registered = case.who != Who::New;
    if is_registered && rng.once_in(6) {
        case.who = rng.pick(&Who::ALL[..4]);
    }
    let line = &mut case.line;
    let tags = if line.starts_with(b"@") { after_space(line, 0) } else { 0 };
    let start = after_space(line, tags).min(line.len());
    for _ in 0..1 + rng.below(4) {
        let at = start + rng.below(line.len() - start + 1);
        let end = at + rng.below((line.len() - at).min(40) + 1);
        let part = line[at..end].to_vec();
        match rng.below(5) {
            0 => drop(line.drain(at..end)),
            1 => drop(line.splice(at..at, part.repeat(1 + rng.below(30)))),
            2 => drop(line.splice(at..end, rng.pick(WORDS).bytes())),
            3 => {
                let words = [rng.pick(WORDS), rng.pick(&[",", " ", "*"])].concat();
                drop(line.splice(at..at, words.repeat(1 + rng.below(60)).into_bytes()));
            }
            _ => drop(line.splice(at..at, [rng.pick(b" ,*?:+-@!~0aZ\xc3")])),
        }
        line.retain(|byte| !b"\r\n\0".contains(byte));
    }
    shorten(line);
    case
}

fn after_space(line: &[u8], from: usize) -> usize {
    let rest = line.get(from..).unwrap_or_default();
    let space = rest.iter().position(|byte| *byte == b' ');
    space.map_or(line.len(), |at| from + at + 1)
}

fn shorten(line: &mut Vec<u8>) {
    let tags = if line.starts_with(b"@") { after_space(line, 0).min(MOST_TAGS) } else { 0 };
    line.truncate(tags + LONGEST);
}
