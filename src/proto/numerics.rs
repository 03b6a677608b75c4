//! The numerics: codes, names, fields and texts, once.
//!
//! Texts are those of the Modern IRC document, section "Numerics", where it gives one, and of
//! RFC 2812, section 5, where it does not.  The client's nick, which every numeric begins with,
//! is added when one is sent.

use std::borrow::Cow;

use bstr::BString;

use crate::proto::names::{ChannelName, Nick};
use crate::proto::template::{Part, count_of_parts, fill, parts};

/// A field of a numeric: bytes as they will stand in the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word<'a>(Cow<'a, [u8]>);

impl Word<'_> {
    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl<'a> From<&'a [u8]> for Word<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self(Cow::Borrowed(bytes))
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Word<'a> {
    fn from(bytes: &'a [u8; N]) -> Self {
        Self(Cow::Borrowed(bytes))
    }
}

impl<'a> From<&'a str> for Word<'a> {
    fn from(text: &'a str) -> Self {
        Self(Cow::Borrowed(text.as_bytes()))
    }
}

impl<'a> From<&'a Nick> for Word<'a> {
    fn from(nick: &'a Nick) -> Self {
        nick.as_str().into()
    }
}

impl<'a> From<&'a ChannelName> for Word<'a> {
    fn from(name: &'a ChannelName) -> Self {
        name.as_str().into()
    }
}

impl From<String> for Word<'_> {
    fn from(text: String) -> Self {
        Self(Cow::Owned(text.into_bytes()))
    }
}

impl From<Vec<u8>> for Word<'_> {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Cow::Owned(bytes))
    }
}

impl From<BString> for Word<'_> {
    fn from(bytes: BString) -> Self {
        Self(Cow::Owned(bytes.into()))
    }
}

macro_rules! words_from_numbers {
    ($($number:ty)*) => {$(
        impl From<$number> for Word<'_> {
            fn from(number: $number) -> Self {
                number.to_string().into()
            }
        }
    )*};
}

words_from_numbers!(u8 u64 usize);

/// A row of the table, for those who read it as data.
#[derive(Debug)]
pub struct Spec {
    /// The number, below 1000.
    pub code: u16,
    /// The name that the documents give it.
    pub name: &'static str,
    /// What follows the client's nick; fields in braces.
    pub text: &'static str,
}

