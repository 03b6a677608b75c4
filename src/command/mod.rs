//! The table of commands, and what is checked before any of them runs.

mod audit;
mod away;
mod cap;
mod channel_mode;
mod close;
mod cx;
mod invite;
mod ison;
mod join;
mod kick;
mod list;
mod message;
mod mode;
mod motd;
mod names;
mod nick;
mod oper;
mod part;
mod ping;
mod quit;
mod register;
mod sa;
mod server;
mod topic;
mod user_mode;
mod who;
mod whois;
mod whowas;

use std::sync::Arc;

pub use close::Close;
pub use cx::{Client, Cx, Flow, Job, Me, Oper, Outcome, Params, Registering, Stage};
pub use register::refuse_nick;

use crate::names::Identity;
use crate::wire::event::Order;
use crate::wire::numerics::Numeric;
use crate::wire::{Message, ParseError};

/// A row of the table.
pub struct Spec {
    /// The command, in capitals.
    pub verb: &'static str,
    /// How many parameters it must have, none of them empty; fewer: 461.
    pub min: usize,
    /// Who may give it, and what it does.
    pub run: Run,
    /// How it is written.
    pub syntax: &'static str,
}

/// Who may give a command, and what it does.
#[derive(Clone, Copy)]
pub enum Run {
    /// Anybody who is connected.
    Always(for<'p> fn(&mut Cx<'_>, Params<'p>) -> Outcome<'p>),
    /// Only before registration; later: 462.
    Registering(for<'p> fn(&mut Cx<'_>, Params<'p>) -> Outcome<'p>),
    /// Only users; before registration: 451.
    Registered(for<'p> fn(&mut Cx<'_>, &Me, Params<'p>) -> Outcome<'p>),
}

use Run::{Always, Registered, Registering as Before};

const fn row(verb: &'static str, min: usize, run: Run, syntax: &'static str) -> Spec {
    Spec { verb, min, run, syntax }
}

/// Every command, in alphabetical order.
pub const TABLE: &[Spec] = &[
    row("AWAY", 0, Registered(away::away), "AWAY [:<text>]"),
    row("CAP", 1, Always(cap::cap), "CAP LS|LIST|REQ|END [<version>|:<capabilities>]"),
    row("DIE", 1, Registered(oper::die), "DIE <server>"),
    row("INFO", 0, Registered(server::info), "INFO [<server>]"),
    row("INVITE", 2, Registered(invite::invite), "INVITE <nick> <channel>"),
    row("ISON", 1, Registered(ison::ison), "ISON <nick> {<nick>}"),
    row("JOIN", 1, Registered(join::join), "JOIN <channel>{,<channel>} [<key>{,<key>}] | JOIN 0"),
    row("KICK", 2, Registered(kick::kick), "KICK <channel> <nick>{,<nick>} [:<comment>]"),
    row("KILL", 1, Registered(oper::kill), "KILL <nick> [:<reason>]"),
    row("LIST", 0, Registered(list::list), "LIST [<channel>{,<channel>}]"),
    row("LUSERS", 0, Registered(server::lusers), "LUSERS [<mask> [<server>]]"),
    row("MODE", 1, Registered(mode::mode), "MODE <nick>|<channel> [<modes> {<parameter>}]"),
    row("MOTD", 0, Registered(motd::motd), "MOTD [<server>]"),
    row("NAMES", 0, Registered(names::names), "NAMES [<channel>{,<channel>}]"),
    row("NICK", 0, Always(nick::nick), "NICK <nick>"),
    row("NOTICE", 0, Registered(message::notice), "NOTICE <target>{,<target>} :<text>"),
    row("OPER", 2, Registered(oper::oper), "OPER <name> <password>"),
    row("PART", 1, Registered(part::part), "PART <channel>{,<channel>} [:<reason>]"),
    row("PASS", 1, Before(register::pass), "PASS <password>"),
    row("PING", 0, Always(ping::ping), "PING <token>"),
    row("PONG", 0, Always(ping::pong), "PONG [<server>] <token>"),
    row("PRIVMSG", 0, Registered(message::privmsg), "PRIVMSG <target>{,<target>} :<text>"),
    row("QUIT", 0, Always(quit::quit), "QUIT [:<reason>]"),
    row("SAJOIN", 2, Registered(sa::sajoin), "SAJOIN <nick> <channel>{,<channel>}"),
    row("SAMODE", 2, Registered(sa::samode), "SAMODE <channel> <modes> {<parameter>}"),
    row("SANICK", 2, Registered(sa::sanick), "SANICK <nick> <new nick>"),
    row("SAPART", 2, Registered(sa::sapart), "SAPART <nick> <channel>{,<channel>} [:<reason>]"),
    row("TIME", 0, Registered(server::time), "TIME [<server>]"),
    row("TOPIC", 1, Registered(topic::topic), "TOPIC <channel> [:<topic>]"),
    row("USER", 4, Before(register::user), "USER <user> 0 * :<real name>"),
    row("USERHOST", 1, Registered(ison::userhost), "USERHOST <nick> {<nick>}"),
    row("VERSION", 0, Registered(server::version), "VERSION [<server>]"),
    row("WALLOPS", 1, Registered(oper::wallops), "WALLOPS :<text>"),
    row("WHO", 0, Registered(who::who), "WHO [<mask>] [o]"),
    row("WHOIS", 0, Registered(whois::whois), "WHOIS [<server>] <nick>"),
    row("WHOWAS", 0, Registered(whowas::whowas), "WHOWAS <nick> [<count> [<server>]]"),
];

