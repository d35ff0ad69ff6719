//! "Did you mean …?" for names that a person typed.

/// The known name nearest to `typed`, if it is near enough to be a slip of the fingers.
pub(super) fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = if typed.chars().count() <= 4 { 1 } else { 2 };
    known
        .into_iter()
        .map(|name| (strsim::levenshtein(typed, name), name))
        .filter(|&(distance, _)| distance <= allowed)
        .min()
        .map(|(_, name)| name)
}

/// The end of a sentence about an unknown name: the nearest one, else all there are.
pub(super) fn hint<'a>(typed: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    match nearest(typed, known.clone()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => match listed(known) {
            list if list.is_empty() => "there are none".to_owned(),
            list => format!("known: {list}"),
        },
    }
}

/// `a`, `b`, `c`.
pub(super) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_fingers_finds_the_name_and_another_word_does_not() {
        assert_eq!(nearest("elections", ["election", "heartbeat"]), Some("election"));
        assert_eq!(nearest("heatbreat", ["election", "heartbeat"]), Some("heartbeat"));
        assert_eq!(nearest("strategy", ["election", "heartbeat"]), None);
        assert_eq!(hint("x", []), "there are none");
    }
}
