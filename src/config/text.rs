//! What the text of each key must look like.

use std::net::SocketAddr;

use argon2::password_hash::PasswordHash;

use crate::config::fault::Wrong;
use crate::core::modes::{CHANNEL_MODES, ChannelMode, Kind};
use crate::core::user_mask::{BadMask, Whom};
use crate::proto::names::{Casemap, ChannelName, Cidr, Nick};

type Checked = Result<(), Wrong>;

/// Letters of the modes without a parameter: what a channel can begin with.
fn flag_letters() -> String {
    let is_flag = |mode: &&ChannelMode| matches!(mode.kind, Kind::Flag(_)) && mode.is_offered();
    let flags = CHANNEL_MODES.iter().filter(is_flag);
    flags.map(|mode| char::from(mode.letter)).collect()
}

/// Memory, in KiB, and rounds past which an Argon2 hash would let strangers tire the server out.
const MOST_ARGON2: (u32, u32) = (256 << 10, 64);

/// A host name (RFC 1123, section 2.1) with a dot, of at most 63 bytes, so that no client takes it
/// for a nick and every line has room for it.
pub(super) fn host_name(name: &str) -> Checked {
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if name.len() > 63 {
        return Err(Wrong::new(format!(
            "{} bytes are too many; a name has at most 63",
            name.len()
        )));
    }
    if !name.split('.').all(label) {
        return Err(Wrong::new(format!("{name:?} is not a host name")).hint(
            "write letters, digits and hyphens with dots between them, as in irc.example.org",
        ));
    }
    if !name.contains('.') {
        return Err(Wrong::new(format!(
            "{name:?} has no dot, and clients would take it for a nick"
        ))
        .hint(format!("write \"{name}.localhost\" or the machine's full name")));
    }
    Ok(())
}

/// One word that ISUPPORT can carry as it is (Modern IRC, "RPL_ISUPPORT": `=` and `\` are escaped).
pub(super) fn network(name: &str) -> Checked {
    let fits = |c: char| !c.is_whitespace() && !c.is_control() && c != '=' && c != '\\';
    if name.is_empty() || name.len() > 64 || !name.chars().all(fits) {
        return Err(Wrong::new(format!(
            "{name:?} is not one word of 1 to 64 bytes without = and \\"
        ))
        .hint("write a hyphen for each space"));
    }
    Ok(())
}

/// One word that a command can give: 1 to 32 letters, digits and marks, and no first `:`.
pub(super) fn word(word: &str) -> Checked {
    let fits = |c: char| c.is_ascii_graphic();
    if word.is_empty() || word.len() > 32 || word.starts_with(':') || !word.chars().all(fits) {
        return Err(Wrong::new(format!("{word:?} is not one word of 1 to 32 bytes of ASCII"))
            .hint("write letters, digits and hyphens"));
    }
    Ok(())
}

/// The address of an image, which ISUPPORT can carry as it is (IRCv3 network-icon).
pub(super) fn icon(url: &str) -> Checked {
    let known = ["https://", "http://"].iter().any(|scheme| url.starts_with(scheme));
    if !known || url.len() > 200 || !url.chars().all(|c| c.is_ascii_graphic() && c != '\\') {
        return Err(Wrong::new(format!("{url:?} is no web address of at most 200 bytes"))
            .hint("write it as \"https://irc.example.org/icon.svg\""));
    }
    Ok(())
}

/// Names of client-only tags (IRCv3 message-tags, "RPL_ISUPPORT Tokens"): 200 bytes of them.
pub(super) fn denied_tags(tags: &str) -> Checked {
    let name = |name: &str| {
        let name = name.strip_prefix('-').unwrap_or(name);
        let fits = |c: char| c.is_ascii_alphanumeric() || "-./".contains(c);
        !name.is_empty() && name.chars().all(fits)
    };
    let fine = list(tags).iter().enumerate().all(|(at, tag)| (at == 0 && tag == "*") || name(tag));
    if !fine || tags.len() > 200 {
        return Err(Wrong::new(format!("{tags:?} is no list of names of tags"))
            .hint("write names without + and with commas between them; * only first"));
    }
    Ok(())
}

/// The words of a list with commas between them.
pub(super) fn list(text: &str) -> Vec<String> {
    text.split(',').filter(|word| !word.is_empty()).map(Into::into).collect()
}

/// A mask of `nick!user@host`; how long it may be depends on limits, and is checked with them.
pub(super) fn mask(mask: &str) -> Checked {
    match Whom::parse(mask.as_bytes(), Casemap::Ascii, usize::MAX) {
        Ok(_) => Ok(()),
        Err(BadMask::Range) => Err(Wrong::new(format!("{mask:?} has no range of addresses")).hint(
            "write one behind the @, with at most 32 bits (IPv6: 128), as in \"*!*@192.0.2.0/24\"",
        )),
        Err(_) => Err(Wrong::new(format!("{mask:?} is not a mask"))
            .hint("write it as \"nick!user@host\", with * for what may be anything")),
    }
}

