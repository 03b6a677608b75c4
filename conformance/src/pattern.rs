//! What a line is expected to be.

use crate::message::Message;
use crate::text::{Names, Piece, Star, Text};

/// The expectation of one line: compared as messages, not as bytes.
///
/// Tags and the source are compared only when the pattern names them. `...` as the last word
/// stands for any further parameters. `... has A B` wants those words, anywhere in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// Names with values; `None`: there must be no such tag.
    tags: Vec<(Vec<u8>, Option<Text>)>,
    source: Option<Text>,
    verb: Text,
    params: Vec<Text>,
    more: bool,
    /// Words that one line, or several in a row, must have between them.
    pub has: Vec<Text>,
}

impl Pattern {
    /// Reads a pattern as it stands in a scenario file. `Err` says what is wrong with it.
    pub fn parse(written: &str) -> Result<Self, String> {
        let mut rest = Text::parse(written, Star::Anything)?.0;
        let mut tags = Vec::new();
        if rest.first() == Some(&Piece::Byte(b'@')) {
            let word = take_word(&mut rest);
            for tag in word.0.get(1..).unwrap_or_default().split(|p| *p == Piece::Byte(b';')) {
                tags.push(tag_pattern(tag)?);
            }
        }
        let mut source = None;
        if rest.first() == Some(&Piece::Byte(b':')) {
            rest.remove(0);
            source = Some(take_word(&mut rest));
        }
        let verb = take_word(&mut rest);
        if verb.0.is_empty() {
            return Err("no command or numeric".into());
        }
        let mut pattern = Pattern { tags, source, verb, params: vec![], more: false, has: vec![] };
        while !rest.is_empty() {
            if rest.first() == Some(&Piece::Byte(b':')) {
                rest.remove(0);
                pattern.params.push(Text(rest));
                break;
            }
            let word = take_word(&mut rest);
            if word.is("...") {
                pattern.more = true;
                pattern.has = wanted_words(&Text(rest))?;
                break;
            }
            pattern.params.push(word);
        }
        Ok(pattern)
    }

    /// Whether the line is as expected, leaving aside what `has` asks for.
    pub fn matches(&self, line: &[u8], names: &mut Names) -> bool {
        let mut found = names.clone();
        let hit = self.hits(&Message::parse(line), &mut found);
        if hit {
            *names = found;
        }
        hit
    }

    /// The words beyond the named parameters, which `has` looks at.
    pub fn further_words<'a>(&self, line: &'a [u8]) -> Vec<&'a [u8]> {
        let params = Message::parse(line).params;
        let further = params.into_iter().skip(self.params.len());
        further.flat_map(|p| p.split(|&b| b == b' ')).filter(|w| !w.is_empty()).collect()
    }

    fn hits(&self, message: &Message<'_>, names: &mut Names) -> bool {
        let tags_fit = self.tags.iter().all(|(name, value)| match (message.tag(name), value) {
            (Some(found), Some(value)) => value.matches(found, names),
            (found, value) => found.is_none() && value.is_none(),
        });
        let source_fits = match &self.source {
            Some(wanted) => message.source.is_some_and(|s| wanted.matches(s, names)),
            None => true,
        };
        let enough = message.params.len() >= self.params.len();
        let not_too_many = self.more || message.params.len() == self.params.len();
        tags_fit
            && source_fits
            && self.verb.matches(message.verb, names)
            && enough
            && not_too_many
            && self.params.iter().enumerate().zip(&message.params).all(|((i, wanted), got)| match i
                + 1
                == message.params.len()
                && is_unordered(message.verb)
            {
                true => same_words(wanted, got, names),
                false => wanted.matches(got, names),
            })
    }
}

/// Lines whose last parameter is a list of words in no particular order: names, the channels
/// of a user, capabilities.
fn is_unordered(verb: &[u8]) -> bool {
    matches!(verb, b"353" | b"319" | b"CAP")
}

fn same_words(wanted: &Text, got: &[u8], names: &mut Names) -> bool {
    if wanted.0 == [Piece::Anything] {
        return true;
    }
    let mut left: Vec<&[u8]> = got.split(|&b| b == b' ').filter(|w| !w.is_empty()).collect();
    let all_found = wanted.words().iter().all(|word| {
        let place = left.iter().position(|l| word.matches(l, names));
        place.map(|i| left.remove(i)).is_some()
    });
    all_found && left.is_empty()
}

