//! Ids of messages (IRCv3 message-ids).

use std::fmt;

/// Which message: never that of another one, also not after a restart.
///
/// As text, ten characters for the run of the shard that gave it, and then its number there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MsgId {
    run: u64,
    serial: u64,
}

/// Gives out ids.
#[derive(Debug)]
pub struct MsgIds {
    run: u64,
    given: u64,
}

const ALPHABET: &[u8; 64] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";

/// Bits of a run: ten characters of six.
const RUN: u64 = (1 << 60) - 1;

impl MsgIds {
    /// For one shard of a server, whose `run` no other start of the network's servers shares: the
    /// shell takes it from the system's randomness.
    pub fn new(run: u64, shard_id: u16) -> Self {
        Self { run: run.wrapping_add(u64::from(shard_id)) & RUN, given: 0 }
    }

    /// One that nobody has had.
    pub fn give(&mut self) -> MsgId {
        self.given += 1;
        MsgId { run: self.run, serial: self.given }
    }
}

impl MsgId {
    /// The id of that text, exactly as it is written.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let (run, serial) = text.split_at_checked(10)?;
        let canonical = serial.len() <= 10 && !serial.starts_with(b"0") && !serial.is_empty();
        canonical.then_some(())?;
        Some(Self { run: number(run)?, serial: number(serial)? })
    }

    /// Its number at the shard that gave it.
    pub fn serial(self) -> u64 {
        self.serial
    }

    /// Adds its text to `out`.
    pub fn write(self, out: &mut Vec<u8>) {
        digits(self.run, 10, out);
        let bits = u64::BITS - self.serial.leading_zeros();
        digits(self.serial, bits.div_ceil(6), out);
    }
}

impl fmt::Display for MsgId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Vec::new();
        self.write(&mut text);
        f.write_str(&String::from_utf8_lossy(&text))
    }
}

fn digits(number: u64, count: u32, out: &mut Vec<u8>) {
    for at in (0..count).rev() {
        let digit = (number >> (at * 6) & 63) as usize;
        out.extend(ALPHABET.get(digit));
    }
}

fn number(text: &[u8]) -> Option<u64> {
    text.iter().try_fold(0, |number: u64, digit| {
        let digit = ALPHABET.iter().position(|one| one == digit)?;
        Some(number << 6 | digit as u64)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_back_from_its_text_and_from_no_other() {
        let mut ids = MsgIds::new(u64::MAX, 3);
        for _ in 0..5000 {
            let id = ids.give();
            let text = id.to_string();
            assert_eq!(MsgId::parse(text.as_bytes()), Some(id));
            assert!(text.len() <= 13, "{text}");
            let (run, serial) = text.split_at(10);
            assert_eq!(MsgId::parse(format!("{run}0{serial}").as_bytes()), None);
        }
        for bad in ["", "a", "0123456789", "0123456789 1", "012345678901234567890123"] {
            assert_eq!(MsgId::parse(bad.as_bytes()), None);
        }
    }

    #[test]
    fn two_shards_of_a_run_and_two_messages_of_a_shard_never_share_an_id() {
        let (mut one, mut other) = (MsgIds::new(7, 0), MsgIds::new(7, 1));
        let all = [one.give(), one.give(), other.give(), other.give()];
        for (at, id) in all.iter().enumerate() {
            assert!(!all[..at].contains(id));
        }
    }
}
