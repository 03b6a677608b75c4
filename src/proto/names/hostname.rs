//! Host names, as servers are named.

/// Bytes of the longest host that a user is shown with.  ISUPPORT `HOSTLEN`.
pub const LONGEST_HOST: usize = 63;

/// Whether `text` can name a server: labels of letters, digits and inner dashes, 1 to 63 bytes
/// each, with at least one dot, for without one a client takes the name for a nick; a dot may end
/// it; 253 bytes at most (RFC 2812, section 2.3.1; RFC 1123, section 2.1).
pub fn is_hostname(text: &str) -> bool {
    let labels = text.strip_suffix('.').unwrap_or(text);
    text.contains('.') && text.len() <= 253 && labels.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_and_overlong_labels_are_refused() {
        assert!(is_hostname(&format!("{}.net", "a".repeat(63))));
        for bad in [".", "..", "a..b", ".a", &format!("{}.net", "a".repeat(64)), "b\u{fc}cher.ch"] {
            assert!(!is_hostname(bad), "{bad:?}");
        }
    }

    #[test]
    fn names_past_253_bytes_are_refused() {
        assert!(is_hostname(&format!("{}a", "a.".repeat(126))));
        assert!(!is_hostname(&"a.".repeat(127)));
    }
}
