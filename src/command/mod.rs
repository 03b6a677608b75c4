//! The table of commands, and what is checked before any of them runs.

mod channel;
mod client;
mod close;
mod cx;
mod flow;
mod job;
mod labels;
mod message;
mod metadata;
mod oper;
mod params;
mod query;
pub mod registration;
mod slices;
mod user;

use crate::core::server::counters::ShardCounters;
use crate::proto::caps::CapSet;
use crate::proto::event::RemoteCommand;
use crate::proto::names::Identity;
use crate::proto::numerics::Numeric;
use crate::proto::{Message, ParseError, tags};
use channel::{invite, join, kick, knock, list, mode, names, part, rename, tban, topic};
use message::{accept, batch, privmsg, redact, relaymsg, silence};
use oper::{ban, operator, rehash, sa};
use query::{admin, disabled, help, ison, links, motd, server, stats, who, whois, whowas};
use registration::{cap, ping, register, webirc};
use user::{away, monitor, nick, quit, setname, watch};

pub use client::{Client, Extra, Me, Oper, Registering, Stage, WebircInfo};
pub use close::{BadWebirc, Close};
pub use cx::Cx;
pub use flow::{Flow, Outcome};
pub use job::{Job, JobResult, LookupResult, Reloaded, Restarting};
pub use message::batch::time_out;
pub use oper::audit::AUDIT;
pub use oper::ban::{Sweep, apply};
pub use oper::rehash::in_force;
pub use params::{Carried, Params};
pub use registration::cap::offer_changed;
pub use registration::register::refuse_nick;
pub use registration::wrong_protocol::WrongProtocol;
pub use slices::{DELIVERIES_A_UNIT, Items, Mark, Progress, Rest};

/// A row of the table.
pub struct Spec {
    /// The command, in capitals.
    pub verb: &'static str,
    /// How many parameters it must have, none of them empty; fewer: 461.
    pub min: usize,
    /// Who may give it, and what it does.
    pub run: Run,
    /// Tokens of flood control that it takes, before what its answer adds: more where it makes
    /// work for others or much of it, none for what ends the connection.
    pub cost: usize,
    /// Whether, with these parameters, it only asks about channels and their people, or enters
    /// channels.  Clients send such commands by the hundred to get back to where they were, so that
    /// flood control has a bucket of its own for them (`Bucket::Questions`).
    pub asks: for<'p> fn(Params<'p>) -> bool,
    /// Whether it is about nothing but a sign of life, and is answered at once also while its
    /// client's other commands wait for flood control.
    pub goes_ahead: bool,
    /// What of it is a text of its user that others are told.
    pub speaks: Speaks,
    /// How it is written.
    pub syntax: &'static str,
    /// What it does, in a sentence.
    pub help: &'static str,
}

/// What of a command is a text of its user that others are told, which a MUTE keeps from.  Where such a
/// text goes to a channel, the command asks `core::channel::speech`; where it goes to a user, `private`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaks {
    /// Nothing.
    Nothing,
    /// All of it, if the parameter at this place is there: it is refused.
    From(usize),
    /// A part of it, which is left out or refused by the command itself: the rest goes on.
    Partly,
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

const fn row(
    verb: &'static str,
    min: usize,
    run: Run,
    syntax: &'static str,
    help: &'static str,
) -> Spec {
    Spec {
        verb,
        min,
        run,
        cost: 1,
        asks: |_| false,
        goes_ahead: false,
        speaks: Speaks::Nothing,
        syntax,
        help,
    }
}

impl Spec {
    const fn costs(self, cost: usize) -> Self {
        Self { cost, ..self }
    }

    const fn asks(self) -> Self {
        self.asks_where(|_| true)
    }

    const fn asks_where(self, asks: for<'p> fn(Params<'p>) -> bool) -> Self {
        Self { asks, ..self }
    }

    const fn goes_ahead(self) -> Self {
        Self { goes_ahead: true, ..self }
    }

    const fn speaks_from(self, at: usize) -> Self {
        Self { speaks: Speaks::From(at), ..self }
    }

    const fn speaks_partly(self) -> Self {
        Self { speaks: Speaks::Partly, ..self }
    }
}

