//! A ban of the server, and whom it means.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::proto::names::{Casemap, Cidr, Glob};
use crate::proto::time::Moment;

/// What a ban keeps somebody from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum BanKind {
    /// Connecting as `user@host`: asked at registration.
    Kline,
    /// Connecting from an address: asked before anything is read.
    Dline,
    /// Saying anything to others.  Called MUTE, for it is what the word says; the SHUN of other
    /// servers also takes away commands that concern nobody else.
    Mute,
}

impl BanKind {
    /// Each, in its order.
    pub const ALL: [Self; 3] = [Self::Kline, Self::Dline, Self::Mute];

    /// The command that sets it, and its name in the log and in the store.
    pub const fn verb(self) -> &'static str {
        match self {
            Self::Kline => "KLINE",
            Self::Dline => "DLINE",
            Self::Mute => "MUTE",
        }
    }
}

/// A ban with its history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ban {
    /// What it keeps from.
    pub kind: BanKind,
    /// Whom it means.
    pub mask: BanMask,
    /// What those whom it meets are told.
    pub reason: Box<[u8]>,
    /// What operators alone are told.
    pub oper_reason: Box<[u8]>,
    /// The name of the operator who set it.
    pub set_by: Box<str>,
    /// When, in seconds since 1970.
    pub set_at: u64,
    /// When it ends, in seconds since 1970; `None`: it does not.
    pub ends: Option<u64>,
}

impl Ban {
    /// Whether its time is over.
    pub fn has_ended(&self, now: Moment) -> bool {
        self.ends.is_some_and(|end| end <= now.seconds())
    }
}

/// Whom a ban means: user name and host, each a pattern, the host also as a range of addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BanMask {
    /// `None`: any.
    user: Option<Glob>,
    host: Host,
    /// With a user name in its text.
    is_whole: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Host {
    Range(Cidr),
    Like(Glob),
}

/// Somebody who connects, as bans see them.
pub struct BanSubject<'a> {
    /// The user name.
    pub user: &'a str,
    /// Every host by which they are known: their own, and the one that others are shown.
    pub hosts: &'a [&'a str],
    /// Where they come from.
    pub address: IpAddr,
}

impl BanMask {
    /// Reads `user@host` (a `*!` before it is passed over) or, for a DLINE, an address or a range
    /// of them; says what it should have been.  At most `max` bytes.
    pub fn parse(
        kind: BanKind,
        raw: &[u8],
        casemap: Casemap,
        max: usize,
    ) -> Result<Self, &'static str> {
        const USER_HOST: &str = "Give user@host, as in *@192.0.2.0/24 or ~bad@*.example.org";
        const RANGE: &str = "That is no range of addresses: give an address, / and at most 32 bits \
                             (IPv6: 128), as in *@192.0.2.0/24";
        const ADDRESS: &str = "Give an address or a range, as in 192.0.2.1 or 2001:db8::/32";
        let text = std::str::from_utf8(raw).ok().filter(|text| text.len() <= max);
        let text = text.filter(|text| !text.contains(|c: char| c == ' ' || c.is_control()));
        if kind == BanKind::Dline {
            let range = text.and_then(Cidr::parse).ok_or(ADDRESS)?;
            return Ok(Self { user: None, host: Host::Range(range), is_whole: false });
        }
        let (user, host) = text.and_then(|text| text.split_once('@')).ok_or(USER_HOST)?;
        let user = user.strip_prefix("*!").unwrap_or(user);
        let bad = |part: &str| part.is_empty() || part.contains(['!', '@']);
        if bad(user) || bad(host) || user.starts_with(':') {
            return Err(USER_HOST);
        }
        let user =
            user.bytes().any(|byte| byte != b'*').then(|| Glob::new(user.as_bytes(), casemap));
        let host = match Cidr::parse(host) {
            Some(range) => Host::Range(range),
            None if Cidr::is_meant(host) => return Err(RANGE),
            None => Host::Like(Glob::new(host.as_bytes(), casemap)),
        };
        Ok(Self { user, host, is_whole: true })
    }

    /// As it is parsed and stored.
    pub fn text(&self) -> String {
        let host = match &self.host {
            Host::Range(range) => range.to_string(),
            Host::Like(glob) => String::from_utf8_lossy(glob.as_bytes()).into_owned(),
        };
        match &self.user {
            None if self.is_whole => format!("*@{host}"),
            None => host,
            Some(user) => format!("{}@{host}", String::from_utf8_lossy(user.as_bytes())),
        }
    }

    /// The range of addresses it is about, if it is about one.
    pub fn range(&self) -> Option<Cidr> {
        match self.host {
            Host::Range(range) => Some(range),
            Host::Like(_) => None,
        }
    }

    /// Whether it means this person.
    pub fn means(&self, who: &BanSubject<'_>) -> bool {
        if self.user.as_ref().is_some_and(|user| !user.matches(who.user.as_bytes())) {
            return false;
        }
        match &self.host {
            Host::Range(range) => range.contains(who.address),
            Host::Like(glob) => who.hosts.iter().any(|host| glob.matches(host.as_bytes())),
        }
    }

    /// Whether it may mean a great part of the network, as is seldom wanted: a pattern of fewer than
    /// four characters, a range with fewer than 8 bits of IPv4 or 19 of IPv6.
    pub fn is_wide(&self) -> bool {
        let said = |glob: &Glob| glob.as_bytes().iter().filter(|b| !b"*?.:".contains(b)).count();
        let of_user = self.user.as_ref().map_or(0, said);
        match &self.host {
            Host::Range(range) => range.length() < if range.network().is_ipv4() { 8 } else { 19 },
            Host::Like(glob) => said(glob) + of_user < 4,
        }
    }
}

