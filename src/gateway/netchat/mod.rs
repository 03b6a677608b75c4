//! The netchat protocol: peers that flood JSON lines over named pipes, in any topology.
//!
//! A [`Node`] stands for one or more sites of such a network, over one or more links.  It is given
//! lines and says what to write and what is new; it knows no pipes and no clock, and its randomness
//! is a seed.
//!
//! ```
//! use pipewright::gateway::netchat::{Limits, Link, News, Node};
//!
//! let mut node = Node::new("gateway", 7, Limits::default());
//! let hello = node.join("gateway").unwrap(); // to be written to every link
//! let link = Link::new(0).unwrap();
//! let line = br#"{"id":1,"sender_id":"ann","header":{"Public":"hi"},"clock":{"ann":1}}"#;
//! let heard = node.receive(link, line).unwrap();
//! assert!(hello.contains(r#""header":"Connection""#));
//! assert!(heard.relay.unwrap().contains(r#""id":1,"sender_id":"ann""#)); // and this too
//! assert!(matches!(&heard.news[1], News::Public { text, .. } if text == "hi"));
//! ```

mod clock;
mod ids;
mod message;
mod node;
mod roster;
mod saved;
mod seen;
mod snapshot;

pub use clock::Clock;
pub use ids::{Ids, SiteId};
pub use message::{BadLine, Header, MAX_DATES, MAX_ID, MAX_LINE, Message};
pub use node::{Heard, Limits, News, Node, Refused};
pub use roster::Link;
pub use snapshot::{PATIENCE_MS, Snapshot};
