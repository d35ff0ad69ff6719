//! A mistake on the command line, in one sentence.
//!
//! The parser says what is wrong in a paragraph with a usage line. That is right for a person who explores and wrong for every
//! other reader: a log, a CI page, a script that shows the last line. What it knows is kept (the argument, what it may be, what
//! was perhaps meant); what can be asked of `--help` is left to `--help`.

use clap::error::{ContextKind, ContextValue, ErrorKind};

/// The sentence; none for what is no mistake, or is best answered with the whole help. `words`: the command line.
pub fn sentence(error: &clap::Error, words: &[String]) -> Option<String> {
    let help = [ErrorKind::DisplayHelp, ErrorKind::DisplayVersion, ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand];
    if help.contains(&error.kind()) {
        return None;
    }
    if let Some(sentence) = below_nothing(error, words) {
        return Some(sentence);
    }
    let text = error.render().to_string();
    let mut parts: Vec<String> = Vec::new();
    for line in text.lines().take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more")) {
        let tip = line.trim_start().strip_prefix("tip: ");
        let words = tip.unwrap_or(line).trim();
        match parts.last_mut() {
            _ if words.is_empty() => {}
            // What a line indents belongs to the one before it: the names of what is missing, the possible values.
            Some(last) if tip.is_none() && line.starts_with(' ') => *last += &format!(" {words}"),
            _ => parts.push(words.trim_start_matches("error: ").to_owned()),
        }
    }
    Some(format!("{}; `interregnum --help` shows what there is", parts.join("; ")))
}

/// A value below nothing, which the parser takes for an option of its own: `--time -5m`. Where an option takes one and refuses
/// it, its own sentence is said.
fn below_nothing(error: &clap::Error, words: &[String]) -> Option<String> {
    let (ErrorKind::UnknownArgument, Some(ContextValue::String(found))) =
        (error.kind(), error.get(ContextKind::InvalidArg))
    else {
        return None;
    };
    let is_option = |word: &str| word.starts_with("--") || (word.len() == 2 && word.starts_with('-'));
    let number = |word: &str| word.strip_prefix('-').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let [option, value] = words.windows(2).find_map(|pair| match pair {
        [option, value] if is_option(option) && number(value) && value.starts_with(found) => Some([option, value]),
        _ => None,
    })?;
    Some(format!("{option} {value}: it is less than nothing; leave out the hyphen: {option} {}", &value[1..]))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::super::args::Cli;
    use super::sentence;

    fn mistake(line: &str) -> String {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        sentence(&Cli::try_parse_from(&words).unwrap_err(), &words).unwrap()
    }

    #[test]
    fn a_mistake_is_one_line_that_keeps_what_the_parser_knows() {
        let wrong = mistake("interregnum completions tcsh2");
        assert!(wrong.contains("tcsh2") && wrong.contains("bash"), "{wrong}");
        let missing = mistake("interregnum check");
        assert!(missing.contains("<RUN|NODE=FILE>"), "{missing}");
        let unknown = mistake("interregnum test --sede 1");
        assert!(unknown.contains("--sede") && unknown.contains("--seed"), "{unknown}");
        for sentence in [wrong, missing, unknown] {
            assert!(!sentence.contains('\n'), "{sentence}");
        }
    }

    #[test]
    fn a_value_below_nothing_is_called_that_whatever_the_option() {
        for line in [
            "soak --for -5m",
            "test --time -5m",
            "test --bound -5",
            "test --nodes -1",
            "soak --max-disk -5GB",
            "test -n -1",
        ] {
            let said = mistake(&format!("interregnum {line}"));
            let (option, value) = line.split_once(' ').unwrap().1.split_once(' ').unwrap();
            let plain = value.trim_start_matches('-');
            assert_eq!(
                said,
                format!("{option} {value}: it is less than nothing; leave out the hyphen: {option} {plain}")
            );
        }
        for line in ["soak --for=-5m", "test --time=-5m", "compare --budget -5m"] {
            let said = mistake(&format!("interregnum {line}"));
            assert!(said.contains("less than no time; write a longer one, such as 10m"), "{said}");
        }
        let other = mistake("interregnum test -5");
        assert!(other.contains("unexpected argument"), "no option stands before it: {other}");
    }

    #[test]
    fn help_is_no_mistake() {
        for line in ["interregnum --help", "interregnum test --help", "interregnum --version", "interregnum"] {
            assert_eq!(sentence(&Cli::try_parse_from(line.split(' ')).unwrap_err(), &[]), None, "{line}");
        }
    }
}