/// One line of 1 to 200 bytes.
pub(super) fn description(text: &str) -> Checked {
    match text.chars().find(|c| c.is_control()) {
        Some(c) => Err(Wrong::new(format!("holds {c:?}; must be one line of plain text"))),
        None if text.is_empty() || text.len() > 200 => {
            Err(Wrong::new(format!("{} bytes long; must be 1 to 200", text.len())))
        }
        None => Ok(()),
    }
}

/// Lines that clients can be sent: no NUL and no CR but the one before a LF.  How many and how long
/// they may be depends on limits, and is checked with them.
pub(super) fn motd(text: &str) -> Checked {
    match text.lines().position(|line| line.contains(['\0', '\r'])) {
        Some(line) => Err(Wrong::new(format!("its line {} holds a NUL or a lone CR", line + 1))
            .hint("remove it: IRC cannot carry it")),
        None => Ok(()),
    }
}

/// A path; whether it can be read is found out by reading.
pub(super) fn path(path: &str) -> Checked {
    if path.is_empty() || path.contains('\0') {
        return Err(
            Wrong::new(format!("{path:?} is not a path")).hint("leave the key out for none")
        );
    }
    Ok(())
}

/// A secret that nobody can try out.  What is wrong never repeats it.
pub(super) fn secret(secret: &str) -> Checked {
    const LEAST: usize = 32;
    if secret.len() < LEAST {
        return Err(Wrong::new(format!("is shorter than {LEAST} bytes, so it could be guessed"))
            .hint("`openssl rand -hex 32` makes a good one; or leave the key out"));
    }
    Ok(())
}

/// An Argon2id hash in PHC format that can be checked at a bearable cost.  What is wrong never
/// repeats the text: it may be the password itself.
pub(super) fn password_hash(text: &str) -> Checked {
    let hash = PasswordHash::new(text)
        .ok()
        .filter(|hash| hash.algorithm == argon2::ARGON2ID_IDENT && hash.hash.is_some());
    let hash = hash.ok_or_else(|| {
        Wrong::new("is not an Argon2id hash, and a password is never kept as plain text")
            .hint("run `pipewright hash-password` and write what it prints here")
    })?;
    let bearable = argon2::Params::try_from(&hash)
        .is_ok_and(|cost| cost.m_cost() <= MOST_ARGON2.0 && cost.t_cost() <= MOST_ARGON2.1);
    if !bearable {
        return Err(Wrong::new(
            "its cost is more than 256 MiB (m) or 64 rounds (t), or not a cost",
        )
        .hint("run `pipewright hash-password` and write what it prints here"));
    }
    Ok(())
}

/// Letters of modes, none twice.
pub(super) fn channel_modes(letters: &str) -> Checked {
    let modes = flag_letters();
    let allowed = || Vec::from_iter(modes.chars().map(String::from)).join(", ");
    for (at, letter) in letters.char_indices() {
        if letter == '+' {
            return Err(Wrong::new("holds a +").hint("write the letters alone, as in \"nt\""));
        }
        if !modes.contains(letter) {
            return Err(Wrong::new(format!("{letter:?} is not among {}", allowed())));
        }
        if letters.char_indices().any(|(other, again)| other < at && again == letter) {
            return Err(Wrong::new(format!("{letter:?} is there twice")));
        }
    }
    Ok(())
}

/// A channel's name, its `#` included; how long it may be depends on limits, and is checked with
/// them.
pub(super) fn channel(name: &str) -> Checked {
    match ChannelName::parse(name.as_bytes(), usize::MAX) {
        Some(_) => Ok(()),
        None => Err(Wrong::new(format!("{name:?} is not a channel's name"))
            .hint("write it with its #, as in \"#office\"")),
    }
}

/// A nick; how long it may be depends on limits, and is checked with them.
pub(super) fn nick(name: &str) -> Checked {
    match Nick::parse(name.as_bytes(), usize::MAX) {
        Some(_) => Ok(()),
        None => Err(Wrong::new(format!("{name:?} is not a nick"))
            .hint("write letters, digits and hyphens, a letter first")),
    }
}

/// The name of a link: part of a host and of a nick.
pub(super) fn link(name: &str) -> Checked {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if name.is_empty() || name.len() > 20 || !name.chars().all(fits) {
        return Err(Wrong::new(format!("{name:?} is not 1 to 20 letters, digits and hyphens")));
    }
    Ok(())
}

