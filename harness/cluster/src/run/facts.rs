//! What is settled before a run begins: its network, its bound, its schedule, its header.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use history::Outcome;
use history::finding::{Lost, Statement, Trouble};
use history::header::{self, BoundFrom, Header};
use history::run::Disks;
use workloads::bound;
use workloads::workload::{self, Request};
use workloads::{Action, Capabilities, Schedule, Step};

use super::{Outlook, RunError, RunPlan};
use crate::clock::Clock;
use crate::network::{self, Choice, Network};
use crate::sandbox;
use crate::shortage;
use crate::system::probe::Probe;
use crate::system::{Addresses, NodePlan, Planner, ProbePlan, Settings, Whose};

/// The bound where neither the user nor the system file says anything: the lab's (MIT 6.824, lab 2A: a leader within five seconds).
const LAB: Duration = Duration::from_secs(5);

/// A smaller cluster is given as long as one of five nodes. Its rounds split less often, but a bound that close to the average
/// leaves no room for a busy machine.
const LEAST: usize = 5;

/// The bound of a run, and how it came about.
pub(super) struct Bound {
    pub(super) time: Duration,
    from: BoundFrom,
}

/// Where nodes are, as a plan of a cluster asks.
pub(super) struct Places<'a>(pub(super) &'a dyn Network);

impl Addresses for Places<'_> {
    fn listen(&self, node: usize, port: &str) -> Option<SocketAddr> {
        self.0.listen(node, port)
    }

    fn dial(&self, from: Option<usize>, to: usize, port: &str) -> Option<SocketAddr> {
        self.0.dial(from, to, port)
    }
}

/// Everything about a plan that can be found wrong without making or starting anything.
pub(super) fn vet(plan: &RunPlan) -> Result<(), RunError> {
    let settings = Settings::parse(&plan.file.set)?;
    let names = plan.system.names(plan.file.nodes)?;
    plan.system.parameters(&settings, plan.file.nodes)?;
    plan.until()?;
    let abilities = hoped_for(plan);
    if plan.file.options.pcap {
        vet_pcap(plan)?;
    }
    if let Some(delay) = plan.link_delay() {
        vet_delay(plan, delay, &abilities)?;
    }
    match plan.file.network {
        Choice::Switch => drop(SWITCH.as_ref().map_err(|why| no_switch(plan, why))?),
        Choice::Auto => {
            if let Err(refused) = plan.system.check_network(Choice::Proxy)
                && let Err(why) = &*SWITCH
            {
                return Err(RunError::lost(
                    Trouble::NoNetwork,
                    format!("{refused} (`switch` cannot be made here: {why})"),
                ));
            }
        }
        Choice::Proxy | Choice::Direct => plan.system.check_network(plan.file.network)?,
    }
    let bound = bound(plan, &settings)?;
    let drawn = schedule(plan, &names, abilities, bound.time)?;
    super::disks::vet(plan, &drawn)?;
    if plan.file.network != Choice::Auto {
        enough_files(plan, plan.file.network)?;
    }
    for node in Planner::plan(&plan.system, plan.file.nodes, &settings, &NoNetworkYet, &plan.folder)? {
        if let Some(program) = node.argv.first() {
            plan.system.locate(program, Whose::Node)?;
        }
    }
    let mut probe = Planner::plan_probe(&plan.system, plan.file.nodes, &settings, &NoNetworkYet, &plan.folder)?;
    for program in probe.iter_mut().flat_map(ProbePlan::programs) {
        plan.system.locate(program, Whose::Probe)?;
    }
    Ok(())
}

/// What can be counted before a run is not found missing in the middle of it.
fn enough_files(plan: &RunPlan, network: Choice) -> Result<(), RunError> {
    let processes = plan.file.nodes + plan.system.aux.len();
    let listeners = if network == Choice::Proxy { processes * (processes - 1) * plan.system.links.len() } else { 0 };
    let needed = shortage::files_needed(processes, listeners);
    shortage::too_few_files(plan.file.nodes, needed, network.as_str())
        .map_or(Ok(()), |why| Err(RunError::lost(Trouble::OutOfResources, why)))
}

