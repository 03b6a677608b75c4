//! HELP and HELPOP (Modern IRC, "HELP message"): the tables of commands and of modes, for people.

use crate::command::{Cx, Flow, Me, Outcome, Params, TABLE, find};
use crate::core::channel::extban;
use crate::core::modes::{CHANNEL_MODES, USER_MODES};
use crate::core::server::notice_mask::KINDS;
use crate::proto::numerics::Numeric;

/// A table that HELP shows whole.
struct Page {
    subject: &'static str,
    title: &'static str,
    lines: fn() -> Vec<String>,
}

/// Subjects beside the commands, named as in Ergo.
const PAGES: &[Page] = &[
    Page { subject: "CMODES", title: "Modes of channels:", lines: channel_modes },
    Page { subject: "EXTBANS", title: "Extended masks for +b, +e and +I:", lines: masks },
    Page {
        subject: "SNOMASKS",
        title: "Kinds of server notices, for MODE <nick> +s:",
        lines: kinds,
    },
    Page { subject: "UMODES", title: "Modes of users:", lines: user_modes },
];

/// Without a subject: every command.  With one: how that command is written and what it does, or a
/// table of modes.
pub fn help<'p>(cx: &mut Cx<'_>, _me: &Me, p: Params<'p>) -> Outcome<'p> {
    let Some(raw) = p.get(0) else {
        all(cx);
        return Ok(Flow::Continue);
    };
    if let Some(page) = PAGES.iter().find(|page| raw.eq_ignore_ascii_case(page.subject.as_bytes()))
    {
        show(cx, page);
        return Ok(Flow::Continue);
    }
    let Some((_, spec)) = find(raw) else {
        return Err(Numeric::HelpNotFound { subject: raw.into() });
    };
    let subject = || spec.verb.into();
    cx.reply(&Numeric::HelpStart { subject: subject(), text: spec.syntax.into() });
    cx.reply(&Numeric::HelpTxt { subject: subject(), text: spec.help.into() });
    cx.reply(&Numeric::EndOfHelp { subject: subject(), text: "End of HELP".into() });
    Ok(Flow::Continue)
}

fn all(cx: &mut Cx<'_>) {
    let subject = || "*".into();
    cx.reply(&Numeric::HelpStart { subject: subject(), text: "The commands:".into() });
    let verbs = TABLE.iter().map(|spec| spec.verb.as_bytes());
    cx.reply_filled(verbs, |text| Numeric::HelpTxt { subject: subject(), text });
    let pages: Vec<_> = PAGES.iter().map(|page| page.subject).collect();
    let text = format!("HELP <command> tells how one is written; more: HELP {}", pages.join(", "));
    cx.reply(&Numeric::EndOfHelp { subject: subject(), text: text.into() });
}

fn show(cx: &mut Cx<'_>, page: &Page) {
    let subject = || page.subject.into();
    cx.reply(&Numeric::HelpStart { subject: subject(), text: page.title.into() });
    for line in (page.lines)() {
        cx.reply(&Numeric::HelpTxt { subject: subject(), text: line.into() });
    }
    cx.reply(&Numeric::EndOfHelp { subject: subject(), text: "End of HELP".into() });
}

fn line(letter: u8, what: &str) -> String {
    format!("{}  {what}", char::from(letter))
}

fn channel_modes() -> Vec<String> {
    CHANNEL_MODES.iter().map(|mode| line(mode.letter, mode.what)).collect()
}

fn user_modes() -> Vec<String> {
    USER_MODES.iter().map(|mode| line(mode.letter, mode.what)).collect()
}

fn masks() -> Vec<String> {
    let rows = extban::KINDS.iter();
    rows.map(|row| format!("[!]{}:<{}>  {}", char::from(row.letter), row.value, row.what)).collect()
}

fn kinds() -> Vec<String> {
    KINDS.iter().map(|kind| line(kind.letter, kind.what)).collect()
}
