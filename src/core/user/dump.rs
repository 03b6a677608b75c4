//! A user as text.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

use crate::core::bytes_text::{bytes, text};
use crate::core::locks::Ranked;
use crate::core::metadata::Metadata;
use crate::core::modes::UserModes;
use crate::core::redaction_log::RedactionLog;
use crate::core::server::notice_mask::Kinds;
use crate::core::server::operators::{Operator, Privileges};
use crate::core::user::client_kind::ClientKind;
use crate::core::user::origin::Origin;
use crate::core::user::{Extra, Invitation, Profile, User};
use crate::core::user_mask::Whom;
use crate::proto::names::{
    Casemap, ChannelId, ChannelName, Identity, MetaKey, Nick, ShardId, TagFlags, UserId,
};

/// A user, without its channels, which have it as a member, and without what only its connection has.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct UserDump {
    /// Its id.
    pub id: UserId,
    home: ShardId,
    address: IpAddr,
    real_host: String,
    secure: bool,
    certificate: Option<String>,
    kind: ClientKind,
    is_claimed: bool,
    signon: u64,
    spoke: u64,
    knows_rename: bool,
    cloak: Option<String>,
    hides_address: bool,
    nick: String,
    user: String,
    host: String,
    bot: bool,
    oper: bool,
    account: Option<String>,
    realname: String,
    /// Its modes.
    pub modes: UserModes,
    operator: Option<OperatorDump>,
    notices: Kinds,
    away: Option<String>,
    metadata: Vec<(String, String)>,
    invitations: Vec<(ChannelId, String)>,
    knocked: Option<u64>,
    silence: Vec<String>,
    accepted: Vec<UserId>,
    notified_of_caller: Option<u64>,
    sent: Option<RedactionLog>,
}

/// What is known of an operator once it is one.  How it became one is the configuration's.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct OperatorDump {
    name: String,
    class: String,
    privileges: Privileges,
}

impl UserDump {
    /// The user as it is now.
    pub fn of(user: &User) -> Self {
        let User {
            id,
            home,
            origin,
            signon,
            spoke,
            knows_rename,
            cloak,
            hides_address,
            profile: _,
        } = user;
        // A permit is of this machine.
        let Origin { address, host: real_host, secure, certificate, permit: _, kind, is_claimed } =
            &**origin;
        let profile = user.profile();
        let Profile {
            identity,
            realname,
            modes,
            operator,
            notices,
            away,
            metadata,
            // The channels have it as a member.
            channels: _,
            extra: _,
        } = &*profile;
        let Extra { invitations, knocked, silence, accepted, notified_of_caller, sent } =
            profile.extra();
        let TagFlags { bot, oper } = identity.tag_flags;
        let flag = |flag: &AtomicBool| flag.load(Ordering::Relaxed);
        Self {
            id: *id,
            home: *home,
            address: *address,
            real_host: real_host.to_string(),
            secure: *secure,
            certificate: certificate.as_deref().map(String::from),
            kind: *kind,
            is_claimed: *is_claimed,
            signon: *signon,
            spoke: spoke.load(Ordering::Relaxed),
            knows_rename: flag(knows_rename),
            cloak: cloak.as_deref().map(String::from),
            hides_address: flag(hides_address),
            nick: identity.nick.to_string(),
            user: identity.user().to_owned(),
            host: identity.host().to_owned(),
            bot,
            oper,
            account: identity.account.as_deref().map(String::from),
            realname: text(realname),
            modes: *modes,
            operator: operator.as_deref().map(OperatorDump::of),
            notices: *notices,
            away: away.as_deref().map(text),
            metadata: metadata
                .iter()
                .map(|(key, value)| (text(key.as_bytes()), text(value)))
                .collect(),
            invitations: invitations
                .iter()
                .map(|Invitation { channel, name }| (*channel, name.to_string()))
                .collect(),
            knocked: *knocked,
            silence: silence.iter().map(|mask| text(mask.as_bytes())).collect(),
            accepted: accepted.iter().filter_map(|user| Some(user.upgrade()?.id)).collect(),
            notified_of_caller: *notified_of_caller,
            sent: sent.as_deref().cloned(),
        }
    }

