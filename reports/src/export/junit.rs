//! `junit.xml`: a suite for the run, a test case for each checker, as CI systems read it.
//!
//! `invalid` is a failure. `unknown` and a checker that had nothing to judge are *skipped* with the reason, not errors. The exit
//! code and the report tell "cannot say" from "wrong", and a dashboard that turns red for a busy machine is soon ignored. A run
//! without verdict is one error.

use std::io::{self, Write};
use std::time::Duration;

use history::Verdict;
use history::finding::explained::explanation;
use history::verdict::Judgement;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::Export;
use crate::model::RunModel;
use crate::text::{LONGEST, clean, moment};

/// No more violations than this are written out for one checker.
const MOST: usize = 20;

/// `junit.xml`.
pub(crate) struct Junit;

impl Export for Junit {
    fn file(&self) -> &'static str {
        "junit.xml"
    }

    fn write(&self, model: &RunModel, out: &mut dyn Write) -> io::Result<()> {
        report(model).serialize(out).map_err(io::Error::other)
    }
}

fn report(model: &RunModel) -> Report {
    let mut suite = TestSuite::new(clean(&model.header.run, LONGEST));
    suite.set_time(Duration::from_nanos(model.length));
    for (name, value) in [
        ("system", &model.header.system),
        ("workload", &model.header.workload),
        ("network", &model.header.network),
        ("seed", &model.header.seed.map(|seed| seed.to_string()).unwrap_or_default()),
    ] {
        suite.add_property((name, clean(value, LONGEST).as_str()));
    }
    match &model.outcome {
        Some(outcome) => {
            suite.add_test_cases(outcome.checkers.iter().map(case));
        }
        None => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_message(model.unjudged.as_deref().unwrap_or("the run was not judged"));
            suite.add_test_case(TestCase::new("verdict", status));
        }
    }
    let mut report = Report::new("interregnum");
    report.add_test_suite(suite);
    report
}

fn case(judgement: &Judgement) -> TestCase {
    let sentence = clean(&judgement.sentence, LONGEST);
    let status = match judgement.verdict {
        _ if !judgement.judged => skipped(&format!("not judged: {sentence}")),
        Verdict::Valid => TestCaseStatus::success(),
        Verdict::Unknown => skipped(&format!("unknown: {sentence}")),
        Verdict::Invalid => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(sentence.as_str());
            status.set_type("invalid");
            status.set_description(proof(judgement));
            status
        }
    };
    let mut case = TestCase::new(clean(&judgement.checker, 80), status);
    case.set_classname(format!("interregnum.{}", judgement.kind.as_str()));
    let finding = judgement.told().and_then(|told| told.finding.code());
    if let Some(code) = finding.or(judgement.statement.code()) {
        case.add_property(("code", clean(code, 80).as_str()));
    }
    case
}

fn skipped(message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(message);
    status
}

/// The violations with the lines that prove them.
fn proof(judgement: &Judgement) -> String {
    let mut out = String::new();
    for violation in judgement.violations.iter().take(MOST) {
        out.push_str(&format!("{}: {}\n", moment(violation.span[1]), clean(&violation.sentence, LONGEST)));
        if let Some(one) = violation.finding.code().and_then(explanation) {
            out.push_str(&format!("  {} {} {}\n", one.why, one.causes, one.look));
        }
        for evidence in violation.evidence.iter().take(MOST) {
            out.push_str(&format!("  line {}: {}\n", evidence.line, clean(&evidence.text, LONGEST)));
        }
    }
    if judgement.violations.len() > MOST {
        out.push_str(&format!("and {} more; see verdict.json\n", judgement.violations.len() - MOST));
    }
    out
}
