//! One finished run of a campaign.

use serde::{Deserialize, Serialize};

use super::{Digest, Signature, signature};
use history::finding::Lost;
use history::verdict::{Gist, Outcome, Verdict};
use workloads::vary::Way;

/// One line of `runs.jsonl`: everything that a campaign remembers of a finished run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Which run it was.
    pub unit: RunId,
    /// The cell of the experiment, by its id; empty for a campaign of systems and workloads.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub cell: String,
    /// The name of the run, unique in its campaign.
    pub run: String,
    /// When it began, RFC 3339.
    pub began: String,
    /// How long it took, nanoseconds of wall time.
    pub duration: u64,
    /// The exit code of its process; 70 for one that was killed by a signal or by the watchdog.
    pub exit: u8,
    /// Its verdict; none when it left none behind.
    pub verdict: Option<Verdict>,
    /// What is said of it, one sentence.
    pub sentence: String,
    /// The sentence in codes, where a verdict said it.
    #[serde(default, skip_serializing_if = "Gist::is_empty")]
    pub gist: Gist,
    #[serde(default)]
    pub network: String,
    /// The version of the program, where the program reported it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// What was wrong, each signature once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<Failure>,
    /// Its numbers.
    #[serde(default)]
    pub digest: Digest,
    /// Where its artifacts are, relative to the campaign's folder; none when they were not kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// A search drew it, from these; none: it was drawn blind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<Origin>,
}

/// From what the schedule of a run was made, where a search drew it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Origin {
    /// The numbers of the runs whose schedules it was made of: the parent, then the donor. None: nothing was learnt by then, and
    /// its workload drew it.
    pub parents: Vec<u64>,
    /// In what it differs from its parent.
    pub ways: Vec<Way>,
}

impl Entry {
    /// What a campaign remembers of a run. `exit` is the exit code of its process. `lost` is why it failed, where that is known;
    /// it stands for the verdict of a run that left no `outcome`, or whose process failed after it. `folder` is left empty; the
    /// caller knows what it keeps.
    pub fn of(
        unit: RunId,
        run: String,
        began: String,
        duration: u64,
        exit: u8,
        outcome: Option<&Outcome>,
        lost: Option<&Lost>,
    ) -> Self {
        let last_words = lost.map_or("", |lost| lost.sentence.as_str());
        let said = outcome.map_or(last_words, |outcome| &outcome.sentence);
        let mut entry = Self {
            failures: outcome.map(|outcome| signature::failures(&unit.system, outcome)).unwrap_or_default(),
            digest: outcome.map(Digest::of).unwrap_or_default(),
            verdict: outcome.map(|outcome| outcome.verdict),
            network: outcome.map(|outcome| signature::cut(&outcome.network, 80)).unwrap_or_default(),
            version: outcome.and_then(|outcome| outcome.version.as_deref()).map(|version| signature::cut(version, 40)),
            sentence: signature::sentence(said),
            gist: outcome.map(gist).unwrap_or_default(),
            folder: None,
            search: None,
            cell: String::new(),
            unit,
            run,
            began,
            duration,
            exit,
        };
        let ending = entry.ending();
        if ending != Ending::Valid {
            entry.digest.judged = 0;
        }
        if ending == Ending::Harness && entry.failures.is_empty() {
            let lost = match lost {
                Some(lost) if !lost.sentence.trim().is_empty() => lost.clone(),
                Some(lost) => Lost { sentence: format!("ended with exit code {exit}"), ..lost.clone() },
                None => Lost::with_exit(exit),
            };
            entry.sentence = signature::sentence(&lost.sentence);
            entry.failures.push(Failure {
                signature: Signature::of_lost(&entry.unit.system, &lost),
                verdict: Verdict::Unknown,
                count: 1,
                sentence: entry.sentence.clone(),
                faults: Vec::new(),
            });
        }
        entry
    }

    /// How the run counts. The exit code and the verdict of a run go together. Where they do not, the worse of both is believed,
    /// but nothing is `invalid` without a verdict that says so.
    pub fn ending(&self) -> Ending {
        match (self.verdict, self.exit) {
            (Some(Verdict::Invalid), _) => Ending::Invalid,
            (_, 130) => Ending::Interrupted,
            (Some(Verdict::Valid), 0) => Ending::Valid,
            (Some(_), 0 | 2) => Ending::Unknown,
            _ => Ending::Harness,
        }
    }
}

/// The names come from a history that any program may have written.
fn gist(outcome: &Outcome) -> Gist {
    let Gist { checker, kind, code, reservations } = outcome.gist();
    let short = |text: String| signature::cut(&text, 80);
    let reservations = reservations.into_iter().take(8).map(short).collect();
    Gist { checker: checker.map(short), kind, code: code.map(short), reservations }
}

/// How a run counts, from good to bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// It was judged, and nothing was wrong.
    Valid,
    /// It was interrupted before it could be judged.
    Interrupted,
    /// It could not be judged.
    Unknown,
    /// The harness or its environment failed: no verdict, or an exit code other than the verdict's.
    Harness,
    /// A promise was broken.
    Invalid,
}

impl Ending {
    /// All of them, from good to bad.
    pub const ALL: [Self; 5] = [Self::Valid, Self::Interrupted, Self::Unknown, Self::Harness, Self::Invalid];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Interrupted => "interrupted",
            Self::Unknown => "unknown",
            Self::Harness => "harness",
            Self::Invalid => "invalid",
        }
    }
}

/// One thing to be run: a cell of the campaign and a seed.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RunId {
    /// Its number in the campaign, from 0. The same in every shard.
    pub number: u64,
    /// The system, as `--system` takes it.
    pub system: String,
    /// The workload, as `test` takes it: `chaos`, `re-election:pause`.
    pub workload: String,
    pub seed: u64,
}

/// A way in which a run failed, or could not be judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// What it is grouped by.
    pub signature: Signature,
    /// `invalid` or `unknown`.
    pub verdict: Verdict,
    /// How often in this run.
    pub count: u64,
    /// The first of them, one sentence, unmasked.
    pub sentence: String,
    /// The kinds of faults that may have been in force at any of them, in alphabetical order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
}