    /// The user that it is of; `None`: it has a name that is none.
    pub(in crate::core) fn load(&self, casemap: Casemap) -> Option<Arc<User>> {
        let Self {
            id,
            home,
            address,
            real_host,
            secure,
            certificate,
            kind,
            is_claimed,
            signon,
            spoke,
            knows_rename,
            cloak,
            hides_address,
            nick,
            user,
            host,
            bot,
            oper,
            account,
            realname,
            modes,
            operator,
            notices,
            away,
            metadata,
            invitations,
            knocked,
            silence,
            accepted: _,
            notified_of_caller,
            sent,
        } = self;
        let origin = Origin {
            address: *address,
            host: real_host.as_str().into(),
            secure: *secure,
            certificate: certificate.as_deref().map(Into::into),
            permit: None,
            kind: *kind,
            is_claimed: *is_claimed,
        };
        let mut identity = Identity::new(Nick::parse(nick.as_bytes(), usize::MAX)?, user, host);
        identity.tag_flags = TagFlags { bot: *bot, oper: *oper };
        identity.account = account.as_deref().map(Into::into);
        let mut known = Metadata::default();
        for (key, value) in metadata {
            known
                .set(&MetaKey::parse(key.as_bytes())?, Some(bytes(value).into()), usize::MAX)
                .ok()?;
        }
        let invitation = |(channel, name): &(ChannelId, String)| {
            let name = ChannelName::parse(name.as_bytes(), usize::MAX)?;
            Some(Invitation { channel: *channel, name })
        };
        let extra = Extra {
            invitations: invitations.iter().map(invitation).collect::<Option<_>>()?,
            knocked: *knocked,
            silence: silence
                .iter()
                .map(|mask| Whom::parse(&bytes(mask), casemap, usize::MAX).ok())
                .collect::<Option<_>>()?,
            accepted: Vec::new(),
            notified_of_caller: *notified_of_caller,
            sent: sent.clone().map(Box::new),
        };
        let profile = Profile {
            identity: Arc::new(identity),
            realname: bytes(realname).into(),
            modes: *modes,
            operator: operator.as_ref().map(|operator| Arc::new(operator.load())),
            notices: *notices,
            away: away.as_deref().map(|text| bytes(text).into()),
            metadata: known,
            channels: Vec::new(),
            extra: Some(Box::new(extra)),
        };
        Some(Arc::new(User {
            id: *id,
            home: *home,
            origin: Arc::new(origin),
            signon: *signon,
            spoke: AtomicU64::new(*spoke),
            knows_rename: AtomicBool::new(*knows_rename),
            cloak: cloak.as_deref().map(Into::into),
            hides_address: AtomicBool::new(*hides_address),
            profile: Ranked::new(0, profile),
        }))
    }

    /// Finds the users whom it accepts in spite of +g.
    pub(in crate::core) fn link(&self, users: &BTreeMap<UserId, Arc<User>>) {
        if let Some(user) = users.get(&self.id).filter(|_| !self.accepted.is_empty()) {
            let accepted = self.accepted.iter().filter_map(|id| users.get(id));
            user.profile().extra_mut().accepted = accepted.map(Arc::downgrade).collect();
        }
    }
}

impl OperatorDump {
    fn of(operator: &Operator) -> Self {
        let Operator { name, password_hash: _, certificate: _, class, privileges, masks: _ } =
            operator;
        Self { name: name.to_string(), class: class.to_string(), privileges: *privileges }
    }

    fn load(&self) -> Operator {
        Operator {
            name: self.name.as_str().into(),
            password_hash: None,
            certificate: None,
            class: self.class.as_str().into(),
            privileges: self.privileges,
            masks: Vec::new(),
        }
    }
}
