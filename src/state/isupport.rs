//! What the server tells about itself in 005.

use super::modes;
use super::settings::Settings;
use crate::names::CHANTYPES;

/// The tokens of ISUPPORT (Modern IRC, "RPL_ISUPPORT Parameters"), each bound as it is in force.
pub fn tokens(settings: &Settings) -> Vec<String> {
    let limits = &settings.limits;
    let with = |name: &str, value: &dyn std::fmt::Display| format!("{name}={value}");
    let mut tokens = vec![
        with("AWAYLEN", &limits.away),
        with("CASEMAPPING", &settings.casemap.isupport()),
        with("CHANLIMIT", &format_args!("{CHANTYPES}:{}", limits.channels_per_user)),
        with("CHANMODES", &modes::chanmodes()),
        with("CHANNELLEN", &limits.channel),
        with("CHANTYPES", &CHANTYPES),
        "EXCEPTS=e".into(),
        with("HOSTLEN", &HOSTLEN),
        "INVEX=I".into(),
        with("KEYLEN", &limits.key),
        with("KICKLEN", &limits.kick),
        with("LINELEN", &limits.line),
        with("MAXLIST", &format_args!("{}:{}", modes::lists(), limits.list_entries)),
        with("MODES", &limits.modes_per_command),
        with("NAMELEN", &limits.realname),
        with("NETWORK", &settings.network),
        with("NICKLEN", &limits.nick),
        with("PREFIX", &modes::prefix()),
        // An answer to LIST that is too long ends with 416, not with the client.
        "SAFELIST".into(),
        with("STATUSMSG", &modes::statusmsg()),
        with(
            "TARGMAX",
            &format_args!(
                "INVITE:1,JOIN:,KICK:,LIST:,NAMES:,NOTICE:{0},PART:,PRIVMSG:{0},WHOIS:1,WHOWAS:1",
                limits.targets
            ),
        ),
        with("TOPICLEN", &limits.topic),
        with("USERLEN", &limits.user),
    ];
    if !settings.relay_non_utf8 {
        tokens.push("UTF8ONLY".into());
    }
    tokens
}

/// The longest host shown: an IPv6 address as text.
const HOSTLEN: usize = 45;
