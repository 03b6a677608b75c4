//! Text between IRC and those who write to pipes: readable, clean, and in pieces that fit.

use deunicode::deunicode_char;

use crate::core::NetworkLimits;
use crate::proto::formatting;
use crate::proto::names::Nick;

/// What `nick` said by PRIVMSG or NOTICE, as plain text on one line: without formatting and control
/// characters, an ACTION as `* nick waves`.  `None` for other CTCP, which programs say to programs.
pub fn readable(nick: &str, text: &[u8]) -> Option<String> {
    if formatting::is_ctcp(text) {
        return None;
    }
    let action = text.strip_prefix(b"\x01").and_then(|inside| {
        let inside = inside.strip_suffix(b"\x01").unwrap_or(inside);
        inside.split_at_checked("ACTION".len()).map(|(_, words)| words)
    });
    let plain = String::from_utf8_lossy(&formatting::strip(action.unwrap_or(text))).into_owned();
    let plain = clean(&plain);
    Some(if action.is_some() { format!("* {nick} {}", plain.trim_start()) } else { plain })
}

/// `text` on one line: a tab is a space, and other control characters are left out.
pub fn clean(text: &str) -> String {
    text.chars().map(|c| if c == '\t' { ' ' } else { c }).filter(|c| !c.is_control()).collect()
}

/// The messages that a text of any length and with any line breaks comes to: each of at most `most`
/// bytes, cut between words where there are any, and clean.  Nothing is left out but empty lines and
/// the spaces at the cuts.
pub fn messages(text: &str, most: usize) -> Vec<String> {
    let mut messages = Vec::new();
    for line in text.split(['\n', '\r', '\u{2028}', '\u{2029}']) {
        let line = clean(line);
        let mut rest = line.as_str();
        while !rest.is_empty() {
            let (piece, after) = cut(rest, most.max(4));
            messages.push(piece.to_owned());
            rest = after;
        }
    }
    messages
}

/// A first piece of at most `most` bytes, and the rest.
fn cut(text: &str, most: usize) -> (&str, &str) {
    if text.len() <= most {
        return (text, "");
    }
    let end = (0..=most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
    let (piece, rest) = text.split_at(end);
    if let Some(rest) = rest.strip_prefix(' ') {
        return (piece, rest);
    }
    match piece.rfind(' ') {
        Some(at) if at > 0 => {
            let (piece, rest) = text.split_at(at);
            (piece, rest.strip_prefix(' ').unwrap_or(rest))
        }
        _ => (piece, rest),
    }
}

/// Where a script's line goes, and what it says there: to the channel, or after the prefix for
/// private messages, which is a word of its own, to a nick.  `None`: that is no nick, or nothing
/// follows it.
pub fn addressed<'a>(line: &'a str, prefix: &str, channel: &'a str) -> Option<(&'a str, &'a str)> {
    let private = line.strip_prefix(prefix);
    match private.filter(|rest| rest.is_empty() || rest.starts_with(' ')) {
        None => Some((channel, line)),
        Some(rest) => {
            let to_nick = rest.trim_start().split_once(' ');
            to_nick.filter(|(to, _)| Nick::parse(to.as_bytes(), usize::MAX).is_some())
        }
    }
}

/// Bytes of text that fit into a PRIVMSG to `target` from a user of that host, however it is called.
pub fn room(limits: &NetworkLimits, host: &str, target: &str) -> usize {
    let source = ":!@".len() + limits.nick + limits.user + host.len();
    let around = " PRIVMSG  :\r\n".len() + target.len();
    limits.line.saturating_sub(source + around)
}

/// The nick to try at the `attempt`-th time, from 0, for somebody who is called `name` elsewhere:
/// always legal, and the name itself if that is.  Letters that a nick may not have are written by
/// those that sound or look alike.
pub fn nick(name: &str, attempt: usize, most: usize) -> String {
    let mut nick = String::new();
    // A letter may come to several: more of them than the nick may have are not needed.
    for c in name.chars().take(most) {
        let mut own = [0; 4];
        let readable = match c.is_ascii() {
            true => c.encode_utf8(&mut own),
            false => deunicode_char(c).unwrap_or("_"),
        };
        for c in readable.chars() {
            let legal = c.is_ascii_alphanumeric() || r"[]\`_^{|}-".contains(c);
            if legal {
                nick.push(c);
            } else if !nick.ends_with('_') {
                nick.push('_');
            }
        }
    }
    // The space after the last word.
    if nick.ends_with('_') && !name.ends_with('_') {
        nick.pop();
    }
    if nick.is_empty() || nick == "_" {
        nick = "peer".into();
    }
    if Nick::parse(nick.as_bytes(), usize::MAX).is_none() {
        nick.insert(0, '_');
    }
    let suffix = if attempt == 0 { String::new() } else { format!("_{}", attempt + 1) };
    nick.truncate(most.saturating_sub(suffix.len()));
    nick + &suffix
}

