//! A network of nodes and pipes in one thread, in which chance decides what moves next.

use std::collections::{BTreeMap, VecDeque};

use crate::{checker::Checker, link};
use pipewright::gateway::netchat::{Ids, Limits, News, Node, Snapshot};

/// Who reads a pipe.
#[derive(Clone, Copy)]
struct End {
    node: usize,
    link: usize,
}

struct Pipe {
    reader: End,
    lines: VecDeque<String>,
}

/// A node with what it has written and heard.
pub struct Peer {
    pub node: Node,
    pub sites: Vec<String>,
    pub news: Vec<News>,
    /// For each link, the pipes that get what is written to it: one, or more behind a `tee`.
    outputs: Vec<Vec<usize>>,
    checker: Checker,
}

pub struct Network {
    pub chance: Ids,
    pub peers: Vec<Peer>,
    pipes: Vec<Pipe>,
    /// How many lines were read in all.
    pub moved: usize,
}

impl Network {
    /// Nodes `n0`, `n1`, ... with sites `n0`, `n0.1`, ...; nobody has come yet.
    pub fn new(seed: u64, nodes: usize) -> Self {
        let mut chance = Ids::new(seed);
        let peers = (0..nodes).map(|number| {
            let home = format!("n{number}");
            let guests = chance.next_id() % 3;
            Peer {
                node: Node::new(&home, chance.next_id(), Limits::default()),
                sites: (1..=guests)
                    .map(|guest| format!("{home}.{guest}"))
                    .chain([home.clone()])
                    .collect(),
                news: Vec::new(),
                outputs: Vec::new(),
                checker: Checker::default(),
            }
        });
        Self { peers: peers.collect(), chance, pipes: Vec::new(), moved: 0 }
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.chance.next_id() % end as u64) as usize
    }

    /// One pipe from each node to the next and from the last to the first.
    pub fn ring(&mut self, nodes: &[usize]) {
        let ends: Vec<_> = nodes.iter().map(|node| self.add_link(*node)).collect();
        for (from, to) in ends.iter().zip(ends.iter().cycle().skip(1)) {
            self.lay(*from, *to);
        }
    }

    /// A pair of pipes between two nodes, or from one onto itself.
    pub fn join(&mut self, one: usize, other: usize) {
        self.ring(&[one, other]);
    }

    /// One link for each node, and everyone's output copied to all others.
    pub fn bus(&mut self, nodes: &[usize]) {
        let ends: Vec<_> = nodes.iter().map(|node| self.add_link(*node)).collect();
        for from in &ends {
            for to in ends.iter().filter(|to| to.node != from.node) {
                self.lay(*from, *to);
            }
        }
    }

    fn add_link(&mut self, node: usize) -> End {
        let link = self.peers[node].outputs.len();
        self.peers[node].outputs.push(Vec::new());
        End { node, link }
    }

    fn lay(&mut self, from: End, to: End) {
        self.peers[from.node].outputs[from.link].push(self.pipes.len());
        self.pipes.push(Pipe { reader: to, lines: VecDeque::new() });
    }

    /// What `act` makes the node write goes to all its links.
    pub fn act(&mut self, node: usize, act: impl FnOnce(&mut Node) -> String) {
        let line = act(&mut self.peers[node].node);
        self.write(node, line);
    }

    fn write(&mut self, node: usize, line: String) {
        let peer = &mut self.peers[node];
        peer.checker.wrote(&line);
        for pipe in peer.outputs.iter().flatten() {
            self.pipes[*pipe].lines.push_back(line.clone());
        }
    }

    /// One line of a pipe is read, or one answer given.  False if there is nothing to do.
    pub fn step(&mut self) -> bool {
        let full: Vec<_> =
            (0..self.pipes.len()).filter(|pipe| !self.pipes[*pipe].lines.is_empty()).collect();
        let (start, nodes) = (self.below(self.peers.len()), self.peers.len());
        for node in (0..nodes).map(|number| (start + number) % nodes) {
            if (full.is_empty() || self.below(4) == 0)
                && let Some(line) = self.peers[node].node.answer()
            {
                self.write(node, line);
                return true;
            }
        }
        if full.is_empty() {
            return false;
        }
        let pipe = full[self.below(full.len())];
        let line = self.pipes[pipe].lines.pop_front().unwrap();
        let End { node, link: number } = self.pipes[pipe].reader;
        self.moved += 1;
        let peer = &mut self.peers[node];
        peer.checker.read(&line);
        let before: BTreeMap<_, _> =
            peer.node.clock().iter().map(|(site, date)| (site.clone(), date)).collect();
        let heard = peer.node.receive(link(number), line.as_bytes()).unwrap();
        for (site, date) in before {
            assert!(peer.node.clock().get(site.as_str()) >= Some(date), "{site:?} goes back");
        }
        peer.news.extend(heard.news);
        if let Some(relay) = heard.relay {
            self.write(node, relay);
        }
        true
    }

    /// Until nothing moves.
    pub fn publish(&mut self) {
        while self.step() {}
    }

    pub fn snapshot(&mut self, node: usize, site: &str) -> Snapshot {
        self.act(node, |node| node.ask_for_snapshot(site, 0).unwrap());
        self.publish();
        self.peers[node].node.finished_snapshot(0).expect("everyone has answered")
    }

    /// The node ends without a word and starts again: it knows nothing.
    pub fn restart(&mut self, node: usize) {
        let seed = self.chance.next_id();
        let peer = &mut self.peers[node];
        peer.node = Node::new(&format!("n{node}"), seed, Limits::default()).answering_for_absent(9);
        peer.checker = Checker::default();
    }

    /// The node ends without a word, and what is written to it is read by nobody.
    pub fn kill(&mut self, node: usize) {
        for outputs in self.peers.iter_mut().flat_map(|peer| &mut peer.outputs) {
            outputs.retain(|pipe| self.pipes[*pipe].reader.node != node);
        }
        self.pipes.iter_mut().filter(|pipe| pipe.reader.node == node).for_each(|pipe| {
            pipe.lines.clear();
        });
    }
}