/// A link is slow only where the network can make it so.
fn vet_delay(plan: &RunPlan, delay: Duration, abilities: &Capabilities) -> Result<(), RunError> {
    if delay > LONGEST_DELAY {
        return Err(RunError::Option(format!(
            "--link-delay {} is more than {} a way; give a shorter one",
            humantime::format_duration(delay),
            humantime::format_duration(LONGEST_DELAY)
        )));
    }
    if abilities.degrade.contains("delay") {
        return Ok(());
    }
    Err(RunError::Option(format!(
        "--link-delay slows links, and the network `{}` cannot; use --network switch or --network proxy, or leave it out",
        plan.file.network
    )))
}

/// Packets are there only on a switch.
fn vet_pcap(plan: &RunPlan) -> Result<(), RunError> {
    match plan.file.network {
        Choice::Switch => Ok(()),
        Choice::Auto => SWITCH.as_ref().map_err(|why| no_packets(why)).map(drop),
        Choice::Proxy | Choice::Direct => Err(RunError::Option(format!(
            "--pcap writes packets, and the network `{}` carries none; use --network switch, or leave --pcap out",
            plan.file.network
        ))),
    }
}

fn no_packets(why: &str) -> RunError {
    RunError::Option(format!(
        "--pcap needs the network `switch`, and --network auto comes to `proxy` here: {why}; see `interregnum doctor`, \
         or leave --pcap out"
    ))
}

/// What `auto` will come to is known only where it is made: until then the best is hoped for.
fn hoped_for(plan: &RunPlan) -> Capabilities {
    let of_links = match plan.file.network {
        Choice::Auto | Choice::Switch => network::Switch::abilities(),
        Choice::Proxy => network::Proxy::abilities(),
        Choice::Direct => Capabilities::default(),
    };
    with_disks(plan, of_links)
}

/// What a run can do that may have simulated disks.
pub(super) fn with_disks(plan: &RunPlan, capabilities: Capabilities) -> Capabilities {
    Capabilities { disks: plan.file.options.disk != Disks::None, ..capabilities }
}

/// To the moon, and back again several times.
const LONGEST_DELAY: Duration = Duration::from_secs(10);

/// How long judging a run and writing its pages may take on a busy machine.
const JUDGING: Duration = Duration::from_secs(10);

/// How long the plan's run takes at most if nothing hangs, and what it starts.
pub(super) fn outlook(plan: &RunPlan) -> Result<Outlook, RunError> {
    let settings = Settings::parse(&plan.file.set)?;
    let names = plan.system.names(plan.file.nodes)?;
    let bound = bound(plan, &settings)?;
    let schedule = schedule(plan, &names, hoped_for(plan), bound.time)?;
    let duration = schedule.duration;
    // Setup, settle, faults, final and teardown; a heal takes as long as restarting what is down.
    let ready = plan.system.ready.timeout.saturating_mul(2);
    let once = plan.system.once.as_ref().map_or(Duration::ZERO, |once| once.timeout);
    let longest = [ready, once, bound.time.saturating_mul(3), duration, plan.system.stop.grace, JUDGING];
    let planned = Planner::plan(&plan.system, plan.file.nodes, &settings, &NoNetworkYet, &plan.folder)?;
    let program = planned.first().and_then(|node| node.argv.first()).cloned().unwrap_or_default();
    Ok(Outlook {
        longest: longest.iter().fold(Duration::ZERO, |sum, part| sum.saturating_add(*part)),
        program: plan.system.locate(&program, Whose::Node)?,
        version: Planner::plan_version(&plan.system, plan.file.nodes, &settings, &NoNetworkYet, &plan.folder)?
            .map(|argv| super::located(&plan.system, argv, Whose::Version))
            .transpose()?,
        kinds: schedule.steps.iter().filter_map(takes_leader).collect(),
        faults: workloads::shrink::faults(&schedule).len(),
        nodes: schedule.nodes,
    })
}

/// The kind of fault that a step injects, if it may take a leader.
fn takes_leader(step: &Step) -> Option<String> {
    let Action::Inject(fault) = &step.action else { return None };
    let descriptor = fault.kind().descriptor();
    descriptor.takes_leader.then(|| fault.kind().word().to_owned())
}

/// Whether a switch can be made here, tried once.
static SWITCH: LazyLock<Result<String, String>> = LazyLock::new(sandbox::probe::switch);

