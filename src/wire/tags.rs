//! Message tags (IRCv3 message-tags): keys, and values escaped and not.

use std::borrow::Cow;

/// Key and unescaped value of each tag in `raw`, which is without `@`; a missing value is empty.
/// Of a key that comes twice the last value counts, which is left to the reader.  What has no key
/// is no tag.
pub fn iter(raw: &[u8]) -> impl Iterator<Item = (&[u8], Cow<'_, [u8]>)> {
    let has_key = |tag: &&[u8]| tag.first().is_some_and(|&first| first != b'=');
    raw.split(|&b| b == b';').filter(has_key).map(|tag| {
        let mut halves = tag.splitn(2, |&b| b == b'=');
        let key = halves.next().unwrap_or_default();
        (key, unescape(halves.next().unwrap_or_default()))
    })
}

/// Appends a tag to `out`, which holds the tags before it and no `@`.  The inverse of [`iter`]; an
/// empty value is left away, `=` and all.
pub fn push(out: &mut Vec<u8>, key: &[u8], value: &[u8]) {
    if !out.is_empty() {
        out.push(b';');
    }
    out.extend_from_slice(key);
    if !value.is_empty() {
        out.push(b'=');
    }
    for &byte in value {
        match byte {
            b';' => out.extend_from_slice(br"\:"),
            b' ' => out.extend_from_slice(br"\s"),
            b'\\' => out.extend_from_slice(br"\\"),
            b'\r' => out.extend_from_slice(br"\r"),
            b'\n' => out.extend_from_slice(br"\n"),
            _ => out.push(byte),
        }
    }
}

/// A `\` before any other byte than the five, or at the end, is dropped.
fn unescape(value: &[u8]) -> Cow<'_, [u8]> {
    if !value.contains(&b'\\') {
        return Cow::Borrowed(value);
    }
    let mut plain = Vec::with_capacity(value.len());
    let mut bytes = value.iter();
    while let Some(&byte) = bytes.next() {
        match byte {
            b'\\' => plain.extend(bytes.next().map(|&escaped| match escaped {
                b':' => b';',
                b's' => b' ',
                b'r' => b'\r',
                b'n' => b'\n',
                other => other,
            })),
            _ => plain.push(byte),
        }
    }
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_pushed_is_read_again() {
        let tags: [(&[u8], &[u8]); 4] =
            [(b"a", b"; \\\r\n:s"), (b"+v.net/b", b""), (b"c", b"a=b=@"), (b"d", b"\xff@")];
        let mut out = Vec::new();
        for (key, value) in tags {
            push(&mut out, key, value);
        }
        assert!(out.starts_with(br"a=\:\s\\\r\n:s;+v.net/b;c="));
        assert_eq!(iter(&out).collect::<Vec<_>>(), tags.map(|(k, v)| (k, Cow::Borrowed(v))));
    }

    #[test]
    fn stray_backslashes_and_semicolons_are_dropped() {
        let found: Vec<_> = iter(br";a=\b\;;=;=c;b=\\\").collect();
        assert_eq!(found, [(&b"a"[..], b"b"[..].into()), (b"b", br"\"[..].into())]);
    }

    #[test]
    fn a_value_without_escapes_is_lent() {
        assert!(iter(b"a=b").all(|(_, value)| matches!(value, Cow::Borrowed(b"b"))));
    }
}