/// Every command, in alphabetical order.
pub const TABLE: &[Spec] = &[
    row(
        "ACCEPT",
        1,
        Registered(accept::accept),
        "ACCEPT [-]<nick>{,[-]<nick>} | ACCEPT *",
        "Lists, adds or takes off those who may message you in spite of +g.",
    ),
    row("ADMIN", 0, Registered(admin::admin), "ADMIN [<server>]", "Tells who runs the server."),
    row(
        "AWAY",
        0,
        Always(away::away),
        "AWAY [:<text>]",
        "Marks you as away, with a text for those who write to you; without one, as back.",
    ).costs(2).speaks_partly(),
    row(
        "BATCH",
        1,
        Registered(batch::batch),
        "BATCH +<name> draft/multiline <target> | BATCH -<name>",
        "Begins and ends a message of several lines; clients do this by themselves.",
    ).speaks_partly(),
    row(
        "CAP",
        1,
        Always(cap::cap),
        "CAP LS|LIST|REQ|END [<version>|:<capabilities>]",
        "Asks for what your client can do beyond the plain protocol; clients do this by themselves.",
    ),
    row(
        "CONNECT",
        1,
        Registered(disabled::link),
        "CONNECT <server> [<port> [<server>]]",
        "Links another server; for operators.",
    ),
    row("DIE", 1, Registered(operator::die), "DIE <server>", "Stops the server; for operators."),
    row(
        "DLINE",
        1,
        Registered(ban::dline),
        "DLINE [FORCE] [<duration>] <address>[/<bits>] [:<reason>[|<for operators>]]",
        "Keeps addresses out of the server, for a time such as 1h30m or 90 (minutes), or for good; for operators.",
    ).speaks_partly(),
    row(
        "HELP",
        0,
        Registered(help::help),
        "HELP [<command>]",
        "Lists the commands, or tells about one.",
    ).costs(2),
    row(
        "HELPOP",
        0,
        Registered(help::help),
        "HELPOP [<command>]",
        "Lists the commands, or tells about one.",
    ).costs(2),
    row("INFO", 0, Registered(server::info), "INFO [<server>]", "Tells what this server is.").costs(2),
    row(
        "INVITE",
        0,
        Registered(invite::invite),
        "INVITE [<nick> <channel>]",
        "Asks somebody into a channel; alone, lists what you are invited to.",
    ).costs(2).speaks_from(0),
    row(
        "ISON",
        1,
        Registered(ison::ison),
        "ISON <nick> {<nick>}",
        "Tells which of these nicks are there.",
    ).asks(),
    row("ISUPPORT", 0, Always(server::isupport), "ISUPPORT", "Tells what the server supports."),
    row(
        "JOIN",
        1,
        Registered(join::join),
        "JOIN <channel>{,<channel>} [<key>{,<key>}] | JOIN 0",
        "Enters channels; 0 leaves them all.",
    ).costs(2).asks_where(|p| p.word(0) != b"0"),
    row(
        "KICK",
        2,
        Registered(kick::kick),
        "KICK <channel> <nick>{,<nick>} [:<comment>]",
        "Removes somebody from a channel; for its operators.",
    ).speaks_partly(),
    row(
        "KILL",
        1,
        Registered(operator::kill),
        "KILL <nick> [:<reason>]",
        "Ends somebody's session; for operators.",
    ).speaks_partly(),
    row(
        "KLINE",
        1,
        Registered(ban::kline),
        "KLINE [FORCE] [<duration>] <user>@<host>|<nick> [:<reason>[|<for operators>]]",
        "Keeps users out of the server by user name and host, which may be a range of addresses; for operators.",
    ).speaks_partly(),
    row(
        "KNOCK",
        1,
        Registered(knock::knock),
        "KNOCK <channel> [:<text>]",
        "Asks the operators of a channel that you cannot join for an invitation.",
    ).costs(3).speaks_from(0),
    row(
        "LINKS",
        0,
        Registered(links::links),
        "LINKS [[<server>] <mask>]",
        "Lists the servers of the network.",
    ).costs(2),
    row(
        "LIST",
        0,
        Registered(list::list),
        "LIST [<channel>|<condition>{,<channel>|<condition>}]",
        "Lists channels: all, those named, those that fit a mask such as #a*, or conditions: >10 and <10 (members), !mask, C>60 and C<60 (minutes since it was made), T>60 and T<60 (since its topic was set).",
    ).costs(5),
    row(
        "LUSERS",
        0,
        Registered(server::lusers),
        "LUSERS [<mask> [<server>]]",
        "Tells how many users and channels there are.",
    ).costs(2),
    row(
        "MAP",
        0,
        Registered(links::map),
        "MAP",
        "Shows the servers with how many users each has.",
    ).costs(2),
    row(
        "METADATA",
        2,
        Always(metadata::metadata),
        "METADATA <nick>|<channel>|* GET|LIST|SET|CLEAR|SUB|UNSUB|SUBS|SYNC [<key> {<key>} | <key> :<value>]",
        "Shows or changes what users and channels say of themselves; clients do this by themselves.",
    ).costs(2).speaks_partly(),
    row(
        "MODE",
        1,
        Registered(mode::mode),
        "MODE <nick>|<channel> [<modes> {<parameter>}]",
        "Shows or changes the modes of a channel, or your own.",
    ).asks_where(mode::asks).speaks_partly(),
    row(
        "MONITOR",
        1,
        Registered(monitor::monitor),
        "MONITOR +|-|C|L|S [<nick>{,<nick>}]",
        "Watches nicks: you are told when somebody comes or goes.",
    ).asks(),
    row("MOTD", 0, Registered(motd::motd), "MOTD [<server>]", "Shows the message of the day.").costs(3),
    row(
        "MUTE",
        1,
        Registered(ban::mute),
        "MUTE [FORCE] [<duration>] <user>@<host>|<nick> [:<reason>[|<for operators>]]",
        "Lets users stay and read, but say nothing to others; for operators.",
    ).speaks_partly(),
    row(
        "NAMES",
        0,
        Registered(names::names),
        "NAMES [<channel>{,<channel>}]",
        "Lists who is in a channel.",
    ).costs(2).asks(),
    row("NICK", 0, Always(nick::nick), "NICK <nick>", "Gives you another nick.").costs(3).speaks_from(0),
    row(
        "NOTICE",
        0,
        Registered(privmsg::notice),
        "NOTICE <target>{,<target>} :<text>",
        "Says something that nobody answers automatically.",
    ).speaks_from(0),
    row(
        "OPER",
        1,
        Registered(operator::oper),
        "OPER <name> [<password>]",
        "Makes you an operator of the server, by password, by your certificate, or by both.",
    )
    .costs(5),
    row(
        "PART",
        1,
        Registered(part::part),
        "PART <channel>{,<channel>} [:<reason>]",
        "Leaves channels.",
    ).costs(3).speaks_partly(),
    row(
        "PASS",
        1,
        Before(register::pass),
        "PASS <password>",
        "Gives the server's password, before registration.",
    ),
    row("PING", 0, Always(ping::ping), "PING <token>", "Asks for a sign of life.").goes_ahead(),
    row("PONG", 0, Always(ping::pong), "PONG [<server>] <token>", "Answers PING.").goes_ahead(),
    row(
        "PRIVMSG",
        0,
        Registered(privmsg::privmsg),
        "PRIVMSG <target>{,<target>} :<text>",
        "Says something to users or channels.",
    ).speaks_from(0),
    row("QUIT", 0, Always(quit::quit), "QUIT [:<reason>]", "Ends your session.").costs(0).speaks_partly(),
    row(
        "REDACT",
        2,
        Registered(redact::redact),
        "REDACT <target> <message id> [:<reason>]",
        "Takes back a message: your own, or any of a channel whose operator you are.",
    ).speaks_partly(),
    row(
        "REHASH",
        0,
        Registered(rehash::rehash),
        "REHASH",
        "Reads the configuration again; for operators.",
    ),
    row(
        "RELAYMSG",
        3,
        Registered(relaymsg::relaymsg),
        "RELAYMSG <channel> <name> :<text>",
        "Says what somebody elsewhere has said; for channel operators.",
    ).speaks_from(0),
    row(
        "RENAME",
        2,
        Registered(rename::rename),
        "RENAME <channel> <new name> [:<reason>]",
        "Gives a channel another name; for its operators.",
    ).speaks_from(0),
    row(
        "RESTART",
        1,
        Registered(rehash::restart),
        "RESTART <server>",
        "Starts the server again; for operators.",
    ),
    row(
        "SAJOIN",
        2,
        Registered(sa::sajoin),
        "SAJOIN <nick> <channel>{,<channel>}",
        "Has somebody join a channel; for operators.",
    ),
    row(
        "SAMODE",
        2,
        Registered(sa::samode),
        "SAMODE <channel> <modes> {<parameter>}",
        "Changes modes of a channel without being its operator; for operators of the server.",
    ).speaks_partly(),
    row(
        "SANICK",
        2,
        Registered(sa::sanick),
        "SANICK <nick> <new nick>",
        "Gives somebody another nick; for operators.",
    ).speaks_from(0),
    row(
        "SAPART",
        2,
        Registered(sa::sapart),
        "SAPART <nick> <channel>{,<channel>} [:<reason>]",
        "Has somebody leave a channel; for operators.",
    ).speaks_partly(),
    row(
        "SERVLIST",
        0,
        Registered(links::servlist),
        "SERVLIST [<mask> [<type>]]",
        "Lists the services: there are none.",
    ),
    row(
        "SETNAME",
        1,
        Registered(setname::setname),
        "SETNAME :<real name>",
        "Gives you another real name.",
    ).costs(3).speaks_from(0),
    row(
        "SILENCE",
        0,
        Registered(silence::silence),
        "SILENCE [[+|-]<mask>]",
        "Lists, adds or takes off masks of those whom you do not want to hear from in private.",
    ),
    row(
        "SQUERY",
        0,
        Registered(links::squery),
        "SQUERY <service> :<text>",
        "Writes to a service: there are none.",
    ),
    row(
        "SQUIT",
        1,
        Registered(disabled::link),
        "SQUIT <server> [:<comment>]",
        "Parts a server from the network; for operators.",
    ),
    row(
        "STATS",
        1,
        Registered(stats::stats),
        "STATS <letter> [<server>]",
        "Tells about the server: p, which operators are here; u, for how long it has run; and for operators k, bans; l, traffic of each shard; m, commands; o, who may become an operator; t, traffic.",
    ).costs(2),
    row(
        "SUMMON",
        0,
        Registered(disabled::summon),
        "SUMMON <user> [<server> [<channel>]]",
        "Is not available here.",
    ),
    row(
        "TAGMSG",
        0,
        Registered(privmsg::tagmsg),
        "TAGMSG <target>{,<target>}",
        "Sends the client-only tags of the line and nothing else.",
    ).speaks_from(0),
    row(
        "TBAN",
        3,
        Registered(tban::tban),
        "TBAN <channel> <duration> <mask>",
        "Bans for a while, as in 1h30m or 5d; the server takes the ban off.",
    ).speaks_from(0),
    row(
        "TIME",
        0,
        Registered(server::time),
        "TIME [<server>]",
        "Tells what time it is at the server.",
    ),
    row(
        "TOPIC",
        1,
        Registered(topic::topic),
        "TOPIC <channel> [:<topic>]",
        "Shows or sets a channel's topic.",
    ).costs(2).asks_where(|p| p.given(1).is_none()).speaks_from(1),
    row(
        "TRACE",
        0,
        Registered(links::trace),
        "TRACE [<server>|<nick>]",
        "Tells how you are connected.",
    ),
    row(
        "UNDLINE",
        1,
        Registered(ban::undline),
        "UNDLINE <address>[/<bits>]",
        "Takes off what DLINE has set; for operators.",
    ),
    row(
        "UNKLINE",
        1,
        Registered(ban::unkline),
        "UNKLINE <user>@<host>",
        "Takes off what KLINE has set; for operators.",
    ),
    row(
        "UNMUTE",
        1,
        Registered(ban::unmute),
        "UNMUTE <user>@<host>",
        "Takes off what MUTE has set; for operators.",
    ),
    row(
        "USER",
        4,
        Before(register::user),
        "USER <user> 0 * :<real name>",
        "Gives user name and real name, at registration.",
    ),
    row(
        "USERHOST",
        1,
        Registered(ison::userhost),
        "USERHOST <nick> {<nick>}",
        "Tells the hosts of up to five users, and whether they are away.",
    ).asks(),
    row(
        "USERIP",
        1,
        Registered(ison::userip),
        "USERIP <nick> {<nick>}",
        "As USERHOST, with addresses.",
    ).asks(),
    row("USERS", 0, Registered(disabled::users), "USERS [<server>]", "Is not available here."),
    row(
        "VERSION",
        0,
        Registered(server::version),
        "VERSION [<server>]",
        "Tells the program's version and all limits.",
    ).costs(2),
    row(
        "WALLOPS",
        1,
        Registered(operator::wallops),
        "WALLOPS :<text>",
        "Writes to all who have +w; for operators.",
    ).speaks_from(0),
    row(
        "WATCH",
        0,
        Registered(watch::watch),
        "WATCH {+<nick>|-<nick>|C|L|S|l}",
        "Watches nicks, in the older form.",
    ).asks(),
    row(
        "WEBIRC",
        0,
        Before(webirc::webirc),
        "WEBIRC <password> <gateway> <host> <address> [:<options>]",
        "Tells for whom a gateway has connected; gateways do this by themselves, first of all.",
    ),
    row(
        "WHO",
        0,
        Registered(who::who),
        "WHO [<mask> [<flags>][%<fields>[,<token>]] [<mask>]]",
        "Finds users by channel or mask; the flags n, u, h, i, s, r say where the mask must fit, and fields out of tcuihsnfdlaor what to tell.",
    ).costs(3).asks(),
    row(
        "WHOIS",
        0,
        Registered(whois::whois),
        "WHOIS [<server>] <nick>{,<nick>}",
        "Tells about users.",
    ).costs(2).asks(),
    row(
        "WHOWAS",
        0,
        Registered(whowas::whowas),
        "WHOWAS <nick>{,<nick>} [<count> [<server>]]",
        "Tells who had a nick before.",
    ).costs(2),
];

