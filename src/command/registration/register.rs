//! Registration: PASS, USER, and what follows the last thing said (RFC 2812, section 3.1; Modern
//! IRC, "Connection Registration").

use std::mem;
use std::sync::Arc;

use crate::command::oper::ban;
use crate::command::query::{motd, server};
use crate::command::registration::password;
use crate::command::user::{cloak, user_mode};
use crate::command::{
    Close, Cx, Flow, Job, LookupResult, Me, Outcome, Params, Registering, Stage, metadata,
};
use crate::core::modes::{CHANNEL_MODES, Kind, USER_MODES, UserModes};
use crate::core::server::notice_mask::Kinds;
use crate::core::{LocalShard, Network, User, Verdict, connection_record, notify_operators};
use crate::proto::caps::CapSet;
use crate::proto::names::{Identity, UserId};
use crate::proto::numerics::Numeric;
use crate::proto::truncate_utf8;
use crate::work;

/// Notes the password; it is checked once all has been said.
pub fn pass<'p>(cx: &mut Cx<'_>, p: Params<'p>) -> Outcome<'p> {
    if let Stage::Registering(registering) = &mut cx.client.stage {
        registering.password = Some(p.word(0).into());
    }
    Ok(Flow::Continue)
}

/// Notes user name and real name; the two middle parameters mean nothing today.
pub fn user<'p>(cx: &mut Cx<'_>, p: Params<'p>) -> Outcome<'p> {
    let limits = &cx.settings.limits;
    let Stage::Registering(registering) = &mut cx.client.stage else {
        return Err(Numeric::AlreadyRegistered {});
    };
    if registering.user.is_some() {
        return Err(Numeric::AlreadyRegistered {});
    }
    let user = user_name(p.word(0), limits.user);
    registering.user = Some((user, truncate_utf8(p.word(3), limits.realname).into()));
    try_complete(cx)
}

/// What of `raw` may stand between `!` and `@`, after a `~`, for nobody has vouched for it; at most
/// `max` bytes with it (Modern IRC, "USER message" and "USERLEN Parameter").  Clients give the name
/// of their system's account, in whatever script: if nothing of it can stand there, it is `user`.
fn user_name(raw: &[u8], max: usize) -> Box<str> {
    let name = allowed(raw);
    let name = if name.is_empty() { "user" } else { &name };
    format!("~{name}").chars().take(max).collect::<String>().into()
}

/// What of a name may stand between `!` and `@`.
fn allowed(raw: &[u8]) -> String {
    let allowed = |byte: &&u8| byte.is_ascii_alphanumeric() || b"-_.[]{}|^`\\~+".contains(byte);
    raw.iter().filter(allowed).map(|&b| char::from(b)).collect()
}

/// Registers the client if all has been said: at once, or after its password has been checked.
pub fn try_complete<'p>(cx: &mut Cx<'_>) -> Outcome<'p> {
    let Stage::Registering(registering) = &cx.client.stage else { return Ok(Flow::Continue) };
    if registering.negotiating || registering.nick.is_none() || registering.user.is_none() {
        return Ok(Flow::Continue);
    }
    let wanted = cx.machine.password_hash.as_ref();
    let wanted = wanted.filter(|_| cx.client.origin.kind.gives_password());
    match (wanted, &registering.password) {
        (None, _) => Ok(welcome(cx)),
        (Some(hash), Some(password)) => Ok(password::verify(cx, hash, password)),
        (Some(_), None) => {
            let verdict = password::guessed_wrong(cx);
            Ok(password_checked(cx, verdict))
        }
    }
}

/// Goes on with registration once the password has been checked.
pub fn password_checked(cx: &mut Cx<'_>, verdict: Verdict) -> Flow {
    match verdict {
        Verdict::Right => welcome(cx),
        Verdict::Wrong => {
            cx.reply(&Numeric::PasswdMismatch {});
            Flow::Close(Close::Password)
        }
        Verdict::TooMany => Flow::Close(Close::TooManyGuesses),
    }
}

/// Goes on with registration once others have told what they know, or have had their time.  A user
/// name that the client's machine vouches for stands in place of what USER gave, without a `~`.
pub fn looked_up(cx: &mut Cx<'_>, found: &LookupResult) -> Flow {
    let longest = cx.settings.limits.user;
    let Stage::Registering(now) = &mut cx.client.stage else { return Flow::Continue };
    // A gateway that has vouched for the client since knows better.
    if mem::take(&mut now.looks_up) {
        let name = found.user.as_deref().map(allowed).unwrap_or_default();
        let name: String = name.trim_start_matches('~').chars().take(longest).collect();
        if let (false, Some((user, _))) = (name.is_empty(), &mut now.user) {
            *user = name.into();
        }
        // Shared only once there is a user.
        if let (Some(host), Some(origin)) = (&found.host, Arc::get_mut(&mut cx.client.origin)) {
            origin.host = host.clone();
        }
    }
    welcome(cx)
}

/// Gives up what a client that never registered had claimed.
pub fn refuse_nick(network: &Network, registering: &Registering) {
    if let Some(nick) = &registering.nick {
        network.registry.release(nick, registering.id);
    }
}

/// What it costs to make a user and to tell it of the server, beside the lines that it gets, in units of
/// work.
const WELCOME_WORK: usize = 600;

