//! Values as TLC prints them: `(n1 :> 0 @@ n2 :> 1)`, `[term |-> 1]`, `<<1, 2>>`, `{n1}`, `"text"`, `Leader`, `3`.

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// A number, a model value, a text, TRUE or FALSE: as it stands, a text without its quotes.
    Atom(String),
    /// A function or a record, by its keys.
    Map(Vec<(String, Value)>),
    /// A sequence or a set.
    List(Vec<Value>),
}

/// Values may be nested so deep.
const DEEPEST: usize = 64;

impl Value {
    /// Reads a text that is one value; none for anything else.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut parser = Parser { text: text.as_bytes(), at: 0 };
        let value = parser.whole(0)?;
        (parser.peek().is_none()).then_some(value)
    }

    pub(super) fn number(&self) -> Option<u64> {
        match self {
            Self::Atom(text) => text.parse().ok(),
            _ => None,
        }
    }

    pub(super) fn atom(&self) -> Option<&str> {
        match self {
            Self::Atom(text) => Some(text),
            _ => None,
        }
    }

    /// A function, a record, or a sequence (whose keys are 1, 2, …).
    pub(super) fn entries(&self) -> Option<Vec<(String, &Value)>> {
        match self {
            Self::Map(entries) => Some(entries.iter().map(|(key, value)| (key.clone(), value)).collect()),
            Self::List(values) => {
                Some(values.iter().zip(1..).map(|(value, key): (_, u64)| (key.to_string(), value)).collect())
            }
            Self::Atom(_) => None,
        }
    }
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
}

impl Parser<'_> {
    fn peek(&mut self) -> Option<u8> {
        while self.text.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        self.text.get(self.at).copied()
    }

    fn takes(&mut self, word: &str) -> bool {
        self.peek();
        let found = self.text[self.at..].starts_with(word.as_bytes());
        self.at += if found { word.len() } else { 0 };
        found
    }

    /// A value, or a function without parentheses around it.
    fn whole(&mut self, depth: usize) -> Option<Value> {
        let first = self.value(depth)?;
        if !self.takes(":>") {
            return Some(first);
        }
        let mut entries = vec![(key(first)?, self.value(depth + 1)?)];
        while self.takes("@@") {
            let next = self.value(depth + 1)?;
            if !self.takes(":>") {
                return None;
            }
            entries.push((key(next)?, self.value(depth + 1)?));
        }
        Some(Value::Map(entries))
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        if depth > DEEPEST {
            return None;
        }
        if self.takes("<<") {
            return self.list(">>", depth);
        }
        match self.peek()? {
            b'(' => {
                self.at += 1;
                let value = self.whole(depth + 1)?;
                self.takes(")").then_some(value)
            }
            b'{' => {
                self.at += 1;
                self.list("}", depth)
            }
            b'[' => {
                self.at += 1;
                self.record(depth)
            }
            b'"' => {
                let from = self.at + 1;
                let to = from + self.text[from..].iter().position(|byte| *byte == b'"')?;
                self.at = to + 1;
                Some(Value::Atom(String::from_utf8_lossy(&self.text[from..to]).into_owned()))
            }
            _ => {
                let from = self.at;
                let belongs = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'!');
                while self.text.get(self.at).is_some_and(belongs) {
                    self.at += 1;
                }
                let text = &self.text[from..self.at];
                (!text.is_empty()).then(|| Value::Atom(String::from_utf8_lossy(text).into_owned()))
            }
        }
    }

    fn list(&mut self, end: &str, depth: usize) -> Option<Value> {
        let mut values = Vec::new();
        while !self.takes(end) {
            values.push(self.whole(depth + 1)?);
            if !self.takes(",") && !self.text[self.at..].starts_with(end.as_bytes()) {
                self.peek();
                if !self.text[self.at..].starts_with(end.as_bytes()) {
                    return None;
                }
            }
        }
        Some(Value::List(values))
    }

    fn record(&mut self, depth: usize) -> Option<Value> {
        let mut entries = Vec::new();
        while !self.takes("]") {
            let name = key(self.value(depth + 1)?)?;
            if !self.takes("|->") {
                return None;
            }
            entries.push((name, self.whole(depth + 1)?));
            if !self.takes(",") {
                return self.takes("]").then_some(Value::Map(entries));
            }
        }
        Some(Value::Map(entries))
    }
}

fn key(value: Value) -> Option<String> {
    match value {
        Value::Atom(text) => Some(text),
        other => Some(format!("{other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_function_has_its_keys() {
        for text in ["(n1 :> 0 @@ n2 :> 1)", "n1 :> 0 @@\n  n2 :> 1", "[n1 |-> 0, n2 |-> 1]", "( n1 :> 0 @@ n2 :> 1 )"]
        {
            let value = Value::read(text).unwrap_or_else(|| panic!("{text}"));
            let entries = value.entries().unwrap_or_default();
            assert_eq!(
                entries.iter().map(|(key, value)| (key.as_str(), value.number())).collect::<Vec<_>>(),
                [("n1", Some(0)), ("n2", Some(1))]
            );
        }
        assert_eq!(Value::read("<<7>>").and_then(|value| value.entries()?[0].1.number()), Some(7));
        assert!(Value::read("(n1 :> <<[a |-> {x, y}, b |-> \"t\"]>> @@ n2 :> <<>>)").is_some());
    }

    #[test]
    fn what_is_no_value_is_none() {
        for text in ["", "(", "(n1 :>", "[a |-> ]", "<<1, 2", "{,}", "a b", &"(".repeat(1000)] {
            assert_eq!(Value::read(text), None, "{text}");
        }
    }
}
