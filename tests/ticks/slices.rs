//! No line costs more than it pays for: what is dear is done in slices, and nothing is done twice.

use super::*;
use pipewright::work;

/// What one call of the shard may cost, in units of work: a slice and the item that ends it.
const MOST: u64 = 12_000;

/// Channels with as many bans as there may be, none of which fits, and each dear to compare.
const CHANNELS: usize = 60;

/// A server with such channels, a crowd, an operator of them all, and mallory, who is in none.
struct Dear {
    server: Server,
    oper: ConnId,
    mallory: ConnId,
    crowd: Vec<ConnId>,
}

fn dear() -> Dear {
    let mut server = Server::start(|_| {});
    let oper = server.join("oper");
    for number in 0..CHANNELS {
        server.says(oper, &format!("JOIN #{number}\r\n"));
        for ban in 0..99 {
            let mask = format!("r:*{}{ban:02}Z", "?".repeat(60));
            server.says(oper, &format!("MODE #{number} +b {mask}\r\n"));
            if ban % 10 == 0 {
                while server.end_tick() {}
                server.hears(oper);
            }
        }
    }
    let crowd: Vec<_> = (0..300).map(|number| server.join(&format!("user{number}"))).collect();
    for conn in &crowd {
        server.says(*conn, "JOIN #crowd\r\n");
        while server.end_tick() {}
    }
    let mallory = server.shard.open(NOW, IpAddr::V4(Ipv4Addr::LOCALHOST));
    let realname = format!("\u{e9}{}", "a".repeat(126));
    server.says(mallory, &format!("NICK mallory\r\nUSER m 0 * :{realname}\r\n"));
    while server.end_tick() {}
    server.says(mallory, "CAP REQ :labeled-response batch\r\n");
    while server.end_tick() {}
    server.heard.lines.clear();
    Dear { server, oper, mallory, crowd }
}

impl Dear {
    /// Has the client say the line; the most that was done at once, all that was done, and the answer.
    fn cost(&mut self, conn: ConnId, line: &str) -> (u64, u64, String) {
        let (begun, mut most) = (work::spent(), 0);
        let mut before = begun;
        self.server.says(conn, &format!("{line}\r\n"));
        loop {
            most = most.max(work::spent() - before);
            before = work::spent();
            if !self.server.end_tick() {
                break;
            }
        }
        most = most.max(work::spent() - before);
        (most, work::spent() - begun, self.server.hears(conn))
    }
}

fn all_channels() -> String {
    (0..CHANNELS).map(|number| format!("#{number}")).collect::<Vec<_>>().join(",")
}

#[test]
fn the_worst_lines_are_done_in_slices() {
    let mut dear = dear();
    let (oper, mallory, member) = (dear.oper, dear.mallory, dear.crowd[0]);
    let many: Vec<_> = (0..40).map(|number| format!("*?a?b?{number}?z*")).collect();
    let joins = all_channels();
    for (conn, line) in [
        (mallory, format!("JOIN {joins}")),
        (mallory, format!("JOIN {}", vec!["#1"; 160].join(","))),
        (mallory, format!("WHO *??????????Z* {}", "r".repeat(480))),
        (mallory, format!("WHO *{}Z* nuhr", "?a".repeat(30))),
        (mallory, format!("LIST {}", many.join(","))),
        (mallory, format!("NAMES #crowd,{joins}")),
        (mallory, format!("WHOIS {}", vec!["oper"; 60].join(","))),
        (mallory, format!("ISON {}", vec!["a"; 240].join(" "))),
        (mallory, format!("MONITOR + {joins}").replace('#', "n")),
        (mallory, "PRIVMSG #crowd,@#crowd,+#crowd,%#crowd :hi".to_owned()),
        (member, "PRIVMSG #crowd,@#crowd,+#crowd,%#crowd :hi".to_owned()),
        (member, "WHO #crowd %tcuihsnfdlaor".to_owned()),
        (oper, "NICK other".to_owned()),
        (oper, format!("PART {joins}")),
    ] {
        let (most, ..) = dear.cost(conn, &line);
        assert!(most <= MOST, "{line}: {most} units at once");
    }
}

