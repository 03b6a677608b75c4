//! Capabilities that come and go with the configuration.

use std::mem;
use std::sync::Arc;

use super::Shard;
use crate::command::{self, Cx};
use crate::state::Settings;
use crate::state::capabilities::Changes;
use crate::wire::time::Now;

impl Shard {
    /// Tells clients which capabilities another configuration has brought or taken.
    pub(super) fn tell_of_capabilities(&mut self, now: Now, settings: &Arc<Settings>) {
        if Arc::ptr_eq(&self.known, settings) {
            return;
        }
        let known = mem::replace(&mut self.known, Arc::clone(settings));
        let changes = Changes::between(&known, settings);
        if changes == Changes::default() {
            return;
        }
        for session in self.sessions.iter_mut().flatten() {
            let (world, here, client) = (&*self.world, &mut self.here, &mut session.client);
            let mut cx = Cx { world, settings, here, client, now, tags: Vec::new(), spent: 0 };
            command::offer_changed(&mut cx, &changes);
        }
    }
}
