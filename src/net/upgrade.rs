//! The request that turns HTTP into WebSocket (RFC 6455, section 4.2; IRCv3 WebSocket).

use std::io;

use httparse::{EMPTY_HEADER, Header, Request, Status};
use tokio::io::AsyncWriteExt;
use tungstenite::handshake::derive_accept_key;

use crate::config::Origins;
use crate::net::prefixed::Prefixed;
use crate::net::websocket::Kind;

/// The request with all its headers.
const MOST_BYTES: usize = 8 << 10;

const MOST_HEADERS: usize = 64;

/// Subprotocols; without any, text, as browsers have it.
const PROTOCOLS: &[(&str, Kind)] =
    &[("text.ircv3.net", Kind::Text), ("binary.ircv3.net", Kind::Binary)];

/// Why it is no WebSocket.
#[derive(Debug, thiserror::Error)]
pub enum UpgradeError {
    /// It was told why.
    #[error("refused with HTTP {0}")]
    Refused(&'static str),
    /// The connection broke.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// A refusal: status, another header, and what to do about it.
type Refusal = (&'static str, &'static str, &'static str);

/// Reads the request and answers it; what is refused is told so in words.
pub async fn upgrade(stream: &mut Prefixed, origins: &Origins) -> Result<Kind, UpgradeError> {
    let mut parsed = 0;
    let (length, answer) = loop {
        // Again only when another line has ended, however it comes in pieces.
        let more = stream.seen().get(parsed..).unwrap_or_default();
        if parsed == 0 || more.contains(&b'\n') {
            if let Some(done) = request(stream.seen(), origins) {
                break done;
            }
            parsed = stream.seen().len();
        }
        if stream.seen().len() >= MOST_BYTES {
            break (0, Err(TOO_LARGE));
        }
        if !stream.look(MOST_BYTES).await? {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
    };
    match answer {
        Ok((kind, text)) => {
            stream.skip(length);
            stream.write_all(text.as_bytes()).await?;
            stream.flush().await?;
            Ok(kind)
        }
        Err((status, header, why)) => {
            let text = format!(
                "HTTP/1.1 {status}\r\n{header}Content-Type: text/plain; charset=utf-8\r\n\
                 Content-Length: {}\r\nConnection: close\r\n\r\n{why}\n",
                why.len() + 1
            );
            stream.write_all(text.as_bytes()).await?;
            stream.flush().await?;
            Err(UpgradeError::Refused(status))
        }
    }
}

const BAD: Refusal = ("400 Bad Request", "", "This is no request of HTTP/1.1.");
const TOO_LARGE: Refusal =
    ("431 Request Header Fields Too Large", "", "The request is longer than 8 KiB.");
const NO_WEBSOCKET: Refusal = (
    "426 Upgrade Required",
    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",
    "This is an IRC server for WebSocket (text.ircv3.net, binary.ircv3.net), not a web server.",
);
const WRONG_ORIGIN: Refusal =
    ("403 Forbidden", "", "Pages of that site may not connect here (origins in [[listen]]).");

/// What a request comes to.
type Answer = Result<(Kind, String), Refusal>;

/// The length of the request at the start of `bytes`, and what it comes to; `None` while it is not
/// whole.
fn request(bytes: &[u8], origins: &Origins) -> Option<(usize, Answer)> {
    let mut headers = [EMPTY_HEADER; MOST_HEADERS];
    let mut request = Request::new(&mut headers);
    match request.parse(bytes) {
        Ok(Status::Complete(length)) => Some((length, answer(&request, origins))),
        Ok(Status::Partial) => None,
        Err(httparse::Error::TooManyHeaders) => Some((0, Err(TOO_LARGE))),
        Err(_) => Some((0, Err(BAD))),
    }
}

fn answer(request: &Request<'_, '_>, origins: &Origins) -> Answer {
    let headers = &*request.headers;
    if request.method != Some("GET") || request.version != Some(1) {
        return Err(NO_WEBSOCKET);
    }
    let key = value(headers, "Sec-WebSocket-Key").filter(|key| is_key(key));
    let asks =
        has_word(headers, "Connection", "upgrade") && has_word(headers, "Upgrade", "websocket");
    let (true, Some(key)) = (asks && value(headers, "Sec-WebSocket-Version") == Some("13"), key)
    else {
        return Err(NO_WEBSOCKET);
    };
    let host = value(headers, "Host").ok_or(BAD)?;
    if value(headers, "Origin").is_some_and(|origin| !may(origins, origin, host)) {
        return Err(WRONG_ORIGIN);
    }
    // The client's order counts.
    let protocol = words(headers, "Sec-WebSocket-Protocol")
        .find_map(|word| PROTOCOLS.iter().find(|(name, _)| *name == word));
    let agreed = protocol.map(|(name, _)| format!("Sec-WebSocket-Protocol: {name}\r\n"));
    let text = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {}\r\n{}\r\n",
        derive_accept_key(key.as_bytes()),
        agreed.unwrap_or_default()
    );
    Ok((protocol.map_or(Kind::Text, |(_, kind)| *kind), text))
}

/// Whether pages from `origin` may connect.  What sends none is no page.
fn may(origins: &Origins, origin: &str, host: &str) -> bool {
    if origins.0.is_empty() {
        let site = origin.split_once("://").map(|(_, site)| name(site));
        return site.is_some_and(|site| site.eq_ignore_ascii_case(name(host)));
    }
    origins.0.iter().any(|one| &**one == "*" || one.eq_ignore_ascii_case(origin))
}

/// A host without its port.
fn name(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

/// 16 bytes in base64 (RFC 6455, section 4.1).
fn is_key(key: &str) -> bool {
    let digits = key.strip_suffix("==").unwrap_or_default();
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
    digits.len() == 22 && digits.bytes().all(fits)
}

fn value<'h>(headers: &[Header<'h>], name: &str) -> Option<&'h str> {
    let header = headers.iter().find(|header| header.name.eq_ignore_ascii_case(name))?;
    std::str::from_utf8(header.value).ok().map(str::trim)
}

fn words<'h>(headers: &[Header<'h>], name: &str) -> impl Iterator<Item = &'h str> {
    let all = headers.iter().filter(move |header| header.name.eq_ignore_ascii_case(name));
    all.filter_map(|header| std::str::from_utf8(header.value).ok())
        .flat_map(|list| list.split(',').map(str::trim))
}

fn has_word(headers: &[Header<'_>], name: &str, word: &str) -> bool {
    words(headers, name).any(|one| one.eq_ignore_ascii_case(word))
}
