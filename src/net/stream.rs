//! A stream of bytes: a socket, or what stands in for one.

use tokio::io::{AsyncRead, AsyncWrite};

/// Bytes both ways: a socket, or whatever stands in for one.
pub trait Stream: AsyncRead + AsyncWrite + Unpin {}

impl<S: AsyncRead + AsyncWrite + Unpin> Stream for S {}