#[test]
fn others_are_answered_between_the_slices_and_the_answer_is_whole() {
    let mut dear = dear();
    let (mallory, ann, joins) = (dear.mallory, dear.crowd[7], all_channels());
    dear.server.says(mallory, &format!("@label=x JOIN {joins},#new\r\nPING :after\r\n"));
    assert!(dear.server.shard.has_paused());
    let mut rounds = 0;
    while dear.server.end_tick() {
        rounds += 1;
        dear.server.says(ann, "PING :now\r\n");
    }
    // Three slices at least.
    assert!(rounds >= 2, "{rounds}");
    assert_eq!(count(&dear.server.hears(ann), "PONG"), rounds);
    let heard = dear.server.hears(mallory);
    let lines: Vec<_> = heard.lines().collect();
    assert!(lines[0].starts_with("@label=x ") && lines[0].contains("BATCH +"), "{}", lines[0]);
    assert!(lines[lines.len() - 2].contains("BATCH -"), "{}", lines[lines.len() - 2]);
    assert!(lines[lines.len() - 1].contains("PONG"), "{}", lines[lines.len() - 1]);
    assert_eq!(count(&heard, "JOIN"), CHANNELS + 1);
    assert_eq!(count(&heard, "@batch="), lines.len() - 3);
}

#[test]
fn what_others_are_told_between_the_slices_is_no_part_of_the_answer() {
    let mut dear = dear();
    let (mallory, ann, joins) = (dear.mallory, dear.crowd[7], all_channels());
    dear.server.says(mallory, &format!("@label=x JOIN {joins}\r\n"));
    dear.server.says(ann, "PRIVMSG mallory :aside\r\n");
    while dear.server.end_tick() {}
    let heard = dear.server.hears(mallory);
    let aside = heard.lines().find(|line| line.contains("aside")).expect("it was told");
    assert!(!aside.contains("batch="), "{aside}");
    assert_eq!(count(&heard, "JOIN"), CHANNELS);
}

#[test]
fn who_leaves_in_the_middle_of_a_command_leaves_nothing_of_it() {
    let mut dear = dear();
    let (mallory, joins) = (dear.mallory, all_channels());
    dear.server.says(mallory, &format!("@label=x JOIN {joins}\r\n"));
    dear.server.shard.on_closed(mallory, Close::Broken(std::io::ErrorKind::BrokenPipe));
    while dear.server.end_tick() {}
    let (oper, last) = (dear.oper, CHANNELS - 1);
    let (.., heard) = dear.cost(oper, &format!("WHO #{last}"));
    assert_eq!(count(&heard, " 352 "), 1);
    let (.., heard) = dear.cost(oper, "WHOIS mallory");
    assert_eq!(count(&heard, " 401 "), 1);
}

#[test]
fn a_ban_decision_is_made_once_for_a_user_and_a_channel() {
    let mut dear = dear();
    let (oper, mallory) = (dear.oper, dear.mallory);
    dear.cost(mallory, "JOIN #1");
    let (_, first, _) = dear.cost(mallory, "PRIVMSG #1 :hi");
    let (_, second, _) = dear.cost(mallory, "PRIVMSG #1 :hi");
    assert!(first > 500 && second < 50, "{first}, then {second}");
    // The list, or the user, is another: it is made again.
    dear.cost(oper, "MODE #1 -b+b r:*nothing r:mallory");
    let (_, third, _) = dear.cost(mallory, "PRIVMSG #1 :hi");
    dear.cost(mallory, "NICK mary");
    let (_, fourth, _) = dear.cost(mallory, "PRIVMSG #1 :hi");
    assert!(third > 500 && fourth > 500, "{third}, then {fourth}");
}

#[test]
fn a_list_in_slices_ends_when_the_client_has_room_no_more() {
    let mut server = Server::start(|settings| settings.machine.limits.sendq = 8 << 10);
    let ann = server.join("ann");
    for nick in ["bob", "carol"] {
        let conn = server.join(nick);
        for number in 0..90 {
            server.says(conn, &format!("JOIN #{nick}-{number}\r\n"));
            while server.end_tick() {}
        }
    }
    server.heard.stuck = Some(ann);
    server.says(ann, &format!("LIST {}\r\n", vec!["*"; 60].join(",")));
    while server.end_tick() {}
    server.heard.stuck = None;
    loop {
        let waits = server.shard.write_backlog(ann, &mut server.heard);
        if !waits && !server.end_tick() {
            break;
        }
    }
    let heard = server.hears(ann);
    assert!(count(&heard, " 416 ") == 1 && count(&heard, " 323 ") == 1, "{heard}");
    assert!(server.heard.finished.is_empty());
}