/// How lines begin that go to one person: one word that does not look like plain text.
pub(super) fn prefix(word: &str) -> Checked {
    let fits = |c: char| c.is_ascii_graphic();
    if word.is_empty() || word.len() > 32 || !word.chars().all(fits) {
        return Err(Wrong::new(format!("{word:?} is not one word of 1 to 32 bytes of ASCII"))
            .hint("write a slash first, as in \"/msg\""));
    }
    Ok(())
}

/// Permissions of a file, as octal digits.
pub(super) fn permissions(mode: &str) -> Checked {
    let fits = mode.len() == 4 && mode.starts_with('0') && u32::from_str_radix(mode, 8).is_ok();
    if !fits {
        return Err(Wrong::new(format!("{mode:?} is not four octal digits, the first of them 0"))
            .hint("write \"0600\" for its owner alone, \"0660\" for its group as well"));
    }
    if !mode.starts_with("06") && !mode.starts_with("07") {
        return Err(Wrong::new(format!("{mode:?} keeps the owner itself out"))
            .hint("write \"0600\" for its owner alone, \"0660\" for its group as well"));
    }
    Ok(())
}

/// An IP address and a port.
pub(super) fn ip_address(text: &str) -> Checked {
    if text.contains('/') {
        return Err(Wrong::new(format!("{text:?} is not an IP address and a port"))
            .hint("write it as \"127.0.0.1:7000\" or \"[::1]:7000\""));
    }
    address(text)
}

/// An IP address and a port, or the path of a socket, which has a `/` in it.
pub(super) fn address(text: &str) -> Checked {
    if text.contains('/') {
        return socket_path(text);
    }
    let address: SocketAddr = text.parse().map_err(|_| {
        Wrong::new(format!("{text:?} is not an IP address and a port")).hint(
            "write it as \"127.0.0.1:6667\" or \"[::1]:6667\", or a path as \"/run/irc.sock\"; \
             names are not looked up",
        )
    })?;
    if address.ip() != address.ip().to_canonical() {
        let plain = SocketAddr::new(address.ip().to_canonical(), address.port());
        return Err(Wrong::new(format!("{text:?} is an IPv4-mapped IPv6 address"))
            .hint(format!("write \"{plain}\"")));
    }
    Ok(())
}

/// The path of a socket, which the system lets have 107 bytes.
fn socket_path(text: &str) -> Checked {
    path(text)?;
    if text.len() > 107 || text.ends_with('/') {
        return Err(Wrong::new(format!("{text:?} cannot be the path of a socket"))
            .hint("write the path of a file, of at most 107 bytes"));
    }
    Ok(())
}

/// Rights of a file, as in `chmod 0660`.
pub(super) fn file_mode(text: &str) -> Checked {
    match u32::from_str_radix(text, 8) {
        // It takes a sign too.
        Ok(mode) if text.len() == 4 && !text.starts_with('+') && mode <= 0o777 => Ok(()),
        _ => Err(Wrong::new(format!("{text:?} is not the rights of a file"))
            .hint("write four octal digits, as in \"0660\"")),
    }
}

/// A range of addresses.
pub(super) fn cidr(text: &str) -> Checked {
    match Cidr::parse(text) {
        Some(_) => Ok(()),
        None => Err(Wrong::new(format!("{text:?} is not an address or a range of them"))
            .hint("write it as \"192.0.2.1\" or \"10.0.0.0/8\"")),
    }
}

/// Where a web page comes from, as a browser tells it (RFC 6454, section 6.2), or `*` for anywhere.
pub(super) fn web_origin(text: &str) -> Checked {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let fits = |host: &str| !host.is_empty() && host.bytes().all(|b| b.is_ascii_graphic());
    if text == "*" || host.is_some_and(|host| fits(host) && !host.contains('/')) {
        return Ok(());
    }
    Err(Wrong::new(format!("{text:?} is not the origin of a page"))
        .hint("write it as \"https://chat.example.org\", without a path, or \"*\" for any"))
}

/// A SHA-256 fingerprint: 64 digits of hex, in pairs with colons between them or without.
pub(super) fn fingerprint(text: &str) -> Checked {
    match fingerprint_digits(text) {
        Some(_) => Ok(()),
        None => Err(Wrong::new(format!("{text:?} is not a SHA-256 fingerprint")).hint(
            "write the 64 digits that WHOIS shows you of your own certificate, or that \
             `openssl x509 -noout -fingerprint -sha256 -in FILE` prints",
        )),
    }
}