fn no_switch(plan: &RunPlan, why: &dyn std::fmt::Display) -> RunError {
    let instead = if plan.system.check_network(Choice::Proxy).is_ok() {
        Choice::Proxy.as_str()
    } else {
        "direct (no faults of links)"
    };
    let alone = match sandbox::current().map(sandbox::Sandbox::kind) {
        Some(sandbox::SandboxKind::Warden { reason }) => format!(" (there is no sandbox, because {reason})"),
        _ => String::new(),
    };
    RunError::lost(
        Trouble::NoNetwork,
        format!(
            "the network `switch` cannot be made: {why}{alone}; see `interregnum doctor`, or use --network {instead}"
        ),
    )
}

/// Stands in for a network that does not exist yet.
struct NoNetworkYet;

impl Addresses for NoNetworkYet {
    fn listen(&self, _node: usize, _port: &str) -> Option<SocketAddr> {
        Some(SocketAddr::from(([127, 0, 0, 1], 1)))
    }

    fn dial(&self, _from: Option<usize>, to: usize, port: &str) -> Option<SocketAddr> {
        self.listen(to, port)
    }
}

/// The network, and why it is that one.
pub(super) fn network(plan: &RunPlan, names: &[String], clock: Clock) -> Result<(Box<dyn Network>, String), RunError> {
    let (network, why) = plain_network(plan, names, clock)?;
    Ok(match plan.link_delay() {
        None => (network, why),
        Some(delay) => (Box::new(network::Baseline::new(network, plan.file.nodes, delay)), why),
    })
}

fn plain_network(plan: &RunPlan, names: &[String], clock: Clock) -> Result<(Box<dyn Network>, String), RunError> {
    let processes = plan.file.nodes + plan.system.aux.len();
    let switch = || {
        let ports: Vec<_> = plan.system.ports.iter().map(|(name, port)| (name.clone(), *port)).collect();
        let auxiliaries = plan.system.aux.iter().map(|aux| aux.name.clone());
        let capture = plan.file.options.pcap.then(|| network::switch::capture::Capture {
            file: plan.folder.join(super::CAPTURE),
            names: names.iter().cloned().chain(auxiliaries).collect(),
            about: plan.file.run.clone(),
        });
        let settings = network::switch::Settings { mtu: plan.file.options.mtu, seed: plan.seed() };
        network::Switch::with_capture(clock, processes, &ports, settings, capture.as_ref())
    };
    let because = |why: &str| format!("{why}; {}", plan.surroundings);
    let (kind, why) = match plan.file.network {
        Choice::Switch => {
            let made = switch().map_err(|error| no_switch(plan, &error))?;
            return Ok((Box::new(made), because("asked for")));
        }
        Choice::Proxy => (Choice::Proxy, "asked for".to_owned()),
        Choice::Direct => (Choice::Direct, "asked for".to_owned()),
        Choice::Auto => match auto(switch) {
            Ok(made) => return Ok((Box::new(made), because("the best network there is, and it works here"))),
            Err(why) if plan.file.options.pcap => return Err(no_packets(&why)),
            Err(why) => (Choice::Proxy, why),
        },
    };
    if let Err(refused) = plan.system.check_network(kind) {
        return Err(match plan.file.network {
            Choice::Auto => RunError::lost(Trouble::NoNetwork, format!("{refused} ({why})")),
            _ => refused.into(),
        });
    }
    enough_files(plan, kind)?;
    let ports: Vec<_> = plan
        .system
        .ports
        .keys()
        .map(|name| network::PortSpec { name: name.clone(), is_link: plan.system.links.contains(name) })
        .collect();
    let failed = |error: std::io::Error| {
        let why = format!("the network `{kind}` cannot be made: {}", shortage::explain(&error));
        RunError::lost(Trouble::NoNetwork, why)
    };
    let network: Box<dyn Network> = match kind {
        Choice::Direct => Box::new(network::Direct::new(clock, processes, &ports).map_err(failed)?),
        _ => Box::new(network::Proxy::new(clock, processes, &ports).map_err(failed)?),
    };
    Ok((network, because(&why)))
}

/// The switch, if it changes no other program's network. Otherwise why not.
fn auto(
    switch: impl FnOnce() -> Result<network::Switch, network::switch::SwitchError>,
) -> Result<network::Switch, String> {
    if let Some(sandbox::SandboxKind::Warden { .. }) = sandbox::current().map(sandbox::Sandbox::kind) {
        return Err("`switch` would put a device into the host's own network, since there is no sandbox; \
                    --network switch asks for that"
            .to_owned());
    }
    switch().map_err(|error| format!("`switch` cannot be made here: {error}"))
}

