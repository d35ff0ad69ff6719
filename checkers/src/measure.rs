//! The numbers of a run, drawn from the picture of it.

mod clients;
mod crashes;
mod elections;
mod held;
mod hits;
mod situations;
mod times;

use history::measures::Measures;

use crate::world::{Picture, World};

/// Draws the numbers from a history that is fed to it event by event. The panel, which has a picture of the run
/// already, calls [`measure`] instead.
#[derive(Debug)]
pub struct Meter {
    world: World,
}

impl Meter {
    /// For the history with this header.
    pub fn new(header: &history::Header) -> Self {
        Self { world: World::new(header) }
    }

    /// Takes one event into account.
    pub fn feed(&mut self, event: &history::Event) {
        self.world.feed(event);
    }

    /// The numbers.
    pub fn finish(self) -> Measures {
        measure(&self.world.close())
    }
}

/// Draws the numbers from the picture of a run.
pub fn measure(picture: &Picture) -> Measures {
    let mut times = times::times(picture);
    // A record that shows only when states begin does not show that there was no leader.
    let lasting = !picture.header.only_transitions();
    if !lasting {
        times.interregna.clear();
    }
    let elections = elections::elections(picture, &times.interregna, &times.majorities);
    let owed = lasting && times.majority > 0 && !picture.header.claims.occasional_leaders;
    let clients = clients::clients(picture, owed.then_some(&times.interregna));
    let highest = picture.terms.down().next().map_or(0, |(term, _)| term);
    Measures {
        observed: picture.end,
        split_terms: elections::split_terms(picture),
        situations: situations::situations(picture, &elections),
        term_inflation: highest.saturating_sub(elections.len() as u64),
        needless_changes: elections::needless(picture),
        tenures: elections::tenures(picture),
        elections,
        interregnum_quantiles: times::quantiles(&times.interregna),
        availability: (lasting && times.majority > 0).then(|| times.led as f64 / times.majority as f64),
        majority_time: times.majority,
        two_claimants: times.two_claimants,
        interregna: times.interregna,
        led: Some(times.stretches),
        heal_to_first_byte: times::heals(picture),
        fault_to_effect: times::delays(picture),
        hits: hits::hits(picture),
        overlaps: hits::overlaps(picture),
        clients,
        crashes: crashes::crashes(picture),
        held: held::held(picture),
        host_waiting: picture.host.waiting(),
        host_idle: picture.host.idle(),
    }
}
