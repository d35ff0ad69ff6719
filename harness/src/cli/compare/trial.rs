//! Before the first pair: a cluster of each side is started, and ended as soon as its nodes are ready.
//!
//! A program may say a version and still be no program of the system. A failed start should not be learnt after two pairs of
//! runs, each of which waited for the other side. A start that fails is tried once more, for a machine may be busy.

use std::time::Duration;

use campaign::child::{self, HowChildEnded, Patience};
use campaign::paired::{PairOrders, SIDES};
use history::exit::ExitCode;
use history::finding::{Lost, Trouble};
use tokio::sync::watch;

use super::Failure;

/// How long a cluster may take to end once it was asked to.
const FAREWELL: Duration = Duration::from_secs(30);

/// What speaks against the program, or its parameters, and not against this machine.
const OF_PROGRAM: [Trouble; 4] =
    [Trouble::CannotStart, Trouble::NotReadyInTime, Trouble::Misconfigured, Trouble::AuxiliaryLost];

/// Starts both sides, at the same time where pairs run so.
pub(super) async fn both(orders: &PairOrders, interrupts: watch::Receiver<bool>) -> Result<(), Failure> {
    let [a, b] = [0, 1].map(|side| tried(orders, side, interrupts.clone()));
    let (a, b) = match orders.in_turn {
        true => (a.await, b.await),
        false => tokio::join!(a, b),
    };
    a.and(b)?;
    // There is nothing to learn from it.
    let _ = std::fs::remove_dir_all(orders.folder.join("trial"));
    Ok(())
}

async fn tried(orders: &PairOrders, side: usize, interrupts: watch::Receiver<bool>) -> Result<(), Failure> {
    match once(orders, side, 1, interrupts.clone()).await? {
        None => Ok(()),
        Some(_) => once(orders, side, 2, interrupts).await?.map_or(Ok(()), |lost| Err(refused(side, &lost))),
    }
}

/// One start: why it failed, if it did.
async fn once(
    orders: &PairOrders,
    side: usize,
    time: u64,
    interrupts: watch::Receiver<bool>,
) -> Result<Option<Lost>, Failure> {
    let folder = orders.folder.join("trial").join(format!("{}-{time}", SIDES[side]));
    let failed = |error: std::io::Error| Failure::harness(format!("cannot try side {}: {error}", SIDES[side]));
    reports::folder::make(&folder).map_err(Failure::harness)?;
    let mut asked = orders.sides[side].clone().with_seed(orders.seed);
    asked.file.trial = true;
    let patience = Patience { work: Some(orders.watchdog), end: Some(FAREWELL) };
    let left = child::carry_out(&folder, &asked, patience, interrupts).await.map_err(failed)?;
    let exit = left.ended.code();
    match left.ended.why {
        HowChildEnded::Interrupted => {
            let message = "interrupted before the first pair".to_owned();
            Err(Failure { code: ExitCode::Interrupted, message })
        }
        HowChildEnded::Done if matches!(exit, 0..=2) => Ok(None),
        _ => Ok(Some(left.lost().unwrap_or_else(|| Lost::with_exit(exit)))),
    }
}

/// The sentence on a side that cannot be started.
fn refused(side: usize, lost: &Lost) -> Failure {
    let name = SIDES[side];
    let of_program = OF_PROGRAM.iter().any(|trouble| trouble.code() == lost.code) || lost.is_forked_away();
    if !of_program {
        return Failure::harness(format!("--{name}: {}", lost.sentence));
    }
    Failure::usage(format!(
        "--{name}: no cluster of it starts, so nothing can be compared: {}; mend what --{name} says",
        lost.sentence.trim_end_matches('.')
    ))
}
