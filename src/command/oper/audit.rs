//! The audit log: every act of an operator, as an event of its own target.
//!
//! Never holds a password, nor what was written to people.

use crate::command::{Cx, Me};
use crate::core::server::notice_mask::Kinds;
use crate::core::server::operators::Operator;
use crate::core::{connection_record, notify_operators};

/// The target of these events.
pub const AUDIT: &str = "audit";

/// An operator has done something: to whom or what (empty: nobody), and why or with what.  Other
/// operators are told by a notice.
pub fn done(cx: &mut Cx<'_>, me: &Me, operator: &Operator, act: &str, whom: &[u8], reason: &[u8]) {
    let (whom, reason) = (String::from_utf8_lossy(whom), String::from_utf8_lossy(reason));
    connection_record!(
        info,
        target: AUDIT,
        cx.client.id(),
        &cx.client.origin,
        act,
        actor = me.identity.mask(),
        operator = &*operator.name,
        whom = &*whom,
        reason = &*reason,
        "operator"
    );
    let kind = if act == "KILL" { Kinds::KILLS } else { Kinds::OPERATORS };
    let (actor, name) = (me.identity.mask(), &operator.name);
    let text = format!("{actor} ({name}) {act} {whom} {reason}");
    notify_operators(cx.network, cx.here, cx.now, kind, format_args!("{}", text.trim_end()));
}

/// Somebody has tried in vain to become an operator: this one, or one that there is not.  What was
/// given as the name may be a password, and is not told.  Each try has its record: a connection has few
/// of them.
pub fn refused(cx: &mut Cx<'_>, me: &Me, operator: Option<&Operator>) {
    let name = operator.map_or("*", |operator| &*operator.name);
    connection_record!(
        info,
        target: AUDIT,
        cx.client.id(),
        &cx.client.origin,
        act = "OPER",
        actor = me.identity.mask(),
        operator = name,
        attempt = cx.client.oper.wrong,
        "refused"
    );
    let text = format_args!("{} failed to become operator", me.identity.mask());
    notify_operators(cx.network, cx.here, cx.now, Kinds::OPERATORS, text);
}
