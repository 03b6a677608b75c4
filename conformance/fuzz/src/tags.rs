//! Tags and their escapes: what is read is written and read again as the same.

use pipewright::proto::tags;

pub fn run(raw: &[u8]) {
    // No line brings these to a parser of tags.
    if raw.iter().any(|byte| matches!(byte, b' ' | b'\r' | b'\n' | 0)) {
        return;
    }
    let read: Vec<_> = tags::iter(raw).map(|(key, value)| (key, value.into_owned())).collect();
    let mut written = Vec::new();
    for (key, value) in &read {
        assert!(!key.contains(&b';') && !key.contains(&b'='));
        tags::push(&mut written, key, value);
    }
    assert!(!written.iter().any(|byte| matches!(byte, b' ' | b'\r' | b'\n' | 0)));
    let again: Vec<_> =
        tags::iter(&written).map(|(key, value)| (key, value.into_owned())).collect();
    assert_eq!(again, read);
}
