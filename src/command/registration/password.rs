//! Passwords that clients show: checked outside of the shard's thread, and counted where they are
//! wrong.

use std::sync::Arc;

use crate::command::{Cx, Flow, Job};
use crate::core::Verdict;

/// Has a password checked; a wrong one counts for the client's address.
pub(in crate::command) fn verify(cx: &Cx<'_>, hash: &Arc<str>, password: &[u8]) -> Flow {
    let (hash, password) = (Arc::clone(hash), password.into());
    Flow::Job(Job::VerifyPassword { hash, password, counted: cx.client.origin.counted() })
}

/// Counts what needs no look at a password to be wrong.
pub(in crate::command) fn guessed_wrong(cx: &Cx<'_>) -> Verdict {
    cx.network.guess(cx.client.origin.counted(), cx.now, || false)
}
