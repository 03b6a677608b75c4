//! What is on the screen, and what the keys mean.

use std::collections::VecDeque;

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::gateway::netchat::{News, SiteId};
use crate::gateway::text::shown;
use crate::peer::screen::line::Line;
use crate::peer::talk;
use crate::peer::talk::{Notice, Wish};

/// Entries that are kept for scrolling back.
const MAX_ENTRIES: usize = 2000;

/// What the keys do, for the last row of the screen.
pub(super) const KEYS: &str = "Enter all  ^P private  ^R to whom  ^S snapshot  ^H clock  ^C leave";

/// One thing that was said or has happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Who said it, for the eye and for the colour; empty for what has happened.
    pub who: String,
    /// Safe to be displayed.
    pub text: String,
    pub kind: Kind,
}

/// What it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Public,
    Private,
    /// Somebody came or went, or what was asked for is there.
    Event,
    /// Something is wrong.
    Warning,
}

/// Everything but the terminal.
#[derive(Debug)]
pub(super) struct State {
    pub name: String,
    pub entries: VecDeque<Entry>,
    pub line: Line,
    /// How many rows above the newest the screen ends; kept within what there is by the drawing.
    pub scrolled: usize,
    pub recipient: Option<String>,
    pub others: Vec<String>,
    pub is_heard: bool,
}

impl State {
    pub fn new(name: &str) -> Self {
        Self {
            name: shown(name),
            entries: VecDeque::new(),
            line: Line::default(),
            scrolled: 0,
            recipient: None,
            others: Vec::new(),
            is_heard: false,
        }
    }

    /// A key; returns what is wanted by it.
    pub fn press(&mut self, key: KeyEvent) -> Option<Wish> {
        if key.modifiers.contains(KeyModifiers::CONTROL) {
            return match key.code {
                KeyCode::Char('c') => Some(Wish::LeaveNow),
                KeyCode::Char('s') => Some(Wish::Snapshot),
                KeyCode::Char('h') => Some(Wish::Clock),
                KeyCode::Char('p') => self.say_privately(),
                KeyCode::Char('r') => {
                    self.choose_recipient();
                    None
                }
                _ => None,
            };
        }
        match key.code {
            KeyCode::Enter => return self.say(),
            KeyCode::Up => self.scrolled += 1,
            KeyCode::Down => self.scrolled = self.scrolled.saturating_sub(1),
            KeyCode::PageUp => self.scrolled += 10,
            KeyCode::PageDown => self.scrolled = self.scrolled.saturating_sub(10),
            KeyCode::Left => self.line.go(-1),
            KeyCode::Right => self.line.go(1),
            KeyCode::Home => self.line.go(isize::MIN),
            KeyCode::End => self.line.go(isize::MAX),
            KeyCode::Backspace => self.line.backspace(),
            KeyCode::Delete => self.line.delete(),
            KeyCode::Char(character) => self.line.insert(character),
            _ => {}
        }
        None
    }

    /// Text from elsewhere, which is not sent before somebody has seen it.
    pub fn paste(&mut self, text: &str) {
        text.chars().for_each(|character| self.line.insert(character));
    }

    /// Something has happened.
    pub fn tell(&mut self, notice: Notice<'_>) {
        let name = |site: &SiteId| shown(site.as_str());
        let names = |sites: &[SiteId]| sites.iter().map(name).collect::<Vec<_>>().join(", ");
        match notice {
            Notice::News(News::Joined { site, again: false }) => {
                self.event(format!("{} joined", name(site)));
            }
            Notice::News(News::Joined { site, again: true }) => {
                self.event(format!("{} is back", name(site)));
            }
            Notice::News(News::Left { site }) => self.event(format!("{} left", name(site))),
            Notice::Lost(site) => self.warn(format!("{} is lost", name(site))),
            Notice::News(News::Public { from, text }) => {
                self.push(Kind::Public, name(from), shown(text));
            }
            Notice::News(News::Private { from, text, .. }) => {
                self.push(Kind::Private, format!("{} to you", name(from)), shown(text));
            }
            Notice::News(News::Asked { by }) => {
                self.event(format!("{} takes a snapshot", name(by)));
            }
            Notice::Snapshot(snapshot) if snapshot.missing.is_empty() => {
                self.event("Snapshot saved".to_owned());
            }
            Notice::Snapshot(snapshot) => {
                self.warn(format!("Snapshot saved without {}", names(&snapshot.missing)));
            }
            Notice::HeardBySomebody(true) => self.event("Somebody can hear you".to_owned()),
            Notice::HeardBySomebody(false) => self.warn("No one can hear you".to_owned()),
            Notice::Unheard(why) => self.warn(format!("No one can hear you: {why}")),
            Notice::Missed(lines) => {
                self.warn(format!("{lines} lines were lost: nobody read them"));
            }
            Notice::Unsaved(why) => self.warn(format!("The snapshot could not be written: {why}")),
            Notice::Refused(why) => self.warn(why.to_string()),
            Notice::BadLine(why) => self.warn(format!("input: {why}; it is dropped")),
            Notice::Fault(why) => self.warn(why.to_string()),
            Notice::Clock(dates) => {
                let date = |(site, date): &(&SiteId, u64)| format!("{} {date}", name(site));
                let dates: Vec<_> = dates.iter().map(date).collect();
                self.event(format!("clock: {}", dates.join(", ")));
            }
        }
    }

