//! Text with placeholders: `{{name}}` inserts a value, `{{type}}` and `{{type name}}` match one.

use std::fmt;

use anyhow::{Context as _, Result, bail, ensure};
use serde::Deserialize;

use crate::Values;

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    /// These bytes and no others.
    Literal(String),
    /// The value with this name.
    Value(String),
    /// Anything of this kind, kept under the name if there is one.
    Slot { kind: Kind, name: Option<String> },
}

/// What a slot matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Int,
    Uuid,
    Jwt,
    Base64,
    Time,
    Hex,
    Text,
    Any,
}

impl Kind {
    const ALL: [Self; 8] =
        [Self::Int, Self::Uuid, Self::Jwt, Self::Base64, Self::Time, Self::Hex, Self::Text, Self::Any];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Int => "int",
            Self::Uuid => "uuid",
            Self::Jwt => "jwt",
            Self::Base64 => "base64",
            Self::Time => "time",
            Self::Hex => "hex",
            Self::Text => "text",
            Self::Any => "any",
        }
    }

    fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal(text) => f.write_str(text),
            Self::Value(name) => write!(f, "{{{{{name}}}}}"),
            Self::Slot { kind, name: None } => write!(f, "{{{{{}}}}}", kind.name()),
            Self::Slot { kind, name: Some(name) } => write!(f, "{{{{{} {name}}}}}", kind.name()),
        }
    }
}

/// A text to be sent: it may insert values, and has nothing to match.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Text(Vec<Part>);

impl Text {
    /// The text with every value put in.
    ///
    /// # Errors
    /// When a value is missing.
    pub fn fill(&self, values: &Values) -> Result<String> {
        self.0.iter().try_fold(String::new(), |mut text, part| {
            match part {
                Part::Literal(literal) => text.push_str(literal),
                Part::Value(name) => text.push_str(values.get(name)?),
                Part::Slot { .. } => bail!("{part} matches and cannot be sent"),
            }
            Ok(text)
        })
    }

    pub(crate) fn parts(&self) -> &[Part] {
        &self.0
    }

    /// The names of the values that it inserts.
    pub(crate) fn values(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Value(name) => Some(name.as_str()),
            Part::Literal(_) | Part::Slot { .. } => None,
        })
    }
}

/// As it is written, with its placeholders.
impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|part| part.fmt(f))
    }
}

impl TryFrom<String> for Text {
    type Error = anyhow::Error;

    fn try_from(source: String) -> Result<Self> {
        let parts = parse(&source)?;
        if let Some(slot) = parts.iter().find(|part| matches!(part, Part::Slot { .. })) {
            bail!("{slot} matches an answer; nothing here is matched");
        }
        Ok(Self(parts))
    }
}

/// A text to be received: it may insert values and match kinds.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Pattern(Vec<Part>);

impl Pattern {
    pub(crate) fn parts(&self) -> &[Part] {
        &self.0
    }

    /// The same pattern with this text before it.
    pub(crate) fn after(&self, text: &str) -> Self {
        let before = (!text.is_empty()).then(|| Part::Literal(text.to_owned()));
        Self(before.into_iter().chain(self.0.iter().cloned()).collect())
    }
}

impl TryFrom<String> for Pattern {
    type Error = anyhow::Error;

    fn try_from(source: String) -> Result<Self> {
        let parts = parse(&source)?;
        let mut seen = Vec::new();
        for part in &parts {
            if let Part::Slot { name: Some(name), .. } = part {
                ensure!(!seen.contains(&name), "{name} is captured twice; write {{{{{name}}}}} the second time");
                seen.push(name);
            }
        }
        Ok(Self(parts))
    }
}

