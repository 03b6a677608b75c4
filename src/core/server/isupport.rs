//! What the server tells about itself in 005.

use crate::core::channel::extban;
use crate::core::modes;
use crate::core::server::network_settings::NetworkSettings;
use crate::proto::names::{CHANTYPES, LONGEST_HOST};

/// The tokens of ISUPPORT (Modern IRC, "RPL_ISUPPORT Parameters"), each bound as it is in force.
pub fn tokens(settings: &NetworkSettings) -> Vec<String> {
    let limits = &settings.limits;
    let with = |name: &str, value: &dyn std::fmt::Display| format!("{name}={value}");
    let mut tokens = vec![
        with("ACCEPT", &limits.accept),
        with("ACCOUNTEXTBAN", &extban::account_extban()),
        with("AWAYLEN", &limits.away),
        "BOT=B".into(),
        "CALLERID=g".into(),
        with("CASEMAPPING", &settings.casemap.isupport()),
        with("CHANLIMIT", &format_args!("{CHANTYPES}:{}", limits.channels_per_user)),
        with("CHANMODES", &modes::chanmodes()),
        with("CHANNELLEN", &limits.channel),
        with("CHANTYPES", &CHANTYPES),
        // Conditions of LIST: created, mask, not mask, topic set, users.
        "ELIST=CMNTU".into(),
        "EXCEPTS=e".into(),
        with("EXTBAN", &extban::isupport()),
        with("HOSTLEN", &LONGEST_HOST),
        "INVEX=I".into(),
        with("KEYLEN", &limits.key),
        with("KICKLEN", &limits.kick),
        "KNOCK".into(),
        with("LINELEN", &limits.line),
        with("MAXLIST", &format_args!("{}:{}", modes::lists(), limits.list_entries)),
        with("MODES", &limits.modes_per_command),
        with("MONITOR", &limits.monitor),
        with("NAMELEN", &limits.realname),
        with("NETWORK", &settings.network),
        with("NICKLEN", &limits.nick),
        with("PREFIX", &modes::prefix()),
        // An answer to LIST that is too long ends with 416, not with the client.
        "SAFELIST".into(),
        with("SILENCE", &limits.silence),
        with("STATUSMSG", &modes::statusmsg()),
        with(
            "TARGMAX",
            &format_args!(
                "ACCEPT:,INVITE:1,JOIN:,KICK:,KNOCK:1,LIST:,MONITOR:,NAMES:,NOTICE:{0},PART:,\
                 PRIVMSG:{0},SAJOIN:,SAPART:,TAGMSG:{0},WHOIS:{0},WHOWAS:{0}",
                limits.targets
            ),
        ),
        with("TOPICLEN", &limits.topic),
        with("USERLEN", &limits.user),
        with("WATCH", &limits.monitor),
    ];
    if !settings.extensions.denied_tags.is_empty() {
        tokens.push(with("CLIENTTAGDENY", &settings.extensions.denied_tags.join(",")));
    }
    if let Some(icon) = &settings.extensions.icon {
        tokens.push(with("draft/ICON", icon));
    }
    if !settings.relay_non_utf8 {
        tokens.push("UTF8ONLY".into());
    }
    tokens.push("WHOX".into());
    tokens
}

/// What another configuration changes of the tokens: those that are new or have another value, and
/// those that are gone, as `-NAME` (Modern IRC, "RPL_ISUPPORT (005)").
pub fn changes(old: &NetworkSettings, new: &NetworkSettings) -> Vec<String> {
    let name = |token: &str| token.split('=').next().unwrap_or(token).to_owned();
    let (before, after) = (tokens(old), tokens(new));
    let gone = before.iter().map(|token| name(token));
    let gone = gone.filter(|gone| after.iter().all(|token| name(token) != *gone));
    let gone: Vec<_> = gone.map(|name| format!("-{name}")).collect();
    after.into_iter().filter(|token| !before.contains(token)).chain(gone).collect()
}
