//! Packing many items into few lines: NAMES, ISON, MONITOR and the like.

use crate::proto::truncate_utf8;

/// Joins `items` by `sep` into as few texts as their order allows, each of at most
/// `limit - head_len - 2` bytes: what a line of `limit` bytes has left after its head of `head_len`
/// and CR LF.  Calls `each` once a text; never for no items.  An item too long even alone is cut at
/// a character ([`truncate_utf8`]).
pub fn fill<'a>(
    head_len: usize,
    limit: usize,
    sep: u8,
    items: impl Iterator<Item = &'a [u8]>,
    mut each: impl FnMut(&[u8]),
) {
    let room = limit.saturating_sub(head_len).saturating_sub(2);
    let mut text = Vec::with_capacity(room);
    let mut begun = false;
    for item in items {
        let item = truncate_utf8(item, room);
        if begun && text.len() + 1 + item.len() > room {
            each(&text);
            text.clear();
            begun = false;
        }
        if begun {
            text.push(sep);
        }
        text.extend_from_slice(item);
        begun = true;
    }
    if begun {
        each(&text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(head_len: usize, limit: usize, items: &[&str]) -> Vec<String> {
        let mut texts = Vec::new();
        fill(head_len, limit, b' ', items.iter().map(|item| item.as_bytes()), |text| {
            texts.push(String::from_utf8_lossy(text).into_owned());
        });
        texts
    }

    #[test]
    fn a_text_is_full_to_the_last_byte() {
        assert_eq!(filled(3, 10, &["ab", "cd", "ef"]), ["ab cd", "ef"]);
        assert_eq!(filled(3, 13, &["ab", "cd", "ef"]), ["ab cd ef"]);
    }

    #[test]
    fn no_items_make_no_text() {
        assert_eq!(filled(3, 10, &[]), [""; 0]);
    }

    #[test]
    fn an_item_too_long_alone_is_cut_at_a_character() {
        assert_eq!(filled(0, 6, &["a", "abcé", "b"]), ["a", "abc", "b"]);
    }

    #[test]
    fn a_head_past_the_limit_leaves_empty_texts() {
        assert_eq!(filled(20, 10, &["ab"]), [""]);
    }
}