macro_rules! numerics {
    ($($(#[doc = $doc:literal])* $code:literal $name:ident $variant:ident { $($field:ident),* } $text:literal;)*) => {
        /// A reply or refusal of the server: one variant for each row.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[allow(missing_docs, reason = "fields are named for what stands in them")]
        pub enum Numeric<'a> {
            $($(#[doc = $doc])* #[doc = concat!("\n\n`", $code, " ", stringify!($name), "`: `", $text, "`")]
            $variant { $($field: Word<'a>),* },)*
        }

        impl Numeric<'_> {
            /// The number.
            pub const fn code(&self) -> u16 {
                match self { $(Self::$variant { .. } => $code,)* }
            }

            /// The number as a line has it.
            pub const fn digits(&self) -> [u8; 3] {
                let code = self.code();
                [b'0' + (code / 100) as u8, b'0' + (code / 10 % 10) as u8, b'0' + (code % 10) as u8]
            }

            /// Adds what follows the client's nick to `out`.
            pub fn write(&self, out: &mut Vec<u8>) {
                match self {
                    $(Self::$variant { $($field),* } => {
                        const FIELDS: &[&str] = &[$(stringify!($field)),*];
                        const PARTS: &[Part] = &parts::<{ count_of_parts($text) }>($text, FIELDS);
                        fill(out, PARTS, &[$($field.as_bytes()),*]);
                    })*
                }
            }
        }

        /// Every row, ascending.
        pub const ALL: &[Spec] = &[$(Spec { code: $code, name: stringify!($name), text: $text },)*];
    };
}

numerics! {
    /// The first reply to a registered client.
    1 RPL_WELCOME Welcome { network, mask } ":Welcome to the {network} Network, {mask}";
    2 RPL_YOURHOST YourHost { server, version } ":Your host is {server}, running version {version}";
    3 RPL_CREATED Created { date } ":This server was created {date}";
    /// Server, version, user modes, channel modes, channel modes with a parameter.
    4 RPL_MYINFO MyInfo { server, version, user_modes, channel_modes, with_parameter } "{server} {version} {user_modes} {channel_modes} {with_parameter}";
    /// Up to 13 tokens.
    5 RPL_ISUPPORT Isupport { tokens } "{tokens} :are supported by this server";
    /// The kinds of server notices that an operator is told of, as Solanum and InspIRCd have it.
    8 RPL_SNOMASK ServerNoticeMask { kinds } "{kinds} :Server notice mask";
    15 RPL_MAP Map { server, users } ":{server} ({users} users)";
    17 RPL_MAPEND MapEnd {} ":End of /MAP";
    205 RPL_TRACEUSER TraceUser { class, nick } "User {class} {nick}";
    211 RPL_STATSLINKINFO StatsLinkInfo { name, waiting, lines_out, kib_out, lines_in, kib_in, seconds } "{name} {waiting} {lines_out} {kib_out} {lines_in} {kib_in} {seconds}";
    212 RPL_STATSCOMMANDS StatsCommands { command, count, bytes } "{command} {count} {bytes} 0";
    219 RPL_ENDOFSTATS EndOfStats { letter } "{letter} :End of /STATS report";
    221 RPL_UMODEIS UserModeIs { modes } "{modes}";
    235 RPL_SERVLISTEND ServListEnd { mask, kind } "{mask} {kind} :End of service listing";
    242 RPL_STATSUPTIME StatsUptime { days, time } ":Server Up {days} days {time}";
    243 RPL_STATSOLINE StatsOline { mask, name, class } "O {mask} * {name} 0 {class}";
    249 RPL_STATSDEBUG StatsDebug { letter, text } "{letter} :{text}";
    251 RPL_LUSERCLIENT LuserClient { users, invisible } ":There are {users} users and {invisible} invisible on 1 servers";
    252 RPL_LUSEROP LuserOp { operators } "{operators} :operator(s) online";
    253 RPL_LUSERUNKNOWN LuserUnknown { connections } "{connections} :unknown connection(s)";
    254 RPL_LUSERCHANNELS LuserChannels { channels } "{channels} :channels formed";
    255 RPL_LUSERME LuserMe { clients } ":I have {clients} clients and 0 servers";
    256 RPL_ADMINME AdminMe { server } "{server} :Administrative info";
    257 RPL_ADMINLOC1 AdminLoc1 { text } ":{text}";
    258 RPL_ADMINLOC2 AdminLoc2 { text } ":{text}";
    259 RPL_ADMINEMAIL AdminEmail { text } ":{text}";
    262 RPL_TRACEEND TraceEnd { server, version } "{server} {version} :End of TRACE";
    265 RPL_LOCALUSERS LocalUsers { now, max } "{now} {max} :Current local users {now}, max {max}";
    266 RPL_GLOBALUSERS GlobalUsers { now, max } "{now} {max} :Current global users {now}, max {max}";
    271 RPL_SILELIST SilenceList { nick, mask } "{nick} {mask}";
    272 RPL_ENDOFSILELIST EndOfSilenceList {} ":End of Silence List";
    276 RPL_WHOISCERTFP WhoisCertFp { nick, fingerprint } "{nick} :has client certificate fingerprint {fingerprint}";
    281 RPL_ACCEPTLIST AcceptList { nick } "{nick}";
    282 RPL_ENDOFACCEPT EndOfAccept {} ":End of /ACCEPT list";
    301 RPL_AWAY Away { nick, text } "{nick} :{text}";
    302 RPL_USERHOST UserHost { replies } ":{replies}";
    303 RPL_ISON IsOn { nicks } ":{nicks}";
    305 RPL_UNAWAY UnAway {} ":You are no longer marked as being away";
    306 RPL_NOWAWAY NowAway {} ":You have been marked as being away";
    311 RPL_WHOISUSER WhoisUser { nick, user, host, realname } "{nick} {user} {host} * :{realname}";
    312 RPL_WHOISSERVER WhoisServer { nick, server, info } "{nick} {server} :{info}";
    313 RPL_WHOISOPERATOR WhoisOperator { nick } "{nick} :is an IRC operator";
    314 RPL_WHOWASUSER WhowasUser { nick, user, host, realname } "{nick} {user} {host} * :{realname}";
    315 RPL_ENDOFWHO EndOfWho { mask } "{mask} :End of WHO list";
    317 RPL_WHOISIDLE WhoisIdle { nick, idle, signon } "{nick} {idle} {signon} :seconds idle, signon time";
    318 RPL_ENDOFWHOIS EndOfWhois { nick } "{nick} :End of /WHOIS list";
    319 RPL_WHOISCHANNELS WhoisChannels { nick, channels } "{nick} :{channels}";
    321 RPL_LISTSTART ListStart {} "Channel :Users  Name";
    322 RPL_LIST List { channel, members, topic } "{channel} {members} :{topic}";
    323 RPL_LISTEND ListEnd {} ":End of /LIST";
    324 RPL_CHANNELMODEIS ChannelModeIs { channel, modes } "{channel} {modes}";
    329 RPL_CREATIONTIME CreationTime { channel, time } "{channel} {time}";
    331 RPL_NOTOPIC NoTopic { channel } "{channel} :No topic is set";
    332 RPL_TOPIC Topic { channel, topic } "{channel} :{topic}";
    333 RPL_TOPICWHOTIME TopicWhoTime { channel, who, time } "{channel} {who} {time}";
    335 RPL_WHOISBOT WhoisBot { nick } "{nick} :is a bot";
    336 RPL_INVITELIST InviteList { channel } "{channel}";
    337 RPL_ENDOFINVITELIST EndOfInviteList {} ":End of /INVITE list";
    /// With one word between the nick and the text, which WeeChat and irssi both show so that it reads
    /// well: of two words, as in `nick user@host address`, WeeChat puts the second before the text.
    338 RPL_WHOISACTUALLY WhoisActually { nick, host } "{nick} {host} :is actually using host";
    340 RPL_USERIP UserIp { replies } ":{replies}";
    341 RPL_INVITING Inviting { nick, channel } "{nick} {channel}";
    346 RPL_INVEXLIST InvexList { channel, mask, who, time } "{channel} {mask} {who} {time}";
    347 RPL_ENDOFINVEXLIST EndOfInvexList { channel } "{channel} :End of Channel Invite Exception List";
    348 RPL_EXCEPTLIST ExceptList { channel, mask, who, time } "{channel} {mask} {who} {time}";
    349 RPL_ENDOFEXCEPTLIST EndOfExceptList { channel } "{channel} :End of channel exception list";
    351 RPL_VERSION Version { version, server, comments } "{version} {server} :{comments}";
    352 RPL_WHOREPLY WhoReply { channel, user, host, server, nick, flags, realname } "{channel} {user} {host} {server} {nick} {flags} :0 {realname}";
    /// `=` public, `@` secret.
    353 RPL_NAMREPLY NamReply { symbol, channel, names } "{symbol} {channel} :{names}";
    354 RPL_WHOSPCRPL WhoSpecial { tokens } "{tokens}";
    364 RPL_LINKS Links { server, info } "{server} {server} :0 {info}";
    365 RPL_ENDOFLINKS EndOfLinks { mask } "{mask} :End of /LINKS list";
    366 RPL_ENDOFNAMES EndOfNames { channel } "{channel} :End of /NAMES list";
    367 RPL_BANLIST BanList { channel, mask, who, time } "{channel} {mask} {who} {time}";
    368 RPL_ENDOFBANLIST EndOfBanList { channel } "{channel} :End of channel ban list";
    369 RPL_ENDOFWHOWAS EndOfWhowas { nick } "{nick} :End of WHOWAS";
    371 RPL_INFO Info { text } ":{text}";
    372 RPL_MOTD Motd { text } ":{text}";
    374 RPL_ENDOFINFO EndOfInfo {} ":End of INFO list";
    375 RPL_MOTDSTART MotdStart { server } ":- {server} Message of the day - ";
    376 RPL_ENDOFMOTD EndOfMotd {} ":End of /MOTD command.";
    381 RPL_YOUREOPER YoureOper {} ":You are now an IRC operator";
    382 RPL_REHASHING Rehashing { file } "{file} :Rehashing";
    391 RPL_TIME Time { server, seconds, date } "{server} {seconds} 0 :{date}";
    396 RPL_HOSTHIDDEN HostHidden { host } "{host} :is now your displayed host";
    /// The line was understood but cannot be carried out, for a reason no other number has.
    400 ERR_UNKNOWNERROR UnknownError { command, why } "{command} :{why}";
    401 ERR_NOSUCHNICK NoSuchNick { nick } "{nick} :No such nick/channel";
    402 ERR_NOSUCHSERVER NoSuchServer { server } "{server} :No such server";
    403 ERR_NOSUCHCHANNEL NoSuchChannel { channel } "{channel} :No such channel";
    /// With the mode that forbids it.
    404 ERR_CANNOTSENDTOCHAN CannotSendToChan { channel, letter } "{channel} :Cannot send to channel (+{letter})";
    405 ERR_TOOMANYCHANNELS TooManyChannels { channel } "{channel} :You have joined too many channels";
    406 ERR_WASNOSUCHNICK WasNoSuchNick { nick } "{nick} :There was no such nickname";
    407 ERR_TOOMANYTARGETS TooManyTargets { target, most } "{target} :Too many targets: {most} at most, so nothing was done";
    408 ERR_NOSUCHSERVICE NoSuchService { service } "{service} :No such service";
    409 ERR_NOORIGIN NoOrigin {} ":No origin specified";
    410 ERR_INVALIDCAPCMD InvalidCapCmd { subcommand } "{subcommand} :Invalid CAP command";
    411 ERR_NORECIPIENT NoRecipient { command } ":No recipient given ({command})";
    412 ERR_NOTEXTTOSEND NoTextToSend {} ":No text to send";
    /// What would come is more than may wait for this client.
    416 ERR_TOOMANYMATCHES TooManyMatches { command, mask } "{command} {mask} :Output too long; ask for less";
    417 ERR_INPUTTOOLONG InputTooLong {} ":Input line was too long";
    421 ERR_UNKNOWNCOMMAND UnknownCommand { command } "{command} :Unknown command";
    422 ERR_NOMOTD NoMotd {} ":MOTD File is missing";
    423 ERR_NOADMININFO NoAdminInfo { server } "{server} :No administrative info available";
    431 ERR_NONICKNAMEGIVEN NoNicknameGiven {} ":No nickname given";
    432 ERR_ERRONEUSNICKNAME ErroneusNickname { nick } "{nick} :Erroneus nickname";
    433 ERR_NICKNAMEINUSE NicknameInUse { nick } "{nick} :Nickname is already in use";
    /// It will be possible later: `why` says when.
    437 ERR_UNAVAILRESOURCE UnavailResource { channel, why } "{channel} :{why}";
    441 ERR_USERNOTINCHANNEL UserNotInChannel { nick, channel } "{nick} {channel} :They aren't on that channel";
    442 ERR_NOTONCHANNEL NotOnChannel { channel } "{channel} :You're not on that channel";
    443 ERR_USERONCHANNEL UserOnChannel { nick, channel } "{nick} {channel} :is already on channel";
    445 ERR_SUMMONDISABLED SummonDisabled {} ":SUMMON has been disabled";
    446 ERR_USERSDISABLED UsersDisabled {} ":USERS has been disabled";
    447 ERR_NONICKCHANGE NoNickChange { channel } "{channel} :Cannot change nick while in {channel} (+N)";
    451 ERR_NOTREGISTERED NotRegistered {} ":You have not registered";
    456 ERR_ACCEPTFULL AcceptFull {} ":Accept list is full";
    457 ERR_ACCEPTEXIST AcceptExist { nick } "{nick} :is already on your accept list";
    458 ERR_ACCEPTNOT AcceptNot { nick } "{nick} :is not on your accept list";
    461 ERR_NEEDMOREPARAMS NeedMoreParams { command } "{command} :Not enough parameters";
    462 ERR_ALREADYREGISTERED AlreadyRegistered {} ":You may not reregister";
    464 ERR_PASSWDMISMATCH PasswdMismatch {} ":Password incorrect";
    465 ERR_YOUREBANNEDCREEP YoureBannedCreep { reason } ":You are banned from this server: {reason}";
    /// Whoever may not join the first goes to the second.
    470 ERR_LINKCHANNEL LinkChannel { channel, to } "{channel} {to} :Forwarding to another channel";
    471 ERR_CHANNELISFULL ChannelIsFull { channel } "{channel} :Cannot join channel (+l)";
    472 ERR_UNKNOWNMODE UnknownMode { letter } "{letter} :is unknown mode char to me";
    473 ERR_INVITEONLYCHAN InviteOnlyChan { channel } "{channel} :Cannot join channel (+i)";
    474 ERR_BANNEDFROMCHAN BannedFromChan { channel } "{channel} :Cannot join channel (+b)";
    475 ERR_BADCHANNELKEY BadChannelKey { channel } "{channel} :Cannot join channel (+k)";
    477 ERR_NEEDREGGEDNICK NeedReggedNick { target, what } "{target} :You need an account to {what}";
    478 ERR_BANLISTFULL BanListFull { channel, letter, mask } "{channel} {letter} {mask} :Channel list is full";
    /// Nobody may knock there (+K), as InspIRCd has it.
    480 ERR_CANTKNOCK CantKnock { channel } "{channel} :Cannot knock on the channel (+K)";
    481 ERR_NOPRIVILEGES NoPrivileges {} ":Permission Denied- You're not an IRC operator";
    /// With several ranks "You're not channel operator" would not always be true: the text is
    /// Ergo's.
    482 ERR_CHANOPRIVSNEEDED ChanOpPrivsNeeded { channel } "{channel} :You don't have enough channel privileges";
    483 ERR_CANTKILLSERVER CantKillServer {} ":You cant kill a server!";
    484 ERR_RESTRICTED Restricted { channel, nick } "{channel} :Cannot kick {nick} from the channel (+Q)";
    489 ERR_SECUREONLYCHAN SecureOnlyChan { channel } "{channel} :Cannot join channel (+z): only those on a secure connection may";
    491 ERR_NOOPERHOST NoOperHost {} ":No O-lines for your host";
    501 ERR_UMODEUNKNOWNFLAG UmodeUnknownFlag {} ":Unknown MODE flag";
    502 ERR_USERSDONTMATCH UsersDontMatch {} ":Cant change mode for other users";
    511 ERR_SILELISTFULL SilenceListFull { mask } "{mask} :Your silence list is full";
    512 ERR_TOOMANYWATCH TooManyWatch { nick, limit } "{nick} :Maximum size for WATCH-list is {limit} entries";
    524 ERR_HELPNOTFOUND HelpNotFound { subject } "{subject} :No help available on this topic";
    531 ERR_CANTSENDTOUSER CantSendToUser { nick, why } "{nick} :{why}";
    600 RPL_LOGON LogOn { nick, user, host, time } "{nick} {user} {host} {time} :logged online";
    601 RPL_LOGOFF LogOff { nick, user, host, time } "{nick} {user} {host} {time} :logged offline";
    602 RPL_WATCHOFF WatchOff { nick, user, host, time } "{nick} {user} {host} {time} :stopped watching";
    603 RPL_WATCHSTAT WatchStat { mine, others } ":You have {mine} and are on {others} WATCH entries";
    604 RPL_NOWON NowOn { nick, user, host, time } "{nick} {user} {host} {time} :is online";
    605 RPL_NOWOFF NowOff { nick } "{nick} * * 0 :is offline";
    606 RPL_WATCHLIST WatchList { nicks } ":{nicks}";
    607 RPL_ENDOFWATCHLIST EndOfWatchList { letter } ":End of WATCH {letter}";
    671 RPL_WHOISSECURE WhoisSecure { nick } "{nick} :is using a secure connection";
    /// A mode's parameter that cannot be used.
    696 ERR_INVALIDMODEPARAM InvalidModeParam { target, letter, parameter, why } "{target} {letter} {parameter} :{why}";
    704 RPL_HELPSTART HelpStart { subject, text } "{subject} :{text}";
    705 RPL_HELPTXT HelpTxt { subject, text } "{subject} :{text}";
    706 RPL_ENDOFHELP EndOfHelp { subject, text } "{subject} :{text}";
    711 RPL_KNOCKDLVR KnockDelivered { channel } "{channel} :Your KNOCK has been delivered";
    712 ERR_TOOMANYKNOCK TooManyKnock { channel, whose } "{channel} :Too many KNOCKs ({whose})";
    713 ERR_CHANOPEN ChanOpen { channel } "{channel} :Channel is open";
    714 ERR_KNOCKONCHAN KnockOnChan { channel } "{channel} :You are already on that channel";
    716 RPL_TARGUMODEG TargUmodeG { nick } "{nick} :is in +g mode (server-side ignore)";
    717 RPL_TARGNOTIFY TargNotify { nick } "{nick} :has been informed that you messaged them";
    718 RPL_UMODEGMSG UmodeGMsg { nick, user_host } "{nick} {user_host} :is messaging you, and you have umode +g";
    /// An operator, whose class has not this privilege.
    723 ERR_NOPRIVS NoPrivs { privilege } "{privilege} :Insufficient oper privileges.";
    /// `nick!user@host`, several with commas between them.
    730 RPL_MONONLINE MonOnline { targets } ":{targets}";
    731 RPL_MONOFFLINE MonOffline { targets } ":{targets}";
    732 RPL_MONLIST MonList { targets } ":{targets}";
    733 RPL_ENDOFMONLIST EndOfMonList {} ":End of MONITOR list";
    734 ERR_MONLISTFULL MonListFull { limit, targets } "{limit} {targets} :Monitor list is full.";
    761 RPL_KEYVALUE KeyValue { target, key, value } "{target} {key} * :{value}";
    766 ERR_NOMATCHINGKEY NoMatchingKey { target, key } "{target} {key} :Key is not set";
    /// Keys, each a parameter of its own.
    770 RPL_METADATASUBOK MetadataSubOk { tokens } "{tokens}";
    771 RPL_METADATAUNSUBOK MetadataUnsubOk { tokens } "{tokens}";
    772 RPL_METADATASUBS MetadataSubs { tokens } "{tokens}";
    774 ERR_METADATASYNCLATER MetadataSyncLater { target } "{target}";
}

#[cfg(test)]
mod tests {
    use irc_proto::Response;

    use super::*;

    #[test]
    fn codes_ascend_so_that_none_stands_twice() {
        assert!(ALL.is_sorted_by(|a, b| a.code < b.code));
    }

    #[test]
    fn each_name_is_the_one_that_irc_proto_knows_the_code_by() {
        // Spelled otherwise in the documents we follow than in that crate.
        const RENAMED: &[&str] = &[
            "RPL_INVEXLIST",
            "RPL_ENDOFINVEXLIST",
            "RPL_CREATIONTIME",
            "ERR_ALREADYREGISTERED",
            "ERR_ERRONEUSNICKNAME",
            "ERR_INVALIDMODEPARAM",
            "ERR_NEEDREGGEDNICK",
        ];
        let mut known = 0;
        for spec in ALL.iter().filter(|spec| !RENAMED.contains(&spec.name)) {
            let code = format!("{:03}", spec.code);
            if let Ok(theirs) = code.parse::<Response>() {
                known += 1;
                assert_eq!(format!("{theirs:?}"), spec.name, "{code}");
            }
        }
        assert!(known > 70, "only {known} were compared");
    }

    #[test]
    fn fields_stand_where_the_text_has_them() {
        let mut out = Vec::new();
        Numeric::UserOnChannel { nick: "bob".into(), channel: "#a".into() }.write(&mut out);
        assert_eq!(out, b"bob #a :is already on channel");
    }

    #[test]
    fn a_word_that_is_no_middle_parameter_does_not_shift_the_others() {
        for (given, shown) in [("", "*"), (":x", "*"), ("a b", "a"), (" a", "*")] {
            let mut out = Vec::new();
            Numeric::NoSuchNick { nick: given.into() }.write(&mut out);
            assert_eq!(out, format!("{shown} :No such nick/channel").as_bytes());
        }
    }

    #[test]
    fn a_field_that_looks_like_a_field_is_left_as_it_is() {
        let mut out = Vec::new();
        Numeric::Topic { channel: "#{topic}".into(), topic: b"\xff{}"[..].into() }.write(&mut out);
        assert_eq!(out, b"#{topic} :\xff{}");
    }
}
