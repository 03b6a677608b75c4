//! Whether what was heard is what was expected.

use super::clients::{Clients, Heard, Trouble, list};
use crate::scenario::{Expect, Times};

/// The next line, or lines, of a client.
pub fn in_order(clients: &mut Clients<'_>, who: &str, expect: &Expect) -> Result<(), Trouble> {
    let repeats =
        matches!(expect.times, Times::Any | Times::Some) || !expect.pattern.has.is_empty();
    let mut wanted = expect.pattern.has.clone();
    let mut taken = 0;
    while let Some(line) = next_if(clients, who, expect)? {
        taken += 1;
        let further = expect.pattern.further_words(&line);
        let names = &mut clients.names;
        wanted.retain(|word| !further.iter().any(|w| word.matches(w, names)));
        if !repeats {
            break;
        }
    }
    let enough = taken > 0 || matches!(expect.times, Times::Any | Times::Maybe);
    if !enough {
        return Err(differs(clients, who));
    }
    if taken > 0 && !wanted.is_empty() {
        return Err(Trouble::new(format!("{taken} such lines, but without all those words")));
    }
    Ok(())
}

/// The next lines of a client, each expected by one of the group.
pub fn in_any_order(
    clients: &mut Clients<'_>,
    who: &str,
    group: &[&Expect],
) -> Result<(), Trouble> {
    let mut left = group.to_vec();
    while !left.is_empty() {
        let mut found = None;
        for (i, expect) in left.iter().enumerate() {
            if next_if(clients, who, expect)?.is_some() {
                found = Some(i);
                break;
            }
        }
        match found {
            Some(i) => drop(left.remove(i)),
            None => break,
        }
    }
    let missing = left.iter().filter(|e| e.times == Times::Once).count();
    match missing {
        0 => Ok(()),
        n => {
            let differs = differs(clients, who);
            Err(Trouble::new(format!("{n} of {} in any order missing\n{differs}", group.len())))
        }
    }
}

/// The end of the connection, after at most one ERROR.
pub fn closed(clients: &mut Clients<'_>, who: &str) -> Result<(), Trouble> {
    let pending = clients.pending(who)?;
    if matches!(pending.front(), Some(Heard::Line(line)) if line.starts_with(b"ERROR")) {
        pending.pop_front();
    }
    let pending = clients.pending(who)?;
    match pending.front() {
        Some(Heard::Closed) => {
            pending.pop_front();
            Ok(())
        }
        _ => Err(differs(clients, who)),
    }
}

/// These clients have heard nothing that is not accounted for.
pub fn nothing(clients: &mut Clients<'_>, who: &[String]) -> Result<(), Trouble> {
    for who in who {
        clients.publish(who)?;
        let pending = clients.pending(who)?;
        if !pending.is_empty() {
            let heard = list(pending);
            return Err(Trouble::new(format!("{who} heard more than expected:\n{heard}")));
        }
    }
    Ok(())
}

/// Nobody has heard anything that is not accounted for.
pub fn nothing_left(clients: &mut Clients<'_>) -> Result<(), Trouble> {
    for who in clients.who() {
        clients.publish(&who)?;
        let heard = clients.left_over(&who)?;
        if !heard.is_empty() {
            let heard = list(heard);
            return Err(Trouble::new(format!("{who} heard more than expected:\n{heard}")));
        }
    }
    Ok(())
}

fn next_if(
    clients: &mut Clients<'_>,
    who: &str,
    expect: &Expect,
) -> Result<Option<Vec<u8>>, Trouble> {
    let mut names = clients.names.clone();
    let pending = clients.pending(who)?;
    let fits = match pending.front() {
        Some(Heard::Line(line)) => expect.pattern.matches(line, &mut names),
        _ => false,
    };
    if !fits {
        return Ok(None);
    }
    let line = pending.pop_front();
    clients.names = names;
    match line {
        Some(Heard::Line(line)) => Ok(Some(line)),
        _ => Ok(None),
    }
}

fn differs(clients: &mut Clients<'_>, who: &str) -> Trouble {
    match clients.pending(who) {
        Ok(pending) => Trouble::new(format!("{who} heard:\n{}", list(pending))),
        Err(trouble) => trouble,
    }
}
