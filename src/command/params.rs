//! What comes with a command: its parameters, tags, lines.

use std::sync::Arc;

use crate::proto::event::{Line, Relayed};
use crate::proto::names::{Casemap, Once};
use crate::proto::tags::ClientOnly;

/// The parameters of a line; asking for one that is not there gives an empty one.
#[derive(Clone, Copy, Debug)]
pub struct Params<'p>(pub &'p [&'p [u8]]);

impl<'p> Params<'p> {
    /// The parameter at `at`, counted from 0, or an empty one.
    pub fn word(self, at: usize) -> &'p [u8] {
        self.get(at).unwrap_or_default()
    }

    /// The parameter at `at`, if it is there and not empty.
    pub fn get(self, at: usize) -> Option<&'p [u8]> {
        self.0.get(at).copied().filter(|word| !word.is_empty())
    }

    /// The parameter at `at`, if it is there, even when empty.
    pub fn given(self, at: usize) -> Option<&'p [u8]> {
        self.0.get(at).copied()
    }

    /// The parameters from `at` on.
    pub fn from(self, at: usize) -> impl Iterator<Item = &'p [u8]> {
        self.0.iter().skip(at).copied()
    }

    /// The items of [`Params::list`], each once, whatever its case: the channels and users that a
    /// command names.
    pub fn targets(self, at: usize, casemap: Casemap) -> impl Iterator<Item = &'p [u8]> {
        let has_several = self.word(at).contains(&b',');
        let mut once = Once::new(casemap);
        self.list(at).filter(move |item| !has_several || once.is_new(item))
    }

    /// The comma-separated items of the parameter at `at`, empty ones passed over.
    pub fn list(self, at: usize) -> impl Iterator<Item = &'p [u8]> {
        self.word(at).split(|&byte| byte == b',').filter(|item| !item.is_empty())
    }
}

/// What comes with a command beside its parameters.
#[derive(Default)]
pub struct Carried {
    /// Its client-only tags.
    pub tags: ClientOnly,
    /// The lines of a message that has several.
    pub lines: Option<Arc<[Line]>>,
    /// As whom a message is said.
    pub relayed: Option<Box<Relayed>>,
}
