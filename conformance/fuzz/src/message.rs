//! A line into its parts: what is taken is written as it was meant.

use pipewright::proto::Message;

pub fn run(line: &[u8]) {
    let mut written = Vec::new();
    let Ok(message) = Message::parse(line) else { return };
    assert!(!message.verb.is_empty() && message.verb.iter().all(u8::is_ascii_alphanumeric));
    if let Some((_, middle)) = message.params.split_last() {
        let whole = |word: &&[u8]| !word.is_empty() && !word.contains(&b' ') && word[0] != b':';
        assert!(middle.iter().all(whole), "a parameter that only the last can be");
    }
    message.write(&mut written);
    assert!(written.len() <= line.len());
    assert_eq!(Message::parse(&written), Ok(message));
}