/// The time within which a leader is owed. The user says it, or the system claims it, or it follows from the system's timing
/// (`workloads::bound`). Where it cannot be derived, it is what the lab allows.
pub(super) fn bound(plan: &RunPlan, settings: &Settings) -> Result<Bound, RunError> {
    let given = |time: Duration, how: &str| Bound { time, from: BoundFrom { how: how.into(), ..BoundFrom::default() } };
    let timing = plan.system.timing(settings, plan.file.nodes)?;
    if let Some(time) = plan.file.bound {
        return Ok(given(time, "--bound"));
    }
    if let Some(time) = plan.system.claims.reelection {
        return Ok(given(time, "the system file"));
    }
    let Some(timing) = timing else { return Ok(given(LAB, "the lab's five seconds")) };
    let (timeout_min, timeout_max) = timing.election;
    let settings = bound::Settings {
        timeout_min,
        timeout_max,
        heartbeat: timing.heartbeat,
        persist: bound::Settings::default().persist.max(timing.persist),
        check_quorum: timing.check_quorum,
        delay: bound::Settings::default().delay + plan.link_delay().unwrap_or_default(),
        ..bound::Settings::default()
    };
    let derived = match bound::reelection(&settings.for_nodes(plan.file.nodes.max(LEAST))) {
        Ok(derived) => derived,
        Err(why) => return Ok(given(LAB, &format!("the lab's five seconds: {why}"))),
    };
    Ok(Bound {
        time: derived.bound,
        from: BoundFrom {
            k: derived.k,
            p: (derived.p * 1e6).round() / 1e6,
            d: u64::try_from(derived.d.as_nanos()).unwrap_or(u64::MAX),
            epsilon: derived.epsilon,
            how: match plan.file.nodes {
                LEAST.. => derived.how,
                fewer => format!("{}; {fewer} nodes are given as long as {LEAST}", derived.how),
            },
        },
    })
}

/// The schedule: drawn, or given and found to fit.
pub(super) fn schedule(
    plan: &RunPlan,
    names: &[String],
    capabilities: Capabilities,
    bound: Duration,
) -> Result<Schedule, RunError> {
    let wrong = |error: &dyn std::fmt::Display| RunError::Workload(error.to_string());
    let schedule = match (&plan.schedule, &plan.file.drawn_from) {
        (Some(schedule), _) => schedule.clone(),
        (None, Some(draw)) => {
            let workload = workload::find(&draw.workload).map_err(|error| wrong(&error))?;
            let request = Request {
                nodes: names.to_vec(),
                voters: match plan.system.voters(names) {
                    Ok(history::Voters::Listed(voters)) => Some(voters.len()),
                    _ => None,
                },
                capabilities,
                duration: draw.time,
                seed: draw.seed,
                parameters: draw.parameters.clone(),
                bound,
            };
            workload.schedule(&request).map_err(|error| wrong(&error))?
        }
        (None, None) => return Err(RunError::Workload("the run has neither a workload nor a schedule".to_owned())),
    };
    schedule.check().map_err(|error| wrong(&error))?;
    if schedule.nodes != names {
        return Err(RunError::Workload(format!(
            "the schedule is for the nodes {}, and the cluster has {}; set --nodes to fit",
            schedule.nodes.join(", "),
            names.join(", ")
        )));
    }
    Ok(schedule)
}

/// The header of the history.
#[allow(clippy::too_many_arguments)]
pub(super) fn header(
    plan: &RunPlan,
    settings: &Settings,
    schedule: &Schedule,
    network: &dyn Network,
    why: &str,
    bound: &Bound,
    clock: Clock,
    nodes: &[NodePlan],
) -> Result<Header, RunError> {
    let parameters = plan.system.parameters(settings, plan.file.nodes)?;
    Ok(Header {
        schema: history::SCHEMA,
        run: plan.file.run.clone(),
        wall: Some(humantime::format_rfc3339_millis(SystemTime::now()).to_string()),
        zero: Some(clock.zero()),
        versions: versions(nodes),
        system: plan.system.name.clone(),
        claims: header::Claims {
            messages: message_budget(plan, settings, schedule),
            ..plan.system.claims(&parameters)
        },
        parameters: parameters.common,
        node_parameters: parameters.per_node,
        bound: u64::try_from(bound.time.as_nanos()).ok(),
        bound_from: Some(bound.from.clone()),
        nodes: schedule.nodes.clone(),
        voters: Some(plan.system.voters(&schedule.nodes)?),
        faults: Some(history::Faults::Recorded),
        observers: plan.system.header_observers(),
        probe: plan.system.probe.as_ref().map(Probe::header),
        network: network.name().to_owned(),
        network_why: Some(why.to_owned()),
        capabilities: Some(network.capabilities()),
        link_delay: plan.link_delay().and_then(|delay| u64::try_from(delay.as_nanos()).ok()),
        workload: schedule.workload.clone(),
        seed: Some(schedule.seed),
        coverage: Some(schedule.coverage),
        ..Header::default()
    })
}

