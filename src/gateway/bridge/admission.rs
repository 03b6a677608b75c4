//! Whether those on a link would be let into the channel.

use std::sync::Arc;

use crate::core::modes::Flags;
use crate::core::{ClientKind, Origin, User};
use crate::gateway::bridge::Bridge;
use crate::proto::names::{Identity, Nick};

/// Nick, user name and real name of a peer of which nothing is known.
const STRANGER: &str = "peer";

impl Bridge {
    /// Whether a peer that nobody knows yet might join the channel from this link, uninvited.
    pub(super) fn admits_stranger(&self, link: usize) -> bool {
        let Some(nick) = Nick::parse(STRANGER.as_bytes(), usize::MAX) else { return false };
        let host = self.host(link);
        let identity = Arc::new(Identity::new(nick, &format!("~{STRANGER}"), &host));
        let origin = Arc::new(Origin::inside(ClientKind::Site, &host));
        self.runtime.with_network(|network, here, now| {
            let realname = STRANGER.as_bytes().into();
            let user = User::new(
                network.next_user_id(now.moment()),
                here,
                origin,
                identity,
                realname,
                now.moment(),
            );
            let admitted =
                network.with_channel(self.setup.channel.as_str().as_bytes(), |channel| {
                    let on = |flag| channel.flags.has(flag);
                    let is_closed = on(Flags::SECURE)
                        || on(Flags::REGISTERED_JOIN)
                        || on(Flags::INVITE_ONLY) && !channel.lists.invite(&user)
                        || channel.key.is_some();
                    !is_closed && !channel.lists.keep_out(&user)
                });
            admitted.unwrap_or(true)
        })
    }
}
