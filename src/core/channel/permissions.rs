//! What each rank may do in a channel, and to whom: one table, which every check reads.
//!
//! Whoever makes a channel is its operator (`@`), as RFC 2811, section 2.4.1, has it and as clients
//! and bots expect of a channel that nobody has registered; nobody is its founder yet.  So that `~`
//! and `&` can be had without services, an operator may name the founder while there is none: it
//! could remove all others anyhow.  From then on only founders give `~` and `&`.

use crate::core::channel::ChannelState;
use crate::proto::prefix::Prefixes;

/// Something that takes a rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Speak under `+m`, `+M`, `+U` and `+W`, or although banned.
    Speak,
    /// Set the topic under `+t`.
    Topic,
    /// Invite under `+i`, and so that the invitation lets in past bans and modes.
    Invite,
    /// Throw out a member.
    Kick,
    /// Take back what others have said, by REDACT.
    Redact,
    /// Say what somebody elsewhere has said, by RELAYMSG.
    Relay,
    /// Change what its metadata says of it.
    Metadata,
    /// Give it another name.
    Rename,
    /// Change the lists of masks.
    Lists,
    /// Change flags and modes with a parameter.
    Modes,
    /// Give a member this rank, or take it.
    Rank(Prefixes),
}

/// A row: an permission with the lowest rank that may do it.
#[derive(Debug)]
pub struct PermissionRow {
    /// What.
    pub permission: Permission,
    /// Who, and whoever stands higher.
    pub from: Prefixes,
    /// What it is, for people.
    pub what: &'static str,
}

const fn row(permission: Permission, from: Prefixes, what: &'static str) -> PermissionRow {
    PermissionRow { permission, from, what }
}

/// Every permission.
pub const PERMISSIONS: &[PermissionRow] = &[
    row(
        Permission::Speak,
        Prefixes::VOICE,
        "speak under `+m`, `+M`, `+U` and `+W`, or although banned",
    ),
    row(Permission::Topic, Prefixes::HALFOP, "set the topic under `+t`"),
    row(Permission::Invite, Prefixes::HALFOP, "invite under `+i`, and past bans and modes"),
    row(Permission::Kick, Prefixes::HALFOP, "kick"),
    row(Permission::Redact, Prefixes::HALFOP, "take back what others have said, by REDACT"),
    row(Permission::Relay, Prefixes::OP, "say what somebody elsewhere has said, by RELAYMSG"),
    row(Permission::Metadata, Prefixes::OP, "change the channel's metadata"),
    row(Permission::Rename, Prefixes::OP, "rename the channel"),
    row(Permission::Lists, Prefixes::HALFOP, "change the lists"),
    row(Permission::Modes, Prefixes::OP, "change all other modes"),
    row(Permission::Rank(Prefixes::VOICE), Prefixes::HALFOP, "give and take voice"),
    row(Permission::Rank(Prefixes::HALFOP), Prefixes::OP, "give and take halfop"),
    row(Permission::Rank(Prefixes::OP), Prefixes::OP, "give and take operator"),
    row(Permission::Rank(Prefixes::ADMIN), Prefixes::FOUNDER, "give and take admin"),
    row(Permission::Rank(Prefixes::FOUNDER), Prefixes::FOUNDER, "give and take founder"),
];

/// Over whom each rank is, in kicking and in taking ranks: members whose highest rank is this or a
/// lower one.  Nobody is over a higher rank.  Founders and operators are over each other, as they
/// are where there are no other ranks; admins and halfops, who have their rank from one above them,
/// are not.
pub const OVER: &[(Prefixes, Prefixes)] = &[
    (Prefixes::FOUNDER, Prefixes::FOUNDER),
    (Prefixes::ADMIN, Prefixes::OP),
    (Prefixes::OP, Prefixes::OP),
    (Prefixes::HALFOP, Prefixes::VOICE),
];

