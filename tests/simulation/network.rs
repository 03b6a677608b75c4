//! A whole network in one thread.

use std::sync::Arc;

use pipewright::state::World;
use pipewright::wire::time::Now;

use super::place::{Link, Place, START, settings};

pub struct Network {
    pub world: Arc<World>,
    pub shards: Vec<Place>,
    pub now: Now,
}

impl Network {
    pub fn new(shards: usize, seed: u64) -> Self {
        let world = Arc::new(World::new(settings(), shards, START));
        let shards = (0..shards).map(|number| Place::new(&world, number, seed)).collect();
        Self { world, shards, now: START }
    }

    pub fn place(&mut self, link: Link) -> &mut Place {
        &mut self.shards[link.shard]
    }

    pub fn pass(&mut self, ms: u64) {
        self.now.monotonic += ms;
        self.now.unix += ms;
        for place in &mut self.shards {
            place.shard.on_timer(self.now);
        }
    }

    /// Every inbox drained, every line written.
    pub fn settle(&mut self) {
        // A shard that drains its inbox sends nothing new to others, but one whose connections
        // end does: twice is enough, once for that and once for what it brings.
        for _ in 0..2 {
            for place in &mut self.shards {
                place.settle(self.now);
            }
        }
    }
}
