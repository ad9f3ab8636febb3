//! The files under `tests/goldens`: requests, and what must come back.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use anyhow::{Context as _, Result, ensure};

const TITLE: &str = "### ";
const SEPARATOR: &str = "\n\n### ";

/// A file, in order.
pub(super) struct Script {
    /// What the file tells people.
    preface: String,
    pub(super) cases: Vec<Case>,
}

/// One request and its answer.
pub(super) struct Case {
    pub(super) title: String,
    /// Its lines, as they stand in the file behind `>`.
    request: Vec<String>,
    pub(super) answer: String,
}

impl Script {
    pub(super) fn parse(text: &str) -> Result<Self> {
        let text = text.strip_suffix('\n').context("a file that does not end with its line")?;
        let mut parts = text.split(SEPARATOR);
        let preface = parts.next().unwrap_or_default();
        ensure!(!preface.contains(TITLE), "a case without a blank line before it");
        let cases = parts.map(Case::parse).collect::<Result<Vec<_>>>()?;
        let mut titles = BTreeSet::new();
        let twice = cases.iter().find(|case| !titles.insert(&case.title));
        ensure!(twice.is_none(), "two cases are called {:?}", twice.map(|case| &case.title));
        Ok(Self { preface: preface.to_owned(), cases })
    }
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.preface)?;
        for Case { title, request, answer } in &self.cases {
            writeln!(f, "{SEPARATOR}{title}")?;
            for line in request {
                writeln!(f, ">{}{line}", if line.is_empty() { "" } else { " " })?;
            }
            f.write_str(answer)?;
        }
        writeln!(f)
    }
}

impl Case {
    fn parse(part: &str) -> Result<Self> {
        let (title, mut rest) = part.split_once('\n').with_context(|| format!("nothing is asked: {part}"))?;
        let mut request = Vec::new();
        while let Some(line) = rest.strip_prefix('>') {
            let (line, more) = line.split_once('\n').unwrap_or((line, ""));
            request.push(line.strip_prefix(' ').unwrap_or(line).to_owned());
            rest = more;
        }
        ensure!(!request.is_empty(), "nothing is asked: {title}");
        Ok(Self { title: title.to_owned(), request, answer: rest.to_owned() })
    }

    /// Method and target.
    pub(super) fn line(&self) -> String {
        let line = self.request.first().map_or("", String::as_str);
        line.strip_suffix(" HTTP/1.1").unwrap_or(line).to_owned()
    }

    /// Method and path.
    pub(super) fn call(&self) -> Result<(&str, &str)> {
        let mut words = self.request.first().context("a request")?.split([' ', '?']);
        Ok((words.next().context("a method")?, words.next().context("a path")?))
    }

    /// The request as it goes over the wire, with the values that are known by now.
    pub(super) fn request(&self, known: &BTreeMap<&str, String>) -> Result<String> {
        let fill = |line: &String| {
            known.iter().fold(line.clone(), |line, (name, value)| line.replace(&format!("{{{{{name}}}}}"), value))
        };
        let lines: Vec<String> = self.request.iter().map(fill).collect();
        let unknown = lines.iter().find(|line| line.contains("{{"));
        ensure!(unknown.is_none(), "nobody has told yet what this is: {unknown:?}");
        let (head, body) = match lines.iter().position(String::is_empty) {
            Some(blank) => (lines.get(..blank), lines.get(blank + 1..).map(|body| body.join("\n"))),
            None => (Some(lines.as_slice()), None),
        };
        let mut head = head.unwrap_or_default().to_vec();
        head.insert(1, "Host: gateway".to_owned());
        if let Some(body) = &body {
            head.push(format!("Content-Length: {}", body.len()));
        }
        Ok(format!("{}\r\n\r\n{}", head.join("\r\n"), body.unwrap_or_default()))
    }
}