/// The row of a command, whatever its case, and its place in the table.
pub fn find(verb: &[u8]) -> Option<(usize, &'static Spec)> {
    let order =
        |spec: &Spec| spec.verb.bytes().cmp(verb.iter().map(|byte| byte.to_ascii_uppercase()));
    let at = TABLE.binary_search_by(order).ok()?;
    Some((at, TABLE.get(at)?))
}

/// Counters of no commands yet.
pub fn counters() -> ShardCounters {
    ShardCounters::new(TABLE.iter().map(|spec| spec.verb), Close::NAMES.iter().copied())
}

/// Goes on once a job has been done.
pub fn answered(cx: &mut Cx<'_>, answer: &JobResult) -> Flow {
    labels::resumed(cx, |cx| match (answer, &cx.client.stage) {
        (JobResult::Password(verdict), Stage::Registering(now)) if now.webirc_info.is_some() => {
            webirc::password_checked(cx, *verdict)
        }
        (JobResult::Password(verdict), Stage::Registering(_)) => {
            register::password_checked(cx, *verdict)
        }
        (JobResult::Password(verdict), Stage::Registered { .. }) => {
            operator::password_checked(cx, *verdict)
        }
        (JobResult::LookupResult(found), _) => register::looked_up(cx, found),
        (JobResult::Reloaded(reloaded), _) => rehash::answered(cx, reloaded),
        (JobResult::Restarting(restarting), _) => rehash::restarting(cx, restarting),
        (JobResult::Stored { change, stored }, _) => {
            ban::stored(cx, change, *stored);
            Flow::Continue
        }
    })
}

