//! Laws of the parsing and the names that hold for any input.

#![allow(clippy::indexing_slicing, reason = "a slip in an oracle should stop the test")]

use proptest::collection::vec;
use proptest::prelude::*;

use pipewright::proto::names::{Casemap, ChannelName, Glob, Mask, Nick};
use pipewright::proto::{Frame, FrameLimits, Framing, Message, fill, truncate_utf8};

const LIMITS: FrameLimits = FrameLimits { line: 14, tags: 9 };

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_024))]

    #[test]
    fn framing_gives_the_same_frames_wherever_the_network_cuts(
        data in stream(),
        cuts in vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(data.len() + 1)).collect();
        cuts.sort_unstable();
        let mut pieces = Vec::new();
        let mut rest = data.as_slice();
        for cut in cuts {
            let (piece, after) = rest.split_at(cut - (data.len() - rest.len()));
            pieces.push(piece);
            rest = after;
        }
        pieces.push(rest);
        prop_assert_eq!(frames(&pieces), frames(&[&data]));
        let bytes: Vec<_> = data.chunks(1).collect();
        prop_assert_eq!(frames(&bytes), frames(&[&data]));
    }

    #[test]
    fn framing_loses_no_line_and_tells_each_overlong_one_once(data in stream()) {
        // A line without an end is held back, so all get one here.
        let ended = [data.as_slice(), b"\n"].concat();
        let expected: Vec<_> = ended
            .split(|&b| b == b'\r' || b == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| within_limits(line).then(|| line.to_vec()))
            .collect();
        prop_assert_eq!(frames(&[&ended]), expected);
    }

    #[test]
    fn no_bytes_make_the_parser_panic_and_what_it_takes_is_written_as_it_was_meant(
        line in prop_oneof![vec(any::<u8>(), 0..80), odd(b"@:; =\\aB1\xc3\xa4\x01", 40)],
    ) {
        let mut written = Vec::new();
        if let Ok(message) = Message::parse(&line) {
            message.write(&mut written);
            prop_assert_eq!(Message::parse(&written), Ok(message));
            prop_assert!(written.len() <= line.len());
        }
    }

    // Kept away from where irc-proto differs: it ends at text that is not UTF-8, takes at most 14
    // parameters and counts each further space between two for one, takes a second space before the verb for an empty verb, and has shapes of its
    // own for the verbs it knows (WHO and WHOIS lose fields, MODE is taken apart): those are left
    // out, except numerics and PRIVMSG, which it keeps whole.
    #[test]
    fn well_formed_lines_are_to_us_what_they_are_to_irc_proto(
        tags in proptest::option::of(vec(("[a-z0-9./+-]{1,8}", r"[^\x00\r\n; ]{0,8}"), 1..4)),
        source in proptest::option::of("[a-z]{1,6}(![a-z~]{1,4}@[a-z.:0-9]{1,9})?"),
        verb in prop_oneof!["X[A-Za-z0-9]{1,8}", "00[1-4]|353|366|433|999"],
        middle in vec("[^: \\x00\r\n][^ \\x00\r\n]{0,8}", 0..7),
        trailing in proptest::option::of("[^\\x00\r\n]{0,20}"),
        spaces in 1..3_usize,
    ) {
        let mut line = String::new();
        if let Some(tags) = &tags {
            let tags: Vec<_> = tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
            line += &format!("@{} ", tags.join(";"));
        }
        if let Some(source) = &source {
            line += &format!(":{source} ");
        }
        line += &verb;
        for param in &middle {
            line += &" ".repeat(spaces);
            line += param;
        }
        if let Some(trailing) = &trailing {
            line += &format!(" :{trailing}");
        }
        let ours = Message::parse(line.as_bytes()).expect("well-formed");
        let theirs: irc_proto::Message = line.parse().expect("well-formed");
        let (their_verb, their_params) = match theirs.command {
            irc_proto::Command::Raw(verb, params) => (verb, params),
            irc_proto::Command::Response(code, params) => (format!("{:03}", code as u16), params),
            other => panic!("a shape of its own: {other:?}"),
        };
        prop_assert_eq!(text(ours.verb), their_verb);
        prop_assert_eq!(ours.params.iter().map(|p| text(p)).collect::<Vec<_>>(), their_params);
        prop_assert_eq!(ours.source.map(text), theirs.prefix.map(|prefix| prefix.to_string()));
        let their_tags: Vec<_> = theirs.tags.into_iter().flatten()
            .map(|irc_proto::message::Tag(key, value)| (key, value.unwrap_or_default()))
            .collect();
        let our_tags: Vec<_> = ours.tags().map(|(key, value)| (text(key), text(&value))).collect();
        prop_assert_eq!(our_tags, their_tags);
    }

    #[test]
    fn privmsg_is_to_us_what_it_is_to_irc_proto(target in "[#a-z]{1,8}", said in "[^\\x00\r\n]{0,40}") {
        let line = format!("PRIVMSG {target} :{said}");
        let ours = Message::parse(line.as_bytes()).expect("well-formed");
        let theirs: irc_proto::Message = line.parse().expect("well-formed");
        let [our_target, our_text] = ours.params.as_slice() else { panic!("two parameters") };
        prop_assert_eq!(theirs.command, irc_proto::Command::PRIVMSG(text(our_target), text(our_text)));
    }

    #[test]
    fn a_glob_matches_what_trying_everything_would_match(
        pattern in odd(b"**??\\aA[{\xc3\xa4\xff", 9),
        subject in odd(b"*?\\aA[{\xc3\xa4\xff", 9),
        ascii in any::<bool>(),
    ) {
        let casemap = if ascii { Casemap::Ascii } else { Casemap::Rfc1459 };
        prop_assert_eq!(
            Glob::new(&pattern, casemap).matches(&subject),
            every_way(&units(&pattern), &units(&subject), casemap)
        );
    }

    #[test]
    fn a_glob_matches_long_texts_in_the_same_way(
        pattern in odd(b"****?aaAb\xc3\xa4", 40),
        subject in odd(b"aaaaAAb\xc3\xa4", 300),
    ) {
        for (pattern, subject) in [
            (pattern.clone(), subject.clone()),
            // Such as fits nearly.
            ([b"*", &subject[subject.len() / 3..]].concat(), subject.clone()),
            ([&subject[..subject.len() / 2], b"?*", &subject[subject.len() / 2..]].concat(), subject),
        ] {
            prop_assert_eq!(
                Glob::new(&pattern, Casemap::Ascii).matches(&subject),
                every_way(&units(&pattern), &units(&subject), Casemap::Ascii)
            );
        }
    }

    #[test]
    fn a_complete_mask_is_completed_to_itself(raw in odd(b"**?\\!@:aA\xc3\xa4.", 12)) {
        if let Some(mask) = Mask::parse(&raw, Casemap::Rfc1459, 40) {
            prop_assert!(std::str::from_utf8(mask.as_bytes()).is_ok());
            let again = Mask::parse(mask.to_string().as_bytes(), Casemap::Rfc1459, 40);
            prop_assert_eq!(again.map(|mask| mask.to_string()), Some(mask.to_string()));
        }
    }

    #[test]
    fn folding_twice_is_folding_once(text in any::<String>(), raw in odd(b"aAzZ[]{}|^_-09 \xc3\xa4", 10)) {
        for casemap in [Casemap::Rfc1459, Casemap::Ascii] {
            let folded = casemap.fold(text.as_bytes());
            prop_assert_eq!(&casemap.fold(folded.as_bytes()), &folded);
            let bytes: Vec<_> = text.bytes().map(|byte| casemap.fold_byte(byte)).collect();
            prop_assert_eq!(folded.as_bytes(), bytes);
            if let Some(nick) = Nick::parse(&raw, 9) {
                let again = Nick::parse(casemap.fold(nick.as_str().as_bytes()).as_bytes(), 9);
                prop_assert_eq!(again.map(|nick| nick.key(casemap)), Some(nick.key(casemap)));
            }
            let key = Nick::parse(&raw, 9).map(|nick| nick.key(casemap));
            prop_assert_eq!(Nick::key_of(&raw, 9, casemap), key);
            let name = [b"#", &raw[..]].concat();
            let key = ChannelName::parse(&name, 9).map(|name| name.key(casemap));
            prop_assert_eq!(ChannelName::key_of(&name, 9, casemap), key);
        }
    }

    #[test]
    fn filling_loses_nothing_and_no_text_is_over_the_limit(
        items in vec("[a-zé€]{0,8}", 0..40),
        head_len in 0..20_usize,
        room in 24..60_usize,
    ) {
        let limit = head_len + room + 2;
        let mut texts: Vec<String> = Vec::new();
        let bytes = items.iter().map(String::as_bytes);
        fill(head_len, limit, b' ', bytes, |filled| texts.push(text(filled)));
        prop_assert!(texts.iter().all(|text| head_len + text.len() + 2 <= limit));
        let found: Vec<_> = texts.iter().flat_map(|text| text.split(' ')).collect();
        prop_assert_eq!(&found, &items);
        for pair in texts.windows(2) {
            let next = pair[1].split(' ').next().unwrap_or_default();
            prop_assert!(pair[0].len() + 1 + next.len() > room, "{:?} had room", pair[0]);
        }
    }

    #[test]
    fn truncated_text_is_the_longest_whole_beginning(text in any::<String>(), max in 0..40_usize) {
        let longest = (0..=max.min(text.len())).rev().find(|&at| text.is_char_boundary(at));
        prop_assert_eq!(Some(truncate_utf8(text.as_bytes(), max).len()), longest);
    }

    #[test]
    fn truncated_bytes_are_a_beginning_within_the_limit(bytes in vec(any::<u8>(), 0..40), max in 0..40_usize) {
        let kept = truncate_utf8(&bytes, max);
        prop_assert!(kept.len() <= max && bytes.starts_with(kept));
        prop_assert!(kept.len() + 3 >= max.min(bytes.len()));
    }
}

