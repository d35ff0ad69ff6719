//! What happens in a random run, and when.

use history::entry::Harness;
use history::{Phase, Span};
use rand::RngExt;

use super::{Act, Fault, MS, Run};

impl Run {
    /// Phases, polls and faults; the length of the run.
    pub(super) fn plan(&mut self) -> u64 {
        for node in 0..self.nodes {
            let at = self.upto(20 * MS);
            self.act(at, Act::Boot(node));
        }
        self.act(0, Act::Phase(Phase::Setup));
        self.act(40 * MS, Act::Phase(Phase::Settle));
        let faults = 1500 * MS;
        self.act(faults, Act::Phase(Phase::Faults));
        let until = faults + 2000 * MS + self.upto(4000 * MS);
        let mut at = faults;
        let pace = [100, 500, 2500][self.cluster.random.random_range(0..3)] * MS;
        loop {
            at += self.upto(pace);
            if at >= until {
                break;
            }
            let fault = self.draw();
            let over = (at + fault.duration).min(until + 100 * MS);
            let (kind, id) = (fault.kind, self.faults.len());
            self.faults.push(fault);
            self.act(at, Act::Inject(id));
            if kind == "stutter" {
                let (mut beat, mut pause) = (at + MS, true);
                while beat < over {
                    self.act(beat, Act::Toggle(id, pause));
                    pause = !pause;
                    beat += 20 * MS + self.upto(60 * MS);
                }
            }
            self.act(over, Act::Lift(id));
        }
        if self.cluster.random.random_bool(0.2) {
            let at = faults + self.upto(until - faults);
            self.act(at, Act::Starve(true));
            let length = 60 * MS + self.upto(2500 * MS);
            self.act(at + length, Act::Starve(false));
            let span = Span { earliest: at, latest: at + length };
            self.record(at + length, Some(span), Harness::Stall { cause: None, reason: None });
        }
        self.act(until, Act::Phase(Phase::Heal));
        let last = until + 400 * MS;
        self.act(last, Act::Phase(Phase::Final));
        let end = last + [300 * MS, 2500 * MS, 4500 * MS][self.cluster.random.random_range(0..3)];
        self.act(end, Act::Phase(Phase::Teardown));
        self.act(end + 1, Act::Stop);
        if self.style.polls {
            for node in 0..self.nodes {
                let mut at = 50 * MS + self.upto(50 * MS);
                while at < end {
                    self.act(at, Act::Poll(node));
                    at += 50 * MS + self.upto(MS);
                }
            }
        }
        end
    }

    fn draw(&mut self) -> Fault {
        let n = self.nodes;
        let r = &mut self.cluster.random;
        let kind = ["kill", "pause", "stutter", "cut", "cut", "cut", "degrade", "restart-all"][r.random_range(0..8)];
        let some = |r: &mut rand_chacha::ChaCha8Rng| (0..n).filter(|_| r.random_bool(0.35)).collect::<Vec<_>>();
        let mut nodes = some(r);
        let mut links = Vec::new();
        if kind == "restart-all" {
            nodes = (0..n).collect();
        }
        if matches!(kind, "cut" | "degrade") {
            let one_way = r.random_bool(0.3);
            let single = r.random_bool(0.3);
            for a in 0..n {
                for b in 0..n {
                    let crosses = if single { r.random_bool(0.15) } else { nodes.contains(&a) && !nodes.contains(&b) };
                    if a != b && crosses {
                        links.push((a, b));
                        if !one_way {
                            links.push((b, a));
                        }
                    }
                }
            }
            links.sort_unstable();
            links.dedup();
        }
        let longest = [50 * MS, 600 * MS, 4000 * MS][r.random_range(0..3)];
        let duration = r.random_range(MS..longest);
        let indeterminate = r.random_bool(0.05);
        Fault { kind, nodes, links, hit: vec![], duration, active: false, indeterminate }
    }
}
