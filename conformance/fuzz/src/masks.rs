//! Patterns and list masks: equal ones match the same, and a complete mask is completed to itself.

use pipewright::proto::names::{Casemap, Glob, Mask};

/// A pattern, LF, and the rest to match against it.
pub fn run(data: &[u8]) {
    let end = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let (pattern, subject) = (&data[..end], data.get(end + 1..).unwrap_or_default());
    // No line has room for more.
    if pattern.len() > 510 || subject.len() > 510 {
        return;
    }
    for casemap in [Casemap::Rfc1459, Casemap::Ascii] {
        let glob = Glob::new(pattern, casemap);
        let matches = glob.matches(subject);
        let fold =
            |text: &[u8]| text.iter().map(|byte| casemap.fold_byte(*byte)).collect::<Vec<_>>();
        assert_eq!(glob.matches(&fold(subject)), matches, "the case of the subject counts");
        // A backslash and a bar are one letter in RFC 1459's case, but only the first escapes.
        if !pattern.contains(&b'\\') {
            let folded = Glob::new(&fold(pattern), casemap);
            assert_eq!(folded.matches(subject), matches, "the case of the pattern counts");
        }
        if !pattern.iter().any(|byte| b"*?\\".contains(byte)) {
            assert_eq!(fold(pattern) == fold(subject), matches, "a pattern without wild cards");
        }
        if let Some(mask) = Mask::parse(pattern, casemap, 128) {
            let text = mask.to_string();
            assert!(text.len() <= 128 && std::str::from_utf8(mask.as_bytes()).is_ok());
            let again = Mask::parse(text.as_bytes(), casemap, 128).expect("it was complete");
            assert_eq!(again.to_string(), text);
            assert_eq!(again.matches(subject), mask.matches(subject));
        }
    }
}
