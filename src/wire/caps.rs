//! The capabilities a client may ask for: one row each, read by CAP and by rendering.

/// Capabilities that a connection has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct CapSet(u32);

impl CapSet {
    /// None at all.
    pub const NONE: Self = Self(0);

    /// Whether all of `other` are here.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// What is in either.
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in both.
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// What is here and not in `other`.
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The rows that are in the set, in the table's order.
    pub fn rows(self) -> impl Iterator<Item = &'static Cap> {
        CAPS.iter().filter(move |cap| self.has(cap.set))
    }
}

/// A row of the table.
#[derive(Debug)]
pub struct Cap {
    /// As CAP LS names it.
    pub name: &'static str,
    /// The set with just this capability.
    pub set: CapSet,
    /// What it changes for the client that has it.
    pub what: &'static str,
}

/// The capability called `name`, exactly as CAP LS spells it.
pub fn find(name: &[u8]) -> Option<&'static Cap> {
    CAPS.iter().find(|cap| cap.name.as_bytes() == name)
}

macro_rules! caps {
    ($($constant:ident $bit:literal $name:literal $what:literal;)*) => {
        impl CapSet {
            $(#[doc = concat!("`", $name, "`: ", $what, ".")] pub const $constant: Self = Self(1 << $bit);)*
        }

        /// Every capability that this server has, in the order of CAP LS.
        pub const CAPS: &[Cap] = &[$(Cap { name: $name, set: CapSet::$constant, what: $what }),*];
    };
}

caps! {
    AWAY_NOTIFY       0 "away-notify"       "AWAY lines when somebody in a shared channel goes or comes back";
    CAP_NOTIFY        1 "cap-notify"        "CAP NEW and CAP DEL when what is on offer changes";
    CHGHOST          24 "chghost"           "CHGHOST lines when somebody in a shared channel is shown with another host";
    ECHO_MESSAGE      2 "echo-message"      "one's own PRIVMSG and NOTICE come back once they are delivered";
    EXTENDED_JOIN     3 "extended-join"     "JOIN lines with account and real name";
    INVITE_NOTIFY     4 "invite-notify"     "INVITE lines when somebody else is invited to a shared channel";
    MULTI_PREFIX      5 "multi-prefix"      "all of a member's prefixes in NAMES and WHO, not only the highest";
    SERVER_TIME       6 "server-time"       "a time tag on every line, the moment at which it happened";
    SETNAME           8 "setname"           "SETNAME lines when somebody in a shared channel changes its real name";
    USERHOST_IN_NAMES 7 "userhost-in-names" "nick!user@host in NAMES in place of nicks";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_capability_has_a_bit_and_a_name_of_its_own() {
        for (at, a) in CAPS.iter().enumerate() {
            assert!(!a.what.is_empty());
            for b in CAPS.iter().skip(at + 1) {
                assert_ne!(a.name, b.name);
                assert_eq!(a.set.and(b.set), CapSet::NONE, "{} and {}", a.name, b.name);
            }
        }
    }

    #[test]
    fn a_set_lists_what_was_put_in() {
        let set = CapSet::SERVER_TIME.or(CapSet::AWAY_NOTIFY);
        let names: Vec<_> = set.rows().map(|cap| cap.name).collect();
        assert_eq!(names, ["away-notify", "server-time"]);
        assert!(set.without(CapSet::AWAY_NOTIFY).has(CapSet::SERVER_TIME));
    }
}
