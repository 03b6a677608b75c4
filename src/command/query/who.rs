//! WHO (RFC 2812, section 3.6.1; Modern IRC, "WHO message"; IRCv3 WHOX).

use std::mem;

use crate::command::query::whox;
use crate::command::{Cx, Flow, Items, Me, Outcome, Params, Progress};
use crate::core::modes::UserModes;
use crate::core::{Profile, User};
use crate::proto::caps::CapSet;
use crate::proto::names::{Casemap, Glob, Mask, is_channel};
use crate::proto::numerics::Numeric;
use crate::proto::prefix::Prefixes;

/// The members of a channel, or the users whom a mask fits.  After the mask: where it is looked
/// for (`n` nick, `u` user name, `h` host, `i` address, `s` server, `r` real name; without any of
/// them: everywhere), `o` for operators only, and after `%` the fields that are to be told.  A
/// mask after that is taken in place of the first, so that it may have spaces in it.
pub fn who<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    let query = WhoQuery::parse(p);
    let rest =
        if is_channel(query.mask) { of_channel(cx, me, &query) } else { of_mask(cx, me, &query) };
    if let Some(Progress { at, items }) = rest {
        return Ok(cx.goes_on(p, at, items));
    }
    cx.reply(&Numeric::EndOfWho { mask: p.word(0).into() });
    Ok(Flow::Continue)
}

/// What is asked for.
struct WhoQuery<'p> {
    mask: &'p [u8],
    flags: &'p [u8],
    /// Modes that a user must have to be told of.
    wanted: UserModes,
    /// `None`: told by 352.
    fields: Option<whox::Fields<'p>>,
}

impl<'p> WhoQuery<'p> {
    fn parse(p: Params<'p>) -> Self {
        let options = p.word(1);
        let at = options.iter().position(|&byte| byte == b'%').unwrap_or(options.len());
        let (flags, fields) = options.split_at_checked(at).unwrap_or_default();
        let mask = p.get(2).unwrap_or(p.word(0));
        let operators = flags.contains(&b'o');
        let wanted = if operators { UserModes::OPERATOR } else { UserModes::default() };
        Self { mask, flags, wanted, fields: whox::Fields::parse(fields) }
    }
}

/// What is left for a later slice.
fn of_channel(cx: &mut Cx<'_>, me: &Me, query: &WhoQuery<'_>) -> Option<Progress> {
    // No such channel, or none that may be known: just the end.
    let network = cx.network;
    let rest = network.with_visible_channel(query.mask, me.user.id, |channel| {
        let Progress { at, items } = mem::take(&mut cx.progress);
        let members = match items {
            Items::Members(members) => members,
            _ => channel.members_seen_by(me.user.id).map(|member| member.user.id).collect(),
        };
        let (is_member, view) = (channel.member(me.user.id).is_some(), channel.view(me.user.id));
        for (at, user) in members.iter().enumerate().skip(at) {
            if cx.is_enough() {
                return Some(Progress { at, items: Items::Members(members) });
            }
            // In the meantime it may have left, and come back unseen.
            let Some(member) = channel.member_seen_by(*user, me.user.id, view) else { continue };
            let profile = member.user.profile();
            let may_be_seen = is_member || !profile.modes.has(UserModes::INVISIBLE);
            if may_be_seen && profile.modes.has(query.wanted) {
                if !cx.has_room() {
                    too_many(cx, query.mask);
                    break;
                }
                let name = channel.name().as_str();
                reply(cx, query, name, &member.user, &profile, member.prefixes);
            }
        }
        None
    });
    rest.flatten()
}

