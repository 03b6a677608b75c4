//! Line by line: for scripts, and wherever there is no terminal.
//!
//! What others say and do is one line each on standard output: what it is, who, and for texts the
//! text, with tabs between them.  In names and texts control characters are escaped (`\n`, `\t`,
//! `\u{1b}`), and so is the backslash: each line has exactly the tabs of its kind.
//!
//! ```text
//! joined <TAB> NAME
//! left <TAB> NAME
//! lost <TAB> NAME
//! public <TAB> NAME <TAB> TEXT
//! private <TAB> NAME <TAB> TEXT
//! snapshot <TAB> complete
//! snapshot <TAB> incomplete <TAB> NAME <TAB> NAME ...
//! ```
//!
//! Everything else is for people, on standard error.

use std::{
    io::{self, BufRead, Read, Write},
    thread,
};

use tokio::sync::mpsc;

use crate::gateway::netchat::{News, SiteId};
use crate::gateway::text::{escaped, shown, unescaped};
use crate::peer::talk::{Face, Notice, State, Wish};

/// Bytes of a line of standard input.
const MAX_LINE: u64 = 64 << 10;

/// Lines that were read and not yet sent.
const AHEAD: usize = 64;

/// The peer as a filter.
pub(super) struct Plain<W> {
    wishes: mpsc::Receiver<Wish>,
    out: W,
}

impl<W: Write> Plain<W> {
    /// Reads standard input, on a thread of its own, which ends with the process.
    pub fn start(out: W) -> Self {
        let (to, wishes) = mpsc::channel(AHEAD);
        thread::spawn(move || read(&mut io::stdin().lock(), &to));
        Self { wishes, out }
    }

    fn line(&mut self, kind: &str, fields: &[&str]) -> io::Result<()> {
        let mut line = kind.to_owned();
        for field in fields {
            line.push('\t');
            line.push_str(&escaped(field));
        }
        line.push('\n');
        self.out.write_all(line.as_bytes())
    }
}

impl<W: Write> Face for Plain<W> {
    const WAITS: bool = true;

    async fn wish(&mut self) -> Wish {
        self.wishes.recv().await.unwrap_or(Wish::Leave)
    }

    fn tell(&mut self, notice: Notice<'_>) -> io::Result<()> {
        match notice {
            Notice::News(News::Joined { site, again: false }) => {
                return self.line("joined", &[site.as_str()]);
            }
            Notice::News(News::Joined { .. } | News::Asked { .. }) => {}
            Notice::News(News::Left { site }) => return self.line("left", &[site.as_str()]),
            Notice::Lost(site) => return self.line("lost", &[site.as_str()]),
            Notice::News(News::Public { from, text }) => {
                return self.line("public", &[from.as_str(), text]);
            }
            Notice::News(News::Private { from, text, .. }) => {
                return self.line("private", &[from.as_str(), text]);
            }
            Notice::Snapshot(snapshot) => {
                let missing: Vec<_> = snapshot.missing.iter().map(SiteId::as_str).collect();
                let how = if missing.is_empty() { "complete" } else { "incomplete" };
                return self.line("snapshot", &[&[how], missing.as_slice()].concat());
            }
            Notice::HeardBySomebody(true) => {}
            Notice::HeardBySomebody(false) => tell("No one can hear you"),
            Notice::Unheard(why) => tell(&format!("No one can hear you: {why}")),
            Notice::Missed(lines) => tell(&format!("{lines} lines were lost: nobody read them")),
            Notice::Unsaved(why) => tell(&format!("the snapshot could not be written: {why}")),
            Notice::Refused(why) => tell(&why.to_string()),
            Notice::BadLine(why) => tell(&format!("input: {why}; it is dropped")),
            Notice::Fault(why) => tell(&why.to_string()),
            Notice::Clock(dates) => {
                let date =
                    |(site, date): &(&SiteId, u64)| format!("{} {date}", shown(site.as_str()));
                tell(&dates.iter().map(date).collect::<Vec<_>>().join(", "));
            }
        }
        Ok(())
    }

    fn refresh(&mut self, _: State<'_>) -> io::Result<()> {
        self.out.flush()
    }
}

fn tell(what: &str) {
    // Nobody is left to be told when standard error itself is gone.
    let _ = writeln!(io::stderr(), "pipewright: {what}");
}

