//! Which keys a client is told of (sections "METADATA SUB", "METADATA UNSUB", "METADATA SUBS").

use crate::command::metadata::{invalid, sync};
use crate::command::{Cx, Params};
use crate::proto::names::{Casemap, MetaKey, Once};
use crate::proto::numerics::{Numeric, Word};

/// Keys in one numeric: with the client's nick before them, and all a line can have.
const IN_A_LINE: usize = 13;

/// Subscribes to keys, in order; once the list is full no more of them are looked at, not even at
/// those that are on it ("Subscribed to too many keys", example 3).  What has been subscribed to is
/// told at once.
pub fn add(cx: &mut Cx<'_>, p: Params<'_>) {
    let (conn, most) = (cx.client.conn, cx.settings.limits.metadata_subscriptions);
    let (mut added, mut new, mut wrong, mut too_many) = (Vec::new(), Vec::new(), Vec::new(), None);
    let mut once = Once::new(Casemap::Ascii);
    for raw in p.from(2) {
        let Some(key) = MetaKey::parse(raw) else {
            wrong.push(raw);
            continue;
        };
        if !once.is_new(key.as_bytes()) {
            continue;
        }
        let held = cx.here.subscriptions(conn);
        if held.len() >= most {
            too_many = Some(key);
            break;
        }
        if !held.contains(&key) {
            new.push(key.clone());
        }
        cx.here.subscribe(conn, key.clone());
        added.push(key);
    }
    reply(cx, &added, |tokens| Numeric::MetadataSubOk { tokens });
    wrong.into_iter().for_each(|raw| invalid(cx, raw));
    if let Some(key) = too_many {
        let why = format!("You may subscribe to {most} keys at most");
        cx.fail("METADATA", "TOO_MANY_SUBS", &[key.as_bytes()], &why);
    }
    sync::subscribed(cx, &new);
}

/// Takes subscriptions back, whether they are there or not.
pub fn remove(cx: &mut Cx<'_>, p: Params<'_>) {
    let (mut removed, mut wrong) = (Vec::new(), Vec::new());
    let mut once = Once::new(Casemap::Ascii);
    for raw in p.from(2) {
        match MetaKey::parse(raw) {
            Some(key) if !once.is_new(key.as_bytes()) => {}
            Some(key) => {
                cx.here.unsubscribe(cx.client.conn, &key);
                removed.push(key);
            }
            None => wrong.push(raw),
        }
    }
    reply(cx, &removed, |tokens| Numeric::MetadataUnsubOk { tokens });
    wrong.into_iter().for_each(|raw| invalid(cx, raw));
}

/// Lists them, in a batch that may be empty (section "METADATA SUBS").
pub fn list(cx: &mut Cx<'_>) {
    let keys = cx.here.subscriptions(cx.client.conn).to_vec();
    cx.in_batch(Some("metadata-subs"), |cx| {
        reply(cx, &keys, |tokens| Numeric::MetadataSubs { tokens });
    });
}

fn reply(cx: &mut Cx<'_>, keys: &[MetaKey], make: impl Fn(Word<'static>) -> Numeric<'static>) {
    for keys in keys.chunks(IN_A_LINE) {
        cx.reply_filled(keys.iter().map(MetaKey::as_bytes), &make);
    }
}
