//! An IRC line taken apart, as the Modern IRC document has it ("Message Format").

/// A line without its CR LF, borrowed from it.
#[derive(Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// Tags as sent: name, and value still escaped.
    pub tags: Vec<(&'a [u8], &'a [u8])>,
    /// What followed the leading colon.
    pub source: Option<&'a [u8]>,
    /// The command or numeric.
    pub verb: &'a [u8],
    /// All parameters; whether the last had a colon is not kept.
    pub params: Vec<&'a [u8]>,
}

impl<'a> Message<'a> {
    /// Any bytes are a message; a line of spaces has an empty verb.
    pub fn parse(line: &'a [u8]) -> Self {
        let mut rest = line;
        let mut tags = Vec::new();
        if let Some(tagged) = rest.strip_prefix(b"@") {
            let (all, after) = word(tagged);
            tags = all.split(|&b| b == b';').map(|tag| cut(tag, b'=')).collect();
            rest = after;
        }
        rest = without_spaces(rest);
        let mut source = None;
        if let Some(sourced) = rest.strip_prefix(b":") {
            let (name, after) = word(sourced);
            source = Some(name);
            rest = without_spaces(after);
        }
        let (verb, mut rest) = word(rest);
        let mut params = Vec::new();
        loop {
            rest = without_spaces(rest);
            if let Some(trailing) = rest.strip_prefix(b":") {
                params.push(trailing);
                break;
            }
            if rest.is_empty() {
                break;
            }
            let (param, after) = word(rest);
            params.push(param);
            rest = after;
        }
        Message { tags, source, verb, params }
    }

    /// The value of a tag, still escaped; empty when the tag has none.
    pub fn tag(&self, name: &[u8]) -> Option<&'a [u8]> {
        self.tags.iter().find(|(n, _)| *n == name).map(|(_, value)| *value)
    }
}

fn cut(bytes: &[u8], at: u8) -> (&[u8], &[u8]) {
    match bytes.iter().position(|&b| b == at) {
        Some(i) => {
            let (before, after) = bytes.split_at(i);
            (before, after.get(1..).unwrap_or_default())
        }
        None => (bytes, b""),
    }
}

fn word(bytes: &[u8]) -> (&[u8], &[u8]) {
    cut(bytes, b' ')
}

fn without_spaces(bytes: &[u8]) -> &[u8] {
    let spaces = bytes.iter().take_while(|&&b| b == b' ').count();
    bytes.get(spaces..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_comes_apart_into_tags_source_verb_and_parameters() {
        let m = Message::parse(b"@time=1;x :a!b@c  PRIVMSG #d  :hi  there: you");
        assert_eq!(m.tag(b"time"), Some(b"1".as_slice()));
        assert_eq!(m.tag(b"x"), Some(b"".as_slice()));
        assert_eq!(m.source, Some(b"a!b@c".as_slice()));
        assert_eq!(m.verb, b"PRIVMSG");
        assert_eq!(m.params, [b"#d".as_slice(), b"hi  there: you"]);
    }

    #[test]
    fn an_empty_last_parameter_counts() {
        assert_eq!(Message::parse(b"TOPIC #c :").params, [b"#c".as_slice(), b""]);
        assert_eq!(Message::parse(b"TOPIC #c ").params, [b"#c".as_slice()]);
    }
}