/// Bytes that often are what a stream is made of: line ends, tags, lines about the limits.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    odd(b"\r\n\n @@abcdefgh\xff", 80)
}

/// Up to `max` bytes, each one of `alphabet`.
fn odd(alphabet: &'static [u8], max: usize) -> impl Strategy<Value = Vec<u8>> {
    vec(prop::sample::select(alphabet), 0..=max)
}

/// The frames of `pieces` fed one after the other; `None` is a line too long.
fn frames(pieces: &[&[u8]]) -> Vec<Option<Vec<u8>>> {
    let mut framing = Framing::new();
    let mut found = Vec::new();
    for piece in pieces {
        let mut data = *piece;
        while let Some(frame) = framing.next(&mut data, LIMITS) {
            found.push(match frame {
                Frame::Line(line) => Some(line.to_vec()),
                Frame::TooLong => None,
            });
            assert_eq!(framing.held(), 0);
        }
        assert!(data.is_empty());
        assert!(framing.held() <= LIMITS.tags + LIMITS.line - 2);
    }
    found
}

fn within_limits(line: &[u8]) -> bool {
    let content = LIMITS.line - 2;
    match line.iter().position(|&b| b == b' ') {
        _ if !line.starts_with(b"@") => line.len() <= content,
        Some(space) => space < LIMITS.tags && line.len() - space - 1 <= content,
        None => line.len() <= LIMITS.tags,
    }
}

