//! The line that is being typed.

use unicode_width::UnicodeWidthChar;

/// Characters of a line.
const MAX: usize = 16 << 10;

/// What is typed, and where the next character goes.
#[derive(Debug, Default)]
pub(super) struct Line {
    characters: Vec<char>,
    cursor: usize,
}

impl Line {
    /// Puts a character before the cursor; control characters have no place in a line.
    pub fn insert(&mut self, character: char) {
        if !character.is_control() && self.characters.len() < MAX {
            self.characters.insert(self.cursor, character);
            self.cursor += 1;
        }
    }

    /// Takes away the character before the cursor.
    pub fn backspace(&mut self) {
        if self.cursor > 0 {
            self.cursor -= 1;
            self.characters.remove(self.cursor);
        }
    }

    /// Takes away the character under the cursor.
    pub fn delete(&mut self) {
        if self.cursor < self.characters.len() {
            self.characters.remove(self.cursor);
        }
    }

    /// Moves the cursor by so many characters, no further than the ends.
    pub fn go(&mut self, by: isize) {
        self.cursor = self.cursor.saturating_add_signed(by).min(self.characters.len());
    }

    /// The text; the line is empty then.
    pub fn take(&mut self) -> String {
        self.cursor = 0;
        std::mem::take(&mut self.characters).into_iter().collect()
    }

    /// The part of the line around the cursor that fits into `width` columns, and the column of the
    /// cursor in it.
    pub fn view(&self, width: usize) -> (String, usize) {
        let (before, after) = self.characters.split_at_checked(self.cursor).unwrap_or_default();
        let mut column = 0;
        // One column is for the cursor.
        let fits = |column: &mut usize, character: &char| {
            *column += width_of(*character);
            *column < width
        };
        let kept = before.iter().rev().take_while(|it| fits(&mut column, it)).count();
        let before = before.get(before.len() - kept..).unwrap_or_default();
        let cursor = before.iter().copied().map(width_of).sum();
        let mut column = cursor;
        let after = after.iter().take_while(|it| fits(&mut column, it));
        (before.iter().chain(after).collect(), cursor)
    }
}

/// Columns of a character.
pub(super) fn width_of(character: char) -> usize {
    character.width().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> Line {
        let mut line = Line::default();
        text.chars().for_each(|character| line.insert(character));
        line
    }

    #[test]
    fn a_line_is_edited_at_its_cursor() {
        let mut line = typed("ab\u{1b}\nd");
        line.go(-1);
        line.insert('c');
        line.delete();
        line.delete();
        line.go(-9);
        line.backspace();
        line.insert('é');
        assert_eq!(line.take(), "éabc");
        assert_eq!(line.take(), "");
    }

    #[test]
    fn the_view_follows_the_cursor_and_counts_columns() {
        let mut line = typed("abc今晩");
        assert_eq!(line.view(20), ("abc今晩".to_owned(), 7));
        assert_eq!(line.view(5), ("今晩".to_owned(), 4));
        line.go(-1);
        assert_eq!(line.view(5), ("bc今".to_owned(), 4));
        line.go(-9);
        assert_eq!(line.view(6), ("abc今".to_owned(), 0));
        assert_eq!(line.view(0), (String::new(), 0));
    }
}