/// The digits of a fingerprint, in lower case and without colons.
pub(super) fn fingerprint_digits(text: &str) -> Option<String> {
    let digits = text.replace(':', "").to_ascii_lowercase();
    let is_hex = digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex.then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn takes(check: fn(&str) -> Checked, good: &[&str], bad: &[&str]) {
        for text in good {
            assert_eq!(check(text), Ok(()), "{text:?}");
        }
        for text in bad {
            assert!(check(text).is_err(), "{text:?} was taken");
        }
    }

    #[test]
    fn a_server_name_is_a_host_name_with_a_dot() {
        let long = format!("{}.org", "a".repeat(60));
        let good = ["irc.example.org", "a.b", "10.x", "x-1.localhost"];
        takes(
            host_name,
            &good,
            &["", "irc", ".", "a.", ".a", "a..b", "-a.b", "a-.b", "a b.c", "é.org", &long],
        );
    }

    #[test]
    fn a_network_is_one_word() {
        takes(
            network,
            &["Pipewright", "Ünet-1"],
            &["", "My Network", "a=b", "a\\b", "a\nb", &"a".repeat(65)],
        );
    }

    #[test]
    fn a_word_and_a_mask_can_stand_in_a_command() {
        takes(word, &["alice", "net-admin", "a:b"], &["", "a b", ":a", "é", &"a".repeat(33)]);
        takes(mask, &["*!*@127.0.0.1", "alice", "*@::1"], &["", "a b", "a@b!c", ":a"]);
    }

    #[test]
    fn default_modes_are_known_letters_once_each() {
        takes(
            channel_modes,
            &["", "nt", "imnst"],
            &["+nt", "ntn", "k", "o", "n t", "é", "R", "nM"],
        );
    }

    #[test]
    fn what_a_gateway_is_told_is_checked() {
        takes(channel, &["#ops", "#"], &["", "ops", "#a b", "#a,b"]);
        takes(nick, &["deploys", "_x-1"], &["", "1x", "a b", "a!b", "#a"]);
        takes(link, &["office", "a-1"], &["", "a b", "a.b", "a/b", "é", &"a".repeat(21)]);
        takes(prefix, &["/msg", "@"], &["", "/m sg", "é", &"a".repeat(33)]);
        takes(permissions, &["0600", "0660", "0666"], &["", "600", "0888", "0400", "1600", "rw"]);
    }

    #[test]
    fn an_address_has_numbers_and_a_port() {
        takes(
            address,
            &["127.0.0.1:6667", "[::1]:6667", "0.0.0.0:0", "[fe80::1%2]:6667"],
            &[
                "",
                "6667",
                ":6667",
                "127.0.0.1",
                "::1:6667",
                "localhost:6667",
                "127.0.0.1:65536",
                "[::ffff:127.0.0.1]:6667",
            ],
        );
    }

    #[test]
    fn a_path_is_an_address_too() {
        let long = format!("/{}", "a".repeat(107));
        takes(address, &["/run/irc.sock", "./irc.sock"], &["/run/", "irc/", "/a\0b", &long]);
        takes(file_mode, &["0660", "0777"], &["", "660", "0999", "rw--", "07777", "+060"]);
    }

    #[test]
    fn ranges_origins_and_fingerprints_are_known_by_their_form() {
        takes(cidr, &["192.0.2.1", "10.0.0.0/8", "::/0"], &["", "10.0.0.0/33", "example.org"]);
        takes(
            web_origin,
            &["*", "https://chat.example.org", "http://127.0.0.1:8080"],
            &["", "chat.example.org", "https://", "https://a/b", "ftp://a", "https://a b"],
        );
        let colons = ["AB"; 32].join(":");
        takes(fingerprint, &[&"0f".repeat(32), &colons], &["", "0f", &"0g".repeat(32), "ab:"]);
        assert_eq!(fingerprint_digits(&colons), Some("ab".repeat(32)));
    }

    #[test]
    fn a_password_is_refused_and_not_repeated() {
        let plain = password_hash("hunter2")
            .expect_err("it is plain text")
            .at(super::super::Location::Defaults, "");
        assert!(!plain.to_string().contains("hunter2"));
        assert!(plain.to_string().contains("pipewright hash-password"));
        let salted = "c29tZXNhbHQ$aGFzaGhhc2hoYXNoaGFzaA";
        takes(
            password_hash,
            &[&format!("$argon2id$v=19$m=19456,t=2,p=1${salted}")],
            &[
                "",
                "$argon2id$v=19$m=19456,t=2,p=1",
                &format!("$argon2i$v=19$m=19456,t=2,p=1${salted}"),
                &format!("$argon2id$v=19$m=4000000,t=2,p=1${salted}"),
                &format!("$argon2id$v=19$m=19456,t=65,p=1${salted}"),
                "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
            ],
        );
    }

    #[test]
    fn a_motd_has_nothing_that_ends_a_line() {
        takes(motd, &["", "one\ntwo\r\n", "\u{3}4red"], &["a\0b", "a\rb\nc"]);
    }
}
