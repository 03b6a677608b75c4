//! What a client believes of one channel it is in.

use std::collections::{BTreeMap, BTreeSet};

/// A channel as its lines have told it.
#[derive(Default)]
pub struct Belief {
    pub members: BTreeMap<String, Rank>,
    pub topic: String,
    /// Known once 324 has come.
    pub modes: Option<Modes>,
    /// `b`, `e`, `I`: known once the end of the list has come.
    pub lists: BTreeMap<char, BTreeSet<String>>,
    /// The first NAMES has come to its end.
    pub named: bool,
    /// It saw nobody when it came, and was not made operator.
    pub is_alone: bool,
    /// Lines of a NAMES or a list whose end has not come.
    pub coming_names: BTreeMap<String, Rank>,
    pub coming_list: BTreeSet<String>,
}

/// The ranks as ISUPPORT's PREFIX has them, the highest first.
const LETTERS: &str = "qaohv";
/// Type C of CHANMODES.
const SETTINGS: &str = "lfjJW";
const SYMBOLS: &str = "~&@%+";

/// Which ranks a member has.  Without `multi-prefix` NAMES does not tell those below the highest:
/// then nothing is known of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rank([Option<bool>; LETTERS.len()]);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Modes {
    pub flags: BTreeSet<char>,
    pub key: Option<String>,
    /// Those with a parameter only when set.
    pub settings: BTreeMap<char, String>,
}

impl Rank {
    /// A member of whom JOIN was seen.
    pub const NONE: Self = Self([Some(false); LETTERS.len()]);

    /// Whether it surely has a rank that may change modes.
    pub fn rules(self) -> bool {
        self.0[..3].contains(&Some(true))
    }

    pub fn set(&mut self, letter: char, has: bool) {
        let at = LETTERS.find(letter).expect("a letter of a rank");
        self.0[at] = Some(has);
    }

    /// Splits an entry of NAMES into what is known of the rank and the name.
    pub fn split(entry: &str, multi_prefix: bool) -> (Self, &str) {
        let name = entry.trim_start_matches(|symbol| SYMBOLS.contains(symbol));
        let symbols = &entry[..entry.len() - name.len()];
        let (mut rank, mut hidden) = (Self::default(), false);
        for (known, symbol) in rank.0.iter_mut().zip(SYMBOLS.chars()) {
            let has = symbols.contains(symbol);
            *known = (!hidden).then_some(has);
            hidden |= has && !multi_prefix;
        }
        (rank, name)
    }

    /// Whether both can be true of one member.
    pub fn fits(self, other: Self) -> bool {
        let mut both = self.0.iter().zip(other.0);
        both.all(|(one, other)| one.is_none() || other.is_none() || *one == other)
    }

    /// Takes over what is known in `news`.
    fn learn(&mut self, news: Self) {
        for (known, news) in self.0.iter_mut().zip(news.0) {
            *known = news.or(*known);
        }
    }
}

impl Modes {
    /// As 324 tells them: `+ntkl key 5`.
    pub fn parse(letters: &str, params: &[&str]) -> Self {
        let mut modes = Self::default();
        for change in changes(letters, params) {
            modes.apply(&change);
        }
        modes
    }

    fn apply(&mut self, change: &StoreOp<'_>) {
        let param = change.param.filter(|_| change.add);
        match change.letter {
            'k' => self.key = param.map(str::to_owned),
            letter if SETTINGS.contains(letter) => match param {
                Some(param) => drop(self.settings.insert(letter, param.to_owned())),
                None => drop(self.settings.remove(&letter)),
            },
            flag if change.add => drop(self.flags.insert(flag)),
            flag => drop(self.flags.remove(&flag)),
        }
    }
}

/// One letter of a MODE line.
pub struct StoreOp<'a> {
    pub add: bool,
    pub letter: char,
    pub param: Option<&'a str>,
}

/// The letters of a MODE line with their parameters, as ISUPPORT's CHANMODES and PREFIX say.
pub fn changes<'a>(letters: &'a str, params: &'a [&'a str]) -> impl Iterator<Item = StoreOp<'a>> {
    let (mut add, mut params) = (true, params.iter().copied());
    letters.chars().filter_map(move |letter| {
        if matches!(letter, '+' | '-') {
            add = letter == '+';
            return None;
        }
        let takes_one = "qaohvbeIk".contains(letter) || SETTINGS.contains(letter) && add;
        let param = if takes_one { params.next() } else { None };
        Some(StoreOp { add, letter, param })
    })
}

impl Belief {
    /// Applies a MODE line; a fault if it names somebody who is no member.
    pub fn change(&mut self, letters: &str, params: &[&str]) -> Result<(), String> {
        // Who was unseen may have gone before that.
        self.is_alone = false;
        for change in changes(letters, params) {
            let missing = || format!("MODE {letters} lacks a parameter");
            match change.letter {
                'q' | 'a' | 'o' | 'h' | 'v' => {
                    let nick = change.param.ok_or_else(missing)?;
                    let rank = self.members.get_mut(nick);
                    let rank = rank.ok_or_else(|| format!("MODE for {nick}, who is not here"))?;
                    rank.set(change.letter, change.add);
                }
                'b' | 'e' | 'I' => {
                    let mask = change.param.ok_or_else(missing)?;
                    if let Some(list) = self.lists.get_mut(&change.letter) {
                        let news = if change.add {
                            list.insert(mask.to_owned())
                        } else {
                            list.remove(mask)
                        };
                        if !news {
                            return Err(format!("{mask} came to or went from a list twice"));
                        }
                    }
                }
                _ => {
                    if let Some(modes) = &mut self.modes {
                        let before = modes.clone();
                        modes.apply(&change);
                        if *modes == before {
                            return Err(format!("MODE {letters} told of what was so already"));
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// The end of NAMES: the first is believed, the others must agree with what is believed.
    pub fn end_of_names(&mut self) -> Result<(), String> {
        let names = std::mem::take(&mut self.coming_names);
        if !self.named {
            self.named = true;
            self.members = names;
            // Founders are operators: others may be there all the same, unseen.
            self.is_alone =
                self.members.len() == 1 && !self.members.values().any(|rank| rank.rules());
            return Ok(());
        }
        let same = names.len() == self.members.len()
            && names
                .iter()
                .all(|(nick, rank)| self.members.get(nick).is_some_and(|known| known.fits(*rank)));
        if !same {
            return Err(format!("NAMES has {names:?}, believed were {:?}", self.members));
        }
        for (nick, rank) in names {
            if let Some(known) = self.members.get_mut(&nick) {
                known.learn(rank);
            }
        }
        Ok(())
    }
}
