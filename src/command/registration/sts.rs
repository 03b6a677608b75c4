//! What CAP LS tells of encryption (IRCv3 strict transport security).  It is nothing that a client
//! can have: it stands in no set, and CAP REQ does not know it.

use crate::command::Cx;

/// The policy as CAP LS 302 has it, if there is one: where to come in by TLS for those who have not
/// (section "The `port` key"), for how long to use nothing else for those who have (section "The
/// `duration` key").
pub fn policy(cx: &Cx<'_>) -> Option<String> {
    let sts = cx.machine.sts?;
    Some(match cx.client.origin.secure {
        true => format!("sts=duration={}", sts.duration),
        false => format!("sts=port={}", sts.port),
    })
}
