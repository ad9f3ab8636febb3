//! What came back.

use std::collections::BTreeMap;
use std::fmt;

/// More would say nothing new.
const MOST_FINDINGS: usize = 20;

/// Something that must not happen.
#[derive(Debug, Clone)]
pub struct Finding {
    /// Which client found it, and with which of its shots: with the same seed it comes there again.
    pub place: (u64, u64),
    /// The dialect that was asked.
    pub dialect: &'static str,
    /// What is wrong.
    pub what: String,
    /// What was sent.
    pub bytes: Vec<u8>,
}

/// The answers of a run, counted.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Requests that were sent.
    pub requests: u64,
    /// Answers by dialect and status.
    pub answers: BTreeMap<(&'static str, u16), u64>,
    /// Connections that were broken off while a message without a certain end was under way.
    pub unanswered: u64,
    /// What must not happen, the first few.
    pub findings: Vec<Finding>,
}

impl Tally {
    pub(super) fn answer(&mut self, dialect: &'static str, status: u16) {
        *self.answers.entry((dialect, status)).or_default() += 1;
    }

    pub(super) fn find(&mut self, finding: Finding) {
        if self.findings.len() < MOST_FINDINGS {
            self.findings.push(finding);
        }
    }

    /// Takes another's counts over.
    pub fn add(&mut self, other: Self) {
        self.requests += other.requests;
        self.unanswered += other.unanswered;
        for (key, count) in other.answers {
            *self.answers.entry(key).or_default() += count;
        }
        other.findings.into_iter().for_each(|finding| self.find(finding));
    }

    /// How many answers of a dialect were of this hundred: 2 for those from 200 to 299.
    #[must_use]
    pub fn hundred(&self, dialect: &str, hundred: u16) -> u64 {
        let fits = |((name, status), _): &(&(&str, u16), &u64)| *name == dialect && status / 100 == hundred;
        self.answers.iter().filter(fits).map(|(_, count)| count).sum()
    }
}

/// What reproduces it: a line for a shell. Tokens in it are worth something to the gateway of that run alone.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (client, shot) = self.place;
        writeln!(f, "{}: {} (client {client}, shot {shot})", self.dialect, self.what)?;
        write!(f, "  printf '{}' | nc HOST PORT", Printf(&self.bytes))
    }
}

struct Printf<'a>(&'a [u8]);

impl fmt::Display for Printf<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|&byte| match byte {
            b'\r' => f.write_str("\\r"),
            b'\n' => f.write_str("\\n"),
            b'\\' | b'\'' | b'%' => write!(f, "\\{byte:03o}"),
            b' '..=b'~' => write!(f, "{}", char::from(byte)),
            _ => write!(f, "\\{byte:03o}"),
        })
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let answers: u64 = self.answers.values().sum();
        writeln!(f, "{} requests, {answers} answers, {} connections broken off", self.requests, self.unanswered)?;
        let mut dialects: Vec<&str> = self.answers.keys().map(|(dialect, _)| *dialect).collect();
        dialects.dedup();
        for dialect in dialects {
            write!(f, "  {dialect:<8}")?;
            for ((_, status), count) in self.answers.iter().filter(|((name, _), _)| *name == dialect) {
                write!(f, " {status}: {count}")?;
            }
            writeln!(f)?;
        }
        write!(f, "{} findings", self.findings.len())?;
        self.findings.iter().try_for_each(|finding| write!(f, "\n{finding}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_can_be_pasted_into_a_shell() {
        let finding = Finding {
            place: (1, 2),
            dialect: "onyx",
            what: "500".to_owned(),
            bytes: b"GET /%00'\\ HTTP/1.1\r\n\xff".to_vec(),
        };
        let expected =
            "onyx: 500 (client 1, shot 2)\n  printf 'GET /\\04500\\047\\134 HTTP/1.1\\r\\n\\377' | nc HOST PORT";
        assert_eq!(finding.to_string(), expected);
    }

    #[test]
    fn tallies_add_up() {
        let mut one = Tally { requests: 2, ..Tally::default() };
        one.answer("jwt", 200);
        one.answer("jwt", 201);
        let mut sum = one.clone();
        sum.add(one);
        assert_eq!((sum.requests, sum.hundred("jwt", 2), sum.hundred("jwt", 4)), (4, 4, 0));
        assert!(sum.to_string().contains("jwt      200: 2 201: 2"), "{sum}");
    }
}
