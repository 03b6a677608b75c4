//! Starts a server program for a test, and always stops it.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

/// A running server program. Dropping it ends the program and removes its folder.
pub struct Running {
    child: Child,
    addr: SocketAddr,
    folder: PathBuf,
}

impl Running {
    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// What its threads have cost the processors so far: to the nanosecond for those that rest, up
    /// to their last tick for those that run (`/proc/PID/task/*/schedstat`).
    pub fn processor_time(&self) -> io::Result<Duration> {
        let mut sum = 0;
        for thread in std::fs::read_dir(format!("/proc/{}/task", self.id()))? {
            let file = thread?.path().join("schedstat");
            // A thread may end meanwhile.
            let figures = std::fs::read_to_string(file).unwrap_or_default();
            let first = figures.split(' ').next().and_then(|field| field.parse::<u64>().ok());
            sum += first.unwrap_or_default();
        }
        Ok(Duration::from_nanos(sum))
    }

    /// Starts a program and waits until it accepts connections, at most 10 seconds.
    ///
    /// `configure` gets an empty folder of the program's own and a free loopback address; it
    /// writes the configuration and gives the command.
    pub fn start(
        configure: impl FnOnce(&Path, SocketAddr) -> io::Result<Command>,
    ) -> io::Result<Self> {
        let addr = free_address()?;
        let folder = std::env::temp_dir().join(format!(
            "conformance-{}-{}",
            std::process::id(),
            addr.port()
        ));
        std::fs::create_dir(&folder)?;
        let started = configure(&folder, addr).and_then(|mut command| command.spawn());
        let child = match started {
            Ok(child) => child,
            Err(why) => {
                let _ = std::fs::remove_dir_all(&folder);
                return Err(why);
            }
        };
        let mut running = Running { child, addr, folder };
        running.wait_until_it_accepts()?;
        Ok(running)
    }

    fn wait_until_it_accepts(&mut self) -> io::Result<()> {
        let until = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect_timeout(&self.addr, Duration::from_secs(1)).is_err() {
            if let Some(status) = self.child.try_wait()? {
                return Err(io::Error::other(format!("the server ended at once: {status}")));
            }
            if Instant::now() > until {
                return Err(io::Error::other("the server does not listen after 10 seconds"));
            }
            // Another program's start cannot be waited for in any other way.
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// ngIRCd, if it is installed, in a configuration near to what Pipewright does by default.
pub fn ngircd() -> io::Result<Running> {
    let program = ["/usr/sbin/ngircd", "/usr/local/sbin/ngircd", "/usr/bin/ngircd"]
        .into_iter()
        .find(|p| Path::new(p).exists())
        .ok_or_else(|| io::Error::other("ngIRCd is not installed; try: apt-get install ngircd"))?;
    Running::start(|folder, addr| {
        let file = folder.join("ngircd.conf");
        let text = NGIRCD_CONF.replace("PORT", &addr.port().to_string());
        std::fs::write(&file, text)?;
        let log = std::fs::File::create(folder.join("log"))?;
        let mut command = Command::new(program);
        command.arg("-n").arg("-f").arg(file).stdout(log.try_clone()?).stderr(log);
        Ok(command)
    })
}

/// Without its brakes, which would only make the suite slow.
const NGIRCD_CONF: &str = "[Global]
Name = irc.example.net
Info = Under test
AdminInfo1 = Nobody
AdminEMail = nobody@example.net
Listen = 127.0.0.1
Ports = PORT
MotdPhrase = Hello
[Operator]
Name = oper
Password = operpass
[Limits]
MaxConnectionsIP = 0
MaxJoins = 100
MaxNickLength = 30
MaxPenaltyTime = 0
[Options]
DNS = no
Ident = no
PAM = no
";

fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}