/// What is left for a later slice.
fn of_mask(cx: &mut Cx<'_>, me: &Me, query: &WhoQuery<'_>) -> Option<Progress> {
    let Progress { at, items } = mem::take(&mut cx.progress);
    let users = match items {
        Items::Users(users) => users,
        _ => match cx.network.find_user(query.mask) {
            Some(user) => {
                let profile = user.profile();
                if profile.modes.has(query.wanted) {
                    reply(cx, query, "*", &user, &profile, Prefixes::NONE);
                }
                return None;
            }
            None => cx.network.registry.users(),
        },
    };
    let search = Search::new(cx, query);
    for (at, user) in users.iter().enumerate().skip(at) {
        if cx.is_enough() {
            return Some(Progress { at, items: Items::Users(users) });
        }
        let found = {
            let profile = user.profile();
            let found = profile.modes.has(query.wanted) && search.finds(&profile);
            found.then_some(profile.modes)
        };
        if !found.is_some_and(|modes| user.is_found_by(modes, &me.user)) {
            continue;
        }
        if !cx.has_room() {
            too_many(cx, query.mask);
            break;
        }
        reply(cx, query, "*", user, &user.profile(), Prefixes::NONE);
    }
    None
}

fn too_many(cx: &mut Cx<'_>, mask: &[u8]) {
    cx.reply(&Numeric::TooManyMatches { command: "WHO".into(), mask: mask.into() });
}

/// A mask and where it is looked for.
struct Search {
    mask: Glob,
    /// The mask as `nick!user@host`, when it has one of the two signs.
    whole: Option<Mask>,
    /// Letters of fields; none: all.
    fields: Vec<u8>,
    server_fits: bool,
}

impl Search {
    fn new(cx: &Cx<'_>, query: &WhoQuery<'_>) -> Self {
        let casemap: Casemap = cx.settings.casemap;
        // No mask, and "0", ask for everybody (Modern IRC, "WHO message").
        let all = query.mask.is_empty() || query.mask == b"0";
        let raw = if all { b"*" } else { query.mask };
        let mask = Glob::new(raw, casemap);
        let is_whole = raw.iter().any(|byte| b"!@".contains(byte));
        let max = cx.settings.limits.line;
        let whole = is_whole.then(|| Mask::parse(raw, casemap, max)).flatten();
        let given = |field: &u8| query.flags.iter().any(|flag| flag.eq_ignore_ascii_case(field));
        // Each once, however often it is given.
        let fields = b"nuhisr".iter().copied().filter(given).collect();
        let server_fits = mask.matches(cx.machine.server_name.as_bytes());
        Self { mask, whole, fields, server_fits }
    }

    fn finds(&self, profile: &Profile) -> bool {
        let identity = &profile.identity;
        let fits = |text: &str| self.mask.matches(text.as_bytes());
        let at = |field: u8| match field {
            b'n' => fits(identity.nick.as_str()),
            b'u' => fits(identity.user()),
            b'h' => fits(identity.host()),
            b'i' => fits(&crate::command::query::ison::shown_ip(identity)),
            b's' => self.server_fits,
            _ => self.mask.matches(&profile.realname),
        };
        if self.fields.is_empty() {
            return b"nuhr".iter().any(|field| at(*field))
                || self
                    .whole
                    .as_ref()
                    .is_some_and(|mask| mask.matches(identity.mask().as_bytes()));
        }
        self.fields.iter().any(|field| at(*field))
    }
}

fn reply(
    cx: &mut Cx<'_>,
    query: &WhoQuery<'_>,
    channel: &str,
    user: &User,
    profile: &Profile,
    prefixes: Prefixes,
) {
    let mut flags = vec![if profile.away.is_some() { b'G' } else { b'H' }];
    if profile.modes.has(UserModes::OPERATOR) {
        flags.push(b'*');
    }
    // IRCv3 bot-mode.
    flags.extend(profile.modes.has(UserModes::BOT).then_some(b'B'));
    flags.extend(prefixes.symbols(cx.client.caps.has(CapSet::MULTI_PREFIX)));
    let identity = &profile.identity;
    let server = &*cx.machine.server_name;
    if let Some(fields) = &query.fields {
        let about = whox::About { channel, identity, server, flags: &flags };
        let idle = user.idle(cx.now);
        let tokens = fields.notify(&about, idle, &profile.realname);
        return cx.reply(&Numeric::WhoSpecial { tokens: tokens.into() });
    }
    cx.reply(&Numeric::WhoReply {
        channel: channel.into(),
        user: identity.user().into(),
        host: identity.host().into(),
        server: server.into(),
        nick: (&identity.nick).into(),
        flags: flags.into(),
        realname: profile.realname[..].into(),
    });
}