/// A text as its characters; a byte that is not part of one stands alone.
fn units(mut text: &[u8]) -> Vec<Vec<u8>> {
    let mut units = Vec::new();
    while !text.is_empty() {
        let character = (1..=4.min(text.len()))
            .find(|&length| std::str::from_utf8(&text[..length]).is_ok())
            .unwrap_or(1);
        units.push(text[..character].to_vec());
        text = &text[character..];
    }
    units
}

/// Whether a pattern fits, by a table: which beginnings of the subject the pattern so far fits.
fn every_way(pattern: &[Vec<u8>], subject: &[Vec<u8>], casemap: Casemap) -> bool {
    let fold = |unit: &Vec<u8>| unit.iter().map(|&b| casemap.fold_byte(b)).collect::<Vec<_>>();
    let (mut rest, mut fits) = (pattern, vec![false; subject.len() + 1]);
    fits[0] = true;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if first == b"*" {
            let from = fits.iter().position(|fits| *fits).unwrap_or(fits.len());
            fits[from..].fill(true);
            continue;
        }
        let mut wanted = Some(first).filter(|first| *first != b"?");
        if first == b"\\"
            && let Some((next, left)) = rest.split_first()
            && matches!(next.as_slice(), b"*" | b"?")
        {
            (wanted, rest) = (Some(next), left);
        }
        for end in (0..subject.len()).rev() {
            let is_it = wanted.is_none_or(|wanted| fold(wanted) == fold(&subject[end]));
            fits[end + 1] = fits[end] && is_it;
        }
        fits[0] = false;
    }
    fits[subject.len()]
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text in this test")
}
