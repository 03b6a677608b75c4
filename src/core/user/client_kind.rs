//! The rules for those who do not come as IRC clients.

use serde::{Deserialize, Serialize};

/// How somebody takes part.  Whatever is not said here (bans, modes, rights, KICK, KILL, names)
/// holds for all alike.
///
/// | kind | server password | flood control, limits of connections, PING | JOIN | founds channels | hears its channels |
/// |---|---|---|---|---|---|
/// | `Client` | yes | yes | as the channel's modes let it | yes | yes |
/// | `Workshop` | no: its line protocol has none | yes | as the channel's modes let it | yes | yes |
/// | `Own` | no | no: its gateway paces it | any: the configuration put it there | no | yes |
/// | `Site` | no | no: its gateway reads no faster than is done | as the channel's modes let it | no | no: its gateway's own user does |
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClientKind {
    /// An IRC client.
    #[default]
    Client,
    /// Somebody of the workshop chat.
    Workshop,
    /// A user that the configuration names: of a script, or of a gateway itself.
    Own,
    /// A foreign site behind a link.
    Site,
}

impl ClientKind {
    /// Whether it must give the server's password, if there is one.
    pub const fn gives_password(self) -> bool {
        matches!(self, Self::Client)
    }

    /// Whether flood control, the limits of connections and PING timeouts concern it.
    pub const fn is_limited(self) -> bool {
        matches!(self, Self::Client | Self::Workshop)
    }

    /// Whether no mode of a channel keeps it out.
    pub const fn joins_any(self) -> bool {
        matches!(self, Self::Own)
    }

    /// Whether it is made operator of a channel in which nobody else is who could be.
    pub const fn founds(self) -> bool {
        matches!(self, Self::Client | Self::Workshop)
    }

    /// Whether the reason of its QUIT is its own words, and not its gateway's.
    pub const fn quits_in_own_words(self) -> bool {
        !matches!(self, Self::Site)
    }

    /// Whether it is told what happens in its channels.
    pub const fn receives_channels(self) -> bool {
        !matches!(self, Self::Site)
    }
}
