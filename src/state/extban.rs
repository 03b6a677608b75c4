//! The masks of the lists b, e and I: `nick!user@host`, ranges of addresses, and extended masks.
//!
//! An extended mask is `[!]<kind>:<value>`, with no sign before it: so Ergo and InspIRCd write them,
//! and clients and bots that pass on what a list has need to know nothing of it.  `!` means whom it
//! does not fit.  Each kind has a letter, told in ISUPPORT `EXTBAN`, and a name that may stand in its
//! place; it is kept, and shown, by the letter.  Letters are Solanum's (a, c, r, z), then InspIRCd's
//! (U, m); which of them is the account is told by `ACCOUNTEXTBAN` (IRCv3 account-extban).

use std::net::IpAddr;
use std::sync::Arc;

use smallvec::SmallVec;

use super::lists::ListKind;
use super::modes::UserModes;
use super::user::User;
use crate::names::{
    Casemap, ChannelId, ChannelKey, ChannelName, Cidr, Glob, Identity, Mask, Source, Subject,
};

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
    row(
        b'c',
        "channel",
        "channel",
        "those who are in that channel, if it has neither +u nor +D; where it has +s or +p, or they have +i, only if whoever set the mask was in it, which a restart forgets",
        Kind::Channel,
    ),
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
    Channel(ElseWhere),
    Unidentified(Whom),
    Secure(Whom),
    Bot(Whom),
    Mute(Box<ListMask>),
}

/// Those who are in a channel.
#[derive(Clone, Debug)]
struct ElseWhere {
    key: ChannelKey,
    casemap: Casemap,
    /// The channel of that name that whoever has set the mask was in: it may tell of its members
    /// also where strangers may not know of them.
    known: Option<ChannelId>,
}

/// `nick!user@host`, where the host may be a range of addresses: whom any mask that somebody sets
/// means, but for those of the server's bans, which have no nick.
#[derive(Clone, Debug)]
pub struct Whom {
    mask: Mask,
    range: Option<(Glob, Cidr)>,
}

