//! The masks of the lists b, e and I: `nick!user@host`, ranges of addresses, and extended masks.
//!
//! An extended mask is `[!]<kind>:<value>`, with no sign before it: so Ergo and InspIRCd write them,
//! and clients and bots that pass on what a list has need to know nothing of it.  `!` means whom it
//! does not fit.  Each kind has a letter, told in ISUPPORT `EXTBAN`, and a name that may stand in its
//! place; it is kept, and shown, by the letter.  Letters are Solanum's (a, c, r, z), then InspIRCd's
//! (U, m); which of them is the account is told by `ACCOUNTEXTBAN` (IRCv3 account-extban).

use std::sync::Arc;

use smallvec::SmallVec;

use super::lists::ListKind;
use super::modes::UserModes;
use super::user::User;
use crate::names::{Casemap, ChannelKey, ChannelName, Cidr, Glob, Identity, Mask, Source, Subject};

/// A row: a kind of extended mask.
#[derive(Debug)]
pub struct Row {
    /// As it is shown.
    pub letter: u8,
    /// As it may be written too.
    pub name: &'static str,
    /// What stands behind the colon.
    pub value: &'static str,
    /// Whom it means, in a few words.
    pub what: &'static str,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Account,
    Bot,
    Channel,
    Mute,
    RealName,
    Secure,
    Unidentified,
}

const fn row(
    letter: u8,
    name: &'static str,
    value: &'static str,
    what: &'static str,
    kind: Kind,
) -> Row {
    Row { letter, name, value, what, kind }
}

/// Every kind.
pub const KINDS: &[Row] = &[
    row(b'B', "bot", "mask", "those whom it fits who are bots (user mode B)", Kind::Bot),
    row(b'U', "unidentified", "mask", "those whom it fits without an account", Kind::Unidentified),
    row(b'a', "account", "account", "those with that account", Kind::Account),
    row(b'c', "channel", "channel", "those who are in that channel", Kind::Channel),
    row(
        b'm',
        "mute",
        "mask",
        "in b and e: those whom the mask fits, which may be one of the other kinds, may join but not speak",
        Kind::Mute,
    ),
    row(b'r', "realname", "text", "those with that real name", Kind::RealName),
    row(b'z', "secure", "mask", "those whom it fits on a secure connection", Kind::Secure),
];

/// ISUPPORT `EXTBAN`: no prefix, then the letters.
pub fn isupport() -> String {
    let letters: String = KINDS.iter().map(|row| char::from(row.letter)).collect();
    format!(",{letters}")
}

/// ISUPPORT `ACCOUNTEXTBAN`: how the kind of accounts may be written.
pub fn account_extban() -> String {
    let rows = KINDS.iter().filter(|row| row.kind == Kind::Account);
    rows.map(|row| format!("{},{}", char::from(row.letter), row.name)).collect()
}

/// An entry of a list, parsed once.
#[derive(Clone, Debug)]
pub struct ListMask {
    /// As it is shown; two entries are one if these are equal.
    text: Glob,
    inverted: bool,
    test: Test,
}

#[derive(Clone, Debug)]
enum Test {
    Whom(Whom),
    Account(Glob),
    RealName(Glob),
    Channel(ChannelKey, Casemap),
    Unidentified(Whom),
    Secure(Whom),
    Bot(Whom),
    Mute(Box<ListMask>),
}

/// `nick!user@host`, where the host may be a range of addresses.
#[derive(Clone, Debug)]
struct Whom {
    mask: Mask,
    range: Option<(Glob, Cidr)>,
}

/// Why a text is no mask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadMask {
    /// It is not `nick!user@host`.
    Mask,
    /// No nick has a colon: an extended mask must have been meant.
    Kind,
    /// What stands behind the colon is not what the kind takes.
    Value,
    /// Who may not speak is not whom to invite.
    Mute,
}

impl BadMask {
    /// In words, with what to do.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Mask => "This is no nick!user@host mask",
            Self::Kind => "There is no such kind of extended mask: HELP EXTBANS names them",
            Self::Value => {
                "The extended mask lacks a value, or has one that its kind does not take"
            }
            Self::Mute => "Mute is for the lists b and e, and contains no other mute",
        }
    }
}

