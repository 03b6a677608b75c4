//! What clients believe against what the server knows.

use std::collections::{BTreeMap, BTreeSet};

use super::belief::{Belief, Modes, Rank};
use super::model::{Fault, Model, fold};
use pipewright::core::modes::{CHANNEL_MODES, Kind, ListKind};
use pipewright::core::{ChannelGuard, Form, Network};
use pipewright::proto::names::UserId;
use pipewright::proto::prefix::{Prefixes, RANKS};

/// Compares at a moment at which nothing is on its way.
pub fn agree(model: &Model, network: &Network) -> Result<(), Fault> {
    let users = network.registry.users();
    let user = users.iter().find(|user| *user.identity().user() == *model.user);
    let there = user.is_some();
    let believed = model.is_registered && !model.is_over;
    same("being there", &believed, &there)?;
    let Some(user) = user else { return Ok(()) };
    same("nick", &model.nick.as_str(), &user.identity().nick.as_str())?;
    let own = user.profile().modes.text();
    same("its own modes", &model.modes, &own.chars().filter(|sign| *sign != '+').collect())?;
    let forms = [(Form::Monitor, &model.watched), (Form::Watch, &model.watched_by_watch)];
    for (form, believed) in forms {
        for nick in network.watches.lock().of_user(user.id, form) {
            let there = network.registry.identified(&nick);
            let there = there.map(|(_, identity)| identity.user().to_string());
            let watched = believed.get(&fold(nick.as_str())).cloned();
            same(&format!("{nick}, watched by {form:?}"), &watched, &Some(there))?;
        }
    }
    let channels = user.channels();
    let names: BTreeSet<_> = channels.iter().map(|channel| channel.name.as_str()).collect();
    same("channels", &model.channels.keys().map(String::as_str).collect(), &names)?;
    for channel in &channels {
        let guard = channel.lock();
        let name = guard.name().as_str();
        agree_on(&model.channels[name], &guard, user.id)
            .map_err(|fault| format!("{name}: {fault}"))?;
    }
    Ok(())
}

fn agree_on(belief: &Belief, channel: &ChannelGuard<'_>, user: UserId) -> Result<(), Fault> {
    let mut members = BTreeMap::new();
    for member in channel.members_seen_by(user) {
        let mut rank = Rank::NONE;
        for row in RANKS {
            let prefix = Prefixes::of_letter(row.letter).expect("each row is a rank");
            rank.set(char::from(row.letter), member.prefixes.has(prefix));
        }
        members.insert(member.user.identity().nick.as_str().to_owned(), rank);
    }
    let names = |members: &BTreeMap<String, Rank>| members.keys().cloned().collect::<Vec<_>>();
    same("members", &names(&belief.members), &names(&members))?;
    for (nick, rank) in &belief.members {
        if !rank.fits(members[nick]) {
            return Err(format!("{nick}: {rank:?} is believed, {:?} true", members[nick]));
        }
    }
    let topic = channel.topic.as_ref().map(|topic| text(&topic.text)).unwrap_or_default();
    same("topic", &belief.topic, &topic)?;
    if let Some(modes) = &belief.modes {
        let flags = channel.flags.letters().map(char::from).collect();
        let key = channel.key.as_deref().map(text);
        let set = CHANNEL_MODES.iter().filter_map(|mode| match mode.kind {
            Kind::ParamMode(setting) => {
                channel.parameters.text(setting).map(|text| (char::from(mode.letter), text))
            }
            _ => None,
        });
        let settings = set.collect();
        same("modes", modes, &Modes { flags, key, settings })?;
    }
    for (letter, believed) in &belief.lists {
        let kind = match letter {
            'b' => ListKind::Ban,
            'e' => ListKind::Except,
            _ => ListKind::Invex,
        };
        let masks = channel.lists.of(kind).iter().map(|entry| text(entry.mask.as_bytes()));
        same("list", believed, &masks.collect())?;
    }
    Ok(())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, believed: &T, known: &T) -> Result<(), Fault> {
    if believed == known {
        return Ok(());
    }
    Err(format!("{what}: {believed:?} is believed, {known:?} is known to the server"))
}
