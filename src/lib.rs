//! Pipewright, an IRC server.
//!
//! A synchronous core that knows no sockets, no clock and no randomness, inside a thin tokio
//! runtime that moves bytes.  The modules stand in the order in which they may use one another:
//! each imports from its own row and those above it, which `tests/architecture` keeps.
//!
//! | module | what it is |
//! |---|---|
//! | [`work`] | what a command has cost, counted where it is done |
//! | [`proto`] | IRC on the wire: checked names and ids, framing, messages, capabilities, numerics, events and the lines made of them |
//! | [`core`] | the network as a state machine: users, channels, modes, bans, settings, and the locks in their order |
//! | [`delivery`] | a shard's local members, and output queues bounded in bytes |
//! | [`command`] | the table of commands, and by family a file for each |
//! | [`shard`] | the sessions of one thread: bytes in, bytes out |
//! | [`config`] | what the configuration may say, and the check that reports every fault |
//! | [`store`] | what outlives a restart: one SQLite file and the thread that writes it |
//! | [`net`] | listeners, shard threads, connections |
//! | [`metrics`] | metrics by HTTP, for whoever watches from outside |
//! | [`gateway`] | programs on named pipes, and the workshop chat |
//! | [`peer`] | a netchat peer of our own, on a terminal or for scripts |
//! | [`runtime`], [`telemetry`] | starts, wires and stops; logs |
//! | [`cli`] | the command line |

pub mod work;

pub mod proto;

pub mod core;

pub mod delivery;

pub mod command;

pub mod shard;

pub mod config;

pub mod store;

pub mod net;

pub mod metrics;

pub mod gateway;

pub mod peer;

pub mod runtime;
pub mod telemetry;

pub mod cli;
