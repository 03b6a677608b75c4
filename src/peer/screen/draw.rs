//! The state as rows of a terminal.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Position},
    style::{Color, Modifier, Style},
    text::{Line, Span},
    widgets::Paragraph,
};

use crate::gateway::text::shown;
use crate::peer::screen::line::width_of;
use crate::peer::screen::state::{Entry, KEYS, Kind, State};

/// For names, of the 16 colours that every theme makes readable.
const COLOURS: [Color; 6] =
    [Color::Cyan, Color::Green, Color::Yellow, Color::Magenta, Color::LightBlue, Color::LightRed];

/// A row on who we are, what was said, what is typed, and what the keys do.
pub(super) fn draw(frame: &mut Frame<'_>, state: &mut State, has_colours: bool) {
    let rows =
        [Constraint::Length(1), Constraint::Min(1), Constraint::Length(1), Constraint::Length(1)];
    let [top, middle, input, bottom] = Layout::vertical(rows).areas(frame.area());
    let bar = Style::new().add_modifier(Modifier::REVERSED);
    frame.render_widget(Paragraph::new(title(state)).style(bar), top);
    let said = said(state, usize::from(middle.width), usize::from(middle.height), has_colours);
    frame.render_widget(Paragraph::new(said), middle);

    let prompt = match &state.recipient {
        Some(to) => format!("(^P {}) ", cut(&shown(to), 20)),
        None => String::new(),
    } + "> ";
    let before = columns(&prompt);
    let (typed, cursor) = state.line.view(usize::from(input.width).saturating_sub(before));
    frame.render_widget(Paragraph::new(format!("{prompt}{typed}")), input);
    let column =
        u16::try_from(before + cursor).unwrap_or(u16::MAX).min(input.width.saturating_sub(1));
    frame.set_cursor_position(Position::new(input.x + column, input.y));
    frame.render_widget(
        Paragraph::new(KEYS).style(Style::new().add_modifier(Modifier::DIM)),
        bottom,
    );
}

fn title(state: &State) -> String {
    let heard = if state.is_heard { "" } else { ", no one can hear you" };
    let others = match state.others.as_slice() {
        [] => "nobody else".to_owned(),
        others => others.iter().map(|site| shown(site)).collect::<Vec<_>>().join(", "),
    };
    format!(" {}, with {others}{heard}", state.name)
}

/// The rows up to the newest, or as far back as is scrolled, which is kept within what there is.
fn said(state: &mut State, width: usize, height: usize, has_colours: bool) -> Vec<Line<'static>> {
    let mut rows: Vec<Line<'static>> = Vec::new();
    for entry in state.entries.iter().rev() {
        rows.extend(entry_rows(entry, width.max(1), has_colours).into_iter().rev());
        if rows.len() >= height + state.scrolled {
            break;
        }
    }
    state.scrolled = state.scrolled.min(rows.len().saturating_sub(height));
    let mut rows: Vec<_> = rows.into_iter().skip(state.scrolled).take(height).collect();
    rows.reverse();
    rows
}

fn entry_rows(entry: &Entry, width: usize, has_colours: bool) -> Vec<Line<'static>> {
    let (who, style) = match entry.kind {
        Kind::Public => (format!("{}: ", entry.who), Style::new()),
        Kind::Private => (format!("{}: ", entry.who), Style::new().add_modifier(Modifier::ITALIC)),
        Kind::Event => ("* ".to_owned(), Style::new().add_modifier(Modifier::DIM)),
        Kind::Warning => ("! ".to_owned(), coloured(Color::LightRed, has_colours)),
    };
    let mut rows = wrap(&format!("{who}{}", entry.text), width).into_iter();
    let first = rows.next().unwrap_or_default();
    let first = match first.strip_prefix(who.as_str()) {
        Some(text) if !entry.who.is_empty() => {
            let name = coloured(colour_of(&entry.who), has_colours).add_modifier(Modifier::BOLD);
            Line::from(vec![Span::styled(who, name), Span::styled(text.to_owned(), style)])
        }
        _ => Line::styled(first, style),
    };
    [first].into_iter().chain(rows.map(|row| Line::styled(row, style))).collect()
}

