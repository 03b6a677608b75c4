//! Message tags (IRCv3 message-tags): keys, and values escaped and not.

use std::borrow::Cow;
use std::collections::BTreeSet;

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

/// The last value of a tag in `raw`, unescaped, if it has one that is not empty.
pub fn value<'a>(raw: &'a [u8], key: &[u8]) -> Option<Cow<'a, [u8]>> {
    let of_key = iter(raw).filter(|(found, _)| *found == key);
    of_key.last().map(|(_, value)| value).filter(|value| !value.is_empty())
}

/// Whether a tag is in `raw`, with a value or without.
pub fn has(raw: &[u8], key: &[u8]) -> bool {
    iter(raw).any(|(found, _)| found == key)
}

/// The client-only tags of `raw` as they stand there, but for those whose key is no key, those that
/// `denied` names without its `+`, and all but the last of one key (section "Format").
pub fn client_only(raw: &[u8], denied: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let mut seen = BTreeSet::new();
    let mut kept: Vec<&[u8]> = Vec::new();
    for tag in raw.split(|&byte| byte == b';').rev() {
        let key = tag.split(|&byte| byte == b'=').next().unwrap_or_default();
        let Some(name) = key.strip_prefix(b"+") else { continue };
        if is_key(name) && !denied(name) && seen.insert(name) {
            kept.push(tag);
        }
    }
    kept.reverse();
    kept.join(&b';')
}

/// Letters, digits and hyphens, after a host name and `/` if there is one (section "Format").
fn is_key(name: &[u8]) -> bool {
    let mut halves = name.rsplitn(2, |&byte| byte == b'/');
    let own = halves.next().unwrap_or_default();
    let word = |text: &[u8], also: &[u8]| {
        let fits = |byte: &u8| byte.is_ascii_alphanumeric() || also.contains(byte);
        !text.is_empty() && text.iter().all(fits)
    };
    word(own, b"-") && halves.next().is_none_or(|vendor| word(vendor, b"-."))
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
    fn of_what_a_client_sends_only_whole_client_only_tags_are_kept_each_once() {
        let kept = |raw: &[u8]| client_only(raw, |name| name == b"bad");
        assert_eq!(kept(b"a=1;+b=2;label=x;+v.net/c;+b=3;+bad=1;time=x"), b"+v.net/c;+b=3");
        for broken in [&b"+"[..], b"+=x", b"++a", b"+a b", b"+a_b=1", b"+/a", b"+v/", b";;", b"="] {
            assert_eq!(kept(broken), b"", "{broken:?}");
        }
        assert_eq!(kept(br"+a=\\:=,"), br"+a=\\:=,");
    }

    #[test]
    fn of_a_key_that_comes_twice_the_last_counts() {
        assert_eq!(value(b"label=a;label=b", b"label").as_deref(), Some(&b"b"[..]));
        assert_eq!(value(b"label;x=1", b"label"), None);
        assert!(has(b"draft/multiline-concat", b"draft/multiline-concat"));
    }

    #[test]
    fn a_value_without_escapes_is_lent() {
        assert!(iter(b"a=b").all(|(_, value)| matches!(value, Cow::Borrowed(b"b"))));
    }
}
