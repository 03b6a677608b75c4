//! Mode lines on a channel with members, through the core: each client believes what is so.

use super::session;

/// Each line is what follows `MODE #c`, or the modes of oneself after a `@`; the first byte chooses
/// who sends it.
pub fn run(data: &[u8]) {
    let mut script = b"0JOIN #c\n1JOIN #c\n2JOIN #c\n0MODE #c +o m1\n=\n".to_vec();
    for line in data.split(|byte| *byte == b'\n') {
        let Some((who, modes)) = line.split_first() else { continue };
        script.push(b'0' + who % 4);
        match modes {
            [b'@', modes @ ..] => {
                script.extend_from_slice(format!("MODE m{} ", who % 4).as_bytes());
                script.extend_from_slice(modes);
            }
            _ => {
                script.extend_from_slice(b"MODE #c ");
                script.extend_from_slice(modes);
            }
        }
        script.push(b'\n');
    }
    // What they believe is compared at the end, and what each is told of the channel by then.
    for who in b'0'..b'4' {
        script.extend_from_slice(&[who]);
        script.extend_from_slice(b"MODE #c\n");
    }
    session::run(&script);
}