/// Goes on with a command that is done in slices.
pub fn go_on(cx: &mut Cx<'_>, rest: Rest) -> Flow {
    labels::resumed(cx, |cx| {
        let Rest { row, params, carried, progress } = rest;
        (cx.carried, cx.progress) = (carried, progress);
        let params: Vec<&[u8]> = params.iter().map(|param| &**param).collect();
        let flow = TABLE.get(row).map(|spec| run_row(cx, row, spec, Params(&params)));
        flow.unwrap_or(Ok(Flow::Continue)).unwrap_or_else(|refusal| {
            cx.reply(&refusal);
            Flow::Continue
        })
    })
}

/// Carries out what an operator, called `by`, wants done to the client.
pub fn execute(cx: &mut Cx<'_>, by: &Identity, order: &RemoteCommand) -> Flow {
    if let RemoteCommand::Kill { reason } = order {
        return Flow::Close(Close::Killed { by: by.nick.clone(), reason: reason.to_vec() });
    }
    if let RemoteCommand::Ban { reason } = order {
        return ban::keep_out(cx, reason);
    }
    if let Some(me) = cx.client.me() {
        sa::execute(cx, &me, order);
    }
    Flow::Continue
}

/// Runs one line.  What is refused is answered here; a line that is no message is answered as far
/// as it can be.
pub fn run(cx: &mut Cx<'_>, line: &[u8]) -> Flow {
    // Also of a line that is no message: its sender waits for an answer.
    let Some(tagged) = line.strip_prefix(b"@") else { return run_one(cx, line) };
    let raw = tagged.split(|&byte| byte == b' ').next().unwrap_or_default();
    labels::answered(cx, raw, |cx| {
        if cx.client.caps.has(CapSet::MESSAGE_TAGS) {
            let denied = |name: &[u8]| cx.settings.extensions.denies_tag(name);
            cx.carried.tags = tags::client_only(raw, denied);
        }
        match tags::value(raw, b"batch").filter(|_| batch::knows(cx)) {
            Some(name) => batch::take(cx, &name, raw, line),
            None => run_one(cx, line),
        }
    })
}