/// The row of a command, whatever its case.
pub fn find(verb: &[u8]) -> Option<&'static Spec> {
    let order =
        |spec: &Spec| spec.verb.bytes().cmp(verb.iter().map(|byte| byte.to_ascii_uppercase()));
    TABLE.binary_search_by(order).ok().and_then(|at| TABLE.get(at))
}

/// Goes on once a password has been checked: with registration, or with OPER.
pub fn password_checked(cx: &mut Cx<'_>, right: bool) -> Flow {
    match &cx.client.stage {
        Stage::Registering(_) => register::password_checked(cx, right),
        Stage::Registered { .. } => oper::password_checked(cx, right),
    }
}

/// Carries out what an operator, called `by`, wants done to the client.
pub fn obey(cx: &mut Cx<'_>, by: &Identity, order: &Order<'_>) -> Flow {
    if let Order::Kill { reason } = order {
        return Flow::Close(Close::Killed { by: by.nick.clone(), reason: reason.to_vec() });
    }
    if let Stage::Registered { user, identity } = &cx.client.stage {
        let me = Me { user: Arc::clone(user), identity: Arc::clone(identity) };
        sa::obey(cx, &me, order);
    }
    Flow::Continue
}

/// Runs one line.  What is refused is answered here; a line that is no message is answered as far
/// as it can be.
pub fn run(cx: &mut Cx<'_>, line: &[u8]) -> Flow {
    match Message::parse(line) {
        Ok(message) if cx.world.settings.relay_non_utf8 || std::str::from_utf8(line).is_ok() => {
            return dispatch(cx, &message).unwrap_or_else(|refusal| {
                cx.reply(&refusal);
                Flow::Continue
            });
        }
        Ok(_) => refuse_line(cx, line, "The line is not UTF-8: set your client to UTF-8"),
        Err(ParseError::Empty | ParseError::NoVerb) => {}
        Err(ParseError::BadVerb) => {
            cx.reply(&Numeric::UnknownCommand { command: first_word(line).into() });
        }
        Err(ParseError::Nul) => refuse_line(cx, line, "The line has a NUL byte in it"),
    }
    Flow::Continue
}

/// Refuses a line for what is in it; a notice is never answered (RFC 1459, section 4.4.2).
fn refuse_line(cx: &mut Cx<'_>, line: &[u8], why: &'static str) {
    let command = first_word(line);
    if !command.eq_ignore_ascii_case(b"NOTICE") {
        cx.reply(&Numeric::UnknownError { command: command.into(), why: why.into() });
    }
}

fn dispatch<'p>(cx: &mut Cx<'_>, message: &'p Message<'_>) -> Outcome<'p> {
    let me = match &cx.client.stage {
        Stage::Registering(_) => None,
        Stage::Registered { user, identity } => {
            Some(Me { user: Arc::clone(user), identity: Arc::clone(identity) })
        }
    };
    let Some(spec) = find(message.verb) else {
        return Err(Numeric::UnknownCommand { command: message.verb.into() });
    };
    let params = Params(&message.params);
    // One that is empty, or a list of nothing, is as good as none.
    let said = |word: &&&[u8]| word.iter().any(|byte| *byte != b',');
    let enough = message.params.iter().take(spec.min).filter(said).count() == spec.min;
    let too_few = Numeric::NeedMoreParams { command: spec.verb.into() };
    match (spec.run, me) {
        (Registered(_), None) => Err(Numeric::NotRegistered {}),
        (Before(_), Some(_)) => Err(Numeric::AlreadyRegistered {}),
        _ if !enough => Err(too_few),
        (Always(run) | Before(run), _) => run(cx, params),
        (Registered(run), Some(me)) => run(cx, &me, params),
    }
}

/// What can be shown of a line that could not be parsed: the first word, without what no line may
/// have.
fn first_word(line: &[u8]) -> Vec<u8> {
    const SHOWN: usize = 32;
    let word = line.split(|byte| *byte == b' ').find(|word| !word.is_empty()).unwrap_or_default();
    let shown = |byte: &u8| if byte.is_ascii_graphic() { *byte } else { b'?' };
    word.iter().take(SHOWN).map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_alphabetical_order_so_that_it_can_be_searched() {
        assert!(TABLE.is_sorted_by(|a, b| a.verb < b.verb));
    }

    #[test]
    fn a_command_is_found_in_any_case() {
        assert_eq!(find(b"pRivMsg").map(|spec| spec.verb), Some("PRIVMSG"));
        assert!(find(b"PRIV").is_none());
        assert!(find(b"").is_none());
    }

    #[test]
    fn each_row_shows_how_its_command_is_written() {
        for spec in TABLE {
            assert!(spec.syntax.starts_with(spec.verb), "{}", spec.verb);
        }
    }
}
