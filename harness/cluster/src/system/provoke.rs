//! `[provoke]`: what makes the nodes of a system elect, where nothing else does.
//!
//! Some systems have no standing leader: a node is elected when there is something to do, does it, and leads no longer. No
//! fault of a node or a link brings about such an election; only what the nodes watch over can. A system file therefore names
//! auxiliary processes that the harness pauses, one after the other. It does so from when the nodes are ready to the end of the
//! run, whatever the schedule does meanwhile. Each pause is in the history as what it is: no fault of the schedule, and no
//! node's.
//!
//! A system with a standing leader has no use for this, and for it this would be a trap. Its nodes might owe a leader by the
//! clock while what they need to elect one is asleep, and no checker would know. So it is refused unless the claims say
//! `occasional-leaders = true`.

use std::time::Duration;

use super::document::Section;
use super::template::Names;
use super::{Claims, Provoke, SystemError, suggest};

/// How often an auxiliary process is paused, unless the file says so.
const EVERY: Duration = Duration::from_secs(4);

/// How long, unless the file says so.
const LASTING: Duration = Duration::from_secs(2);

pub(super) fn parse(root: &Section<'_>, names: &Names, claims: &Claims) -> Result<Option<Provoke>, SystemError> {
    let Some(value) = root.take("provoke") else { return Ok(None) };
    let table = value.section("")?;
    let named = table.require("pause", "[\"primary\"]")?;
    let mut pause = Vec::new();
    for element in named.array("an array of names of auxiliary processes such as [\"primary\"]")? {
        let name = element.string()?;
        if !names.aux.contains(name) {
            let hint = suggest::hint(name, names.aux.iter().map(String::as_str));
            return Err(element.fail(format!("names `{name}`, which no [[aux]] has; {hint}")));
        }
        pause.push(name.to_owned());
    }
    if pause.is_empty() {
        return Err(named.fail("is empty, so nothing would be provoked; name at least one auxiliary process"));
    }
    let every = table.take("every").map_or(Ok(EVERY), |every| every.duration())?;
    let given = table.take("for");
    let lasting = given.as_ref().map_or(Ok(LASTING), |lasting| lasting.duration())?;
    table.finish()?;
    if lasting >= every {
        let (lasting, every) = (humantime::format_duration(lasting), humantime::format_duration(every));
        return Err(value.fail(format!("pauses for {lasting} every {every}; make `for` shorter than `every`")));
    }
    if !claims.occasional_leaders {
        return Err(value.fail(
            "provokes elections of a system that must have a leader at all times; remove it, or say \
             `occasional-leaders = true` in [claims]",
        ));
    }
    Ok(Some(Provoke { pause, every, lasting }))
}