fn wanted_words(rest: &Text) -> Result<Vec<Text>, String> {
    let mut words = rest.words();
    if words.is_empty() {
        return Ok(words);
    }
    if !words.remove(0).is("has") || words.is_empty() {
        return Err("after `...` comes nothing, or `has` and words".into());
    }
    Ok(words)
}

fn tag_pattern(tag: &[Piece]) -> Result<(Vec<u8>, Option<Text>), String> {
    if let Some((Piece::Byte(b'!'), name)) = tag.split_first() {
        return Ok((tag_name(name)?, None));
    }
    let mut halves = tag.splitn(2, |p| *p == Piece::Byte(b'='));
    let name = tag_name(halves.next().unwrap_or_default())?;
    Ok((name, Some(Text(halves.next().unwrap_or_default().to_vec()))))
}

fn tag_name(name: &[Piece]) -> Result<Vec<u8>, String> {
    Text(name.to_vec()).fill(&Names::new()).map_err(|n| format!("{{{n}}} in the name of a tag"))
}

/// Takes the first word and the spaces after it.
fn take_word(pieces: &mut Vec<Piece>) -> Text {
    let space = |p: &Piece| *p == Piece::Byte(b' ');
    let end = pieces.iter().position(space).unwrap_or(pieces.len());
    let word = pieces.drain(..end).collect();
    let spaces = pieces.iter().take_while(|p| space(p)).count();
    pieces.drain(..spaces);
    Text(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(pattern: &str, line: &str) -> bool {
        Pattern::parse(pattern).unwrap().matches(line.as_bytes(), &mut Names::new())
    }

    #[test]
    fn colons_before_last_parameters_do_not_count() {
        assert!(fits("JOIN #a", ":x!y@z JOIN :#a"));
        assert!(fits("PRIVMSG #a :hi", "PRIVMSG #a hi"));
    }

    #[test]
    fn the_number_of_parameters_counts() {
        assert!(!fits("JOIN #a", "JOIN #a account :name"));
        assert!(fits("JOIN #a ...", "JOIN #a account :name"));
        assert!(fits("JOIN #a ...", "JOIN #a"));
        assert!(!fits("JOIN #a *", "JOIN #a"));
    }

    #[test]
    fn a_star_stays_within_its_parameter() {
        assert!(!fits("MODE * +o", "MODE #a b +o"));
        assert!(fits(":a!*@* MODE #* +o", ":a!b@c MODE #a +o"));
    }

    #[test]
    fn a_source_in_the_pattern_must_be_there() {
        assert!(!fits(":a!*@* QUIT :*", "QUIT :bye"));
        assert!(!fits(":a!*@* QUIT :*", ":b!c@d QUIT :bye"));
    }

    #[test]
    fn lists_of_names_have_no_order_but_exact_members() {
        assert!(fits("353 a = #c :@a b", ":s 353 a = #c :b @a "));
        assert!(!fits("353 a = #c :@a", ":s 353 a = #c :b @a"));
        assert!(!fits("353 a = #c :@a b c", ":s 353 a = #c :b @a"));
        assert!(!fits("303 a :b c", ":s 303 a :c b"));
    }

    #[test]
    fn tags_named_in_the_pattern_must_be_there() {
        assert!(fits("@time=*Z PRIVMSG a b", "@x=1;time=2Z :s PRIVMSG a b"));
        assert!(!fits("@time=*Z PRIVMSG a b", ":s PRIVMSG a b"));
        assert!(fits("PRIVMSG a b", "@time=2Z :s PRIVMSG a b"));
    }

    #[test]
    fn tags_after_an_exclamation_mark_must_not_be_there() {
        assert!(fits("@x=1;!y PRIVMSG a b", "@x=1 :s PRIVMSG a b"));
        assert!(fits("@!y PRIVMSG a b", ":s PRIVMSG a b"));
        assert!(!fits("@x=1;!y PRIVMSG a b", "@x=1;y=2 :s PRIVMSG a b"));
        assert!(!fits("@!y PRIVMSG a b", "@y :s PRIVMSG a b"));
    }

    #[test]
    fn further_words_come_from_all_remaining_parameters() {
        let pattern = Pattern::parse("005 a ... has X Y=*").unwrap();
        assert_eq!(pattern.has.len(), 2);
        assert_eq!(
            pattern.further_words(b":s 005 a X Y=1 :are us"),
            [b"X".as_slice(), b"Y=1", b"are", b"us"]
        );
    }
}
