//! Texts with fields in them, taken apart while they are compiled: an answer of many lines costs
//! little more than the copying.

/// Fields before the trailing one that are several parameters.
const SEVERAL: &[&str] = &["modes", "tokens"];

/// A part of a text: what is copied, and the field after it.
#[derive(Clone, Copy)]
pub(super) struct Part {
    copied: &'static [u8],
    /// Which, by its number; the last part has none.
    field: Option<usize>,
    /// It may have spaces in it.
    is_whole: bool,
}

/// Copies a text with the value of each field in its place.
pub(super) fn fill(out: &mut Vec<u8>, parts: &[Part], fields: &[&[u8]]) {
    for part in parts {
        out.extend_from_slice(part.copied);
        if let Some(word) = part.field.and_then(|field| fields.get(field)) {
            out.extend_from_slice(if part.is_whole { word } else { middle(word) });
        }
    }
}

/// One for each `{field}`, and the rest.
pub(super) const fn count_of_parts(text: &str) -> usize {
    let (mut rest, mut count) = (text.as_bytes(), 1);
    while let [byte, after @ ..] = rest {
        count += (*byte == b'{') as usize;
        rest = after;
    }
    count
}

/// Takes a text apart, while it is compiled: with a field that there is not, it does not compile.
#[expect(clippy::indexing_slicing, reason = "a wrong index does not compile")]
pub(super) const fn parts<const COUNT: usize>(
    text: &'static str,
    fields: &[&str],
) -> [Part; COUNT] {
    let mut parts = [Part { copied: b"", field: None, is_whole: false }; COUNT];
    let (mut rest, mut trailing, mut at) = (text.as_bytes(), false, 0);
    while at + 1 < COUNT {
        let (copied, after) = rest.split_at(position(rest, b'{'));
        let (name, after) = after.split_at(position(after, b'}'));
        trailing |= position(copied, b':') < copied.len();
        let name = name.split_at(1).1;
        let is_whole = trailing || index(SEVERAL, name) < SEVERAL.len();
        let field = index(fields, name);
        assert!(field < fields.len(), "no such field");
        parts[at] = Part { copied, field: Some(field), is_whole };
        rest = after.split_at(1).1;
        at += 1;
    }
    parts[at].copied = rest;
    parts
}

/// Where `byte` is first, or the length.
const fn position(bytes: &[u8], byte: u8) -> usize {
    let mut rest = bytes;
    while let [first, after @ ..] = rest {
        if *first == byte {
            break;
        }
        rest = after;
    }
    bytes.len() - rest.len()
}

/// Which of the names that is, or how many there are.
const fn index(names: &[&str], name: &[u8]) -> usize {
    let mut rest = names;
    while let [first, after @ ..] = rest {
        if are_equal(first.as_bytes(), name) {
            break;
        }
        rest = after;
    }
    names.len() - rest.len()
}

const fn are_equal(mut one: &[u8], mut other: &[u8]) -> bool {
    while let ([a, one_after @ ..], [b, other_after @ ..]) = (one, other) {
        if *a != *b {
            return false;
        }
        (one, other) = (one_after, other_after);
    }
    one.is_empty() && other.is_empty()
}

/// What of `word` can stand as a middle parameter: what a client gave as its last one may be
/// empty, have spaces in it or begin with `:`, and shown as it is would shift the rest.
pub fn middle(word: &[u8]) -> &[u8] {
    let first = word.split(|&byte| byte == b' ').next().unwrap_or_default();
    if first.is_empty() || first.starts_with(b":") { b"*" } else { first }
}
