//! `docs/capabilities.md` is what the table of capabilities gives.

use std::{env, fs, path::Path};

use pipewright::config;
use pipewright::core::server::capabilities;
use pipewright::proto::caps::CAPS;

#[test]
fn the_page_of_capabilities_is_what_the_table_gives() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/capabilities.md");
    if env::var_os("WRITE_DOCS").is_some() {
        fs::write(&path, page()).expect("the page can be written");
    }
    let there = fs::read_to_string(path).unwrap_or_default();
    assert!(
        there == page(),
        "docs/capabilities.md is out of date: WRITE_DOCS=1 cargo test --test capabilities_page"
    );
}

fn page() -> String {
    let settings = config::load(None, [("", ""); 0]).expect("the defaults").settings.network;
    let mut page = String::from(
        "# Capabilities\n\n\
         Made from the program's table by `WRITE_DOCS=1 cargo test --test capabilities_page`.\n\n\
         A client asks for them by `CAP REQ`, before registration or at any time after it, and gives \
         them back by `CAP REQ :-name`. Each is a document of IRCv3; those whose name begins with \
         `draft/` may still change. A value that CAP LS 302 shows is the one of the default \
         configuration; a capability whose limits are 0 is not on offer.\n\n\
         | capability | value | what it changes for the client that has it |\n|---|---|---|\n",
    );
    for cap in CAPS {
        let shown = capabilities::with_value(cap, &settings);
        let value = shown.split_once('=').map_or(String::new(), |(_, value)| format!("`{value}`"));
        page += &format!("| `{}` | {value} | {} |\n", cap.name, cap.what);
    }
    let unlisted = capabilities::UNLISTED.rows().map(|cap| format!("`{}`", cap.name));
    let unlisted: Vec<_> = unlisted.collect();
    page += &format!(
        "\nThey are in the order of CAP LS, which does not name {}: no client misses them, and \
         without them it fits into one line. CAP REQ gives them all the same.\n",
        unlisted.join(", ")
    );
    page += "\nBeside them, without a capability of their own: `UTF8ONLY` (`server.non_utf8 = \
             \"refuse\"`), `BOT` (user mode `B` and the `bot` tag), `WHOX`, `MONITOR`, \
             `CLIENTTAGDENY` (`server.denied_tags`) and `draft/ICON` (`server.icon`). Client-only \
             tags such as `+typing`, `+draft/react` and `+reply` are passed on as they are.\n";
    page
}
