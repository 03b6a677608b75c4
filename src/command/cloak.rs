//! User mode x: a cloaked host (see [`crate::state::Cloak`]).

use std::sync::Arc;

use super::{Cx, Me, Stage, user_mode};
use crate::state::modes::UserModes;
use crate::wire::numerics::Numeric;

/// Shows the user of this connection with the host that the mode in `modes`, which has just
/// changed, says; takes the mode back where nothing is cloaked.
pub fn set(cx: &mut Cx<'_>, me: &Me, modes: &mut UserModes) {
    let host = if modes.has(UserModes::CLOAKED) {
        let Some(cloak) = cx.world.cloak() else {
            *modes = modes.with(UserModes::CLOAKED, false);
            let why = "Hosts are not cloaked on this server";
            return cx.reply(&Numeric::UnknownError { command: "MODE".into(), why: why.into() });
        };
        cloak.of(me.user.origin.address)
    } else {
        me.user.origin.host.to_string()
    };
    cx.world.set_host(cx.here, &me.user, &host, cx.now);
    if let Stage::Registered { user, identity } = &mut cx.client.stage {
        *identity = user.identity();
    }
    tell_host(cx);
}

/// Tells a user that has just come how its host is shown, and by which mode.
pub fn welcome(cx: &mut Cx<'_>) {
    tell_host(cx);
    if let Stage::Registered { user, identity } = &cx.client.stage {
        let me = Me { user: Arc::clone(user), identity: Arc::clone(identity) };
        user_mode::tell(cx, &me, UserModes::default(), UserModes::CLOAKED);
    }
}

/// Tells the user how its host is shown.
fn tell_host(cx: &mut Cx<'_>) {
    if let Stage::Registered { identity, .. } = &cx.client.stage {
        let host = identity.host.to_string();
        cx.reply(&Numeric::HostHidden { host: host.into() });
    }
}
