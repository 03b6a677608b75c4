//! The one question that decides whether a text of a user reaches a channel: may this user say this
//! here, in this way?
//!
//! Whatever carries a text of somebody to members of a channel is a [`Speech`], and asks [`judge`].  What
//! each is subject to is the table [`TABLE`].

use std::borrow::Cow;
use std::sync::Arc;

use crate::core::channel::parameters::Rate;
use crate::core::channel::permissions::Permission;
use crate::core::channel::{ChannelGuard, ChannelState, permissions};
use crate::core::modes::Flags;
use crate::core::user::User;
use crate::proto::event::{Line, Text};
use crate::proto::formatting::{has_colour, is_ctcp, strip};
use crate::proto::time::Moment;
use crate::work;

/// A way in which a text of a user reaches a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speech {
    /// PRIVMSG, also of several lines, and RELAYMSG.
    Message,
    /// NOTICE, also of several lines.
    Notice,
    /// TAGMSG.
    Tags,
    /// TAGMSG that only says whether somebody is typing.
    Typing,
    /// TOPIC.
    Topic,
    /// The reason of PART.
    Part,
    /// The reason of QUIT.
    Quit,
    /// The comment of KICK.
    Kick,
    /// The reason of REDACT, and its tags.
    Redact,
    /// The reason of RENAME.
    Rename,
    /// INVITE, which shows the inviter.
    Invite,
    /// KNOCK.
    Knock,
    /// NICK.
    Nick,
    /// SETNAME.
    RealName,
    /// The text of AWAY.
    Away,
    /// A value of METADATA, of a user or of the channel.
    Metadata,
}

/// What becomes of an act whose text may not be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// It is refused.
    Refused,
    /// It goes on without the text: nobody is kept from leaving, or from keeping order.
    LeftOut,
}

/// How `+W` concerns a way of saying something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slow {
    /// Not at all.
    Free,
    /// It counts, and is refused when no more may be said yet.
    Counts,
    /// It is not told when no more may be said yet, and does not count: it is an addition to an act
    /// that is no message.
    Heeds,
    /// It is not told while the mode is on: to count it would take the word from somebody who has
    /// said nothing.
    Never,
}

/// A row: what a way of saying something is subject to.
#[derive(Debug)]
pub struct Row {
    /// The way.
    pub speech: Speech,
    /// What it is, for people.
    pub what: &'static str,
    /// The letters of the modes that can forbid it; `b` stands for bans and for mutes.
    pub modes: &'static str,
    /// How slow mode concerns it.
    pub slow: Slow,
    /// What becomes of the act.
    pub then: Then,
}

const fn row(
    speech: Speech,
    what: &'static str,
    modes: &'static str,
    slow: Slow,
    then: Then,
) -> Row {
    Row { speech, what, modes, slow, then }
}

/// Every way.
///
/// - `n` concerns those alone that can be said from outside.
/// - `U` narrows who hears a message; a text that all would hear it forbids, for those without voice
///   are to be heard by operators only.
/// - `m`, `M` and `U` do not concern KNOCK, which operators alone hear.
/// - `C` and `c` concern texts, and not nicks, which have no such characters.
/// - NICK is refused as in Bahamut (437, "while banned or moderated on channel") and `UnrealIRCd`
///   (437, while banned); TOPIC as in Solanum and `UnrealIRCd`; the reasons of PART and QUIT are left
///   out as in Solanum.
/// - A JOIN shows who comes, by nick, host and real name, whatever is set: who is not to be seen at
///   all is banned, and not only muted.  An absence and metadata that are told along with it are
///   subject to their rows.
/// - Keys and masks in MODE are for those with a rank, whom only `C`, `c` and `S` concern, and have no
///   such characters; a MUTE of the server keeps from them (`command::ban`).
pub const TABLE: &[Row] = &[
    row(Speech::Message, "message, RELAYMSG", "nbmMCc", Slow::Counts, Then::Refused),
    row(Speech::Notice, "notice", "nbmMTCc", Slow::Counts, Then::Refused),
    row(Speech::Tags, "TAGMSG", "nbmM", Slow::Counts, Then::Refused),
    row(Speech::Typing, "TAGMSG of typing", "nbmM", Slow::Free, Then::Refused),
    row(Speech::Topic, "topic", "bmMUCc", Slow::Counts, Then::Refused),
    row(Speech::Part, "reason of PART", "bmMUCc", Slow::Counts, Then::LeftOut),
    row(Speech::Quit, "reason of QUIT", "bmMUCc", Slow::Heeds, Then::LeftOut),
    row(Speech::Kick, "comment of KICK", "bmMUCc", Slow::Heeds, Then::LeftOut),
    row(Speech::Redact, "reason of REDACT", "bmMUCc", Slow::Heeds, Then::LeftOut),
    row(Speech::Rename, "reason of RENAME", "bmMUCc", Slow::Heeds, Then::LeftOut),
    row(Speech::Invite, "INVITE", "bmMU", Slow::Free, Then::Refused),
    row(Speech::Knock, "KNOCK", "bCc", Slow::Free, Then::Refused),
    row(Speech::Nick, "NICK", "bmMU", Slow::Free, Then::Refused),
    row(Speech::RealName, "SETNAME", "bmMUCc", Slow::Counts, Then::Refused),
    row(Speech::Away, "text of AWAY", "bmMUCc", Slow::Never, Then::LeftOut),
    row(Speech::Metadata, "value of METADATA", "bmMUCc", Slow::Counts, Then::Refused),
];

