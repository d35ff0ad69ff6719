use super::*;
use crate::target::Choice;

#[test]
fn the_word_of_a_kind_is_its_json_and_its_tag() {
    for (word, kind) in FaultKind::all() {
        assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{word}\""));
        assert_eq!(kind.word(), word);
    }
    let cut = Fault::Cut { shape: Shape::Isolate, target: Choice::Leader.into() };
    let text = r#"{"kind":"cut","shape":"isolate","target":"leader"}"#;
    assert_eq!(serde_json::to_string(&cut).unwrap(), text);
    assert_eq!(cut.kind().word(), "cut");
}

#[test]
fn an_effect_needs_what_it_sets_and_nothing_else() {
    let effect = Effect { delay: Duration::from_millis(5), loss: 0.1, ..Effect::default() };
    assert_eq!(effect.needs(), ["delay", "loss"]);
    assert!(Effect::default().needs().is_empty());
}

#[test]
fn a_network_that_cannot_is_told_what_is_missing() {
    let cut = Fault::Cut { shape: Shape::Isolate, target: Choice::Leader.into() };
    assert_eq!(cut.missing(&Capabilities::default()).as_deref(), Some("cut links"));
    let effect = Effect { loss: 0.1, ..Effect::default() };
    let slow = Fault::Degrade { shape: Shape::Isolate, target: Choice::All.into(), effect };
    let proxy = Capabilities { cut: true, degrade: BTreeSet::from(["delay".to_owned()]), disks: false };
    assert_eq!(slow.missing(&proxy).as_deref(), Some("degrade links by loss"));
    assert_eq!(Fault::RestartAll.missing(&Capabilities::default()), None);
}

#[test]
fn an_unknown_key_of_a_fault_is_an_error_that_names_it() {
    let error = serde_json::from_str::<Fault>(r#"{"kind":"kill","target":"leader","for":"1s"}"#).unwrap_err();
    assert!(error.to_string().contains("`for`"), "{error}");
    let error = serde_json::from_str::<Fault>(r#"{"kind":"explode","target":"leader"}"#).unwrap_err();
    assert!(error.to_string().contains("`explode`") && error.to_string().contains("`kill`"), "{error}");
}

#[test]
fn a_word_means_one_kind_and_a_word_that_nobody_knows_means_anything() {
    for kind in &KINDS {
        for word in [kind.word].iter().chain(kind.also) {
            assert_eq!(Descriptor::of(word).word, kind.word, "{word} has two rows");
        }
        assert!(kind.is_known() && !kind.about.is_empty(), "{}", kind.word);
        assert_eq!(kind.colour.name(), word(kind.colour));
    }
    for word in ["meteor", "", "KILL"] {
        let kind = Descriptor::of(word);
        assert!(!kind.is_known() && kind.on_process() && kind.on_link(), "{word} may have been done to anything");
        assert!(
            !kind.certain && !kind.kills() && !kind.takes_leader && kind.breaks.is_none(),
            "{word} excuses nothing"
        );
    }
}

fn word(value: impl Serialize) -> String {
    serde_json::to_value(value).unwrap().as_str().unwrap().to_owned()
}

#[test]
fn every_kind_of_a_schedule_has_its_row() {
    for (name, kind) in FaultKind::all() {
        let row = kind.descriptor();
        assert_eq!((row.word, row.kind), (name, Some(kind)));
        assert_eq!(word(kind), name);
    }
}