    /// How things are.
    pub fn refresh(&mut self, state: talk::State<'_>) {
        self.is_heard = state.is_heard;
        self.others = state.others.iter().map(|site| site.as_str().to_owned()).collect();
    }

    fn say(&mut self) -> Option<Wish> {
        let text = self.line.take();
        if text.is_empty() {
            return None;
        }
        self.push(Kind::Public, self.name.clone(), shown(&text));
        Some(Wish::Public(text))
    }

    fn say_privately(&mut self) -> Option<Wish> {
        let Some(to) = self.recipient.clone() else {
            self.warn("To whom?  Type a name and press Ctrl+R first".to_owned());
            return None;
        };
        let text = self.line.take();
        if text.is_empty() {
            return None;
        }
        self.push(Kind::Private, format!("you to {}", shown(&to)), shown(&text));
        Some(Wish::Private(to, text))
    }

    /// What is typed, or, if that is nothing, the next of those who are there.
    fn choose_recipient(&mut self) {
        let typed = self.line.take();
        if !typed.is_empty() {
            self.recipient = Some(typed);
            return;
        }
        let later = |other: &&String| Some(other.as_str()) > self.recipient.as_deref();
        let next = self.others.iter().find(later).or_else(|| self.others.first());
        match next.cloned() {
            Some(next) => self.recipient = Some(next),
            None => self.warn("Nobody else is there; type a name and press Ctrl+R".to_owned()),
        }
    }

    fn event(&mut self, text: String) {
        self.push(Kind::Event, String::new(), text);
    }

    fn warn(&mut self, text: String) {
        self.push(Kind::Warning, String::new(), text);
    }

    fn push(&mut self, kind: Kind, who: String, text: String) {
        if self.entries.len() == MAX_ENTRIES {
            self.entries.pop_front();
        }
        self.entries.push_back(Entry { who, text, kind });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn control(state: &mut State, key: char) -> Option<Wish> {
        state.press(KeyEvent::new(KeyCode::Char(key), KeyModifiers::CONTROL))
    }

    fn type_in(state: &mut State, text: &str) {
        for character in text.chars() {
            assert_eq!(state.press(KeyEvent::from(KeyCode::Char(character))), None);
        }
    }

    #[test]
    fn enter_speaks_to_all_and_control_p_to_the_recipient() {
        let mut state = State::new("anna");
        assert_eq!(state.press(KeyEvent::from(KeyCode::Enter)), None);
        type_in(&mut state, "hi");
        assert_eq!(
            state.press(KeyEvent::from(KeyCode::Enter)),
            Some(Wish::Public("hi".to_owned()))
        );
        type_in(&mut state, "psst");
        assert_eq!(control(&mut state, 'p'), None);
        assert_eq!(state.entries.back().map(|entry| entry.kind), Some(Kind::Warning));
        state.line.take();
        type_in(&mut state, "bob");
        assert_eq!(control(&mut state, 'r'), None);
        type_in(&mut state, "psst");
        let wish = Wish::Private("bob".to_owned(), "psst".to_owned());
        assert_eq!(control(&mut state, 'p'), Some(wish));
    }

    #[test]
    fn control_r_alone_goes_through_those_who_are_there() {
        let mut state = State::new("anna");
        control(&mut state, 'r');
        assert_eq!(state.recipient, None);
        let (ben, cleo) = (SiteId::from("ben"), SiteId::from("cleo"));
        state.refresh(talk::State { others: &[&ben, &cleo], is_heard: true });
        for next in ["ben", "cleo", "ben"] {
            control(&mut state, 'r');
            assert_eq!(state.recipient.as_deref(), Some(next));
        }
    }

    #[test]
    fn what_others_send_cannot_command_the_terminal_and_memory_is_bounded() {
        let mut state = State::new("anna\u{7}");
        let said = News::Public { from: "b\u{1b}]".into(), text: "\u{1b}[2J\n".to_owned() };
        for _ in 0..MAX_ENTRIES + 10 {
            state.tell(Notice::News(&said));
        }
        assert_eq!(state.entries.len(), MAX_ENTRIES);
        let entry = state.entries.back().expect("an entry");
        let all = [&state.name, &entry.who, &entry.text];
        assert!(all.iter().all(|text| !text.contains(char::is_control)), "{all:?}");
    }
}
