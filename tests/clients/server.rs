//! The server that the clients talk through.

use std::{
    env, fs,
    fs::File,
    net::{SocketAddr, TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
};

use tempfile::TempDir;

use crate::wait::wait_for;

/// Names a server that already runs, as `host:port` with a numeric host, to see how the same
/// dialogue goes elsewhere.  (Not `PIPEWRIGHT_...`: our server takes those as configuration.)
const OTHER_SERVER: &str = "CLIENTS_TEST_SERVER";

/// A server to connect to.  Ours is stopped when this is dropped, and says what it logged if
/// the test has failed.
pub struct Server {
    pub address: SocketAddr,
    _own: Option<Own>,
}

struct Own {
    child: Child,
    folder: TempDir,
}

impl Server {
    /// Returns once the port accepts.
    pub fn start() -> Self {
        if let Ok(address) = env::var(OTHER_SERVER) {
            let address = address.parse().expect("CLIENTS_TEST_SERVER is address:port");
            return Self { address, _own: None };
        }
        // Between choosing a free port and listening on it somebody else may take it.
        for _ in 0..2 {
            if let Ok(server) = Self::start_once() {
                return server;
            }
        }
        Self::start_once()
            .unwrap_or_else(|status| panic!("the server ended at its start: {status}"))
    }

    fn start_once() -> Result<Self, ExitStatus> {
        let address = free_address();
        let folder = tempfile::tempdir().expect("a folder for the server");
        let config = folder.path().join("pipewright.toml");
        fs::write(&config, format!("[[listen]]\naddress = \"{address}\"\n")).expect("its config");
        let mut command = Command::new(env!("CARGO_BIN_EXE_pipewright"));
        for (name, _) in env::vars_os() {
            if name.to_string_lossy().starts_with("PIPEWRIGHT_") {
                command.env_remove(name);
            }
        }
        let child = command
            .arg("--config")
            .arg(&config)
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(File::create(stdout(&folder)).expect("its output"))
            .stderr(File::create(stderr(&folder)).expect("its errors"))
            .spawn()
            .expect("the server starts");
        let mut own = Own { child, folder };
        let outcome = wait_for(|| match own.child.try_wait().expect("our child") {
            Some(status) => Some(Err(status)),
            None => TcpStream::connect(address).ok().map(|_| Ok(())),
        });
        match outcome {
            Some(Ok(())) => Ok(Self { address, _own: Some(own) }),
            Some(Err(status)) => {
                eprintln!("{}", own.report());
                Err(status)
            }
            None => panic!("nothing listens on {address}\n{}", own.report()),
        }
    }
}

impl Own {
    fn report(&self) -> String {
        let read = |path| fs::read_to_string(path).unwrap_or_default();
        format!(
            "--- the server's output\n{}--- the server's errors\n{}",
            read(stdout(&self.folder)),
            read(stderr(&self.folder))
        )
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        // Failing only when it has ended already, which is the aim.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            eprintln!("{}", self.report());
        }
    }
}

fn stdout(folder: &TempDir) -> PathBuf {
    folder.path().join("stdout")
}

fn stderr(folder: &TempDir) -> PathBuf {
    folder.path().join("stderr")
}

fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a free port on the loopback")
}
