//! HELP and HELPOP (Modern IRC, "HELP message"): the table of commands, for people.

use super::{Cx, Flow, Me, Outcome, Params, TABLE, find};
use crate::wire::numerics::Numeric;

/// Without a subject: every command.  With one: how that command is written and what it does.
pub fn help<'p>(cx: &mut Cx<'_>, _me: &Me, p: Params<'p>) -> Outcome<'p> {
    let Some(raw) = p.get(0) else {
        all(cx);
        return Ok(Flow::Continue);
    };
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
    let text = "HELP <command> tells how one is written and what it does".into();
    cx.reply(&Numeric::EndOfHelp { subject: subject(), text });
}