/// Whether a member with these ranks may do that.
pub fn may(ranks: Prefixes, permission: Permission) -> bool {
    PERMISSIONS.iter().any(|row| row.permission == permission && ranks.at_least(row.from))
}

/// The lowest rank that may do that.
pub fn lowest(permission: Permission) -> Prefixes {
    PERMISSIONS
        .iter()
        .find(|row| row.permission == permission)
        .map_or(Prefixes::FOUNDER, |row| row.from)
}

/// Whether a member with these ranks may permission on one with those.
pub fn is_over(ranks: Prefixes, whom: Prefixes) -> bool {
    let row = OVER.iter().find(|(rank, _)| ranks.at_least(*rank));
    row.is_some_and(|(_, most)| most.at_least(whom))
}

impl ChannelState {
    /// Whether a member with `ranks` may give `rank` to another, or to itself.
    pub fn may_give(&self, ranks: Prefixes, rank: Prefixes) -> bool {
        may(ranks, Permission::Rank(rank))
            || rank == Prefixes::FOUNDER && may(ranks, Permission::Modes) && !self.has_founder()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::prefix::RANKS;

    const Q: Prefixes = Prefixes::FOUNDER;
    const A: Prefixes = Prefixes::ADMIN;
    const O: Prefixes = Prefixes::OP;
    const H: Prefixes = Prefixes::HALFOP;
    const V: Prefixes = Prefixes::VOICE;
    const ALL: [Prefixes; 6] = [Q, A, O, H, V, Prefixes::NONE];

    #[test]
    fn each_rank_is_over_those_whom_the_table_of_pairs_says() {
        // A row for who acts, a column for whom: founder, admin, op, halfop, voice, none.
        let expected =
            ["yyyyyy", "nnyyyy", "nnyyyy", "nnnnyy", "nnnnnn", "nnnnnn"].map(str::as_bytes);
        for (who, row) in ALL.into_iter().zip(expected) {
            for (whom, may) in ALL.into_iter().zip(row) {
                assert_eq!(is_over(who, whom), *may == b'y', "{who:?} over {whom:?}");
            }
        }
    }

    #[test]
    fn each_rank_may_what_the_table_of_acts_says() {
        // A row for who acts, a column for a row of RIGHTS.
        let expected = [
            "yyyyyyyyyyyyyyy",
            "yyyyyyyyyyyyynn",
            "yyyyyyyyyyyyynn",
            "yyyyynnnynynnnn",
            "ynnnnnnnnnnnnnn",
            "nnnnnnnnnnnnnnn",
        ]
        .map(str::as_bytes);
        for (who, row) in ALL.into_iter().zip(expected) {
            assert_eq!(row.len(), PERMISSIONS.len());
            for (permission, may_it) in PERMISSIONS.iter().zip(row) {
                assert_eq!(
                    may(who, permission.permission),
                    *may_it == b'y',
                    "{who:?}: {}",
                    permission.what
                );
            }
        }
    }

    #[test]
    fn nobody_is_over_a_higher_rank_and_who_is_over_nobody_kicks_nobody() {
        for who in ALL {
            for whom in ALL {
                let lower = !who.at_least(whom);
                assert!(!(lower && is_over(who, whom)), "{who:?} over {whom:?}");
            }
            assert_eq!(may(who, Permission::Kick), is_over(who, Prefixes::NONE), "{who:?}");
        }
    }

    #[test]
    fn several_ranks_are_as_good_as_the_highest() {
        assert!(is_over(V.with(O, true), O) && may(V.with(O, true), Permission::Modes));
        assert!(!is_over(H, V.with(A, true)));
    }

    #[test]
    fn who_may_give_each_rank_is_said_once() {
        for rank in RANKS {
            let given = Prefixes::of_letter(rank.letter).map(Permission::Rank);
            let rows = PERMISSIONS.iter().filter(|row| Some(row.permission) == given);
            assert_eq!(rows.count(), 1, "{}", rank.name);
        }
    }
}
