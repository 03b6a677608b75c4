//! Ids of events as text: ids of messages (IRCv3 message-ids).

use std::fmt;

use crate::proto::names::EventId;

/// In the order of ASCII, so that ids as text are in order of time too.
const ALPHABET: &[u8; 64] = b"-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";

/// Characters of an id, of six bits each but the first.
const LENGTH: u32 = 11;

impl EventId {
    /// The id of that text, exactly as it is written.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let digits = text.iter().map(|digit| ALPHABET.iter().position(|one| one == digit));
        let number = digits.collect::<Option<Vec<_>>>()?;
        let is_whole = number.len() == LENGTH as usize && number.first()? >> 4 == 0;
        let add = |number: u64, digit: usize| number << 6 | digit as u64;
        is_whole.then(|| Self::from_u64(number.into_iter().fold(0, add)))
    }

    /// Adds its text to `out`.
    pub fn write(self, out: &mut Vec<u8>) {
        for at in (0..LENGTH).rev() {
            let digit = (self.as_u64() >> (at * 6) & 63) as usize;
            out.extend(ALPHABET.get(digit));
        }
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Vec::new();
        self.write(&mut text);
        f.write_str(&String::from_utf8_lossy(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_back_from_its_text_and_from_no_other() {
        for number in [0, 1, 63, 64, 1 << 40, 7_530_000_000_000_000_000, u64::MAX] {
            let id = EventId::from_u64(number);
            assert_eq!(EventId::parse(id.to_string().as_bytes()), Some(id));
            assert_eq!(EventId::parse(format!("-{id}").as_bytes()), None);
        }
        for bad in ["", "a", "0123456789", "0123456789 ", "zzzzzzzzzzz", "012345678901234567890123"]
        {
            assert_eq!(EventId::parse(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn as_text_ids_are_in_the_same_order() {
        let numbers = (0..2000_u64).map(|at| at * at * at * 1_000_003);
        let texts: Vec<_> = numbers.map(|number| EventId::from_u64(number).to_string()).collect();
        assert!(texts.is_sorted());
    }
}