/// What is needed to read masks.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// How names are compared.
    pub casemap: Casemap,
    /// Bytes of the longest mask.
    pub max: usize,
    /// Bytes of the longest channel name.
    pub channel: usize,
}

impl ListMask {
    /// Reads a mask for a list.
    pub fn parse(raw: &[u8], list: ListKind, how: Reading) -> Result<Self, BadMask> {
        Self::read(raw, list != ListKind::Invex, how)
    }

    fn read(raw: &[u8], may_mute: bool, how: Reading) -> Result<Self, BadMask> {
        let Some((inverted, name, value)) = split(raw) else {
            let whom = Whom::parse(raw, how).ok_or(BadMask::Mask)?;
            let text = whom.mask.as_bytes().to_vec();
            return Ok(Self::new(&text, false, Test::Whom(whom), how));
        };
        let named =
            |row: &&Row| name == [row.letter] || name.eq_ignore_ascii_case(row.name.as_bytes());
        let row = KINDS.iter().find(named).ok_or(BadMask::Kind)?;
        // What could not be shown, or sent in a line with others.
        let odd = |byte: &u8| *byte == b' ' || byte.is_ascii_control();
        if value.iter().any(odd) || std::str::from_utf8(value).is_err() {
            return Err(BadMask::Value);
        }
        let whom =
            || Whom::parse(if value.is_empty() { b"*" } else { value }, how).ok_or(BadMask::Value);
        let glob = || {
            let glob = Glob::new(value, how.casemap);
            if value.is_empty() { Err(BadMask::Value) } else { Ok(glob) }
        };
        let (test, shown) = match row.kind {
            Kind::Account => (Test::Account(glob()?), value.to_vec()),
            Kind::RealName => (Test::RealName(glob()?), value.to_vec()),
            Kind::Channel => {
                let name = ChannelName::parse(value, how.channel).ok_or(BadMask::Value)?;
                (Test::Channel(name.key(how.casemap), how.casemap), value.to_vec())
            }
            Kind::Mute if !may_mute => return Err(BadMask::Mute),
            Kind::Mute => {
                let inner = Self::read(value, false, how)?;
                let shown = inner.as_bytes().to_vec();
                (Test::Mute(Box::new(inner)), shown)
            }
            Kind::Bot | Kind::Secure | Kind::Unidentified => {
                let whom = whom()?;
                let shown = whom.mask.as_bytes().to_vec();
                let test = match row.kind {
                    Kind::Bot => Test::Bot(whom),
                    Kind::Secure => Test::Secure(whom),
                    _ => Test::Unidentified(whom),
                };
                (test, shown)
            }
        };
        let sign: &[u8] = if inverted { b"!" } else { b"" };
        let text = [sign, &[row.letter], b":", &shown].concat();
        if text.len() > how.max {
            return Err(BadMask::Value);
        }
        Ok(Self::new(&text, inverted, test, how))
    }

    fn new(text: &[u8], inverted: bool, test: Test, how: Reading) -> Self {
        Self { text: Glob::new(text, how.casemap), inverted, test }
    }

    /// As it is shown; valid UTF-8 without spaces.
    pub fn as_bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// Whether it only keeps from speaking.
    pub fn mutes(&self) -> bool {
        matches!(self.test, Test::Mute(_))
    }

    /// Whether whom it means depends on where they are, and not on them alone.
    pub fn looks_at_channels(&self) -> bool {
        match &self.test {
            Test::Channel(..) => true,
            Test::Mute(inner) => inner.looks_at_channels(),
            _ => false,
        }
    }

    /// The case mapping it was read by.
    pub fn casemap(&self) -> Casemap {
        self.text.casemap()
    }

    /// Whether it means this user.
    pub fn means(&self, who: &Who<'_>) -> bool {
        let fits = match &self.test {
            Test::Whom(whom) => whom.is(who),
            Test::Account(glob) => who.account().is_some_and(|name| glob.matches(name.as_bytes())),
            Test::RealName(glob) => glob.fits(&who.realname),
            Test::Channel(key, casemap) => who.user.profile().is_in_named(key, *casemap),
            Test::Unidentified(whom) => who.account().is_none() && whom.is(who),
            Test::Secure(whom) => who.user.origin.secure && whom.is(who),
            Test::Bot(whom) => who.names.is_bot && whom.is(who),
            Test::Mute(inner) => inner.means(who),
        };
        fits != self.inverted
    }
}

