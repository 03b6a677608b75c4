//! The audit log: every act of an operator, as an event of its own target.
//!
//! Never holds a password, nor what was written to people.

use super::{Cx, Me};
use crate::state::operators::Operator;

/// The target of these events.
const AUDIT: &str = "audit";

/// An operator has done something: to whom or what (empty: nobody), and why or with what.
pub fn done(cx: &Cx<'_>, me: &Me, operator: &Operator, act: &str, whom: &[u8], reason: &[u8]) {
    let (whom, reason) = (String::from_utf8_lossy(whom), String::from_utf8_lossy(reason));
    tracing::info!(
        target: AUDIT,
        act,
        actor = me.identity.mask(),
        operator = &*operator.name,
        address = %cx.client.origin.address,
        whom = &*whom,
        reason = &*reason,
        "operator"
    );
}

/// Somebody has tried in vain to become an operator: this one, or one that there is not.  What was
/// given as the name may be a password, and is not told.
pub fn refused(cx: &Cx<'_>, me: &Me, operator: Option<&Operator>) {
    tracing::info!(
        target: AUDIT,
        act = "OPER",
        actor = me.identity.mask(),
        operator = operator.map_or("*", |operator| &*operator.name),
        address = %cx.client.origin.address,
        attempt = cx.client.oper.wrong,
        "refused"
    );
}