/// Why a text is no mask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadMask {
    /// It is not `nick!user@host`.
    Mask,
    /// It looks like a range of addresses and is none, or does not stand where the host does: nobody
    /// would ever fit.
    Range,
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
            Self::Range => {
                "This is no range of addresses: one stands behind the @ and has at most 32 bits \
                 (IPv6: 128), as in *!*@192.0.2.0/24"
            }
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
            let whom = Whom::parse(raw, how.casemap, how.max)?;
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
        let whom = || {
            let value = if value.is_empty() { b"*" } else { value };
            Whom::parse(value, how.casemap, how.max).map_err(|why| match why {
                BadMask::Mask => BadMask::Value,
                other => other,
            })
        };
        let glob = || {
            let glob = Glob::new(value, how.casemap);
            if value.is_empty() { Err(BadMask::Value) } else { Ok(glob) }
        };
        let (test, shown) = match row.kind {
            Kind::Account => (Test::Account(glob()?), value.to_vec()),
            Kind::RealName => (Test::RealName(glob()?), value.to_vec()),
            Kind::Channel => {
                let name = ChannelName::parse(value, how.channel).ok_or(BadMask::Value)?;
                let (key, casemap) = (name.key(how.casemap), how.casemap);
                (Test::Channel(ElseWhere { key, casemap, known: None }), value.to_vec())
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

    /// As somebody sets it who is in these channels: of the others it tells nothing that strangers may
    /// not know.
    pub fn set_by(mut self, setter: &User) -> Self {
        if let Some(channel) = self.elsewhere() {
            channel.known =
                setter.channel_named(&channel.key, channel.casemap).map(|known| known.id);
        }
        self
    }

    /// Tells of members of the channel it names whatever `newer`, an equal mask, may tell of.
    pub fn learn(&mut self, mut newer: Self) {
        let known = newer.elsewhere().and_then(|channel| channel.known);
        if let Some(channel) = self.elsewhere().filter(|_| known.is_some()) {
            channel.known = known;
        }
    }

    fn elsewhere(&mut self) -> Option<&mut ElseWhere> {
        match &mut self.test {
            Test::Channel(channel) => Some(channel),
            Test::Mute(inner) => inner.elsewhere(),
            _ => None,
        }
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
            Test::Whom(whom) => whom.fits(who),
            Test::Account(glob) => who.account().is_some_and(|name| glob.matches(name.as_bytes())),
            Test::RealName(glob) => glob.fits(&who.realname),
            Test::Channel(channel) => channel.has(who),
            Test::Unidentified(whom) => who.account().is_none() && whom.fits(who),
            Test::Secure(whom) => who.user.origin.secure && whom.fits(who),
            Test::Bot(whom) => who.names.modes.has(UserModes::BOT) && whom.fits(who),
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

impl ElseWhere {
    /// Whether the user is in the channel, as far as the mask may tell (see `super::knowing`).  Its
    /// profile must not be held.
    fn has(&self, who: &Who<'_>) -> bool {
        who.user.channel_named(&self.key, self.casemap).is_some_and(|channel| {
            let flags = channel.last_flags();
            let is_told = flags.are_listed() && !who.names.modes.has(UserModes::INVISIBLE);
            flags.show_all() && (is_told || self.known == Some(channel.id))
        })
    }
}

impl Whom {
    /// Reads a mask of at most `max` bytes when complete, as [`Mask::parse`] does.
    pub fn parse(raw: &[u8], casemap: Casemap, max: usize) -> Result<Self, BadMask> {
        let mask = Mask::parse(raw, casemap, max).ok_or(BadMask::Mask)?;
        let text = mask.as_bytes();
        let Source { nick, user, host } = Source::split(text);
        let is_meant = |part| std::str::from_utf8(part).is_ok_and(Cidr::is_meant);
        if is_meant(nick) || is_meant(user) {
            return Err(BadMask::Range);
        }
        let before = text.len() - host.len() - 1;
        let name = text.get(..before).unwrap_or_default();
        let range = std::str::from_utf8(host).ok().filter(|_| is_meant(host));
        let range = range.map(|range| Cidr::parse(range).ok_or(BadMask::Range)).transpose()?;
        let range = range.map(|range| (Glob::new(name, casemap), range));
        Ok(Self { mask, range })
    }

    /// As it is shown; valid UTF-8 without spaces.
    pub fn as_bytes(&self) -> &[u8] {
        self.mask.as_bytes()
    }

    /// Whether it means who is known by these: by any of them, whichever is shown.
    pub fn is(&self, known: &KnownAs) -> bool {
        let any = known.masks().any(|mask| self.mask.matches(mask.as_bytes()));
        any || self.has_in_range(known.address, |name| name.matches(known.name().as_bytes()))
    }

    /// The same of a user that is held against many masks.
    fn fits(&self, who: &Who<'_>) -> bool {
        let any = who.masks.iter().any(|known| self.mask.fits(known));
        any || self.has_in_range(who.address, |name| name.fits(&who.name))
    }

    fn has_in_range(&self, address: Option<IpAddr>, is_named: impl FnOnce(&Glob) -> bool) -> bool {
        let Some((name, range)) = &self.range else { return false };
        address.is_some_and(|address| range.contains(address)) && is_named(name)
    }
}

impl std::fmt::Display for Whom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.mask.fmt(f)
    }
}

impl PartialEq for Whom {
    fn eq(&self, other: &Self) -> bool {
        self.mask == other.mask
    }
}

impl Eq for Whom {}

/// What a user is known by, whichever of it others are shown: its nick and user name at the host it
/// has come from, at its cloak, and at its address.  Every mask is held against all of it, so that
/// nobody gets round one by showing another host.
#[derive(Debug)]
pub struct KnownAs {
    identity: Arc<Identity>,
    /// Its masks beside the one that is shown.
    hidden: SmallVec<[String; 2]>,
    /// `None`: masks are not to tell of it.
    address: Option<IpAddr>,
}

impl KnownAs {
    /// The user under this identity; takes no lock.
    pub fn of(user: &User, identity: &Arc<Identity>) -> Self {
        let address = user.origin.address;
        let mut known = Self::without_address(user, identity);
        known.address = Some(address);
        known.hide(&user.origin.host);
        // Where it is shown by its address already, nothing is new; IPv6 is shown in our own way.
        let address = address.to_canonical();
        let is_shown = |host: &str| address.is_ipv4() && host.parse() == Ok(address);
        if !is_shown(known.identity.host()) && !is_shown(&user.origin.host) {
            known.hide(&address.to_string());
        }
        known
    }

    /// As masks of other users may know the user: by all, or, while a cloak is shown that is to hide the
    /// address, by the cloak alone.
    pub fn to_others(user: &User, identity: &Arc<Identity>) -> Self {
        if user.hides_address && identity.host() != &*user.origin.host {
            Self::without_address(user, identity)
        } else {
            Self::of(user, identity)
        }
    }

    /// As [`KnownAs::of`], by the shown host and the cloak alone: for masks that must not tell what the
    /// cloak hides.
    fn without_address(user: &User, identity: &Arc<Identity>) -> Self {
        let identity = Arc::clone(identity);
        let mut known = Self { identity, hidden: SmallVec::new(), address: None };
        user.cloak.iter().for_each(|cloak| known.hide(cloak));
        known
    }

    fn hide(&mut self, host: &str) {
        if self.hosts().all(|known| known != host) {
            self.hidden.push(format!("{}@{host}", self.name()));
        }
    }

    /// Each as `nick!user@host`, the one that is shown first.
    pub fn masks(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.identity.mask()).chain(self.hidden.iter().map(String::as_str))
    }

    /// Each host, the one that is shown first.
    pub fn hosts(&self) -> impl Iterator<Item = &str> {
        let at = self.name().len() + 1;
        self.masks().map(move |mask| mask.get(at..).unwrap_or_default())
    }

    /// `nick!user`.
    fn name(&self) -> &str {
        name_of(&self.identity)
    }
}

