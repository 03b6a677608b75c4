//! However the pipes are laid and in whatever order they move: nothing is lost, nothing comes
//! twice, clocks only grow, and a snapshot has everything in causal order.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use crate::network::Network;
use pipewright::gateway::netchat::{Header, News};

/// Who said what, and what the node had heard when it was said.
struct Said {
    node: usize,
    /// The node and the site that it was for, if not for everyone.
    to: Option<(usize, String)>,
    after: BTreeSet<String>,
}

fn lay(network: &mut Network, shape: usize, nodes: usize) {
    let all: Vec<_> = (0..nodes).collect();
    match shape {
        0 => network.ring(&all),
        1 => (1..nodes).for_each(|node| network.join(node - 1, node)),
        2 => (1..nodes).for_each(|node| network.join(0, node)),
        3 => network.bus(&all),
        _ => {
            for node in 1..nodes {
                let neighbour = network.below(node);
                network.join(neighbour, node);
            }
        }
    }
    for _ in 0..network.below(4) {
        // Also two links between the same nodes, and a pipe looped onto itself.
        let (one, other) = (network.below(nodes), network.below(nodes));
        network.join(one, other);
    }
}

/// A random site that has come, and its node.
fn somebody(network: &mut Network) -> (usize, String) {
    let node = network.below(network.peers.len());
    let sites = network.peers[node].sites.clone();
    let site = sites[network.below(sites.len())].clone();
    (node, site)
}

fn heard(news: &[News]) -> impl Iterator<Item = &str> {
    news.iter().filter_map(|news| match news {
        News::Public { text, .. } | News::Private { text, .. } => Some(text.as_str()),
        _ => None,
    })
}

fn chat(network: &mut Network, messages: usize) -> BTreeMap<String, Said> {
    let mut said: BTreeMap<String, Said> = BTreeMap::new();
    while said.len() < messages {
        if network.below(3) != 0 && network.step() {
            continue;
        }
        let (node, site) = somebody(network);
        if !network.peers[node].node.is_here(&site) {
            network.act(node, |node| node.join(&site).unwrap());
            continue;
        }
        let own = said.iter().filter(|(_, it)| it.node == node).map(|(text, _)| text.clone());
        let after = own.chain(heard(&network.peers[node].news).map(str::to_owned)).collect();
        let text = format!("message {}", said.len());
        let (there, receiver) = somebody(network);
        let is_private =
            there != node && network.peers[there].node.is_here(&receiver) && network.below(3) == 0;
        if is_private {
            network.act(node, |node| node.private(&site, &receiver, &text).unwrap());
        } else {
            network.act(node, |node| node.public(&site, &text).unwrap());
        }
        let to = is_private.then_some((there, receiver));
        said.insert(text, Said { node, to, after });
    }
    said
}

fn check_delivery(network: &Network, said: &BTreeMap<String, Said>) {
    for (number, peer) in network.peers.iter().enumerate() {
        let mut times: BTreeMap<&str, usize> = BTreeMap::new();
        heard(&peer.news).for_each(|text| *times.entry(text).or_default() += 1);
        for (text, said) in said {
            let wanted = match &said.to {
                Some((node, _)) => *node == number,
                None => said.node != number,
            };
            let found = times.get(text.as_str()).copied().unwrap_or_default();
            assert_eq!(found, usize::from(wanted), "{text} at node {number}");
        }
        for news in &peer.news {
            if let News::Private { to, text, .. } = news {
                assert_eq!(said[text].to, Some((number, to.as_str().to_owned())));
            }
        }
    }
}

