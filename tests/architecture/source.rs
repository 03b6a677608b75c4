//! Rust source as far as the rules need it: what is only for tests, and the paths in the rest.

use crate::lexer::{Token, is_name};

/// A file as it was read.
pub struct Source<'a> {
    /// From the root of the checkout, as in `src/wire/event.rs`.
    pub path: &'a str,
    pub text: &'a str,
}

/// A path as it is written, with the groups of a `use` taken apart: `a::{b, c::*}` is `a::b` and
/// `a::c::*`.
pub struct Path<'a> {
    pub segments: Vec<&'a str>,
    pub line: usize,
    pub in_use: bool,
    /// The modules inside the file that it stands in.
    pub modules: Vec<&'a str>,
}

/// What is left of a file without its `#[cfg(test)]` items.
pub struct Tested<'a> {
    pub code: Vec<Token<'a>>,
    /// Names of modules in files of their own: `#[cfg(test)] mod these;`.
    pub modules: Vec<&'a str>,
}

pub fn without_tests<'a>(tokens: &[Token<'a>]) -> Tested<'a> {
    let mut tested = Tested { code: Vec::new(), modules: Vec::new() };
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        if spells(&tokens[at..], &["#", "[", "cfg", "(", "test", ")", "]"]) {
            let item = at..=end_of_item(tokens, at + 7);
            at = item.end() + 1;
            tested.modules.extend(file_module(&tokens[item]));
        } else {
            tested.code.push(*token);
            at += 1;
        }
    }
    tested
}

pub fn paths<'a>(tokens: &[Token<'a>]) -> Vec<Path<'a>> {
    let mut reader =
        PathReader { tokens, at: 0, in_use: false, modules: Vec::new(), found: vec![] };
    reader.read();
    reader.found
}

fn spells(tokens: &[Token<'_>], words: &[&str]) -> bool {
    tokens.len() >= words.len() && tokens.iter().zip(words).all(|(token, word)| token.text == *word)
}

/// An item ends with its first `;` outside of brackets, or with its braces.
fn end_of_item(tokens: &[Token<'_>], start: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(start) {
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && matches!(token.text, "}" | ";") {
            return at;
        }
    }
    tokens.len() - 1
}

fn file_module<'a>(item: &[Token<'a>]) -> Option<&'a str> {
    match item {
        [.., keyword, name, end] if keyword.text == "mod" && end.text == ";" => Some(name.text),
        _ => None,
    }
}

struct PathReader<'t, 'a> {
    tokens: &'t [Token<'a>],
    at: usize,
    in_use: bool,
    /// Each with the depth of braces at which it ends.
    modules: Vec<(&'a str, usize)>,
    found: Vec<Path<'a>>,
}

impl<'a> PathReader<'_, 'a> {
    fn read(&mut self) {
        let mut depth = 0;
        while let Some(text) = self.text() {
            match text {
                "use" => self.in_use = true,
                ";" => self.in_use = false,
                "mod" => self.modules.extend(self.opened_module().map(|name| (name, depth))),
                "{" => depth += 1,
                "}" => {
                    depth = depth.saturating_sub(1);
                    self.modules.retain(|(_, ends_at)| depth > *ends_at);
                }
                name if is_name(name) => {
                    self.path(&mut Vec::new());
                    continue;
                }
                _ => {}
            }
            self.at += 1;
        }
    }

    /// Reads from a segment, or from the `{` of a group, to its end.
    fn path(&mut self, before: &mut Vec<&'a str>) {
        let depth = before.len();
        loop {
            match self.text() {
                Some("{") => {
                    self.group(before);
                    break;
                }
                Some(segment) if segment == "*" || is_name(segment) => {
                    before.push(segment);
                    self.at += 1;
                    let goes_on = self.text() == Some("::")
                        && self
                            .peek(1)
                            .is_some_and(|next| matches!(next, "{" | "*") || is_name(next));
                    if !goes_on {
                        self.add(before);
                        break;
                    }
                    self.at += 1;
                }
                _ => break,
            }
        }
        before.truncate(depth);
    }

    fn group(&mut self, before: &mut Vec<&'a str>) {
        self.at += 1;
        while let Some(text) = self.text() {
            match text {
                "}" => {
                    self.at += 1;
                    return;
                }
                "as" => self.at += 2,
                "self" => {
                    self.at += 1;
                    self.add(before);
                }
                name if name == "*" || name == "{" || is_name(name) => self.path(before),
                _ => self.at += 1,
            }
        }
    }

    fn add(&mut self, segments: &[&'a str]) {
        self.found.push(Path {
            segments: segments.to_vec(),
            line: self.tokens[self.at - 1].line,
            in_use: self.in_use,
            modules: self.modules.iter().map(|(name, _)| *name).collect(),
        });
    }

    /// The name of the module that begins here with its text, not in another file.
    fn opened_module(&self) -> Option<&'a str> {
        self.peek(1).filter(|_| self.peek(2) == Some("{"))
    }

    fn text(&self) -> Option<&'a str> {
        self.peek(0)
    }

    fn peek(&self, ahead: usize) -> Option<&'a str> {
        self.tokens.get(self.at + ahead).map(|token| token.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lexer::tokens;

    fn all_paths(text: &str) -> Vec<String> {
        paths(&tokens(text)).iter().map(|path| path.segments.join("::")).collect()
    }

    #[test]
    fn groups_in_groups_are_taken_apart() {
        assert_eq!(
            all_paths("use crate::{a::{self, b as x, c::{d, *}}, e};"),
            ["crate::a", "crate::a::b", "crate::a::c::d", "crate::a::c::*", "crate::e"]
        );
    }

    #[test]
    fn a_path_in_the_middle_of_code_is_found() {
        assert_eq!(
            all_paths("x(&<crate::a::B as c::D>::e)"),
            ["x", "crate::a::B", "as", "c::D", "e"]
        );
    }

    #[test]
    fn a_path_knows_the_modules_around_it() {
        let text = "mod a { fn f() { { x::y } } mod b { p::q } r::s } t::u";
        let tokens = tokens(text);
        let found: Vec<_> = paths(&tokens)
            .into_iter()
            .filter(|path| path.segments.len() == 2)
            .map(|path| (path.segments[0], path.modules.join("/")))
            .collect();
        assert_eq!(
            found,
            [("x", "a"), ("p", "a/b"), ("r", "a"), ("t", "")].map(|(p, m)| (p, m.to_owned()))
        );
    }

    #[test]
    fn items_for_tests_are_left_out() {
        let text = "a\n#[cfg(test)]\nmod t {\n fn f() {}\n}\nb\n#[cfg(test)] mod far;\nc";
        let tokens = tokens(text);
        let tested = without_tests(&tokens);
        let left: Vec<_> = tested.code.iter().map(|token| token.text).collect();
        assert_eq!((left, tested.modules), (vec!["a", "b", "c"], vec!["far"]));
    }
}
