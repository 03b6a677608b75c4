//! Pipewright, an IRC server.
//!
//! A synchronous core that knows no sockets, no clock and no randomness, inside a thin tokio
//! shell that moves bytes.  The modules stand in the order in which they may use one another:
//! each imports from its own row and those above it, which `tests/architecture.rs` keeps.
//!
//! | module | what it is |
//! |---|---|
//! | [`work`] | what a command has cost, counted where it is done |
//! | [`names`] | checked strings (nicks, channel names, masks), their folded keys, and ids |
//! | [`wire`] | framing, messages, capabilities, numerics, events and the lines made of them |
//! | [`locks`] | the lock order, checked in debug builds |
//! | [`memory`] | what a crowd has left behind is given back |
//! | [`delivery`] | a shard's local members, its inbox, and output queues bounded in bytes |
//! | [`state`] | users, channels, modes, lists, and the registry that every shard shares |
//! | [`command`] | the table of commands and a file for each family |
//! | [`session`] | one connection's stages, and the shard that holds them: bytes in, bytes out |
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