fn coloured(colour: Color, has_colours: bool) -> Style {
    if has_colours { Style::new().fg(colour) } else { Style::new() }
}

/// The same for the same name, on every screen.
fn colour_of(name: &str) -> Color {
    let sum = name.bytes().fold(7_usize, |sum, byte| sum.wrapping_mul(31) + usize::from(byte));
    COLOURS.get(sum % COLOURS.len()).copied().unwrap_or(Color::Cyan)
}

/// `text` in rows of at most `width` columns, broken at spaces where there are any.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let (mut rows, mut row, mut column) = (Vec::new(), String::new(), 0);
    for character in text.chars() {
        if column + width_of(character) > width {
            if character == ' ' {
                rows.push(std::mem::take(&mut row));
                column = 0;
                continue;
            }
            let rest = match row.rfind(' ') {
                Some(space) if space > 0 => row.split_off(space + 1),
                _ => String::new(),
            };
            rows.push(std::mem::replace(&mut row, rest));
            column = columns(&row);
        }
        row.push(character);
        column += width_of(character);
    }
    rows.push(row);
    rows
}

fn columns(text: &str) -> usize {
    text.chars().map(width_of).sum()
}

fn cut(text: &str, width: usize) -> String {
    wrap(text, width).into_iter().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use ratatui::{Terminal, backend::TestBackend, buffer::Cell};

    use super::*;
    use crate::gateway::netchat::News;
    use crate::peer::talk;
    use crate::peer::talk::Notice;

    fn rows(state: &mut State, width: u16, height: u16) -> Vec<String> {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a terminal");
        terminal.draw(|frame| draw(frame, state, true)).expect("drawn");
        let cells = &terminal.backend().buffer().content;
        let row = |cells: &[Cell]| -> String { cells.iter().map(Cell::symbol).collect() };
        cells.chunks(usize::from(width)).map(|it| row(it).trim_end().to_owned()).collect()
    }

    fn say(state: &mut State, from: &str, text: &str) {
        state.tell(Notice::News(&News::Public { from: from.into(), text: text.to_owned() }));
    }

    #[test]
    fn the_screen_shows_who_is_there_what_was_said_and_what_is_typed() {
        let mut state = State::new("anna");
        state.refresh(talk::State { others: &[&"bob".into()], is_heard: true });
        say(&mut state, "bob", "hello 今晩は, a long line that goes on");
        state.paste("typed é");
        state.recipient = Some("bob".to_owned());
        assert_eq!(
            rows(&mut state, 20, 7),
            [
                " anna, with bob",
                "bob: hello 今 晩 は , a",
                "long line that goes",
                "on",
                "",
                "(^P bob) > typed é",
                "Enter all  ^P privat",
            ]
        );
    }

    #[test]
    fn scrolling_stops_at_both_ends() {
        let mut state = State::new("anna");
        for number in 0..20 {
            say(&mut state, "b", &number.to_string());
        }
        assert_eq!(rows(&mut state, 20, 6)[1..4], ["b: 17", "b: 18", "b: 19"]);
        state.scrolled = 2;
        assert_eq!(rows(&mut state, 20, 6)[1..4], ["b: 15", "b: 16", "b: 17"]);
        state.scrolled = 99;
        assert_eq!(rows(&mut state, 20, 6)[1..4], ["b: 0", "b: 1", "b: 2"]);
        assert_eq!(state.scrolled, 17);
    }

    #[test]
    fn the_smallest_terminal_is_no_panic() {
        let mut state = State::new("anna");
        say(&mut state, "b", "今晩は");
        state.paste("今晩は");
        for (width, height) in [(1, 1), (1, 9), (9, 1), (2, 2), (3, 4)] {
            rows(&mut state, width, height);
        }
    }

    #[test]
    fn rows_break_at_spaces_where_there_are_any() {
        assert_eq!(wrap("one two three", 8), ["one two ", "three"]);
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("onetwothree", 4), ["onet", "woth", "ree"]);
        assert_eq!(wrap("今晩は", 3), ["今", "晩", "は"]);
        assert_eq!(wrap("", 3), [""]);
    }
}