/// `nick!user`.
fn name_of(identity: &Identity) -> &str {
    let mask = identity.mask();
    mask.get(..mask.len() - identity.host().len() - 1).unwrap_or_default()
}

/// All that may change of what the masks of channels look at in a user.
#[derive(Clone, Debug)]
pub struct Names {
    identity: Arc<Identity>,
    realname: Arc<[u8]>,
    modes: UserModes,
    /// Whether a cloak hides its address, so that masks know it by that and the shown host alone.
    hides: bool,
}

impl Names {
    /// Of the user as it is now; its profile must not be held.
    pub fn of(user: &User) -> Self {
        let profile = user.profile();
        Self {
            identity: Arc::clone(&profile.identity),
            realname: Arc::clone(&profile.realname),
            modes: profile.modes,
            hides: user.hides_address && !profile.has_shown_host,
        }
    }

    /// Whether nothing has changed in between.  A name that was changed and changed back counts as
    /// another.
    pub fn are_still(&self, now: &Self) -> bool {
        let is_bot = |names: &Self| names.modes.has(UserModes::BOT);
        Arc::ptr_eq(&self.identity, &now.identity)
            && Arc::ptr_eq(&self.realname, &now.realname)
            && is_bot(self) == is_bot(now)
            && self.hides == now.hides
    }
}

/// A user as the masks of channels see it: by all that it is known by, or, where a cloak is to hide
/// its address, by the cloak and the host that is shown.
pub struct Who<'u> {
    user: &'u User,
    names: &'u Names,
    /// As [`KnownAs::masks`].
    masks: SmallVec<[Subject<'u>; 3]>,
    /// `nick!user`.
    name: Subject<'u>,
    realname: Subject<'u>,
    /// As in [`KnownAs`].
    address: Option<IpAddr>,
}

impl<'u> Who<'u> {
    /// The user under these names, to be compared by that case mapping.
    pub fn of(user: &'u User, names: &'u Names, casemap: Casemap) -> Self {
        let identity = &names.identity;
        let known = match names.hides {
            true => KnownAs::without_address(user, identity),
            false => KnownAs::of(user, identity),
        };
        let address = known.address;
        let mut masks: SmallVec<[Subject<'u>; 3]> = SmallVec::new();
        masks.push(Subject::new(identity.mask().as_bytes(), casemap));
        let hidden = known.hidden.into_iter();
        masks.extend(hidden.map(|mask| Subject::new(mask.into_bytes(), casemap)));
        let name = Subject::new(name_of(identity).as_bytes(), casemap);
        let realname = Subject::new(&*names.realname, casemap);
        Self { user, names, masks, name, realname, address }
    }

    /// Its account: nobody has one yet.
    fn account(&self) -> Option<&'u str> {
        None
    }
}
