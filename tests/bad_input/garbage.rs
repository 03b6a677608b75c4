//! Commands with whatever for parameters.

use crate::{beside_a_chat, person::Person};
use pipewright::command::TABLE;

const LINES: usize = 2000;
const SEEDS: [u64; 2] = [1, 0x9e37_79b9_7f4a_7c15];

/// What parameters are made of: what means something somewhere, and what means nothing anywhere.
const WORDS: [&[u8]; 40] = [
    b"#pond",
    b"#POND",
    b"#imp",
    b"##",
    b"#",
    b"&x",
    b"@#pond",
    b"+#pond",
    b"@+#imp",
    b"ann",
    b"BOB",
    b"imp",
    b"*",
    b"**?*?*",
    b"*!*@*",
    b"imp!*",
    b"!@",
    b"0",
    b"-1",
    b"99999999999999999999",
    b"+o",
    b"-o+v-l",
    b"+bbbbbb",
    b"+klimnst",
    b"b",
    b"+",
    b"-",
    b"+\xc3",
    b",",
    b",,#imp,,#a,",
    b":",
    b"::",
    b"\x01ACTION\x01",
    b"\x03",
    b"\xff\xfe",
    b"\xf0\x9f",
    "żółć".as_bytes(),
    b"LS",
    b"END",
    b"pipewright.localhost",
];

/// The same for the same seed, everywhere (Marsaglia's xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }

    fn word(&mut self) -> Vec<u8> {
        match self.below(12) {
            0 => (0..self.below(20)).map(|_| self.below(256) as u8).collect(),
            1 => vec![b"x#*@,"[self.below(5)]; self.below(480)],
            2 => [WORDS[self.below(WORDS.len())], WORDS[self.below(WORDS.len())]].join(&b','),
            _ => WORDS[self.below(WORDS.len())].to_vec(),
        }
    }

    fn line(&mut self) -> Vec<u8> {
        let verb = loop {
            let verb = TABLE[self.below(TABLE.len())].verb;
            // OPER ends the connection of whoever is wrong three times.
            if !["QUIT", "OPER"].contains(&verb) {
                break verb;
            }
        };
        let mut line = match self.below(10) {
            0 => [b":", &self.word()[..], b" ", verb.as_bytes()].concat(),
            1 => [b"@", &self.word()[..], b" ", verb.as_bytes()].concat(),
            _ => verb.as_bytes().to_vec(),
        };
        for _ in 0..self.below(6) {
            line.push(b' ');
            line.extend(self.word());
        }
        // Or by mistake a line of it is QUIT.
        line.iter_mut().filter(|byte| b"\r\n".contains(byte)).for_each(|byte| *byte = b'?');
        line.extend(b"\r\n");
        line
    }
}

#[test]
fn two_thousand_wild_lines_end_neither_their_sender_nor_anybody_else() {
    for seed in SEEDS {
        beside_a_chat("", |server, pair| {
            let mut dice = Dice(seed);
            let mut imp = Person::register(server, "imp");
            let mut answers = 0;
            for _ in 0..LINES / 20 {
                let lines: Vec<u8> = (0..20).flat_map(|_| dice.line()).collect();
                imp.writes(&lines);
                answers += imp.catches_up().len();
                pair.chat();
            }
            assert!(answers > LINES / 2, "only {answers} lines came back");
            // The others were spoken to, invited and so on: all of it by the imp.
            let by_others = |line: &String| line.starts_with(":pipewright.localhost ");
            let wrong: Vec<_> = pair.overheard().into_iter().filter(by_others).collect();
            assert_eq!(wrong, Vec::<String>::new());
            drop(imp);
            let mut carol = Person::register(server, "carol");
            carol.sends("LUSERS");
            while !carol.catches_up().iter().any(|line| line.contains("There are 3 users")) {
                carol.sends("LUSERS");
            }
            pair.chat();
            pair.overheard();
        });
    }
}