fn parse(source: &str) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    let mut rest = source;
    while let Some(open) = opening(rest) {
        let (literal, placeholder) = rest.split_at(open);
        push_literal(&mut parts, literal);
        let inside = placeholder.trim_start_matches('{');
        let (inside, after) = inside.split_once("}}").with_context(|| {
            format!(
                "{{{{ without }}}} at byte {}; braces that are meant go into body_base64",
                source.len() - rest.len()
            )
        })?;
        parts.push(placeholder_part(inside)?);
        rest = after;
    }
    push_literal(&mut parts, rest);
    Ok(parts)
}

/// Where the next placeholder opens. Of a longer run of braces the last two count: `{{{int}}}` is a brace around a placeholder.
fn opening(text: &str) -> Option<usize> {
    let first = text.find("{{")?;
    let run = text.get(first..)?.bytes().take_while(|&byte| byte == b'{').count();
    Some(first + run - 2)
}

fn push_literal(parts: &mut Vec<Part>, literal: &str) {
    if !literal.is_empty() {
        parts.push(Part::Literal(literal.to_owned()));
    }
}

fn placeholder_part(inside: &str) -> Result<Part> {
    let words: Vec<&str> = inside.split(' ').collect();
    Ok(match *words.as_slice() {
        [word] => match Kind::by_name(word) {
            Some(kind) => Part::Slot { kind, name: None },
            None => Part::Value(name(word, inside)?),
        },
        [kind, word] => {
            let kind = Kind::by_name(kind).with_context(|| format!("{{{{{inside}}}}}: there is no type {kind}"))?;
            ensure!(Kind::by_name(word).is_none(), "{{{{{inside}}}}}: {word} is a type and cannot be a name");
            Part::Slot { kind, name: Some(name(word, inside)?) }
        }
        _ => bail!("{{{{{inside}}}}} is no placeholder; it is {{{{name}}}}, {{{{type}}}} or {{{{type name}}}}"),
    })
}

fn name(word: &str, inside: &str) -> Result<String> {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.' || byte == b'-';
    ensure!(!word.is_empty() && word.bytes().all(good), "{{{{{inside}}}}} is no placeholder: {word:?} is no name");
    Ok(word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(source: &str) -> Result<Vec<Part>> {
        Pattern::try_from(source.to_owned()).map(|pattern| pattern.0)
    }

    fn literal(text: &str) -> Part {
        Part::Literal(text.to_owned())
    }

    #[test]
    fn a_brace_beside_a_placeholder_is_text() -> Result<()> {
        let int = Part::Slot { kind: Kind::Int, name: Some("id".to_owned()) };
        assert_eq!(pattern(r#"{"id":{{int id}}}"#)?, [literal(r#"{"id":"#), int.clone(), literal("}")]);
        assert_eq!(pattern("{{{int id}}}")?, [literal("{"), int, literal("}")]);
        Ok(())
    }

    #[test]
    fn closing_braces_alone_are_text() -> Result<()> {
        assert_eq!(pattern(r#"{"a":{"b":1}}"#)?, [literal(r#"{"a":{"b":1}}"#)]);
        assert_eq!(pattern("")?, []);
        Ok(())
    }

    #[test]
    fn mistakes_are_refused() {
        for (source, hint) in [
            ("{{int", "without }}"),
            ("{{}}", "no name"),
            ("{{ run }}", "no placeholder"),
            ("{{number id}}", "no type number"),
            ("{{int uuid}}", "cannot be a name"),
            ("{{int a}} {{uuid a}}", "captured twice"),
            ("{{\"a\":1}}", "no name"),
        ] {
            let refused = pattern(source).map_err(|error| error.to_string());
            assert!(refused.as_ref().is_err_and(|error| error.contains(hint)), "{source}: {refused:?}");
        }
    }

    #[test]
    fn what_is_sent_cannot_match() -> Result<()> {
        assert!(Text::try_from("{{int}}".to_owned()).is_err());
        let text = Text::try_from("a-{{run}}-{{run}}".to_owned())?;
        assert_eq!(text.fill(&Values::from_iter([("run", "07")]))?, "a-07-07");
        assert!(text.fill(&Values::default()).is_err_and(|error| error.to_string().contains("run")));
        Ok(())
    }
}
