//! Lines in and out.

use std::hint::black_box;
use std::sync::Arc;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};

use crate::crowd::START;
use pipewright::proto::caps::CapSet;
use pipewright::proto::event::{Body, Event, MessageKind, MessageTags, Source};
use pipewright::proto::names::{EventId, Identity, Nick, UserId};
use pipewright::proto::numerics::Numeric;
use pipewright::proto::render::Rendered;
use pipewright::proto::{Frame, FrameLimits, Framing, Message};

const LIMITS: FrameLimits = FrameLimits { line: 512, tags: 4096 };

/// 64 KiB of messages, as a socket gives them: the last one not whole.
#[divan::bench]
fn framing(bencher: Bencher<'_, '_>) {
    let line = b"PRIVMSG #channel :as long as people's lines mostly are, sixty bytes\r\n";
    let stream: Vec<u8> = line.iter().copied().cycle().take(64 << 10).collect();
    bencher.counter(BytesCount::of_slice(&stream)).bench_local(|| {
        let (mut framing, mut data, mut lines) = (Framing::new(), &stream[..], 0);
        while let Some(Frame::Line(line)) = framing.next(&mut data, LIMITS) {
            lines += black_box(line).len();
        }
        lines
    });
}

#[divan::bench(args = [
    "PRIVMSG #channel :as long as people's lines mostly are, sixty bytes",
    "@label=abc;+draft/reply=xyz PRIVMSG #channel :with tags before it",
    "MODE #channel +ovvb-l ann bob cy *!*@192.0.2.1",
    "PING irc.example.org",
])]
fn parsing(line: &str) -> usize {
    Message::parse(black_box(line.as_bytes())).map_or(0, |message| message.params.len())
}

/// The line of a message in a channel, for one set of capabilities and for two.
#[divan::bench(args = [1, 2])]
fn rendering(bencher: Bencher<'_, '_>, kinds: usize) {
    let nick = Nick::parse(b"somebody", 30).expect("a nick");
    let identity = Arc::new(Identity::new(nick, "~user", "192.0.2.1"));
    let (target, text) =
        (&b"#channel"[..], &b"as long as people's lines mostly are, sixty bytes"[..]);
    let source = Source { user: UserId::from_u64(1), identity: Arc::clone(&identity) };
    let with = MessageTags { tags: Default::default(), lines: None, relayed: None };
    let (kind, target, text) = (MessageKind::Privmsg, target.into(), text.into());
    let body = Body::Message { kind, target, text, with };
    let id = EventId::from_u64(1 << 60);
    let event = Event { id, source, time: START.moment(), body };
    let caps = [CapSet::NONE, CapSet::SERVER_TIME];
    let mut out = Vec::with_capacity(1024);
    bencher.counter(ItemsCount::new(kinds)).bench_local(|| {
        out.clear();
        let mut rendered = Rendered::new(&event, LIMITS.line);
        for caps in &caps[..kinds] {
            black_box(rendered.for_caps(*caps, &mut out));
        }
        out.len()
    });
}

#[divan::bench]
fn rendering_a_numeric(bencher: Bencher<'_, '_>) {
    let mut out = Vec::with_capacity(1024);
    bencher.bench_local(|| {
        out.clear();
        Numeric::NoSuchChannel { channel: black_box("#channel").into() }.write(&mut out);
        out.len()
    });
}
