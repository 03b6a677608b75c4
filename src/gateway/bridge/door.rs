//! Whether those on a link would be let into the channel.

use std::sync::Arc;

use super::Bridge;
use crate::names::{Identity, Nick};
use crate::state::modes::Flags;
use crate::state::{Door, Origin, User};

/// Nick, user name and real name of a peer of which nothing is known.
const STRANGER: &str = "peer";

impl Bridge {
    /// Whether a peer that nobody knows yet might join the channel from this link, uninvited.
    pub(super) fn admits_stranger(&self, link: usize) -> bool {
        let Some(nick) = Nick::parse(STRANGER.as_bytes(), usize::MAX) else { return false };
        let host = self.host(link);
        let identity = Arc::new(Identity::new(nick, &format!("~{STRANGER}"), &host));
        let origin = Arc::new(Origin::inside(Door::Site, &host));
        self.shell.with_world(|world, here, now| {
            let realname = STRANGER.as_bytes().into();
            let user = User::new(world.next_user_id(), here, origin, identity, realname, now);
            let admitted = world.with_channel(self.setup.channel.as_str().as_bytes(), |channel| {
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
