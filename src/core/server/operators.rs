//! Operators: who may become one, and what each may do.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::core::user_mask::{KnownAs, Whom};

/// A row of the privileges.
#[derive(Debug)]
pub struct Privilege {
    /// As the configuration and 723 name it.
    pub name: &'static str,
    /// The set with just this one.
    pub set: Privileges,
    /// What it allows.
    pub what: &'static str,
}

/// What an operator may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Privileges(u32);

impl Privileges {
    /// Whether all of `other` are here.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// What is in either.
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The name of a single one.
    pub fn name(self) -> &'static str {
        PRIVILEGES.iter().find(|row| row.set == self).map_or("*", |row| row.name)
    }

    /// Those of these names; others are passed over.
    pub fn of_names<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        let row = |name: &str| PRIVILEGES.iter().find(|row| row.name == name);
        names.into_iter().filter_map(row).fold(Self::default(), |all, row| all.or(row.set))
    }
}

/// Each row is what uses it, its bit, its name and what it allows.
macro_rules! privileges {
    ($($constant:ident $bit:literal $name:literal $what:literal;)*) => {
        impl Privileges {
            $(#[doc = concat!("`", $name, "`: ", $what, ".")] pub const $constant: Self = Self(1 << $bit);)*
        }

        /// Every privilege there is.
        pub const PRIVILEGES: &[Privilege] =
            &[$(Privilege { name: $name, set: Privileges::$constant, what: $what }),*];

        /// Their names, in the same order.
        pub const PRIVILEGE_NAMES: &[&str] = &[$($name),*];
    };
}

privileges! {
    ADDRESSES 14 "addresses" "to know users' addresses, hosts and certificates (WHOIS; KLINE, DLINE and MUTE by nick)";
    DIE 0 "die" "to stop the server (DIE)";
    DLINE 10 "dline" "to ban addresses from the server (DLINE, UNDLINE)";
    KILL 1 "kill" "to disconnect users (KILL)";
    KLINE 11 "kline" "to ban user@host from the server (KLINE, UNKLINE)";
    MUTE 12 "mute" "to take speech from users (MUTE, UNMUTE)";
    NOTICES_BANS 15 "notices_bans" "to be told of bans of the server, with addresses (MODE +s +x)";
    NOTICES_CONNECTS 16 "notices_connects" "to be told who registers, with addresses (MODE +s +c)";
    NOTICES_FLOODS 17 "notices_floods" "to be told of refused connections, with addresses (MODE +s +f)";
    NOTICES_KILLS 18 "notices_kills" "to be told whom operators disconnect (MODE +s +k)";
    NOTICES_NICKS 19 "notices_nicks" "to be told who takes another nick (MODE +s +n)";
    NOTICES_OPERATORS 20 "notices_operators" "to be told what operators do, with addresses (MODE +s +o)";
    NOTICES_QUITS 21 "notices_quits" "to be told who leaves the network (MODE +s +q)";
    PERMANENT 13 "permanent" "to make channels permanent (MODE +P)";
    REHASH 7 "rehash" "to read the configuration again (REHASH)";
    RESTART 8 "restart" "to start the server again (RESTART)";
    SAJOIN 2 "sajoin" "to put users into channels (SAJOIN)";
    SAMODE 3 "samode" "to change modes of channels without being in them (SAMODE)";
    SANICK 4 "sanick" "to rename users (SANICK)";
    SAPART 5 "sapart" "to take users out of channels (SAPART)";
    STATS_BANS 22 "stats_bans" "to see the bans of the server, with addresses (STATS k)";
    STATS_COMMANDS 23 "stats_commands" "to see how often each command was given (STATS m)";
    STATS_LINKS 24 "stats_links" "to see what each shard has sent and received (STATS l)";
    STATS_OPERATORS 25 "stats_operators" "to see who may become an operator, and from where (STATS o)";
    STATS_TRAFFIC 26 "stats_traffic" "to see what has come and gone (STATS t)";
    WALLOPS 6 "wallops" "to write to all who want to read it (WALLOPS)";
}

/// Somebody who may become an operator.
#[derive(Clone, Debug)]
pub struct Operator {
    /// As OPER names it; what the audit log calls it.
    pub name: Arc<str>,
    /// What OPER must match: an Argon2 hash in PHC format.
    pub password_hash: Option<Arc<str>>,
    /// The fingerprint of the certificate with which OPER needs no password, as in
    /// [`crate::core::Origin::certificate`].
    pub certificate: Option<Arc<str>>,
    /// The name of its class.
    pub class: Arc<str>,
    /// Those of its class, and of all that its class inherits from.
    pub privileges: Privileges,
    /// From where: any of these; with none, from anywhere.
    pub masks: Vec<Whom>,
}

impl Operator {
    /// Whether another configuration has the same operator in this one: with what makes it one.
    /// Its class and masks may have changed.
    pub fn is_still(&self, old: &Self) -> bool {
        self.name == old.name
            && self.password_hash == old.password_hash
            && self.certificate == old.certificate
    }

    /// Whether a user that is known by these may become this operator, given the password.
    pub fn may_be(&self, who: &KnownAs) -> bool {
        self.masks.is_empty() || self.masks.iter().any(|mask| mask.is(who))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_privilege_contains_another() {
        for (at, row) in PRIVILEGES.iter().enumerate() {
            assert!(PRIVILEGES.iter().skip(at + 1).all(|other| !other.set.has(row.set)));
            assert_eq!(Privileges::of_names([row.name, "unknown"]), row.set);
        }
        assert!(!Privileges::default().has(Privileges::KILL));
    }
}
