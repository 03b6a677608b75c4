//! Who somebody is on the machine that it connects from, as that machine tells (RFC 1413).

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpSocket;

/// The longest answer that is read (RFC 1413, section 5).
const MOST_BYTES: u64 = 1000;

/// The two ends of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ends {
    /// Ours.
    pub local: SocketAddr,
    /// The client's.
    pub remote: SocketAddr,
}

/// Asks the client's machine, at `port`, for the name of the connection's user: whatever bytes it
/// gives.  `None`: it does not tell.  How long that may take is for the caller to say.
pub(super) async fn ask(ends: Ends, port: u16) -> io::Result<Option<Box<[u8]>>> {
    let with_port = |mut end: SocketAddr, port| {
        end.set_port(port);
        end
    };
    let socket = if ends.local.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // It is asked about a connection of the two machines by their addresses.
    socket.bind(with_port(ends.local, 0))?;
    let mut stream = socket.connect(with_port(ends.remote, port)).await?;
    let (theirs, ours) = (ends.remote.port(), ends.local.port());
    stream.write_all(format!("{theirs}, {ours}\r\n").as_bytes()).await?;
    let mut line = Vec::new();
    BufReader::new(stream.take(MOST_BYTES)).read_until(b'\n', &mut line).await?;
    Ok(user(&line, theirs, ours).map(Into::into))
}

/// The user of an answer such as `6193, 23 : USERID : UNIX : stjohns`, if it is one about these
/// ports.  A line that does not end is none.
fn user(line: &[u8], theirs: u16, ours: u16) -> Option<&[u8]> {
    let line = line.strip_suffix(b"\n")?;
    let mut fields = line.splitn(4, |&byte| byte == b':').map(<[u8]>::trim_ascii);
    let ports = std::str::from_utf8(fields.next()?).ok()?;
    let (one, other) = ports.split_once(',')?;
    let is_about_them = one.trim().parse() == Ok(theirs) && other.trim().parse() == Ok(ours);
    let tells = is_about_them && fields.next()?.eq_ignore_ascii_case(b"USERID");
    let (_system, user) = (fields.next()?, fields.next()?);
    Some(user).filter(|user| tells && !user.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_answer_about_the_connection_names_its_user() {
        let read = |line: &str| user(line.as_bytes(), 6193, 23).map(<[u8]>::to_vec);
        for (line, name) in [
            ("6193, 23 : USERID : UNIX : stjohns\r\n", "stjohns"),
            ("6193,23:USERID:OTHER,utf-8:a:b\n", "a:b"),
            (" 6193 , 23 :userid: UNIX :x \r\n", "x"),
        ] {
            assert_eq!(read(line).as_deref(), Some(name.as_bytes()), "{line}");
        }
        for line in [
            "6193, 23 : ERROR : NO-USER\r\n",
            "6193, 23 : USERID : UNIX :  \r\n",
            "6193, 23 : USERID : stjohns\r\n",
            "6194, 23 : USERID : UNIX : stjohns\r\n",
            "23, 6193 : USERID : UNIX : stjohns\r\n",
            "6193, 23 : USERID : UNIX : stjoh",
            "6193 : USERID : UNIX : stjohns\r\n",
            "\r\n",
            "",
        ] {
            assert_eq!(read(line), None, "{line}");
        }
        assert_eq!(user(b"\xff, \xfe : USERID : UNIX : x\n", 6193, 23), None);
    }
}
