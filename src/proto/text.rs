//! Cutting text to a length, and into words.

use memchr::memchr;

/// The first `max` bytes of `text` at most.  A UTF-8 character that would be split is left out
/// whole; bytes that are not UTF-8 are cut where they are.
pub fn truncate_utf8(text: &[u8], max: usize) -> &[u8] {
    let Some((kept, cut)) = text.split_at_checked(max) else { return text };
    if cut.is_empty() {
        return kept;
    }
    for back in 1..=3 {
        let Some((whole, split)) = max.checked_sub(back).and_then(|at| text.split_at_checked(at))
        else {
            break;
        };
        if let (Some(_), size) = bstr::decode_utf8(split) {
            return if size > back { whole } else { kept };
        }
    }
    kept
}

/// The words of a text that has a space after each of them.
pub fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (word, after) = rest.split_at_checked(memchr(b' ', rest)?)?;
        rest = after.get(1..)?;
        Some(word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_is_kept_whole_or_left_out() {
        let text = "aé€😀".as_bytes();
        let kept: Vec<_> = (0..=12).map(|max| truncate_utf8(text, max).len()).collect();
        assert_eq!(kept, [0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10, 10]);
    }

    #[test]
    fn bytes_that_are_not_utf8_are_cut_where_they_are() {
        for text in [b"\xe2\x82\xe2\x82\xe2", b"\x80\x80\x80\x80\x80", b"\xff\xff\xf0\x9f\x98"] {
            for max in 0..=5 {
                assert_eq!(truncate_utf8(text, max).len(), max);
            }
        }
    }
}