/// A text that may be said.
#[derive(Debug)]
pub struct Said<'t> {
    /// As it will be heard: without what `+S` takes out.
    pub text: Cow<'t, [u8]>,
    /// Only halfops and those above are to hear it (`+U`).
    pub to_ops: bool,
    /// It counts against this rate (`+W`).
    pub counts: Option<Rate>,
}

/// Whether a user may say this in the channel; refused, the letter of the mode that forbids it.
///
/// `+n` keeps out who is not a member.  A rank that may speak lets past a ban, `+m`, `+M`, `+U` and
/// `+W`; what may not be in a text, may not be in anybody's.  The user's profile must not be held.
pub fn judge<'t>(
    channel: &ChannelState,
    user: &User,
    speech: Speech,
    text: &'t [u8],
    now: Moment,
) -> Result<Said<'t>, u8> {
    let ranks = channel.prefixes(user.id);
    let is_free = ranks.is_some_and(|ranks| permissions::may(ranks, Permission::Speak));
    let row = TABLE.iter().find(|row| row.speech == speech);
    let (modes, slow) = row.map_or(("", Slow::Free), |row| (row.modes, row.slow));
    let narrows = !modes.contains('U');
    let on = |flag| channel.flags.has(flag);
    let is_bound = |flag| !is_free && on(flag);
    let to_ops = narrows && is_bound(Flags::OP_MODERATED);
    let forbids = |letter| match letter {
        'n' => ranks.is_none() && on(Flags::NO_EXTERNAL),
        'b' => !is_free && channel.lists.silence(user),
        // Under +U those without a rank are heard by operators alone: they need not be silent.
        'm' => !to_ops && is_bound(Flags::MODERATED),
        // Nobody has an account yet.
        'M' => !to_ops && is_bound(Flags::REGISTERED_SPEAK),
        'U' => is_bound(Flags::OP_MODERATED),
        'T' => on(Flags::NO_NOTICES),
        'C' => on(Flags::NO_CTCP) && is_ctcp(text),
        'c' => on(Flags::NO_COLOURS) && has_colour(text),
        _ => false,
    };
    if let Some(letter) = modes.bytes().find(|letter| forbids(char::from(*letter))) {
        return Err(letter);
    }
    let rate = channel.parameters.slow.filter(|_| !is_free && slow != Slow::Free);
    let is_too_fast = |rate| slow == Slow::Never || channel.room_to_speak(user.id, rate, now) == 0;
    if rate.is_some_and(is_too_fast) {
        return Err(b'W');
    }
    let heard = if on(Flags::STRIP) { strip(text) } else { text.into() };
    if heard.is_empty() && !text.is_empty() {
        return Err(b'S');
    }
    let counts = rate.filter(|_| slow == Slow::Counts);
    Ok(Said { text: heard, to_ops, counts })
}

/// Units of work that a line of a message costs.
const LINE_WORK: usize = 8;

/// Judges the lines of a message that has several, each of which counts against `+W` but for those
/// that go on with the one before: as they will be heard.
pub fn judge_lines(
    channel: &ChannelState,
    user: &User,
    speech: Speech,
    lines: &[Line],
    now: Moment,
) -> Result<Arc<[Line]>, u8> {
    // Each is looked at, and told as a message of its own to those who do not know batches.
    work::charge(LINE_WORK * lines.len());
    let mut rate = None;
    let judged = lines.iter().map(|line| {
        if line.text.is_empty() {
            return Ok(line.clone());
        }
        let said = judge(channel, user, speech, &line.text, now)?;
        rate = said.counts;
        Ok::<_, u8>(Line { text: said.text.into_owned().into(), joined: line.joined })
    });
    let judged: Arc<[Line]> = judged.collect::<Result<_, _>>()?;
    let counted = count(lines);
    if rate.is_some_and(|rate| channel.room_to_speak(user.id, rate, now) < counted) {
        return Err(b'W');
    }
    Ok(judged)
}

/// How often lines count against `+W`.
fn count(lines: &[Line]) -> u32 {
    let counted = lines.iter().filter(|line| !line.joined && !line.text.is_empty()).count();
    u32::try_from(counted).unwrap_or(u32::MAX)
}

impl ChannelGuard<'_> {
    /// Counts what a user says against `+W`: a message, or each line of one that has several.
    pub fn count_speech(
        &mut self,
        user: &User,
        said: &Said<'_>,
        lines: Option<&[Line]>,
        now: Moment,
    ) {
        let Some(rate) = said.counts else { return };
        for _ in 0..lines.map_or(1, count) {
            self.note_speech(user.id, rate, now);
        }
    }
}

/// What is told in place of the text of an absence that may not be said: that somebody is away they
/// may always know.
const AWAY: &[u8] = b"Away";

/// The text of somebody's absence as it is told in the channel.
pub fn away_text(channel: &ChannelState, user: &User, text: &[u8], now: Moment) -> Text {
    judge(channel, user, Speech::Away, text, now).map_or(AWAY.into(), |said| said.text.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::modes::channel_mode;

    #[test]
    fn each_way_has_one_row_and_its_letters_are_modes() {
        for (at, row) in TABLE.iter().enumerate() {
            assert!(
                TABLE.iter().skip(at + 1).all(|other| other.speech != row.speech),
                "{}",
                row.what
            );
            assert!(row.modes.bytes().all(|letter| channel_mode(letter).is_some()), "{}", row.what);
        }
    }
}
