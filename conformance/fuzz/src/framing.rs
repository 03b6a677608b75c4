//! Bytes into lines: how the network cuts them makes no difference, and no bound is passed.

use pipewright::proto::{Frame, FrameLimits, Framing};

/// The first byte chooses the limits, the second where the stream is cut.
pub fn run(data: &[u8]) {
    let &[limits, cut, ref stream @ ..] = data else { return };
    let limits = FrameLimits { line: 3 + usize::from(limits % 32), tags: usize::from(limits / 8) };
    let whole = frames([stream].into_iter(), limits);
    let pieces = stream.chunks(usize::from(cut) + 1);
    assert_eq!(frames(pieces, limits), whole, "cut after each {} bytes", usize::from(cut) + 1);
    for line in whole.iter().flatten() {
        assert!(!line.is_empty() && !line.iter().any(|byte| matches!(byte, b'\r' | b'\n')));
        let tags = match line.iter().position(|byte| *byte == b' ') {
            _ if line[0] != b'@' => 0,
            Some(space) => space + 1,
            None => line.len(),
        };
        assert!(tags <= limits.tags && line.len() - tags + 2 <= limits.line, "over the limits");
    }
}

/// `None` is a line too long.
fn frames<'a>(pieces: impl Iterator<Item = &'a [u8]>, limits: FrameLimits) -> Vec<Option<Vec<u8>>> {
    let mut framing = Framing::new();
    let mut found = Vec::new();
    for mut data in pieces {
        while let Some(frame) = framing.next(&mut data, limits) {
            found.push(match frame {
                Frame::Line(line) => Some(line.to_vec()),
                Frame::TooLong => None,
            });
        }
        assert!(data.is_empty() && framing.held() <= limits.line + limits.tags);
    }
    found
}