#[cfg(test)]
mod tests {
    use irc_proto::FormattedStringExt;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_action_and_formatting_become_readable() {
        assert_eq!(readable("ann", b"\x02bold\x02 \x0304,12red\x0f").as_deref(), Some("bold red"));
        assert_eq!(readable("ann", b"\x01ACTION waves\x01").as_deref(), Some("* ann waves"));
        assert_eq!(readable("ann", b"\x01ACTION\x01").as_deref(), Some("* ann "));
        assert_eq!(readable("ann", b"a\tb\x07c\xff").as_deref(), Some("a bc\u{fffd}"));
        assert_eq!(readable("ann", b"\x01VERSION\x01"), None);
    }

    #[test]
    fn what_irc_proto_takes_out_is_taken_out_here_too() {
        for text in ["\x02bold\x02", "\x034red\x03", "\x0312,4both", "\x1funder\x0f\x16", "plain"] {
            let theirs = text.strip_formatting().into_owned();
            assert_eq!(readable("a", text.as_bytes()), Some(theirs));
        }
        // And what it leaves in: italics, monospace, struck out, colours as six digits.
        let all = "\x1di\x11m\x1es\x04ff0000red";
        assert_eq!(readable("a", all.as_bytes()).as_deref(), Some("imsred"));
        assert_ne!(all.strip_formatting(), "imsred");
    }

    #[test]
    fn any_name_makes_a_legal_nick() {
        assert_eq!(nick("alice", 0, 30), "alice");
        assert_eq!(nick("alice", 1, 30), "alice_2");
        assert_eq!(nick("alice", 1, 6), "alic_2");
        assert_eq!(nick("Zoë  von B", 0, 30), "Zoe_von_B");
        assert_eq!(nick("名前", 0, 30), "Ming_Qian");
        assert_eq!(nick("Юлия", 0, 30), "Iuliia");
        assert_eq!(nick("Łukasz ", 0, 30), "Lukasz");
        assert_eq!(nick("🦄", 0, 30), "unicorn");
        assert_eq!(nick("9lives", 0, 30), "_9lives");
        assert_eq!(nick("-x", 0, 30), "_-x");
        for strange in ["", " ", "\n", "\u{e000}", "\u{7f}"] {
            assert_eq!(nick(strange, 0, 30), "peer", "{strange:?}");
        }
    }

    #[test]
    fn lines_and_words_stay_whole() {
        assert_eq!(messages("one two three", 8), ["one two", "three"]);
        assert_eq!(messages("one two three", 7), ["one two", "three"]);
        assert_eq!(messages("abcdefgh ij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(messages("a\r\n\nb\u{2028}c", 9), ["a", "b", "c"]);
        assert_eq!(messages("ééé", 4), ["éé", "é"]);
        assert_eq!(messages("", 9), [""; 0]);
        assert_eq!(messages("x\u{1}\0y", 9), ["xy"]);
    }

    proptest! {
        #[test]
        fn a_nick_of_anything_is_legal_and_another_at_each_attempt(
            name in any::<String>(), attempt in 0_usize..2000, most in 9_usize..64
        ) {
            let one = nick(&name, attempt, most);
            prop_assert!(Nick::parse(one.as_bytes(), most).is_some(), "{one:?}");
            prop_assert_ne!(one, nick(&name, attempt + 1, most));
        }

        #[test]
        fn all_words_of_a_text_are_said_in_order(text in any::<String>(), most in 4_usize..100) {
            let said = messages(&text, most);
            prop_assert!(said.iter().all(|m| m.len() <= most && !m.chars().any(char::is_control)));
            let letters = |text: &str| -> String {
                text.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect()
            };
            prop_assert_eq!(letters(&said.concat()), letters(&text));
        }
    }
}
