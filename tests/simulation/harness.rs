//! A whole network in one thread.

use std::sync::Arc;

use super::test_shard::{Link, START, TestShard, Witness, witnessed};
use pipewright::core::Network;
use pipewright::proto::time::Now;

pub struct Harness {
    pub network: Arc<Network>,
    pub witness: Arc<Witness>,
    pub shards: Vec<TestShard>,
    pub now: Now,
}

impl Harness {
    pub fn new(shards: usize, seed: u64) -> Self {
        let (network, witness) = witnessed(shards);
        let shards = (0..shards).map(|number| TestShard::new(&network, number, seed)).collect();
        Self { network, witness, shards, now: START }
    }

    pub fn test_shard(&mut self, link: Link) -> &mut TestShard {
        &mut self.shards[link.shard]
    }

    pub fn pass(&mut self, ms: u64) {
        self.now.monotonic += ms;
        self.now.unix += ms;
        for test_shard in &mut self.shards {
            test_shard.shard.on_timer(self.now);
        }
    }

    /// Every inbox drained, every line written.
    pub fn publish(&mut self) {
        // A shard that drains its inbox sends nothing new to others, but one whose connections
        // end does: twice is enough, once for that and once for what it brings.
        for _ in 0..2 {
            for test_shard in &mut self.shards {
                test_shard.publish(self.now);
            }
        }
    }
}
