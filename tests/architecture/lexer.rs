//! The words and marks of Rust source, without its comments and strings.

use std::{iter::Peekable, str::CharIndices};

/// An identifier, a number, `::`, or one character of anything else.
#[derive(Clone, Copy)]
pub struct Token<'a> {
    pub text: &'a str,
    pub line: usize,
}

pub fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut lexer = Lexer { text, chars: text.char_indices().peekable(), line: 1 };
    let mut tokens = Vec::new();
    while let Some(token) = lexer.token() {
        tokens.push(token);
    }
    tokens
}

pub fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphanumeric() || c == '_')
}

struct Lexer<'a> {
    text: &'a str,
    chars: Peekable<CharIndices<'a>>,
    line: usize,
}

impl<'a> Lexer<'a> {
    fn token(&mut self) -> Option<Token<'a>> {
        loop {
            let (start, c) = self.next()?;
            let line = self.line;
            let rest = &self.text[start..];
            match c {
                c if c.is_whitespace() => {}
                '/' if rest.starts_with("//") => {
                    self.skip_past(rest.find('\n').unwrap_or(rest.len()))
                }
                '/' if rest.starts_with("/*") => self.skip_past(block_comment(rest)),
                '"' => self.skip_past(string(rest)),
                '\'' => self.skip_past(character_or_lifetime(rest)),
                'r' | 'b' | 'c' if prefixed_string(rest).is_some() => {
                    self.skip_past(prefixed_string(rest)?);
                }
                'b' if rest.starts_with("b'") => {}
                'r' if rest.starts_with("r#") => self.skip_past("r#".len()),
                ':' if rest.starts_with("::") => {
                    self.next();
                    return Some(Token { text: &rest[..2], line });
                }
                c if c.is_alphanumeric() || c == '_' => {
                    let length =
                        rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
                    self.skip_past(length);
                    return Some(Token { text: &rest[..length], line });
                }
                c => return Some(Token { text: &rest[..c.len_utf8()], line }),
            }
        }
    }

    fn next(&mut self) -> Option<(usize, char)> {
        let next = self.chars.next()?;
        self.line += usize::from(next.1 == '\n');
        Some(next)
    }

    /// Goes on after `length` bytes counted from the character that was taken last.
    fn skip_past(&mut self, length: usize) {
        let here = self.chars.peek().map_or(self.text.len(), |(at, _)| *at);
        let last = self.text[..here].chars().next_back().map_or(0, char::len_utf8);
        let end = here - last + length;
        while self.chars.peek().is_some_and(|(at, _)| *at < end) {
            self.next();
        }
    }
}

/// Each of these returns the length of what `rest` begins with, its marks included.
fn block_comment(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(tail) = rest.get(at..).filter(|tail| !tail.is_empty()) {
        if tail.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if tail.starts_with("*/") {
            depth -= 1;
            at += 2;
        } else {
            at += tail.chars().next().map_or(1, char::len_utf8);
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

fn string(rest: &str) -> usize {
    quoted(rest, '"')
}

fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

fn character_or_lifetime(rest: &str) -> usize {
    let mut after = rest.chars().skip(1);
    match (after.next(), after.next()) {
        (Some('\\'), _) | (Some(_), Some('\'')) => quoted(rest, '\''),
        _ => 1,
    }
}

/// `b"..."`, `r#"..."#` and the like; `None` when a name begins here.
fn prefixed_string(rest: &str) -> Option<usize> {
    let prefix = ["br", "cr", "r", "b", "c"].into_iter().find(|prefix| {
        rest.strip_prefix(prefix).is_some_and(|tail| tail.trim_start_matches('#').starts_with('"'))
    })?;
    let tail = &rest[prefix.len()..];
    if !prefix.ends_with('r') {
        return tail.starts_with('"').then(|| prefix.len() + string(tail));
    }
    let hashes = tail.len() - tail.trim_start_matches('#').len();
    let end = format!("\"{}", "#".repeat(hashes));
    let body = &tail[hashes + 1..];
    let length = body.find(&end).map_or(body.len(), |at| at + end.len());
    Some(prefix.len() + hashes + 1 + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        tokens(text).iter().map(|token| token.text).filter(|text| is_name(text)).collect()
    }

    #[test]
    fn comments_strings_and_characters_are_not_code() {
        let text = r###"a // b
            /* c /* d */ e */ f "g \" h" r#"i " j"# b"k" 'l' '\'' 'm: n b'o' r#p "é" q"###;
        assert_eq!(words(text), ["a", "f", "m", "n", "p", "q"]);
    }

    #[test]
    fn a_token_knows_its_line() {
        let lines: Vec<_> = tokens("a\n\"\n\n\" b /*\n*/ c").iter().map(|t| t.line).collect();
        assert_eq!(lines, [1, 4, 5]);
    }
}