/// Until the end of `from`, or until nobody takes the wishes.
fn read(from: &mut impl BufRead, to: &mpsc::Sender<Wish>) {
    let mut line = Vec::new();
    loop {
        let room = MAX_LINE.saturating_sub(line.len() as u64);
        match from.by_ref().take(room).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let is_part = line.len() as u64 == MAX_LINE && !line.ends_with(b"\n");
        let cut = match str::from_utf8(&line) {
            // The rest of the last character is in the next part.
            Err(why) if is_part && why.error_len().is_none() => why.valid_up_to(),
            _ => line.len(),
        };
        if is_part {
            tell(&format!("a line longer than {MAX_LINE} bytes goes out in parts"));
        }
        let text: Vec<_> = line.drain(..cut).collect();
        let text = String::from_utf8_lossy(&text);
        match wish(text.trim_end_matches(['\r', '\n'])) {
            Ok(Some(wish)) => {
                if to.blocking_send(wish).is_err() {
                    return;
                }
            }
            Ok(None) => {}
            Err(why) => tell(why),
        }
    }
}

/// What a line wants; `None` for an empty one.
fn wish(line: &str) -> Result<Option<Wish>, &'static str> {
    let Some(command) = line.strip_prefix('/') else {
        return Ok((!line.is_empty()).then(|| Wish::Public(line.to_owned())));
    };
    if command.starts_with('/') {
        return Ok(Some(Wish::Public(command.to_owned())));
    }
    let (verb, rest) = command.split_once(' ').unwrap_or((command, ""));
    match verb {
        "snapshot" => Ok(Some(Wish::Snapshot)),
        "clock" => Ok(Some(Wish::Clock)),
        "msg" => {
            let (to, text) = recipient(rest.trim_start_matches(' '))
                .ok_or("usage: /msg NAME TEXT, or /msg \"NAME WITH SPACES\" TEXT")?;
            Ok(Some(Wish::Private(unescaped(to), text.to_owned())))
        }
        _ => Err("unknown command: /msg NAME TEXT, /snapshot, /clock; // sends a slash"),
    }
}

/// The name, which is quoted if it has spaces, and what follows it.
fn recipient(rest: &str) -> Option<(&str, &str)> {
    let Some(quoted) = rest.strip_prefix('"') else { return rest.split_once(' ') };
    let mut escapes = false;
    let end = quoted.find(|character| {
        let ends = character == '"' && !escapes;
        escapes = character == '\\' && !escapes;
        ends
    })?;
    let (name, rest) = quoted.split_at_checked(end)?;
    Some((name, rest.strip_prefix("\" ")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn private(to: &str, text: &str) -> Result<Option<Wish>, &'static str> {
        Ok(Some(Wish::Private(to.to_owned(), text.to_owned())))
    }

    fn public(text: &str) -> Result<Option<Wish>, &'static str> {
        Ok(Some(Wish::Public(text.to_owned())))
    }

    #[test]
    fn a_line_is_said_to_everyone_unless_it_is_a_command() {
        assert_eq!(wish("hello /msg"), public("hello /msg"));
        assert_eq!(wish(" /msg a b"), public(" /msg a b"));
        assert_eq!(wish("//slash"), public("/slash"));
        assert_eq!(wish(""), Ok(None));
        assert_eq!(wish("/snapshot"), Ok(Some(Wish::Snapshot)));
        assert!(wish("/snap").is_err() && wish("/").is_err());
    }

    #[test]
    fn a_recipient_may_have_any_name() {
        assert_eq!(wish("/msg bob hello  there"), private("bob", "hello  there"));
        assert_eq!(wish(r#"/msg "Ann \"é\" \n" hi"#), private("Ann \"é\" \n", "hi"));
        assert_eq!(wish(r#"/msg "" hi"#), private("", "hi"));
        assert_eq!(wish("/msg bob "), private("bob", ""));
        for line in ["/msg", "/msg bob", "/msg \"bob hi", "/msg \"bob\"hi"] {
            assert!(wish(line).is_err(), "{line}");
        }
    }

    #[test]
    fn what_others_say_is_one_line_with_the_tabs_of_its_kind() {
        let mut out = Vec::new();
        let (_, wishes) = mpsc::channel(1);
        let mut plain = Plain { wishes, out: &mut out };
        let said = News::Public { from: "a\tb".into(), text: "x\n\u{1b}[2J\\é".to_owned() };
        plain.tell(Notice::News(&said)).expect("written");
        plain.tell(Notice::Lost(&"a\n".into())).expect("written");
        let text = String::from_utf8(out).expect("text");
        assert_eq!(text, "public\ta\\tb\tx\\n\\u{1b}[2J\\\\é\nlost\ta\\n\n");
    }

    #[test]
    fn standard_input_is_cut_at_its_bound_and_ends_with_a_wish_to_leave() {
        let (to, mut wishes) = mpsc::channel(AHEAD);
        let long = format!("x{}", "é".repeat(MAX_LINE as usize / 2));
        read(&mut format!("hi\r\n\n{long}\nlast").as_bytes(), &to);
        drop(to);
        let mut said = Vec::new();
        while let Ok(Wish::Public(text)) = wishes.try_recv() {
            said.push(text);
        }
        assert_eq!(said, ["hi", &long[..MAX_LINE as usize - 1], "é", "last"]);
    }
}
