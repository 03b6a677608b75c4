//! Masks of users, `nick!user@host` with patterns and ranges of addresses, and what a user is known
//! by to them.

use std::net::IpAddr;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::core::user::origin::Origin;
use crate::proto::names::{Casemap, Cidr, Glob, Identity, Mask, Source, Subject};

/// `nick!user@host`, where the host may be a range of addresses: whom any mask that somebody sets
/// means, but for those of the server's bans, which have no nick.
#[derive(Clone, Debug)]
pub struct Whom {
    pub(in crate::core) mask: Mask,
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

    /// The same of a user that is compared with many masks: by its masks, `nick!user`, and address.
    pub(in crate::core) fn fits(
        &self,
        masks: &[Subject<'_>],
        name: &Subject<'_>,
        address: Option<IpAddr>,
    ) -> bool {
        let any = masks.iter().any(|known| self.mask.fits(known));
        any || self.has_in_range(address, |range_name| range_name.fits(name))
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
    pub(in crate::core) hidden: SmallVec<[String; 2]>,
    /// `None`: masks are not to tell of it.
    pub(in crate::core) address: Option<IpAddr>,
}

impl KnownAs {
    /// A user of this origin and cloak, under this identity.
    pub(in crate::core) fn of(
        origin: &Origin,
        cloak: Option<&str>,
        identity: &Arc<Identity>,
    ) -> Self {
        let address = origin.address;
        let mut known = Self::without_address(cloak, identity);
        known.address = Some(address);
        known.hide(&origin.host);
        // Where it is shown by its address already, nothing is new; IPv6 is shown in our own way.
        let address = address.to_canonical();
        let is_shown = |host: &str| address.is_ipv4() && host.parse() == Ok(address);
        if !is_shown(known.identity.host()) && !is_shown(&origin.host) {
            known.hide(&address.to_string());
        }
        known
    }

    /// As [`KnownAs::of`], by the shown host and the cloak alone: for masks that must not tell what the
    /// cloak hides.
    pub(in crate::core) fn without_address(cloak: Option<&str>, identity: &Arc<Identity>) -> Self {
        let identity = Arc::clone(identity);
        let mut known = Self { identity, hidden: SmallVec::new(), address: None };
        cloak.iter().for_each(|cloak| known.hide(cloak));
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
pub(in crate::core) fn name_of(identity: &Identity) -> &str {
    let mask = identity.mask();
    mask.get(..mask.len() - identity.host().len() - 1).unwrap_or_default()
}
