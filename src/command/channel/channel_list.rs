//! The modes of a channel as MODE shows them, and its lists as it shows and changes them.

use crate::command::{Cx, Me};
use crate::core::ChannelGuard;
use crate::core::channel::extban::{ListMask, Reading};
use crate::core::channel::lists::{Entry, NotAdded};
use crate::core::modes::{CHANNEL_MODES, Kind, ListKind, ModeRequest};
use crate::proto::numerics::Numeric;

/// Adds a mask to a list or takes it off; the mask if that has changed something.
pub fn change_list<'p>(
    cx: &Cx<'_>,
    me: &Me,
    channel: &mut ChannelGuard<'_>,
    raw: &'p [u8],
    asked: &ModeRequest<'_>,
    kind: ListKind,
    mask: ListMask,
) -> Result<Option<Vec<u8>>, Numeric<'p>> {
    if !asked.add {
        let removed = channel.lists.remove(kind, &mask);
        return Ok(removed.map(|entry| entry.mask.as_bytes().to_vec()));
    }
    let (mask, text) = (mask.clone().set_by(&me.user), mask.as_bytes().to_vec());
    let entry =
        Entry { mask, set_by: me.identity.mask().into(), set_at: cx.now.seconds(), until: None };
    match channel.lists.add(kind, entry, cx.settings.limits.list_entries) {
        Ok(()) => Ok(Some(text)),
        Err(NotAdded::Already) => Ok(None),
        Err(NotAdded::Full) => Err(Numeric::BanListFull {
            channel: raw.into(),
            letter: vec![asked.letter].into(),
            mask: text.into(),
        }),
    }
}

/// Shows the modes, by 324 and 329; the key only to members.
pub fn show_modes(cx: &mut Cx<'_>, me: &Me, channel: &ChannelGuard<'_>) {
    let mut letters = vec![b'+'];
    letters.extend(channel.flags.letters());
    let mut parameters = Vec::new();
    if let Some(key) = &channel.key {
        letters.push(b'k');
        let is_member = channel.member(me.user.id).is_some();
        parameters.push(if is_member { key.to_vec() } else { b"*".to_vec() });
    }
    for mode in CHANNEL_MODES {
        let Kind::ParamMode(param) = mode.kind else { continue };
        if let Some(text) = channel.parameters.text(param) {
            letters.push(mode.letter);
            parameters.push(text.into_bytes());
        }
    }
    for parameter in parameters {
        letters.push(b' ');
        letters.extend_from_slice(&parameter);
    }
    let name = channel.name();
    cx.reply(&Numeric::ChannelModeIs { channel: name.into(), modes: letters.into() });
    cx.reply(&Numeric::CreationTime { channel: name.into(), time: channel.created.into() });
}

/// Shows a list.
pub fn show_list(cx: &mut Cx<'_>, channel: &ChannelGuard<'_>, kind: ListKind) {
    let name = channel.name();
    for entry in channel.lists.of(kind) {
        let (channel, mask) = (name.into(), entry.mask.as_bytes().into());
        let (who, time) = ((*entry.set_by).into(), entry.set_at.into());
        cx.reply(&match kind {
            ListKind::Ban => Numeric::BanList { channel, mask, who, time },
            ListKind::Except => Numeric::ExceptList { channel, mask, who, time },
            ListKind::Invex => Numeric::InvexList { channel, mask, who, time },
        });
    }
    cx.reply(&match kind {
        ListKind::Ban => Numeric::EndOfBanList { channel: name.into() },
        ListKind::Except => Numeric::EndOfExceptList { channel: name.into() },
        ListKind::Invex => Numeric::EndOfInvexList { channel: name.into() },
    });
}

/// How masks are read here.
pub fn reading(cx: &Cx<'_>) -> Reading {
    let limits = &cx.settings.limits;
    Reading { casemap: cx.settings.casemap, max: limits.mask(), channel: limits.channel }
}
