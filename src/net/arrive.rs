//! How a shard's thread takes the sockets it is handed.

use std::cell::Cell;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::spawn_local;
use tokio::time::timeout;

use super::door::{Door, Refused};
use super::resolve::Subject;
use super::shell::Shell;
use super::socket::Socket;
use crate::command::Close;
use crate::state::{Addresses, Origin, Seat};

/// How long TLS and all else before the first line may take at the most.
const PATIENCE: Duration = Duration::from_secs(10);

/// Those of one address whose handshakes go on count as its connections do, on each shard.
#[derive(Default)]
pub struct Arrivals {
    addresses: Addresses,
}

impl Shell {
    /// Serves a socket that has come in by a door, once it is a stream of lines; one with which
    /// something else comes first is nobody else's business, and has ten seconds for it.  One for
    /// which the door has no seat is told so.
    pub fn receive(self: &Rc<Self>, socket: Socket, door: &Arc<Door>, seat: Option<Seat>) {
        match seat {
            Some(seat) if door.is_open(&socket) => {
                let origin = Origin::of(socket.address()).seated(seat);
                let subject = self.subject(&socket, door);
                self.serve_known(socket.boxed(), origin, subject);
            }
            Some(seat) => {
                let (shell, door) = (Rc::clone(self), Arc::clone(door));
                spawn_local(async move { shell.shake_hands(socket, &door, seat).await });
            }
            None => {
                let door = Arc::clone(door);
                self.turned_away(socket.address(), &Close::PortFull, None);
                spawn_local(async move { door.turn_away(socket, &Close::PortFull).await });
            }
        }
    }

    fn turned_away(&self, address: IpAddr, reason: &Close, why: Option<&Refused>) {
        let Some(count) = self.shard.borrow().turned_away(reason, address, self.now()) else {
            return;
        };
        let (address, why) = (address.to_canonical().to_string(), why.map(ToString::to_string));
        let (reason, why) = (reason.name(), why.as_deref());
        tracing::info!(address = &*address, reason, why, count, "turned away");
    }

    /// Of whom others can be asked, if anybody is: not of whoever connects for others.
    fn subject(&self, socket: &Socket, door: &Door) -> Subject {
        if !self.settings().resolve.is_on() || door.wants_proxy_header(socket) {
            return Subject::default();
        }
        let ends = socket.ends();
        Subject { address: ends.map(|_| socket.address()), ends }
    }

    async fn shake_hands(self: Rc<Self>, socket: Socket, door: &Door, seat: Seat) {
        let settings = self.settings();
        let address = socket.address();
        let for_others = door.wants_proxy_header(&socket)
            || settings.webirc.iter().any(|gateway| gateway.is_at(address));
        let limits = settings.limits.clone();
        let counted = Origin::of(address).counted();
        let has_room = self.arrivals.addresses.enter(counted, &limits) || for_others;
        let patience = PATIENCE.min(Duration::from_millis(settings.limits.registration_ms));
        drop(settings);
        if has_room {
            self.open_door(socket, door, seat, patience).await;
        } else {
            self.turned_away(address, &Close::TooMany, None);
        }
        self.arrivals.addresses.leave(counted, &limits);
    }

    async fn open_door(
        self: &Rc<Self>,
        socket: Socket,
        door: &Door,
        seat: Seat,
        patience: Duration,
    ) {
        let (address, mut subject) = (socket.address(), self.subject(&socket, door));
        // For whom a proxy has connected, once that is known.
        let user = Cell::new(address);
        match timeout(patience, door.enter(socket, seat, &user)).await {
            Ok(Ok((stream, meter, origin))) => {
                if user.get() != address {
                    subject.address = Some(user.get());
                }
                self.serve_metered(stream, Some(meter), origin, subject);
            }
            Ok(Err(why)) => self.turned_away(user.get(), &Close::Handshake, Some(&why)),
            Err(_) => self.turned_away(user.get(), &Close::HandshakeTimeout, None),
        }
    }
}
