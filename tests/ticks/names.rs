//! The names of a long channel, which are kept ready while many ask for them.

use std::collections::BTreeSet;

use super::*;
use crate::rng::Rng;

/// Three times as many people, about half of them in the channel.
const LONG: usize = 70;

impl Server {
    fn enters(&mut self, nick: &str) -> ConnId {
        let conn = self.shard.open(NOW, IpAddr::V4(Ipv4Addr::LOCALHOST));
        // One nick may end with another one, and all else be the same.
        self.says(conn, &format!("NICK {nick}\r\nUSER u 0 * :a\r\nJOIN #long\r\n"));
        self.ends_turn();
        conn
    }

    fn ends_turn(&mut self) {
        while self.end_tick() {}
    }

    /// What a command answers by this numeric: the words from `skip` on, of each line.
    fn answers(&mut self, conn: ConnId, command: &str, code: &str, skip: usize) -> Vec<String> {
        self.hears(conn);
        self.says(conn, &format!("{command}\r\n"));
        self.ends_turn();
        let heard = self.hears(conn);
        let lines = heard.lines().filter(|line| line.split(' ').nth(1) == Some(code));
        lines.map(|line| line.split(' ').skip(skip).collect::<Vec<_>>().join(" ")).collect()
    }

    /// Each name that NAMES shows once.
    fn names(&mut self, conn: ConnId) -> BTreeSet<String> {
        let lines = self.answers(conn, "NAMES #long", "353", 5);
        let names: Vec<_> =
            lines.iter().flat_map(|line| line.trim_start_matches(':').split(' ')).collect();
        let set: BTreeSet<_> = names.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(set.len(), names.len(), "{names:?}");
        set
    }

    /// The same as WHO tells it: `@+nick!user@host`.
    fn named_by_who(&mut self, conn: ConnId) -> BTreeSet<String> {
        let lines = self.answers(conn, "WHO #long", "352", 4);
        let entry = |line: &String| {
            let words: Vec<_> = line.split(' ').collect();
            let symbols = words[4].trim_start_matches(['H', 'G', '*']);
            format!("{symbols}{}!{}@{}", words[3], words[0], words[1])
        };
        lines.iter().map(entry).collect()
    }
}

/// What a client without capabilities is shown of a name.
fn plain(name: &str) -> String {
    let nick = name.split('!').next().unwrap_or_default();
    let bare = nick.trim_start_matches(['~', '&', '@', '%', '+']);
    format!("{}{bare}", nick.strip_suffix(bare).and_then(|all| all.get(..1)).unwrap_or_default())
}

#[test]
fn the_names_of_a_long_channel_are_right_whatever_has_changed_since_they_were_last_asked_for() {
    let mut rng = Rng::new(6);
    let mut server = Server::start(|settings| settings.network.limits.channels_per_user = 10);
    let (ann, bob) = (server.enters("ann"), server.enters("bob"));
    server.says(ann, "CAP REQ :multi-prefix userhost-in-names\r\n");
    let mut people: Vec<_> = (0..3 * LONG)
        .map(|number| {
            let nick = format!("{}n{}", ["", "x"][number % 2], number / 2);
            (server.enters(&nick), nick)
        })
        .collect();
    for act in 0..2000 {
        let at = rng.below(people.len());
        let (conn, nick) = people[at].clone();
        match rng.below(8) {
            0 => server.says(conn, "PART #long\r\n"),
            1 => server.says(ann, &format!("KICK #long {nick}\r\n")),
            2 => {
                people[at].1 = format!("{}y", &nick[..nick.len().min(12)]);
                server.says(conn, &format!("NICK {}\r\n", people[at].1));
            }
            3 => {
                server.says(conn, "QUIT\r\n");
                server.ends_turn();
                server.shard.close(NOW, conn);
                people[at] = (server.enters(&format!("z{act}")), format!("z{act}"));
            }
            4 | 5 => {
                let mode = rng.pick(&["+o", "-o", "+v", "-v", "+ov", "-ov"]);
                server.says(ann, &format!("MODE #long {mode} {nick} {nick}\r\n"));
            }
            6 if rng.once_in(4) => {
                server.says(ann, &format!("MODE #long {}\r\n", rng.pick(&["+u", "-u", "-u"])));
            }
            _ => server.says(conn, "JOIN #long\r\n"),
        }
        server.ends_turn();
        if act < 40 || rng.once_in(6) {
            let expected = server.named_by_who(ann);
            assert_eq!(server.names(ann), expected, "after {act}");
            let seen_by_bob = server.named_by_who(bob);
            let expected = seen_by_bob.iter().map(|name| plain(name)).collect();
            assert_eq!(server.names(bob), expected, "after {act}");
        }
    }
}
