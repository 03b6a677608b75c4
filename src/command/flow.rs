//! What a command comes to.

use crate::command::close::Close;
use crate::command::job::Job;
use crate::command::slices::Rest;
use crate::proto::numerics::Numeric;

/// What a command asks of its caller.
pub enum Flow {
    /// Nothing: the next command.
    Continue,
    /// The connection is to be closed.
    Close(Close),
    /// The server is to stop.
    Stop,
    /// Something that takes long is to be done outside; until it is, no further command of this
    /// client is run.
    Job(Job),
    /// It has done enough for now: the rest is to be done by [`crate::command::go_on`] after others were
    /// served; until it is, no further command of this client is run.
    More(Box<Rest>),
}

/// What a command comes to: what to do next, or why it was refused.
pub type Outcome<'p> = Result<Flow, Numeric<'p>>;
