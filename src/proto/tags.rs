//! Message tags (IRCv3 message-tags): keys, and values escaped and not.

use std::borrow::Cow;
use std::collections::BTreeSet;

/// Key and unescaped value of each tag in `raw`, which is without `@`; a missing value is empty.
/// Of a key that comes twice the last value counts, which is left to the reader.  What has no key
/// is no tag.
pub fn iter(raw: &[u8]) -> impl Iterator<Item = (&[u8], Cow<'_, [u8]>)> {
    let has_key = |tag: &&[u8]| tag.first().is_some_and(|&first| first != b'=');
    raw.split(|&b| b == b';').filter(has_key).map(|tag| {
        let (key, value) = split(tag);
        (key, unescape(value))
    })
}

/// Key and value of a tag as they stand there; a missing value is empty.
fn split(tag: &[u8]) -> (&[u8], &[u8]) {
    let mut halves = tag.splitn(2, |&byte| byte == b'=');
    (halves.next().unwrap_or_default(), halves.next().unwrap_or_default())
}

/// The last value of a tag in `raw`, unescaped, if it has one that is not empty.  A last value that
/// is not UTF-8 is none (section "Format").
pub fn value<'a>(raw: &'a [u8], key: &[u8]) -> Option<Cow<'a, [u8]>> {
    let last = raw.split(|&byte| byte == b';').rfind(|tag| split(tag).0 == key)?;
    let (_, value) = split(last);
    (!value.is_empty() && std::str::from_utf8(value).is_ok()).then(|| unescape(value))
}

/// Whether a tag is in `raw`, with a value or without.
pub fn has(raw: &[u8], key: &[u8]) -> bool {
    iter(raw).any(|(found, _)| found == key)
}

/// The client-only tags of a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientOnly {
    /// Those that may be relayed, as they stood there, with `;` between them.
    pub kept: Vec<u8>,
    /// Whether there were some, and none of them may be relayed.
    pub all_dropped: bool,
}

/// The client-only tags of `raw`: all but those that `denied` names without their `+`, those that
/// are not UTF-8, and all but the last of one key.  Whatever else a key is made of is relayed: keys
/// are opaque, and their syntax may be extended (section "Format").
pub fn client_only(raw: &[u8], denied: impl Fn(&[u8]) -> bool) -> ClientOnly {
    let mut seen = BTreeSet::new();
    let mut kept: Vec<&[u8]> = Vec::new();
    for tag in raw.split(|&byte| byte == b';').rev() {
        let Some(name) = split(tag).0.strip_prefix(b"+").filter(|name| !name.is_empty()) else {
            continue;
        };
        // The last one counts, even where it is dropped.
        if seen.insert(name) && !denied(name) && std::str::from_utf8(tag).is_ok() {
            kept.push(tag);
        }
    }
    kept.reverse();
    ClientOnly { all_dropped: kept.is_empty() && !seen.is_empty(), kept: kept.join(&b';') }
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
    fn of_what_a_client_sends_only_client_only_tags_are_kept_each_once() {
        let kept = |raw: &[u8]| client_only(raw, |name| name == b"bad").kept;
        assert_eq!(kept(b"a=1;+b=2;label=x;+v.net/c;+b=3;+bad=1;time=x"), b"+v.net/c;+b=3");
        for no_tag in [&b"+"[..], b"+=x", b";;", b"=", b"a+b=1"] {
            assert_eq!(kept(no_tag), b"", "{no_tag:?}");
        }
        assert_eq!(kept(br"+a=\\:=,"), br"+a=\\:=,");
    }

    #[test]
    fn a_client_only_key_is_relayed_whatever_it_is_made_of() {
        for odd in
            ["+a_b=1", "+a.b", "+draft/a_b", "++a", "+/a", "+v/", "+v/a/b", "+a b", "+\u{e9}=1"]
        {
            let client_only = client_only(odd.as_bytes(), |_| false);
            assert_eq!(client_only.kept, odd.as_bytes(), "{odd}");
            assert!(!client_only.all_dropped);
        }
    }

    #[test]
    fn a_tag_that_is_not_utf_8_is_dropped_and_the_others_are_kept() {
        let kept = |raw: &[u8]| client_only(raw, |_| false);
        assert_eq!(kept(b"+x=\xff\xfe;+ok=1;+\xc3=2").kept, b"+ok=1");
        // Together they would be a letter, once the backslash is gone.
        assert_eq!(kept(b"+x=\xc3\\\xa9;+ok").kept, b"+ok");
        assert_eq!(kept(b"+x=1;+x=\xff"), ClientOnly { kept: Vec::new(), all_dropped: true });
        assert_eq!(value(b"label=\xff;x=1", b"label"), None);
        assert_eq!(value(b"label=a;label=\xff", b"label"), None);
        assert_eq!(value(b"label=\xff;label=a", b"label").as_deref(), Some(&b"a"[..]));
    }

    #[test]
    fn it_is_known_whether_client_only_tags_were_there_and_all_were_dropped() {
        let all_dropped = |raw: &[u8]| client_only(raw, |name| name == b"bad").all_dropped;
        assert!(all_dropped(b"+bad=1;+x=\xff"));
        assert!(!all_dropped(b"+bad=1;+ok"));
        assert!(!all_dropped(b"label=1;unknown"));
        assert!(!all_dropped(b""));
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
