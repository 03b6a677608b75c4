//! Listening sockets in the file system.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use socket2::{Domain, SockAddr, Socket, Type};

use crate::config::{Address, Listen};

/// The file of a listening socket, removed when this is dropped unless it is another's by then.
#[derive(Debug)]
pub struct SocketFile {
    path: PathBuf,
    inode: u64,
}

impl SocketFile {
    pub(super) fn address(&self) -> Address {
        Address::Path(self.path.clone())
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if fs::symlink_metadata(&self.path).is_ok_and(|meta| meta.ino() == self.inode) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Opens a listener.  A socket that nobody listens on any more gives way; anything else that is in
/// the way stays, and is an error.
pub(super) fn bind(path: &Path, mode: u32, backlog: i32) -> io::Result<(UnixListener, SocketFile)> {
    if is_abandoned(path) {
        fs::remove_file(path)?;
    }
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    socket.bind(&SockAddr::unix(path)?)?;
    // Nobody can connect before it listens, and by then its rights are as they should be.
    let inode = fs::symlink_metadata(path)?.ino();
    let file = SocketFile { path: path.to_owned(), inode };
    fs::set_permissions(path, Permissions::from_mode(mode))?;
    socket.listen(backlog)?;
    Ok((socket.into(), file))
}

/// Gives the socket of a listener that is open the rights that its table says; one of an IP address
/// has none.
pub fn set_mode(listen: &Listen) -> io::Result<()> {
    match &listen.address {
        Address::Ip(_) => Ok(()),
        Address::Path(path) => fs::set_permissions(path, Permissions::from_mode(listen.mode)),
    }
}

fn is_abandoned(path: &Path) -> bool {
    let is_socket = fs::symlink_metadata(path).is_ok_and(|meta| meta.file_type().is_socket());
    let refused = |why: io::Error| why.kind() == io::ErrorKind::ConnectionRefused;
    is_socket && UnixStream::connect(path).err().is_some_and(refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_that_nobody_listens_on_gives_way_and_nothing_else_does() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("irc.sock");
        let (listener, file) = bind(&path, 0o660, 8).expect("a listener");
        assert_eq!(fs::metadata(&path).expect("it is there").mode() & 0o777, 0o660);
        let taken = bind(&path, 0o660, 8).expect_err("somebody listens there");
        assert_eq!(taken.kind(), io::ErrorKind::AddrInUse);
        // As after a crash.
        drop(listener);
        std::mem::forget(file);
        let (_listener, file) = bind(&path, 0o600, 8).expect("the old one is of no use");
        drop(file);
        assert!(!path.exists());
        fs::write(&path, "mine").expect("a file");
        assert!(bind(&path, 0o600, 8).is_err());
        assert_eq!(fs::read(&path).expect("it is still there"), b"mine");
    }
}
