//! A line as a client reads it: written apart from the server's parser, so that a fault of one is
//! not a fault of both.

/// Tags are kept as text; the parts of a missing source are empty.
pub struct Line<'a> {
    pub tags: &'a str,
    pub nick: &'a str,
    pub user: &'a str,
    pub verb: &'a str,
    pub params: Vec<&'a str>,
}

impl<'a> Line<'a> {
    /// `text` is without CR LF.
    pub fn parse(text: &'a str) -> Self {
        let (tags, rest) = word_after('@', text);
        let (source, rest) = word_after(':', rest);
        let (middle, trailing) = match rest.split_once(" :") {
            Some((middle, trailing)) => (middle, Some(trailing)),
            None => (rest, None),
        };
        let mut words = middle.split(' ').filter(|word| !word.is_empty());
        let verb = words.next().unwrap_or_default();
        let (nick, rest) = source.split_once('!').unwrap_or((source, ""));
        let (user, _) = rest.split_once('@').unwrap_or((rest, ""));
        Self { tags, nick, user, verb, params: words.chain(trailing).collect() }
    }

    pub fn param(&self, at: usize) -> &'a str {
        self.params.get(at).copied().unwrap_or_default()
    }

    pub fn last(&self) -> &'a str {
        self.params.last().copied().unwrap_or_default()
    }
}

fn word_after(sign: char, text: &str) -> (&str, &str) {
    match text.strip_prefix(sign) {
        Some(rest) => rest.split_once(' ').unwrap_or((rest, "")),
        None => ("", text),
    }
}

/// The number of a text such as `m17 ...` or `Quit: q4`, by which what was said is known again.
pub fn id(text: &str) -> Option<u64> {
    let text = text.strip_prefix("Quit: ").unwrap_or(text);
    let word = text.split(' ').next()?;
    word.strip_prefix(|first: char| first.is_ascii_lowercase())?.parse().ok()
}
