use std::time::Duration;

use super::*;
use crate::coverage::Coverage;
use crate::link::Link;
use crate::word::Word;
use crate::workload::Parameters;

fn schedule(steps: Vec<Step>) -> Schedule {
    Schedule {
        schema: SCHEMA,
        workload: "custom".to_owned(),
        seed: 0,
        nodes: ["n1", "n2", "n3"].map(str::to_owned).to_vec(),
        duration: Duration::from_secs(10),
        parameters: Parameters::default(),
        coverage: Coverage::default(),
        at_once: false,
        steps,
    }
}

fn at(id: StepId, action: Action) -> Step {
    Step { id, when: When::At(Duration::from_secs(1)), only_with: None, action }
}

fn kill(target: Target) -> Action {
    Action::Inject(Fault::Kill { target, forever: false })
}

fn names(names: &[&str]) -> Target {
    Target::Names(names.iter().map(|name| (*name).to_owned()).collect())
}

fn refusal(steps: Vec<Step>) -> String {
    schedule(steps).check().unwrap_err().to_string()
}

#[test]
fn a_sensible_schedule_passes() {
    let lift = Step {
        id: 2,
        when: When::After { step: 1, delay: Duration::from_secs(1) },
        only_with: None,
        action: Action::Lift(1),
    };
    assert_eq!(schedule(vec![at(1, kill(names(&["n2"]))), lift]).check(), Ok(()));
    assert_eq!(schedule(Vec::new()).check(), Ok(()));
}

#[test]
fn a_cluster_needs_nodes_with_names_of_their_own() {
    let with = |nodes: &[&str]| {
        let mut schedule = schedule(Vec::new());
        schedule.nodes = nodes.iter().map(|name| (*name).to_owned()).collect();
        schedule.check().unwrap_err().to_string()
    };
    assert!(with(&[]).contains("no nodes"));
    assert!(with(&["n1", "n1"]).contains("\"n1\" is named twice"));
    assert!(with(&["n1", ""]).contains("empty name"));
}

#[test]
fn numbers_of_steps_are_unique() {
    let steps = vec![at(1, kill(Choice::One.into())), at(1, kill(Choice::One.into()))];
    assert!(refusal(steps).starts_with("step 1: another step has the same number"));
}

#[test]
fn references_point_backwards() {
    let after = When::After { step: 2, delay: Duration::ZERO };
    let on = When::On { condition: Condition::Leader, after: Some(9), timeout: Duration::from_secs(1) };
    let since = Condition::NewLeader { since: 1 };
    let expect = Action::Expect { condition: since, within: Duration::from_secs(1) };
    assert!(
        refusal(vec![Step { id: 2, when: after, only_with: None, action: kill(Choice::One.into()) }])
            .contains("refers to step 2")
    );
    assert!(
        refusal(vec![Step { id: 2, when: on, only_with: None, action: kill(Choice::One.into()) }])
            .contains("refers to step 9")
    );
    assert!(refusal(vec![at(1, expect)]).contains("refers to step 1"));
}

#[test]
fn only_faults_are_lifted_and_only_once() {
    let expect = Action::Expect { condition: Condition::Leader, within: Duration::from_secs(1) };
    assert!(refusal(vec![at(1, expect), at(2, Action::Lift(1))]).contains("step 2: it lifts step 1, which injects no"));
    let twice = vec![at(1, kill(Choice::One.into())), at(2, Action::Lift(1)), at(3, Action::Lift(1))];
    assert!(refusal(twice).contains("step 3: it lifts the fault of step 1, which step 2 lifts already"));
}

#[test]
fn a_step_after_the_end_is_refused() {
    let late =
        Step { id: 1, when: When::At(Duration::from_secs(11)), only_with: None, action: kill(Choice::One.into()) };
    assert!(refusal(vec![late]).contains("it is due at 11s, but the faults phase lasts 10s"));
}

#[test]
fn targets_are_nodes_of_the_cluster_each_once() {
    assert!(refusal(vec![at(4, kill(names(&["n9"])))]).contains("step 4: there is no node \"n9\"; the nodes of this"));
    assert!(refusal(vec![at(4, kill(names(&["n1", "n1"])))]).contains("twice"));
    assert!(refusal(vec![at(4, kill(names(&[])))]).contains("empty list"));
}