/// Whether a line is answered at once also while its client's other commands wait for flood
/// control.  Nothing that belongs to a message of several lines is.
pub fn goes_ahead(line: &[u8]) -> bool {
    // Most lines are not even looked at closer.
    if !line.iter().find(|byte| **byte != b' ').is_some_and(|first| b"Pp:@".contains(first)) {
        return false;
    }
    let Ok(message) = Message::parse(line) else { return false };
    let in_batch = message.tags.is_some_and(|raw| tags::has(raw, b"batch"));
    !in_batch && find(message.verb).is_some_and(|(_, spec)| spec.goes_ahead)
}

fn run_one(cx: &mut Cx<'_>, line: &[u8]) -> Flow {
    match &Message::parse(line) {
        Ok(message) if is_text(cx, line) => {
            return dispatch(cx, message).unwrap_or_else(|refusal| {
                cx.reply(&refusal);
                Flow::Continue
            });
        }
        Ok(message) => not_utf8(cx, message.verb),
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
    if cx.client.caps.has(CapSet::STANDARD_REPLIES) {
        let command = String::from_utf8_lossy(&command).to_ascii_uppercase();
        cx.fail(&command, "UNKNOWN_ERROR", &[], why);
    } else if !command.eq_ignore_ascii_case(b"NOTICE") {
        cx.reply(&Numeric::UnknownError { command: command.into(), why: why.into() });
    }
}

/// Whether what a line says may be relayed: UTF-8, where nothing else is.  Of its tags each is judged
/// by itself, and left out if it is none (IRCv3 message-tags, section "Format").
fn is_text(cx: &Cx<'_>, line: &[u8]) -> bool {
    let tags =
        if line.starts_with(b"@") { line.iter().position(|&byte| byte == b' ') } else { None };
    let said = line.get(tags.unwrap_or_default()..).unwrap_or_default();
    cx.settings.relay_non_utf8 || std::str::from_utf8(said).is_ok()
}

/// A line is refused for what is in it, which every client is told by FAIL, whatever it has asked for
/// (IRCv3 utf8-only, "Examples").
fn not_utf8(cx: &mut Cx<'_>, verb: &[u8]) {
    let command = String::from_utf8_lossy(verb).to_ascii_uppercase();
    cx.fail(&command, "INVALID_UTF8", &[], "The line is not UTF-8: set your client to UTF-8");
}

fn dispatch<'p>(cx: &mut Cx<'_>, message: &'p Message<'_>) -> Outcome<'p> {
    let Some((row, spec)) = find(message.verb) else {
        return Err(Numeric::UnknownCommand { command: message.verb.into() });
    };
    run_row(cx, row, spec, Params(&message.params))
}

