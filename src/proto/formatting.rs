//! What clients put into texts beside the words: colours and other formatting ("IRC Formatting",
//! modern.ircdocs.horse/formatting), and CTCP (Modern IRC, "CTCP").

use std::borrow::Cow;

use crate::proto::event::Line;

const COLOUR: u8 = 0x03;
const HEX_COLOUR: u8 = 0x04;
/// Bold, reset, monospace, reverse, italics, strikethrough, underline.
const STYLES: &[u8] = b"\x02\x0f\x11\x16\x1d\x1e\x1f";

/// Whether `text` has colours in it.
pub fn has_colour(text: &[u8]) -> bool {
    text.iter().any(|byte| matches!(*byte, COLOUR | HEX_COLOUR))
}

/// Whether `text` is a CTCP other than ACTION, which is but another way to speak.
pub fn is_ctcp(text: &[u8]) -> bool {
    let Some(inside) = text.strip_prefix(b"\x01") else { return false };
    let verb = inside.split(|byte| matches!(byte, b' ' | 0x01)).next().unwrap_or_default();
    !verb.eq_ignore_ascii_case(b"ACTION")
}

/// Whether any line of a message that has several is a CTCP other than ACTION, or begins one that the
/// lines joined to it complete: it is told both whole and line by line.
pub fn any_ctcp(lines: &[Line]) -> bool {
    let goes_on = |at: usize| lines.get(at + 1).is_some_and(|next| next.joined);
    let is_cut = |line: &Line| line.text.eq_ignore_ascii_case(b"\x01ACTION");
    let mut lines = lines.iter().enumerate();
    lines.any(|(at, line)| is_ctcp(&line.text) || goes_on(at) && is_cut(line))
}

/// `text` without its formatting.
pub fn strip(text: &[u8]) -> Cow<'_, [u8]> {
    let formats = |byte: &u8| matches!(*byte, COLOUR | HEX_COLOUR) || STYLES.contains(byte);
    if !text.iter().any(formats) {
        return text.into();
    }
    let (mut kept, mut rest) = (Vec::with_capacity(text.len()), text);
    while let Some((first, after)) = rest.split_first() {
        rest = match *first {
            COLOUR => after_pair(after, 2, u8::is_ascii_digit),
            HEX_COLOUR => after_pair(after, 6, u8::is_ascii_hexdigit),
            style if STYLES.contains(&style) => after,
            plain => {
                kept.push(plain);
                after
            }
        };
    }
    kept.into()
}

/// What follows a colour of up to `most` digits, and after a comma that of the background; a comma
/// without a colour belongs to the text.
fn after_pair(text: &[u8], most: usize, is_digit: fn(&u8) -> bool) -> &[u8] {
    let after = |text: &[u8]| text.iter().take(most).take_while(|byte| is_digit(byte)).count();
    let front = after(text);
    let rest = text.get(front..).unwrap_or_default();
    match rest.strip_prefix(b",").map(|back| (back, after(back))) {
        Some((back, digits)) if front > 0 && digits > 0 => back.get(digits..).unwrap_or_default(),
        _ => rest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formatting_goes_and_words_stay() {
        for (text, kept) in [
            (&b"plain, 5 words"[..], &b"plain, 5 words"[..]),
            (b"\x02bold\x02 \x1ditalic\x0f \x1funder\x1e\x11\x16", b"bold italic under"),
            (b"\x034red\x03 \x0304,12both\x03", b"red both"),
            (b"\x03123 one", b"3 one"),
            (b"\x034,text", b",text"),
            (b"\x03,4text", b",4text"),
            (b"\x04ff0000red\x04FF0000,00ff00both", b"redboth"),
            (b"\x03", b""),
            (b"\x01ACTION \x02waves\x01", b"\x01ACTION waves\x01"),
            (b"\xff\x02\xe4", b"\xff\xe4"),
        ] {
            assert_eq!(strip(text), kept, "{text:?}");
        }
    }

    #[test]
    fn colours_are_seen_and_other_formatting_is_not_one() {
        assert!(has_colour(b"a\x03b") && has_colour(b"\x04ffffff"));
        assert!(!has_colour(b"\x02bold\x02"));
    }

    #[test]
    fn an_action_is_no_ctcp_here() {
        assert!(is_ctcp(b"\x01VERSION\x01") && is_ctcp(b"\x01PING 1") && is_ctcp(b"\x01"));
        assert!(is_ctcp(b"\x01ACTIONS x\x01") && is_ctcp(b"\x01ACTIONX\x01"));
        assert!(!is_ctcp(b"\x01ACTION waves\x01") && !is_ctcp(b"\x01action\x01"));
        assert!(!is_ctcp(b"\x01ACTION") && !is_ctcp(b"say \x01VERSION\x01"));
    }

    #[test]
    fn a_ctcp_is_found_in_any_line_and_in_what_joined_lines_come_to() {
        let line = |text: &[u8], joined| Line { text: text.into(), joined };
        assert!(any_ctcp(&[line(b"hello", false), line(b"\x01VERSION\x01", false)]));
        assert!(any_ctcp(&[line(b"\x01ACTION", false), line(b"X\x01", true)]));
        assert!(!any_ctcp(&[line(b"\x01ACTION", false), line(b"X", false)]));
        assert!(!any_ctcp(&[line(b"\x01ACTION is", false), line(b" long\x01", true)]));
    }
}
