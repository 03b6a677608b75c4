//! A permanent channel as it is stored.

use crate::core::channel::extban::{ListMask, Reading};
use crate::core::channel::lists::Entry;
use crate::core::channel::{ChannelGuard, ChannelState, Topic};
use crate::core::modes::{CHANNEL_MODES, Flags, Kind, ListKind};
use crate::proto::names::ChannelName;

/// A permanent channel: all that is to be found again of it.  Modes are kept as MODE writes them,
/// so that a later version, which may have others, can read them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredChannel {
    /// As whoever made it spelled it.
    pub name: ChannelName,
    /// When it was made, in seconds since 1970.
    pub created: u64,
    /// What was set as topic.
    pub topic: Option<Topic>,
    /// What JOIN must give.
    pub key: Option<Box<[u8]>>,
    /// The letters of the modes that are on or off.
    pub flags: String,
    /// Modes with a parameter.
    pub settings: Vec<(char, String)>,
    /// Masks, with the letter of their list.
    pub masks: Vec<(char, StoredMask)>,
}

/// A mask of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredMask {
    /// As MODE shows it.
    pub mask: Box<[u8]>,
    /// `nick!user@host` of who set it.
    pub set_by: Box<str>,
    /// When, in seconds since 1970.
    pub set_at: u64,
}

impl StoredChannel {
    /// The channel as it is at this moment.
    pub fn of(channel: &ChannelGuard<'_>) -> Self {
        let param = |mode: &crate::core::modes::ChannelMode| match mode.kind {
            Kind::ParamMode(param) => {
                Some((char::from(mode.letter), channel.parameters.text(param)?))
            }
            _ => None,
        };
        let masks = |(letter, kind)| {
            // A ban that ends by itself ends with the server at the latest.
            let lasting = channel.lists.of(kind).iter().filter(|entry| entry.until.is_none());
            lasting.map(move |entry| (letter, StoredMask::of(entry)))
        };
        Self {
            name: channel.name().clone(),
            created: channel.created,
            topic: channel.topic.clone(),
            key: channel.key.clone(),
            flags: channel.flags.letters().map(char::from).collect(),
            settings: CHANNEL_MODES.iter().filter_map(param).collect(),
            masks: lists().flat_map(masks).collect(),
        }
    }

    /// Makes a channel of this name what it was; what this version does not know is left out.
    pub fn restore(&self, channel: &mut ChannelState, how: Reading) {
        channel.created = self.created;
        channel.topic.clone_from(&self.topic);
        channel.key.clone_from(&self.key);
        channel.flags = Flags::of_letters(&self.flags).with(Flags::PERMANENT, true);
        for (letter, text) in &self.settings {
            let mode = CHANNEL_MODES.iter().find(|mode| char::from(mode.letter) == *letter);
            if let Some(Kind::ParamMode(param)) = mode.map(|mode| mode.kind) {
                // What it refuses was set under rules that no longer hold.
                let _ = channel.parameters.set(param, text);
            }
        }
        for (letter, kept) in &self.masks {
            let kind = lists().find(|(of_list, _)| of_list == letter).map(|(_, kind)| kind);
            let Some(kind) = kind else { continue };
            if let Ok(mask) = ListMask::parse(&kept.mask, kind, how) {
                let (set_by, set_at) = (kept.set_by.clone(), kept.set_at);
                let entry = Entry { mask, set_by, set_at, until: None };
                // It was within the limit when it was set.
                let _ = channel.lists.add(kind, entry, usize::MAX);
            }
        }
    }
}

impl StoredMask {
    fn of(entry: &Entry) -> Self {
        let (mask, set_by) = (entry.mask.as_bytes().into(), entry.set_by.clone());
        Self { mask, set_by, set_at: entry.set_at }
    }
}

fn lists() -> impl Iterator<Item = (char, ListKind)> {
    CHANNEL_MODES.iter().filter_map(|mode| match mode.kind {
        Kind::List(kind) => Some((char::from(mode.letter), kind)),
        _ => None,
    })
}