fn check_snapshot(network: &mut Network, said: &BTreeMap<String, Said>) {
    let (node, site) = loop {
        let (node, site) = somebody(network);
        if network.peers[node].node.is_here(&site) {
            break (node, site);
        }
    };
    let snapshot = network.snapshot(node, &site);
    assert_eq!(snapshot.missing, []);
    let history: Vec<String> = snapshot
        .history()
        .iter()
        .filter_map(|message| match &message.header {
            Header::Public(text) | Header::Private(_, text) => Some(text.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(history.iter().collect::<BTreeSet<_>>(), said.keys().collect());
    assert_eq!(history.len(), said.len(), "something is there twice");
    for (place, text) in history.iter().enumerate() {
        for cause in &said[text].after {
            let earlier = history.iter().position(|it| it == cause);
            assert!(earlier < Some(place), "{text} stands before its cause {cause}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn every_message_comes_once_to_every_site_and_a_snapshot_has_them_all(
        seed: u64, shape in 0_usize..5, nodes in 1_usize..7, messages in 0_usize..25,
    ) {
        let mut network = Network::new(seed, nodes);
        lay(&mut network, shape, nodes);
        network.act(0, |node| node.join("n0").unwrap());
        let said = chat(&mut network, messages);
        network.publish();
        check_delivery(&network, &said);
        for number in 0..nodes {
            let here = |other: usize, site: &str| network.peers[other].node.is_here(site);
            let mut others: Vec<&str> = (0..nodes)
                .filter(|other| *other != number)
                .flat_map(|other| network.peers[other].sites.iter().map(move |site| (other, site)))
                .filter(|(other, site)| here(*other, site))
                .map(|(_, site)| site.as_str())
                .collect();
            others.sort_unstable();
            let known = network.peers[number].node.others();
            prop_assert_eq!(known.iter().map(|site| site.as_str()).collect::<Vec<_>>(), others);
        }
        check_snapshot(&mut network, &said);
    }
}

#[test]
fn a_message_crosses_each_pipe_of_a_ring_once() {
    let mut network = Network::new(1, 5);
    network.ring(&[0, 1, 2, 3, 4]);
    network.act(2, |node| node.join("n2").unwrap());
    network.publish();
    assert_eq!(network.moved, 5);
}

#[test]
fn those_who_have_left_are_answered_for_and_are_not_thought_to_be_back() {
    let mut network = Network::new(1, 2);
    network.join(0, 1);
    network.act(0, |node| node.join("n0").unwrap());
    network.act(1, |node| node.join("guest").unwrap());
    network.act(1, |node| node.public("guest", "I was here").unwrap());
    network.act(1, |node| node.leave("guest").unwrap());
    network.publish();
    let snapshot = network.snapshot(0, "n0");
    assert_eq!(snapshot.missing, []);
    assert_eq!(snapshot.messages["guest"].len(), 1);
    assert!(network.peers[0].node.others().is_empty());
}

#[test]
fn a_node_that_starts_again_between_living_ones_learns_by_one_roll_call_who_is_there() {
    let mut network = Network::new(1, 3);
    network.join(1, 0);
    network.join(1, 2);
    for (node, site) in [(0, "n0"), (1, "n1"), (2, "n2")] {
        network.act(node, |node| node.join(site).unwrap());
    }
    network.act(1, |node| node.join("ann").unwrap());
    network.act(1, |node| node.leave("ann").unwrap());
    network.publish();
    network.restart(1);
    network.act(1, |node| node.join("n1").unwrap());
    network.publish();
    let there = |network: &Network| -> Vec<String> {
        network.peers[1].node.others().iter().map(|site| site.as_str().to_owned()).collect()
    };
    assert!(there(&network).is_empty());
    network.act(1, |node| node.call_roll(0).unwrap());
    network.publish();
    assert_eq!(there(&network), ["n0", "n2"]);
    // For those whom only the one before stood for somebody answers, half a second later.
    network.act(0, |node| node.ask_for_snapshot("n0", 0).unwrap());
    network.publish();
    assert_eq!(network.peers[0].node.finished_snapshot(0), None);
    for now in [0, 500] {
        network.peers[1].node.tick(now);
        network.publish();
    }
    let snapshot = network.peers[0].node.finished_snapshot(0).expect("everyone has answered");
    assert_eq!((snapshot.missing, snapshot.dates.len()), (vec![], 4));
    assert_eq!(there(&network), ["n0", "n2"], "nobody has come by that");
}

#[test]
fn a_peer_that_is_killed_on_one_of_two_links_is_gone_though_the_other_passes_its_words_on() {
    let mut network = Network::new(1, 3);
    network.join(1, 0);
    network.join(1, 2);
    for (node, site) in [(0, "n0"), (1, "n1"), (2, "n2")] {
        network.act(node, |node| node.join(site).unwrap());
    }
    network.act(0, |node| node.public("n0", "hello").unwrap());
    network.publish();
    network.kill(0);
    let gone = &mut network.peers[1].node;
    gone.close(crate::link(0));
    network.act(1, |node| node.call_roll(0).unwrap());
    network.publish();
    let gone = network.peers[1].node.tick(5_000);
    assert_eq!(gone, ["n0".into()]);
    assert!(network.peers[1].node.is_there("n2"));
}
