//! The form of a line, whatever is in it.

use super::line::Line;

/// What every line of the server must be like, whatever it is about.
pub fn form(line: &[u8]) -> Result<(), &'static str> {
    let content = line.strip_suffix(b"\r\n").ok_or("does not end in CR LF")?;
    if content.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
        return Err("CR, LF or NUL within");
    }
    let tags = content.strip_prefix(b"@").and_then(|rest| rest.iter().position(|b| *b == b' '));
    let tags = tags.map_or(0, |at| at + 2);
    if line.len() - tags > 512 {
        return Err("longer than a line may be");
    }
    let text = String::from_utf8_lossy(content);
    let parsed = Line::parse(&text);
    let verb = parsed.verb;
    let word = !verb.is_empty() && verb.bytes().all(|byte| byte.is_ascii_uppercase());
    let number = verb.len() == 3 && verb.bytes().all(|byte| byte.is_ascii_digit());
    if word || number { Ok(()) } else { Err("no command") }
}