impl PartialEq for ListMask {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for ListMask {}

/// `!` if any, the kind as written, and the value; `None`: it is no extended mask.  A nick has no
/// colon, so that no mask of a nick is taken for one.
fn split(raw: &[u8]) -> Option<(bool, &[u8], &[u8])> {
    let (inverted, rest) = match raw.strip_prefix(b"!") {
        Some(rest) => (true, rest),
        None => (false, raw),
    };
    let colon = rest.iter().position(|byte| !byte.is_ascii_alphabetic())?;
    let (name, rest) = rest.split_at_checked(colon)?;
    let value = rest.strip_prefix(b":").filter(|_| !name.is_empty())?;
    Some((inverted, name, value))
}

impl Whom {
    fn parse(raw: &[u8], how: Reading) -> Option<Self> {
        let mask = Mask::parse(raw, how.casemap, how.max)?;
        let text = mask.as_bytes();
        let host = Source::split(text).host;
        let range = std::str::from_utf8(host).ok().filter(|host| host.contains('/'));
        let before = text.len() - host.len() - 1;
        let name = text.get(..before).unwrap_or_default();
        let range = range.and_then(Cidr::parse).map(|range| (Glob::new(name, how.casemap), range));
        Some(Self { mask, range })
    }

    fn is(&self, who: &Who<'_>) -> bool {
        let in_range = |(name, range): &(Glob, Cidr)| {
            range.contains(who.user.origin.address) && name.fits(&who.name)
        };
        who.masks.iter().any(|known| self.mask.fits(known))
            || self.range.as_ref().is_some_and(in_range)
    }
}

/// All that may change of what masks look at in a user.
#[derive(Clone, Debug)]
pub struct Names {
    identity: Arc<Identity>,
    realname: Arc<[u8]>,
    is_bot: bool,
}

impl Names {
    /// Of the user as it is now; its profile must not be held.
    pub fn of(user: &User) -> Self {
        let profile = user.profile();
        Self {
            identity: Arc::clone(&profile.identity),
            realname: Arc::clone(&profile.realname),
            is_bot: profile.modes.has(UserModes::BOT),
        }
    }

    /// Whether nothing has changed in between.  A name that was changed and changed back counts as
    /// another.
    pub fn are_still(&self, now: &Self) -> bool {
        Arc::ptr_eq(&self.identity, &now.identity)
            && Arc::ptr_eq(&self.realname, &now.realname)
            && self.is_bot == now.is_bot
    }
}

/// A user as masks see it: under the host that others are shown, the one it has come from, and its
/// address.
pub struct Who<'u> {
    user: &'u User,
    names: &'u Names,
    /// `nick!user@host` with each host, the one that is shown first.
    masks: SmallVec<[Subject<'u>; 3]>,
    /// `nick!user`.
    name: Subject<'u>,
    realname: Subject<'u>,
}

impl<'u> Who<'u> {
    /// The user under these names, to be compared by that case mapping.
    pub fn of(user: &'u User, names: &'u Names, casemap: Casemap) -> Self {
        let identity = &names.identity;
        let (mask, shown) = (identity.mask(), identity.host());
        let name = mask.get(..mask.len() - shown.len() - 1).unwrap_or_default();
        let subject = |text: &'u [u8]| Subject::new(text, casemap);
        let mut masks: SmallVec<[Subject<'u>; 3]> = SmallVec::new();
        masks.push(subject(mask.as_bytes()));
        let mut hide = |host: &str| {
            if host != shown {
                masks.push(Subject::new(format!("{name}@{host}").into_bytes(), casemap));
            }
        };
        hide(&user.origin.host);
        user.cloak.iter().for_each(|cloak| hide(cloak));
        let address = user.origin.address;
        // Where it is shown by its address already, nothing is new.
        if shown.parse() != Ok(address) && user.origin.host.parse() != Ok(address) {
            hide(&address.to_canonical().to_string());
        }
        let (name, realname) = (subject(name.as_bytes()), subject(&names.realname));
        Self { user, names, masks, name, realname }
    }

    /// Its account: nobody has one yet.
    fn account(&self) -> Option<&'u str> {
        None
    }
}
