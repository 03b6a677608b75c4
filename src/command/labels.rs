//! Commands with a label (IRCv3 labeled-response).

use crate::command::{Cx, Flow};
use crate::delivery::LabelRequest;
use crate::proto::caps::CapSet;
use crate::proto::tags;

/// The longest label (section "Tag value"); a longer one is no label.
const LONGEST: usize = 64;

/// Runs a command of which `raw` are the tags, and has its answer bear its label.
pub fn answered(cx: &mut Cx<'_>, raw: &[u8], run: impl FnOnce(&mut Cx<'_>) -> Flow) -> Flow {
    let caps = cx.client.caps;
    // Section "Dependencies".
    let wanted = caps.has(CapSet::LABELED_RESPONSE.or(CapSet::BATCH));
    let label = tags::value(raw, b"label").filter(|label| wanted && label.len() <= LONGEST);
    let Some(label) = label else { return run(cx) };
    let server = cx.machine.server_name.clone();
    let asked = LabelRequest { label: label.into_owned(), server, caps, now: cx.now };
    cx.here.begin_answer(cx.client.conn, asked);
    let flow = run(cx);
    end(cx, &flow);
    flow
}

/// Goes on with what [`answered`] had begun, once a job is done or in the next slice.
pub fn resumed(cx: &mut Cx<'_>, run: impl FnOnce(&mut Cx<'_>) -> Flow) -> Flow {
    let answer = cx.client.extra.as_mut().and_then(|extra| extra.answer.take());
    cx.here.resume_answer(answer);
    let flow = run(cx);
    end(cx, &flow);
    flow
}

fn end(cx: &mut Cx<'_>, flow: &Flow) {
    match flow {
        Flow::Continue | Flow::Stop => cx.here.end_answer(),
        Flow::Job(_) | Flow::More(_) => {
            if let Some(answer) = cx.here.pause_answer() {
                cx.client.extra().answer = Some(answer);
            }
        }
        // The last line belongs to it.
        Flow::Close(_) => {}
    }
}
