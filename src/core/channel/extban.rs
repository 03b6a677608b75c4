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

use crate::core::modes::{ListKind, UserModes};
use crate::core::user::User;
use crate::core::user_mask::{BadMask, KnownAs, Whom, name_of};
use crate::proto::names::{Casemap, ChannelId, ChannelKey, ChannelName, Glob, Identity, Subject};

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

    /// The channel that whoever has set the mask was in, if it asks about one.
    pub(in crate::core) fn known(&self) -> Option<ChannelId> {
        match &self.test {
            Test::Channel(channel) => channel.known,
            Test::Mute(inner) => inner.known(),
            _ => None,
        }
    }

    /// The same mask, where whoever has set it was in that channel.
    pub(in crate::core) fn with_known(mut self, known: Option<ChannelId>) -> Self {
        if let Some(channel) = self.elsewhere() {
            channel.known = known;
        }
        self
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
            Test::Whom(whom) => who.fits(whom),
            Test::Account(glob) => who.account().is_some_and(|name| glob.matches(name.as_bytes())),
            Test::RealName(glob) => glob.fits(&who.realname),
            Test::Channel(channel) => channel.has(who),
            Test::Unidentified(whom) => who.account().is_none() && who.fits(whom),
            Test::Secure(whom) => who.user.origin.secure && who.fits(whom),
            Test::Bot(whom) => who.names.modes.has(UserModes::BOT) && who.fits(whom),
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
    /// Whether the user is in the channel, as far as the mask may tell (see `crate::core::disclosure`).  Its
    /// profile must not be held.
    fn has(&self, who: &Who<'_>) -> bool {
        who.user.channel_named(&self.key, self.casemap).is_some_and(|channel| {
            let flags = channel.last_flags();
            let is_told = flags.are_listed() && !who.names.modes.has(UserModes::INVISIBLE);
            flags.show_all() && (is_told || self.known == Some(channel.id))
        })
    }
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
            hides: user.hides_address(),
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
        let known = if names.hides {
            KnownAs::without_address(user.cloak.as_deref(), identity)
        } else {
            user.known_as(identity)
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

    fn fits(&self, mask: &Whom) -> bool {
        mask.fits(&self.masks, &self.name, self.address)
    }

    /// Its account.
    fn account(&self) -> Option<&'u str> {
        self.names.identity.account.as_deref()
    }
}
