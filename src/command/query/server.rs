//! What the server says of itself: INFO, LUSERS, TIME, VERSION (RFC 2812, section 3.4).

use crate::command::{Cx, Flow, Me, Outcome, Params, Stage};
use crate::core::server::isupport;
use crate::proto::caps::CapSet;
use crate::proto::names::Glob;
use crate::proto::numerics::Numeric;

/// The program and its version.
pub const VERSION: &str = concat!("pipewright-", env!("CARGO_PKG_VERSION"));

/// Refuses (402) a server that is not this one: named, by a mask, or by the nick of a user.
pub fn is_us<'p>(cx: &Cx<'_>, server: Option<&'p [u8]>) -> Result<(), Numeric<'p>> {
    let Some(asked) = server else { return Ok(()) };
    let by_name = Glob::new(asked, cx.settings.casemap).matches(cx.machine.server_name.as_bytes());
    if by_name || cx.network.find_user(asked).is_some() {
        return Ok(());
    }
    Err(Numeric::NoSuchServer { server: asked.into() })
}

/// What this is.
pub fn info<'p>(cx: &mut Cx<'_>, _me: &Me, p: Params<'p>) -> Outcome<'p> {
    is_us(cx, p.get(0))?;
    let started = format!("Running since {}", cx.network.started.date());
    let about = concat!("Pipewright ", env!("CARGO_PKG_VERSION"), ", an IRC server");
    for text in [about, env!("CARGO_PKG_DESCRIPTION"), &started] {
        cx.reply(&Numeric::Info { text: text.into() });
    }
    cx.reply(&Numeric::EndOfInfo {});
    Ok(Flow::Continue)
}

/// How many there are.
pub fn lusers<'p>(cx: &mut Cx<'_>, _me: &Me, p: Params<'p>) -> Outcome<'p> {
    is_us(cx, p.get(1))?;
    reply_lusers(cx);
    Ok(Flow::Continue)
}

/// How many there are, as LUSERS and the welcome tell it.
pub fn reply_lusers(cx: &mut Cx<'_>) {
    let counts = &cx.network.counts;
    let (users, invisible) = (counts.users.now(), counts.invisible.now());
    let unknown = counts.connections.now().saturating_sub(users);
    let most = counts.most_users.now();
    let visible = users.saturating_sub(invisible);
    cx.reply(&Numeric::LuserClient { users: visible.into(), invisible: invisible.into() });
    // Those that have nothing to count are left out (RFC 2812, section 5.1, RPL_LUSEROP).
    let operators = counts.operators.now();
    if operators > 0 {
        cx.reply(&Numeric::LuserOp { operators: operators.into() });
    }
    if unknown > 0 {
        cx.reply(&Numeric::LuserUnknown { connections: unknown.into() });
    }
    let channels = cx.network.registry.channel_count();
    if channels > 0 {
        cx.reply(&Numeric::LuserChannels { channels: channels.into() });
    }
    cx.reply(&Numeric::LuserMe { clients: users.into() });
    cx.reply(&Numeric::LocalUsers { now: users.into(), max: most.into() });
    cx.reply(&Numeric::GlobalUsers { now: users.into(), max: most.into() });
}

/// What time it is here.
pub fn time<'p>(cx: &mut Cx<'_>, _me: &Me, p: Params<'p>) -> Outcome<'p> {
    is_us(cx, p.get(0))?;
    let (seconds, date) = (cx.now.seconds().into(), cx.now.date().into());
    let server = (*cx.machine.server_name).into();
    cx.reply(&Numeric::Time { server, seconds, date });
    Ok(Flow::Continue)
}

/// Which program this is, and what it supports.
pub fn version<'p>(cx: &mut Cx<'_>, _me: &Me, p: Params<'p>) -> Outcome<'p> {
    is_us(cx, p.get(0))?;
    let server = (*cx.machine.server_name).into();
    let comments = env!("CARGO_PKG_DESCRIPTION").into();
    cx.reply(&Numeric::Version { version: VERSION.into(), server, comments });
    // Modern IRC, "VERSION message": with what the server supports.
    reply_isupport(cx);
    Ok(Flow::Continue)
}

/// What is supported, for those who ask (IRCv3 extended-isupport): before registration only with
/// `draft/extended-isupport`.
pub fn isupport<'p>(cx: &mut Cx<'_>, _p: Params<'p>) -> Outcome<'p> {
    let is_early = matches!(cx.client.stage, Stage::Registering(_));
    if is_early && !cx.client.caps.has(CapSet::EXTENDED_ISUPPORT) {
        return Err(Numeric::NotRegistered {});
    }
    reply_isupport(cx);
    Ok(Flow::Continue)
}

/// All of 005, in a batch of their own for those who know it.
pub fn reply_isupport(cx: &mut Cx<'_>) {
    reply_tokens(cx, &isupport::tokens(cx.settings));
}

/// Some tokens of 005, in as few lines as they fit into.
pub fn reply_tokens(cx: &mut Cx<'_>, tokens: &[String]) {
    /// Clients split a line into 15 parameters; nick and text take two of them.
    const TOKENS_A_LINE: usize = 13;
    let batched = cx.client.caps.has(CapSet::EXTENDED_ISUPPORT);
    cx.in_batch(batched.then_some("draft/isupport"), |cx| {
        for some in tokens.chunks(TOKENS_A_LINE) {
            let some = some.iter().map(|token| token.as_bytes());
            cx.reply_filled(some, |tokens| Numeric::Isupport { tokens });
        }
    });
}
