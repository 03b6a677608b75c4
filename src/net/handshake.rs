//! How a shard's thread takes the sockets it is handed.

use std::cell::Cell;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::spawn_local;
use tokio::time::timeout;

use crate::command::Close;
use crate::core::{ConnectionPermit, Origin};
use crate::net::listener_profile::{ListenerProfile, Refused};
use crate::net::resolve::Subject;
use crate::net::runtime::ShardRuntime;
use crate::net::socket::Socket;

/// How long TLS and all else before the first line may take at the most.
const PATIENCE: Duration = Duration::from_secs(10);

impl ShardRuntime {
    /// Serves a socket that a listener has accepted, once it is a stream of lines; one with which
    /// something else comes first is nobody else's business, and has ten seconds for it.  One for
    /// which the listener has no connection permit is told so.
    pub fn receive(
        self: &Rc<Self>,
        socket: Socket,
        profile: &Arc<ListenerProfile>,
        permit: Option<ConnectionPermit>,
    ) {
        match permit {
            Some(permit) if profile.is_open(&socket) => {
                let origin = Origin::of(socket.address()).with_permit(permit);
                let subject = self.subject(&socket, profile);
                self.serve_known(socket.boxed(), origin, subject);
            }
            Some(permit) => {
                let (runtime, profile) = (Rc::clone(self), Arc::clone(profile));
                spawn_local(async move { runtime.shake_hands(socket, &profile, permit).await });
            }
            None => {
                let profile = Arc::clone(profile);
                self.rejected(socket.address(), &Close::PortFull, None);
                spawn_local(async move { profile.reject(socket, &Close::PortFull).await });
            }
        }
    }

    fn rejected(&self, address: IpAddr, reason: &Close, why: Option<&Refused>) {
        let Some(count) = self.shard.borrow().rejected(reason, address, self.now()) else {
            return;
        };
        let (address, why) = (address.to_canonical().to_string(), why.map(ToString::to_string));
        let (reason, why) = (reason.name(), why.as_deref());
        tracing::info!(address = &*address, reason, why, count, "turned away");
    }

    /// Of whom others can be asked, if anybody is: not of whoever connects for others.
    fn subject(&self, socket: &Socket, profile: &ListenerProfile) -> Subject {
        if !self.machine().resolve.is_on() || profile.wants_proxy_header(socket) {
            return Subject::default();
        }
        let ends = socket.ends();
        Subject { address: ends.map(|_| socket.address()), ends }
    }

    async fn shake_hands(
        self: Rc<Self>,
        socket: Socket,
        profile: &ListenerProfile,
        permit: ConnectionPermit,
    ) {
        let machine = self.machine();
        let address = socket.address();
        let for_others = profile.wants_proxy_header(&socket)
            || machine.webirc.iter().any(|gateway| gateway.is_at(address));
        let limits = machine.limits.clone();
        let counted = Origin::of(address).counted();
        let has_room = self.arrivals.addresses.enter(counted, &limits) || for_others;
        let patience = PATIENCE.min(Duration::from_millis(machine.limits.registration_ms));
        drop(machine);
        if has_room {
            self.open_listener(socket, profile, permit, patience).await;
        } else {
            self.rejected(address, &Close::TooMany, None);
        }
        self.arrivals.addresses.leave(counted, &limits);
    }

    async fn open_listener(
        self: &Rc<Self>,
        socket: Socket,
        profile: &ListenerProfile,
        permit: ConnectionPermit,
        patience: Duration,
    ) {
        let (address, mut subject) = (socket.address(), self.subject(&socket, profile));
        // For whom a proxy has connected, once that is known.
        let user = Cell::new(address);
        match timeout(patience, profile.enter(socket, permit, &user)).await {
            Ok(Ok((stream, meter, origin))) => {
                if user.get() != address {
                    subject.address = Some(user.get());
                }
                self.serve_metered(stream, Some(meter), origin, subject);
            }
            Ok(Err(why)) => self.rejected(user.get(), &Close::Handshake, Some(&why)),
            Err(_) => self.rejected(user.get(), &Close::HandshakeTimeout, None),
        }
    }
}