fn welcome(cx: &mut Cx<'_>) -> Flow {
    let Stage::Registering(registering) = &mut cx.client.stage else { return Flow::Continue };
    let (Some(nick), Some((user, realname))) = (&registering.nick, &registering.user) else {
        return Flow::Continue;
    };
    if registering.looks_up {
        return Flow::Job(Job::LookUp);
    }
    let (id, nick, user, realname) =
        (registering.id, nick.clone(), user.clone(), Arc::clone(realname));
    let away = registering.away.take();
    let metadata = std::mem::take(&mut registering.metadata);
    // The host of a link or a pipe tells nobody's address.
    let has_address = cx.client.origin.kind.is_limited();
    let cloak = cx.network.cloak().filter(|_| has_address);
    let cloak = cloak.map(|cloak| cloak.of(cx.client.origin.address));
    let host = cloak.as_deref().unwrap_or(&cx.client.origin.host);
    let identity = Arc::new(Identity::new(nick.clone(), &user, host));
    if let Some(reason) = ban::keeps_from_registering(cx, &identity) {
        let address = cx.client.origin.address;
        if cx.network.incidents.count("banned at registration", address, cx.now).is_some() {
            let text = format_args!("{} refused", identity.mask());
            notify_operators(cx.network, cx.here, cx.now, Kinds::BANS, text);
        }
        return ban::keep_out(cx, &reason);
    }
    work::charge(WELCOME_WORK);
    let is_cloaked = cloak.is_some();
    let Me { user, identity } = enter(cx, id, identity, realname, cloak);
    if is_cloaked {
        let mut profile = user.profile();
        profile.modes = profile.modes.with(UserModes::CLOAKED, true);
    }
    let mask = identity.mask().to_owned();
    let nick = nick.as_str();
    connection_record!(info, id, &cx.client.origin, nick, "registered");
    {
        let mut profile = user.profile();
        (profile.away, profile.metadata) = (away, metadata);
    }
    cx.client.stage = Stage::Registered { user: Arc::clone(&user), identity };

    let version = server::VERSION;
    let server = &*cx.machine.server_name;
    let network = (*cx.settings.network).into();
    cx.reply(&Numeric::Welcome { network, mask: mask.into() });
    // Others find it only now: what they say must not come before the welcome.
    cx.network.arrive(cx.here, &user, cx.now);
    // Whoever has set a ban since it was asked for has not found this user yet.
    if let Some(reason) = ban::keeps_from_registering(cx, &user.identity()) {
        return ban::keep_out(cx, &reason);
    }
    cx.network.show_metadata(cx.here, &user, cx.now);
    let (mask, address) = (user.identity(), cx.client.origin.address);
    let text = format_args!("{} ({address})", mask.mask());
    notify_operators(cx.network, cx.here, cx.now, Kinds::CONNECTS, text);
    cx.reply(&Numeric::YourHost { server: server.into(), version: version.into() });
    cx.reply(&Numeric::Created { date: cx.network.started.date().into() });
    cx.reply(&my_info(server, version));
    server::reply_isupport(cx);
    metadata::notify_own(cx);
    server::reply_lusers(cx);
    motd::reply(cx);
    if is_cloaked {
        cloak::notify_host(cx);
    }
    let me = Me { identity: user.identity(), user };
    let modes = me.user.profile().modes;
    user_mode::notify(cx, &me, UserModes::default(), modes);
    Flow::Continue
}

/// Makes the user, whom others cannot find yet.
fn enter(
    cx: &mut Cx<'_>,
    id: UserId,
    identity: Arc<Identity>,
    realname: Arc<[u8]>,
    cloak: Option<String>,
) -> Me {
    let home = cx.here.shard_id();
    let origin = Arc::clone(&cx.client.origin);
    let mut user = User::new(id, home, origin, Arc::clone(&identity), realname, cx.now);
    user.set_hides_address(cloak.is_some() && !cx.settings.bans_by_address);
    user.cloak = cloak.map(Into::into);
    user.set_knows_rename(cx.client.caps.has(CapSet::RENAME));
    let user = Arc::new(user);
    let secure = user.origin.secure;
    user.profile().modes = UserModes::default().with(UserModes::SECURE, secure);
    cx.here.attach(id, &identity.nick, cx.client.conn);
    if !cx.client.origin.kind.receives_channels() {
        cx.here.disable_channel_delivery(id);
    }
    Me { user, identity }
}

fn my_info<'n>(server: &'n str, version: &'n str) -> Numeric<'n> {
    let takes_one = |kind: &Kind| kind.takes_parameter(true);
    let letters = |wanted: &dyn Fn(&Kind) -> bool| -> String {
        let modes = CHANNEL_MODES.iter().filter(|mode| mode.is_offered() && wanted(&mode.kind));
        modes.map(|mode| char::from(mode.letter)).collect()
    };
    let user_modes = USER_MODES.iter().filter(|mode| mode.is_offered());
    let user_modes: String = user_modes.map(|mode| char::from(mode.letter)).collect();
    Numeric::MyInfo {
        server: server.into(),
        version: version.into(),
        user_modes: user_modes.into(),
        channel_modes: letters(&|_| true).into(),
        with_parameter: letters(&takes_one).into(),
    }
}
