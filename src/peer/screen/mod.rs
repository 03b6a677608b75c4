//! The peer on a terminal.

mod draw;
mod line;
mod state;

use std::{env, io, thread};

use ratatui::{
    DefaultTerminal,
    crossterm::event::{self, Event, KeyEventKind},
};
use tokio::sync::mpsc;

use crate::peer::talk::{Face, Notice, State, Wish};

/// Keys that were pressed and not yet seen.
const AHEAD: usize = 256;

/// The whole terminal; what was on it comes back when this is dropped, also after a panic.
pub(super) struct Screen {
    terminal: DefaultTerminal,
    events: mpsc::Receiver<Event>,
    state: state::State,
    has_colours: bool,
}

impl Screen {
    /// Takes the terminal for the peer of this name.
    pub fn open(name: &str) -> io::Result<Self> {
        let terminal = ratatui::try_init()?;
        let (to, events) = mpsc::channel(AHEAD);
        // Ends with the process: there is no way to call it back from the terminal.
        thread::spawn(move || {
            while let Ok(event) = event::read() {
                if to.blocking_send(event).is_err() {
                    return;
                }
            }
        });
        // https://no-color.org
        let has_colours = env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Ok(Self { terminal, events, state: state::State::new(name), has_colours })
    }

    fn draw(&mut self) -> io::Result<()> {
        let (state, has_colours) = (&mut self.state, self.has_colours);
        self.terminal.draw(|frame| draw::draw(frame, state, has_colours)).map(|_| ())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        ratatui::restore();
    }
}

impl Face for Screen {
    const WAITS: bool = false;

    async fn wish(&mut self) -> Wish {
        loop {
            let wish = match self.events.recv().await {
                Some(Event::Key(key)) if key.kind != KeyEventKind::Release => self.state.press(key),
                Some(Event::Paste(text)) => {
                    self.state.paste(&text);
                    None
                }
                Some(_) => None,
                None => Some(Wish::LeaveNow),
            };
            if let Some(wish) = wish {
                return wish;
            }
            if self.draw().is_err() {
                return Wish::LeaveNow;
            }
        }
    }

    fn tell(&mut self, notice: Notice<'_>) -> io::Result<()> {
        self.state.tell(notice);
        Ok(())
    }

    fn refresh(&mut self, state: State<'_>) -> io::Result<()> {
        self.state.refresh(state);
        self.draw()
    }
}