#[test]
fn the_trigger_is_a_target_only_where_a_condition_has_one() {
    let on = |condition| When::On { condition, after: None, timeout: Duration::from_secs(1) };
    let step = |when| Step { id: 1, when, only_with: None, action: kill(Choice::Trigger.into()) };
    assert!(refusal(vec![at(1, kill(Choice::Trigger.into()))]).contains("aimed at the trigger"));
    assert!(refusal(vec![step(on(Condition::NoLeader))]).contains("aimed at the trigger"));
    assert_eq!(schedule(vec![step(on(Condition::Votes))]).check(), Ok(()));
    let wrong = on(Condition::Becomes { role: Word::read("king") });
    assert!(refusal(vec![step(wrong)]).contains("\"king\" is not a role; the roles are follower"));
}

#[test]
fn listed_links_are_links_of_the_cluster() {
    let cut = |links: &[(&str, &str)]| {
        let links = links.iter().map(|(from, to)| Link::new(*from, *to)).collect();
        at(1, Action::Inject(Fault::Cut { shape: Shape::Links(links), target: Choice::All.into() }))
    };
    assert_eq!(schedule(vec![cut(&[("n1", "n2"), ("n2", "n1")])]).check(), Ok(()));
    assert!(refusal(vec![cut(&[])]).contains("empty"));
    assert!(refusal(vec![cut(&[("n1", "n4")])]).contains("no node \"n4\""));
    assert!(refusal(vec![cut(&[("n1", "n1")])]).contains("n1->n1 leads from a node to itself"));
    assert!(refusal(vec![cut(&[("n1", "n2"), ("n1", "n2")])]).contains("link n1->n2 twice"));
}

#[test]
fn effects_do_something_and_shares_are_shares() {
    let degrade =
        |effect| at(1, Action::Inject(Fault::Degrade { shape: Shape::Isolate, target: Choice::One.into(), effect }));
    assert!(refusal(vec![degrade(Effect::default())]).contains("empty"));
    for loss in [1.5, -0.1, f64::NAN] {
        assert!(refusal(vec![degrade(Effect { loss, ..Effect::default() })]).contains("from 0 to 1"));
    }
    assert!(refusal(vec![degrade(Effect { mended: true, loss: 0.1, ..Effect::default() })]).contains("corrupts none"));
    let stutter = Fault::Stutter { target: Choice::One.into(), pause: Duration::ZERO, run: Duration::from_secs(1) };
    assert!(refusal(vec![at(1, Action::Inject(stutter))]).contains("longer than zero"));
}

#[test]
fn a_network_that_cannot_cut_refuses_a_cut_by_its_step() {
    let cut = at(3, Action::Inject(Fault::Cut { shape: Shape::Isolate, target: Choice::One.into() }));
    let error = schedule(vec![cut]).check_against(&Capabilities::default()).unwrap_err();
    assert_eq!(error.step, Some(3));
    assert!(error.to_string().starts_with("step 3: this network cannot cut links"), "{error}");
}

#[test]
fn as_many_steps_as_are_allowed_pass_and_one_more_is_a_sentence() {
    let steps = |count: usize| (0..count).map(|id| at(id as StepId + 1, kill(names(&["n2"])))).collect::<Vec<_>>();
    assert_eq!(schedule(steps(MOST_STEPS)).check(), Ok(()));
    let refused = refusal(steps(MOST_STEPS + 1));
    assert!(refused.contains("50001 steps") && refused.contains("at most 50000"), "{refused}");
}

#[test]
fn a_learnt_crash_point_needs_a_lesson_and_a_part_and_what_depends_on_one_comes_after_it() {
    let crash = |part, operation: &str| {
        Action::Inject(Fault::CrashAt {
            target: Choice::Followers.into(),
            part,
            learnt: true,
            operation: operation.to_owned(),
            nth: 1,
            moment: crate::fault::Moment::Before,
            power_cut: false,
            within: Duration::from_secs(1),
        })
    };
    let voter = Some(crate::fault::Part::Voter);
    let learn = || at(1, Action::Learn { within: Duration::from_secs(5) });
    assert!(refusal(vec![at(2, crash(voter, ""))]).contains("learns"));
    assert!(refusal(vec![learn(), at(2, crash(None, ""))]).contains("part"));
    assert!(refusal(vec![learn(), at(2, crash(voter, "fsync"))]).contains("no `operation`"));
    let depending = |on| Step { only_with: Some(on), ..at(3, kill(Choice::One.into())) };
    assert!(refusal(vec![learn(), at(2, crash(voter, "")), depending(9)]).contains("step 9"));
    assert!(refusal(vec![learn(), at(2, crash(voter, "")), depending(1)]).contains("no crash point"));
    assert_eq!(schedule(vec![learn(), at(2, crash(voter, "")), depending(2)]).check(), Ok(()));
}
