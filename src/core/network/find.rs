//! What a command names, found in the network.

use std::sync::Arc;

use crate::core::channel::{Channel, ChannelGuard};
use crate::core::network::Network;
use crate::core::user::User;
use crate::proto::names::{ChannelName, Nick, UserId};
use crate::proto::time::Moment;

impl Network {
    /// The user whom a command names; `None` also for what is no nick at all.
    pub fn find_user(&self, raw: &[u8]) -> Option<Arc<User>> {
        let settings = self.settings();
        self.registry.user_of(&Nick::key_of(raw, settings.limits.nick, settings.casemap)?)
    }

    /// The channel's name that a command gives, if it is one.
    pub fn channel_name(&self, raw: &[u8]) -> Option<ChannelName> {
        ChannelName::parse(raw, self.settings().limits.channel)
    }

    /// Runs `with` while holding the channel that a command names; `None`: there is none.
    pub fn with_channel<R>(
        &self,
        raw: &[u8],
        with: impl FnOnce(&mut ChannelGuard<'_>) -> R,
    ) -> Option<R> {
        let key = {
            let settings = self.settings();
            ChannelName::key_of(raw, settings.limits.channel, settings.casemap)?
        };
        loop {
            let channel = self.registry.channel_of(&key)?;
            let mut guard = channel.lock();
            // It has just been left by all, or renamed: whatever has that name now is meant.
            if !guard.is_gone() {
                // Somebody may be about to be its first member.
                return guard.is_there().then(|| with(&mut guard));
            }
        }
    }

    /// As [`Network::with_channel`], for what asks about a channel: to a user who may not know of it,
    /// it does not exist (RFC 2811, section 4.2.6).
    pub fn with_visible_channel<R>(
        &self,
        raw: &[u8],
        user: UserId,
        with: impl FnOnce(&mut ChannelGuard<'_>) -> R,
    ) -> Option<R> {
        self.with_channel(raw, |channel| channel.is_visible_to(user).then(|| with(channel)))
            .flatten()
    }

    /// Runs `with` while holding the channel of that name, which is made if there is none.
    /// Whoever finds it without members must `add` one.
    pub fn with_channel_made<R>(
        &self,
        name: &ChannelName,
        now: Moment,
        with: impl FnOnce(&mut ChannelGuard<'_>) -> R,
    ) -> R {
        loop {
            let make = || Channel::new(self.next_channel_id(now), name.clone());
            let channel = self.registry.channel_or(name, make);
            let mut guard = channel.lock();
            // Its last member left between the look and the lock, and it is being forgotten.
            if !guard.is_gone() {
                return with(&mut guard);
            }
        }
    }

    /// The user is no longer a member; with the last one the channel is forgotten.  To be told
    /// before.
    pub fn remove(&self, channel: &mut ChannelGuard<'_>, user: &User) {
        channel.remove(user);
        if channel.is_gone() {
            self.forget(channel);
        }
    }

    /// An empty channel is permanent no longer: it is forgotten.
    pub fn remove_if_empty(&self, channel: &mut ChannelGuard<'_>) {
        if channel.end_if_empty() {
            self.forget(channel);
        }
    }

    fn forget(&self, channel: &mut ChannelGuard<'_>) {
        self.registry.forget(channel.channel());
        channel.forget_expiry(&self.expiries);
    }
}
