//! The capabilities a client may ask for: one row each, read by CAP and by rendering.

/// Capabilities that a connection has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct CapSet(u64);

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

        /// Every capability that this server has, in the order of CAP LS: those that most clients ask for
        /// first, since some read its first line alone.
        pub const CAPS: &[Cap] = &[$(Cap { name: $name, set: CapSet::$constant, what: $what }),*];
    };
}

caps! {
    MESSAGE_TAGS      10 "message-tags"      "tags that other clients send, message ids, the bot tag, and TAGMSG";
    SERVER_TIME       13 "server-time"       "a time tag on every line, the moment at which it happened";
    BATCH             3  "batch"             "lines that belong together stand between two BATCH lines";
    LABELED_RESPONSE  9  "labeled-response"  "the answer to a command with a label tag has that tag; needs batch";
    ECHO_MESSAGE      5  "echo-message"      "one's own messages come back once they are delivered";
    MULTI_PREFIX      11 "multi-prefix"      "all of a member's prefixes in NAMES and WHO, not only the highest";
    AWAY_NOTIFY       2  "away-notify"       "AWAY lines when somebody in a shared channel goes or comes back";
    CHGHOST           24 "chghost"           "CHGHOST lines when somebody in a shared channel is shown with another host";
    EXTENDED_JOIN     6  "extended-join"     "JOIN lines with account and real name";
    SETNAME           14 "setname"           "SETNAME lines when somebody in a shared channel changes its real name";
    INVITE_NOTIFY     8  "invite-notify"     "INVITE lines when somebody else is invited to a shared channel";
    USERHOST_IN_NAMES 16 "userhost-in-names" "nick!user@host in NAMES in place of nicks";
    CAP_NOTIFY        4  "cap-notify"        "CAP NEW and CAP DEL when what is on offer changes";
    STANDARD_REPLIES  15 "standard-replies"  "FAIL, WARN and NOTE also where there was a numeric or nothing before";
    EXTENDED_MONITOR  7  "extended-monitor"  "what is told of people in shared channels is told of those on MONITOR too";
    NO_NAMES          12 "no-implicit-names" "no NAMES after one's own JOIN";
    MULTILINE         21 "draft/multiline"   "messages of several lines, both ways; needs batch";
    REDACTION         23 "draft/message-redaction" "REDACT, which takes a message back, both ways";
    METADATA          26 "draft/metadata-2"  "METADATA, both ways: what users and channels say of themselves, key by key";
    RENAME            25 "draft/channel-rename" "RENAME lines when a channel gets another name, in place of PART and JOIN";
    EXTENDED_ISUPPORT 19 "draft/extended-isupport" "ISUPPORT asks for 005, also before registration; 005 comes in a batch";
    PRE_AWAY          18 "draft/pre-away"    "AWAY before registration, and AWAY * for a client whose user is not there";
    RELAYMSG          22 "draft/relaymsg"    "a draft/relaymsg tag with the nick of who passes something on by RELAYMSG";
    OPER_TAG          17 "draft/oper"        "a draft/oper tag on what operators of the server do";
    ACCOUNT_NOTIFY    0  "account-notify"    "ACCOUNT lines when somebody in a shared channel logs in or out; nobody does while there are no accounts";
    ACCOUNT_TAG       1  "account-tag"       "an account tag on what somebody with an account does; nobody has one yet";
    DRAFT_NO_NAMES    20 "draft/no-implicit-names" "as no-implicit-names, under the name of its draft";
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
        assert_eq!(names, ["server-time", "away-notify"]);
        assert!(set.without(CapSet::AWAY_NOTIFY).has(CapSet::SERVER_TIME));
    }
}