/// The budget of messages that is judged: the one that the system claims for as many nodes. It is judged in the lab's tests, for
/// which it was made, and if the heartbeats that the system is told to send are within it.
fn message_budget(plan: &RunPlan, settings: &Settings, schedule: &Schedule) -> Option<header::MessageBudget> {
    let (nodes, budget) = plan.system.claims.messages?;
    let of_the_lab = workload::LAB.contains(&schedule.workload.as_str());
    let heartbeat = plan.system.timing(settings, plan.file.nodes).ok().flatten()?.heartbeat;
    // The timing is that of the most patient node; one that is told otherwise may send more.
    let all_alike = plan.system.parameters(settings, plan.file.nodes).ok()?.per_node.is_empty();
    let a_second = nodes.saturating_sub(1) as f64 / heartbeat.as_secs_f64();
    (of_the_lab && all_alike && plan.file.nodes == nodes && a_second <= budget.idle as f64).then_some(budget)
}

fn versions(nodes: &[NodePlan]) -> BTreeMap<String, String> {
    let mut versions = BTreeMap::from([("interregnum".to_owned(), env!("CARGO_PKG_VERSION").to_owned())]);
    if let Ok(kernel) = std::fs::read_to_string("/proc/sys/kernel/osrelease") {
        versions.insert("kernel".to_owned(), kernel.trim().to_owned());
    }
    if let Some(program) = nodes.first().and_then(|node| node.argv.first()) {
        versions.insert("program".to_owned(), program.clone());
        if let Ok(bytes) = std::fs::read(program) {
            versions.insert("program-crc32".to_owned(), format!("{:08x}", crc32fast::hash(&bytes)));
        }
    }
    versions
}

/// A node that was never ready is not the cluster's fault as far as anyone can tell; the `process` checker says so.
pub(super) fn harness_failure(outcome: &Outcome) -> Option<Lost> {
    let process = outcome.checkers.iter().find(|judgement| judgement.checker == checkers::judge::process::NAME)?;
    let failed = process.judged && process.statement == Statement::HarnessFailed;
    let finding = &process.told().filter(|_| failed)?.finding;
    let code = finding.code()?.to_owned();
    Some(Lost { code, details: finding.details(), sentence: process.sentence.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the checkers say of a node that died, ready or not.
    fn judged(ready: bool) -> Outcome {
        let ready = r#"{"t":2,"type":"node","node":"n1","incarnation":1,"event":"ready"}"#.repeat(usize::from(ready));
        let history = [
            r#"{"schema":1,"run":"r","system":"s","nodes":["n1"],"network":"proxy","faults":"recorded"}"#,
            r#"{"t":1,"type":"node","node":"n1","incarnation":1,"event":"start"}"#,
            &ready,
            r#"{"t":3,"type":"node","node":"n1","incarnation":1,"event":"exit","signal":6}"#,
        ];
        let text: Vec<&str> = history.into_iter().filter(|line| !line.is_empty()).collect();
        checkers::judge::judge(history::Reader::new(text.join("\n").as_bytes()).unwrap()).unwrap()
    }

    #[test]
    fn that_the_harness_failed_is_said_by_a_code_and_not_by_a_sentence() {
        let mut unready = judged(false);
        history::words::mute(&mut unready);
        let lost = harness_failure(&unready).unwrap();
        assert_eq!((lost.code.as_str(), lost.details), ("not-ready", vec!["signal-6".to_owned()]));

        let mut died = judged(true);
        died.checkers.iter_mut().for_each(|judgement| judgement.sentence = "harness failure".to_owned());
        assert_eq!(harness_failure(&died), None);
    }
}
