//! HELP and HELPOP (Modern IRC, "HELP message"): the table of commands, for people.

use super::{Cx, Flow, Me, Outcome, Params, TABLE, find};
use crate::wire::numerics::Numeric;

/// Without a subject: every command.  With one: how that command is written and what it does.
pub fn help<'p>(cx: &mut Cx<'_>, _me: &Me, p: Params<'p>) -> Outcome<'p> {
    let Some(raw) = p.get(0) else {
        all(cx);
        return Ok(Flow::Continue);
    };
    let Some(spec) = find(raw) else { return Err(Numeric::HelpNotFound { subject: raw.into() }) };
    let subject = || spec.verb.into();
    cx.reply(&Numeric::HelpStart { subject: subject(), text: spec.syntax.into() });
    if let Some(sentence) = sentence(spec.verb) {
        cx.reply(&Numeric::HelpTxt { subject: subject(), text: sentence.into() });
    }
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

/// What a command does, in a sentence.
fn sentence(verb: &str) -> Option<&'static str> {
    SENTENCES.iter().find(|(of, _)| *of == verb).map(|(_, sentence)| *sentence)
}

/// A sentence for each row of the table of commands.
const SENTENCES: &[(&str, &str)] = &[
    ("ADMIN", "Tells who runs the server."),
    ("AWAY", "Marks you as away, with a text for those who write to you; without one, as back."),
    (
        "CAP",
        "Asks for what your client can do beyond the plain protocol; clients do this by themselves.",
    ),
    ("CONNECT", "Links another server; for operators."),
    ("HELP", "Lists the commands, or tells about one."),
    ("HELPOP", "Lists the commands, or tells about one."),
    ("INFO", "Tells what this server is."),
    ("INVITE", "Asks somebody into a channel; alone, lists what you are invited to."),
    ("ISON", "Tells which of these nicks are there."),
    ("JOIN", "Enters channels; 0 leaves them all."),
    ("KICK", "Removes somebody from a channel; for its operators."),
    ("KNOCK", "Asks the operators of a channel that you cannot join for an invitation."),
    ("LINKS", "Lists the servers of the network."),
    (
        "LIST",
        "Lists channels: all, those named, those that fit a mask such as #a*, or conditions: >10 and <10 (members), !mask, C>60 and C<60 (minutes since it was made), T>60 and T<60 (since its topic was set).",
    ),
    ("LUSERS", "Tells how many users and channels there are."),
    ("MAP", "Shows the servers with how many users each has."),
    ("MODE", "Shows or changes the modes of a channel, or your own."),
    ("MOTD", "Shows the message of the day."),
    ("NAMES", "Lists who is in a channel."),
    ("NICK", "Gives you another nick."),
    ("NOTICE", "Says something that nobody answers automatically."),
    ("PART", "Leaves channels."),
    ("PASS", "Gives the server's password, before registration."),
    ("PING", "Asks for a sign of life."),
    ("PONG", "Answers PING."),
    ("PRIVMSG", "Says something to users or channels."),
    ("QUIT", "Ends your session."),
    ("SERVLIST", "Lists the services: there are none."),
    ("SETNAME", "Gives you another real name."),
    ("SQUERY", "Writes to a service: there are none."),
    ("SQUIT", "Parts a server from the network; for operators."),
    ("STATS", "Tells about the server: u, for how long it has run."),
    ("SUMMON", "Is not available here."),
    ("TIME", "Tells what time it is at the server."),
    ("TOPIC", "Shows or sets a channel's topic."),
    ("TRACE", "Tells how you are connected."),
    ("USER", "Gives user name and real name, at registration."),
    ("USERHOST", "Tells the hosts of up to five users, and whether they are away."),
    ("USERIP", "As USERHOST, with addresses."),
    ("USERS", "Is not available here."),
    ("VERSION", "Tells the program's version and all limits."),
    (
        "WHO",
        "Finds users by channel or mask; the flags n, u, h, i, s, r say where the mask must fit, and fields out of tcuihsnfdlaor what to tell.",
    ),
    ("WHOIS", "Tells about users."),
    ("WHOWAS", "Tells who had a nick before."),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_command_has_a_sentence_and_each_sentence_a_command() {
        let commands: Vec<_> = TABLE.iter().map(|spec| spec.verb).collect();
        let explained: Vec<_> = SENTENCES.iter().map(|(verb, _)| *verb).collect();
        assert_eq!(commands, explained);
        assert!(SENTENCES.iter().all(|(_, sentence)| sentence.ends_with('.')));
    }
}