fn run_row<'p>(cx: &mut Cx<'_>, row: usize, spec: &Spec, params: Params<'p>) -> Outcome<'p> {
    let me = cx.client.me();
    cx.row = Some(row);
    cx.is_question = (spec.asks)(params);
    // One that is empty, or a list of nothing, is as good as none.
    let said = |word: &&&[u8]| word.iter().any(|byte| *byte != b',');
    let enough = params.0.iter().take(spec.min).filter(said).count() == spec.min;
    let too_few = Numeric::NeedMoreParams { command: spec.verb.into() };
    let speaks = matches!(spec.speaks, Speaks::From(at) if params.given(at).is_some());
    let speaker = me.as_ref().filter(|_| enough && speaks);
    let silenced = speaker.and_then(|me| ban::muted(cx, me, spec.verb));
    match (spec.run, me, silenced) {
        (Registered(_), None, _) => Err(Numeric::NotRegistered {}),
        (Before(_), Some(_), _) => Err(Numeric::AlreadyRegistered {}),
        _ if !enough => Err(too_few),
        // They are never answered (RFC 1459, section 4.4.2; IRCv3 message-tags).
        (_, _, Some(_)) if matches!(spec.verb, "NOTICE" | "TAGMSG") => Ok(Flow::Continue),
        (_, _, Some(refusal)) => Err(refusal),
        (Always(run) | Before(run), ..) => run(cx, params),
        (Registered(run), Some(me), None) => run(cx, &me, params),
    }
}

/// What can be shown of a line that could not be parsed: the first word after its tags, without what
/// no line may have.
fn first_word(line: &[u8]) -> Vec<u8> {
    const SHOWN: usize = 32;
    let mut words = line.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
    let is_tags = |word: &&[u8]| word.starts_with(b"@");
    let word = words.clone().find(|word| !is_tags(word)).or_else(|| words.next());
    let word = word.unwrap_or_default();
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
        assert_eq!(find(b"pRivMsg").map(|(_, spec)| spec.verb), Some("PRIVMSG"));
        assert!(find(b"PRIV").is_none());
        assert!(find(b"").is_none());
    }

    #[test]
    fn each_row_shows_how_its_command_is_written() {
        for spec in TABLE {
            assert!(spec.syntax.starts_with(spec.verb), "{}", spec.verb);
            assert!(spec.help.ends_with('.'), "{}", spec.verb);
        }
    }
}
