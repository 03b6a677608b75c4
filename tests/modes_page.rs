//! `docs/modes.md` is what the tables of modes and of rights give.

use std::{env, fs, path::Path};

use pipewright::core::channel::extban::KINDS as EXTBANS;
use pipewright::core::channel::permissions::{OVER, PERMISSIONS};
use pipewright::core::channel::speech::{Row, Slow, TABLE as SPEECH, Then};
use pipewright::core::modes::{CHANNEL_MODES, Kind, SetBy, USER_MODES};
use pipewright::core::server::notice_mask::KINDS;
use pipewright::proto::prefix::{Prefixes, RANKS, Rank};

#[test]
fn the_page_of_modes_is_what_the_tables_give() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/modes.md");
    if env::var_os("WRITE_DOCS").is_some() {
        fs::write(&path, page()).expect("the page can be written");
    }
    let there = fs::read_to_string(path).unwrap_or_default();
    assert!(
        there == page(),
        "docs/modes.md is out of date: WRITE_DOCS=1 cargo test --test modes_page"
    );
}

fn page() -> String {
    let mut page = String::from(
        "# Modes\n\n\
         Made from the program's tables by `WRITE_DOCS=1 cargo test --test modes_page`.\n\n\
         ## Ranks of members\n\n| mode | shown as | name |\n|---|---|---|\n",
    );
    for Rank { letter, symbol, name } in RANKS {
        let (letter, symbol) = (char::from(*letter), char::from(*symbol));
        page += &format!("| `{letter}` | `{symbol}` | {name} |\n");
    }
    page += "\nWhoever makes a channel is its operator. While nobody is founder, an operator may \
             name one. Anybody may give up a rank of their own.\n\n\
             ## Who may do what\n\n| from this rank up | may |\n|---|---|\n";
    for right in PERMISSIONS {
        page += &format!("| {} | {} |\n", name(right.from), right.what);
    }
    page += "\n## Over whom\n\nIn kicking and in taking ranks.\n\n\
             | rank | over members up to |\n|---|---|\n";
    for (rank, most) in OVER {
        page += &format!("| {} | {} |\n", name(*rank), name(*most));
    }
    page += "\n## Channel modes\n\n| mode | parameter | what it does |\n|---|---|---|\n";
    for mode in CHANNEL_MODES {
        let parameter = match mode.kind {
            Kind::Rank(_) => "nick",
            Kind::List(_) => "mask; none shows the list",
            Kind::Key => "always",
            Kind::ParamMode(_) => "when set",
            Kind::Flag(_) | Kind::OperatorFlag(_) | Kind::ServerFlag(_) => "",
        };
        page += &row(mode.letter, parameter, mode.what);
    }
    page += "\nModes marked \"not yet\" wait for accounts: setting them is refused (696), and neither 004 nor \
             005 has them.\n";
    page += "\n## What may be said\n\nEvery text of a user that a channel is told is subject to these \
             modes; `b` stands for bans and mutes. Whoever may speak by their rank is subject to \
             `C`, `c` and `S` alone. `S` takes formatting out of every text, and forbids one of \
             nothing else. What is left out does not keep the act from going on; in place of the \
             text of AWAY, `Away` is told. Slow mode (`W`) counts each line of a message, is kept \
             over leaving and coming back, and does not concern who is typing. A MUTE of the \
             server keeps from all of these, and from masks, keys and forwards in MODE.\n\n\
             | text | forbidden by | slow mode | then |\n|---|---|---|---|\n";
    for Row { what, modes, slow, then, .. } in SPEECH {
        let slow = match slow {
            Slow::Free => "",
            Slow::Counts => "counts",
            Slow::Heeds => "when used up",
            Slow::Never => "while on",
        };
        let then = match then {
            Then::Refused => "refused",
            Then::LeftOut => "left out",
        };
        page += &format!("| {what} | `{modes}` | {slow} | {then} |\n");
    }
    page += "\n## Masks of the lists\n\nA mask is `nick!user@host`; what is missing is `*`. Its host may \
             be a range of addresses, as in `*!*@192.0.2.0/24` or `*!*@2001:db8::/32`. A user is \
             meant by the host that is shown, by that it has come from, by its cloak, and by its \
             address; so it is by the masks of SILENCE, of server bans and of operators. Masks of \
             channels know one that is cloaked by the cloak alone, unless `cloak.bans_by_address` \
             says otherwise.\n\n\
             An extended mask is a kind, by its letter or its name, a colon and a value, with no \
             other sign before it, so that clients and bots can treat it as any mask. A `!` before \
             it means whom it does not fit. What ends by itself is set by `TBAN`.\n\n\
             | kind | name | value | means |\n|---|---|---|---|\n";
    for kind in EXTBANS {
        let letter = char::from(kind.letter);
        let (name, value, what) = (kind.name, kind.value, kind.what);
        page += &format!("| `{letter}:` | `{name}:` | {value} | {what} |\n");
    }
    page += "\n## User modes\n\n| mode | set by | what it does |\n|---|---|---|\n";
    for mode in USER_MODES {
        page += &row(mode.letter, set_by(mode.set_by), mode.what);
    }
    page += "\n## Server notices\n\nAn operator chooses kinds by `MODE <nick> +s +ck-q`; `+s` alone is \
             all of them, `-s` none.\n\n| kind | begins with | tells of |\n|---|---|---|\n";
    for kind in KINDS {
        page += &row(kind.letter, &format!("`*** {}:`", kind.label), kind.what);
    }
    page
}

fn set_by(who: SetBy) -> &'static str {
    match who {
        SetBy::User => "the user",
        SetBy::Operator => "operators",
        SetBy::Oper => "OPER",
        SetBy::Server => "the server",
    }
}

fn row(letter: u8, middle: &str, what: &str) -> String {
    format!("| `{}` | {middle} | {what} |\n", char::from(letter))
}

fn name(rank: Prefixes) -> &'static str {
    let of = |row: &&Rank| Prefixes::of_letter(row.letter) == Some(rank);
    RANKS.iter().find(of).map_or("none", |row| row.name)
}
