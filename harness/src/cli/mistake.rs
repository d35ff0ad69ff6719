//! A mistake on the command line, in one sentence.
//!
//! The parser says what is wrong in a paragraph with a usage line, which is right for a person who explores and wrong
//! for everyone else: a log, a CI page, a script that shows the last line. What it knows is kept (the argument, what
//! it may be, what was perhaps meant); what anybody can ask `--help` for is left to `--help`.

use clap::error::ErrorKind;

/// The sentence; none for what is no mistake, or is best answered with the whole help.
pub fn sentence(error: &clap::Error) -> Option<String> {
    let help = [ErrorKind::DisplayHelp, ErrorKind::DisplayVersion, ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand];
    if help.contains(&error.kind()) {
        return None;
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

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::super::args::Cli;
    use super::sentence;

    fn mistake(line: &str) -> String {
        sentence(&Cli::try_parse_from(line.split(' ')).unwrap_err()).unwrap()
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
    fn help_is_no_mistake() {
        for line in ["interregnum --help", "interregnum test --help", "interregnum --version", "interregnum"] {
            assert_eq!(sentence(&Cli::try_parse_from(line.split(' ')).unwrap_err()), None, "{line}");
        }
    }
}