impl PartialOrd for BanMask {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for BanMask {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.text().cmp(&other.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(kind: BanKind, raw: &str) -> Option<String> {
        BanMask::parse(kind, raw.as_bytes(), Casemap::Ascii, 60).ok().map(|mask| mask.text())
    }

    #[test]
    fn a_mask_is_shown_as_it_is_read() {
        for (raw, shown) in [
            ("*@192.0.2.7/24", "*@192.0.2.0/24"),
            ("*!*@*.example.org", "*@*.example.org"),
            ("~bad@host", "~bad@host"),
            ("*@::1", "*@0::1"),
        ] {
            assert_eq!(mask(BanKind::Kline, raw).as_deref(), Some(shown));
            assert_eq!(mask(BanKind::Mute, shown).as_deref(), Some(shown));
        }
        assert_eq!(mask(BanKind::Dline, "192.0.2.7/24").as_deref(), Some("192.0.2.0/24"));
    }

    #[test]
    fn what_is_no_mask_is_refused() {
        for raw in
            ["", "host", "@", "a@", "@b", "nick!user@host", "a@b@c", "a@b!c", "a@b c", ":a@b"]
        {
            assert_eq!(mask(BanKind::Kline, raw), None, "{raw:?}");
        }
        for raw in ["*@192.0.2.0/33", "*@192.0.2/24", "*@2001:db8::/129", "*@192.0.2.0/"] {
            for kind in [BanKind::Kline, BanKind::Mute] {
                assert_eq!(mask(kind, raw), None, "{raw:?}");
            }
        }
        assert_eq!(mask(BanKind::Kline, "*@netchat/l2").as_deref(), Some("*@netchat/l2"));
        for raw in ["*@192.0.2.1", "192.0.2.*", "host", "192.0.2.0/33"] {
            assert_eq!(mask(BanKind::Dline, raw), None, "{raw:?}");
        }
        assert_eq!(mask(BanKind::Kline, &format!("*@{}", "a".repeat(60))), None);
    }

    #[test]
    fn a_mask_that_could_mean_everybody_is_wide() {
        let is_wide = |kind, raw: &str| {
            BanMask::parse(kind, raw.as_bytes(), Casemap::Ascii, 60).expect("a mask").is_wide()
        };
        for raw in ["*@*", "*@*.com", "a*@*", "*@0.0.0.0/0", "*@::/0", "?*@10.*"] {
            assert!(is_wide(BanKind::Kline, raw), "{raw}");
        }
        for raw in ["*@10.0.0.0/8", "*@*.example.com", "~bot@*", "*@2001:db8::/32"] {
            assert!(!is_wide(BanKind::Kline, raw), "{raw}");
        }
        assert!(is_wide(BanKind::Dline, "0.0.0.0/1"));
    }
}
