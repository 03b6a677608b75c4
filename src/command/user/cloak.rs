//! User mode x: a cloaked host (see [`crate::core::Cloak`]).

use crate::command::{Cx, Me, Stage};
use crate::core::modes::UserModes;
use crate::proto::numerics::Numeric;
use crate::work;

/// What it costs to be shown to a channel anew, in things looked at: half of what JOIN does.
const JOIN_COST: usize = 100;

/// Shows the user of this connection with the host that the mode in `modes`, which has just
/// changed, says; takes the mode back where nothing is cloaked.
pub fn set(cx: &mut Cx<'_>, me: &Me, modes: &mut UserModes) {
    let host = if modes.has(UserModes::CLOAKED) {
        let Some(cloak) = cx.network.cloak() else {
            *modes = modes.with(UserModes::CLOAKED, false);
            let why = "Hosts are not cloaked on this server";
            return cx.reply(&Numeric::UnknownError { command: "MODE".into(), why: why.into() });
        };
        cloak.of(me.user.origin.address)
    } else {
        me.user.set_hides_address(false);
        me.user.origin.host.to_string()
    };
    let channels = cx.network.set_host(cx.here, &me.user, &host, cx.now);
    // Most hear a JOIN in each.
    work::charge(channels * JOIN_COST);
    if let Stage::Registered { user, identity } = &mut cx.client.stage {
        *identity = user.identity();
    }
    notify_host(cx);
}

/// Tells the user how its host is shown.
pub fn notify_host(cx: &mut Cx<'_>) {
    if let Stage::Registered { identity, .. } = &cx.client.stage {
        let host = identity.host().to_string();
        cx.reply(&Numeric::HostHidden { host: host.into() });
    }
}
