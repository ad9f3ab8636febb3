//! Compares an answer with what was expected, and says everything that differs.

use crate::client::Response;
use crate::exchange::Expectation;
use crate::matching::{Captures, matches};
use crate::report::{side_by_side, visible};
use crate::template::Pattern;
use crate::values::Values;

/// The values with those that the answer brought, or a line or more for each difference.
pub(crate) fn compare(
    expect: &Expectation,
    base_path: &str,
    values: &Values,
    response: &Response,
) -> Result<Values, Vec<String>> {
    let mut comparison = Comparison { values: values.clone(), differences: Vec::new() };
    comparison.status(expect.status, response.status);
    for (name, patterns) in &expect.headers {
        // A Location is a path of the server's own, as the request target is: it moves with the mount.
        let moved = name.eq_ignore_ascii_case("location");
        let patterns = patterns.iter().map(|pattern| if moved { pattern.after(base_path) } else { pattern.clone() });
        comparison.header(name, &patterns.collect::<Vec<_>>(), &response.header(name));
    }
    comparison.text("body", &expect.body, &unmoved(&response.body, base_path));
    if comparison.differences.is_empty() { Ok(comparison.values) } else { Err(comparison.differences) }
}

/// A body that quotes its server's own paths, as it would be without a path before them. JSON may write `/` as `\/`.
fn unmoved(body: &[u8], base_path: &str) -> Vec<u8> {
    let Some(path) = base_path.strip_prefix('/') else { return body.to_vec() };
    let plain = without(body, format!("{path}/").as_bytes());
    without(&plain, format!("{path}/").replace('/', r"\/").as_bytes())
}

fn without(text: &[u8], part: &[u8]) -> Vec<u8> {
    let mut rest = text;
    let mut kept = Vec::with_capacity(text.len());
    while let Some((&first, after)) = rest.split_first() {
        match rest.strip_prefix(part) {
            Some(behind) => rest = behind,
            None => {
                kept.push(first);
                rest = after;
            }
        }
    }
    kept
}

/// One comparison of a named text; used for tokens too.
pub(crate) fn compare_text(what: &str, pattern: &Pattern, values: &Values, received: &[u8]) -> Result<Values, String> {
    let mut comparison = Comparison { values: values.clone(), differences: Vec::new() };
    comparison.text(what, pattern, received);
    comparison.differences.pop().map_or(Ok(comparison.values), Err)
}

struct Comparison {
    values: Values,
    differences: Vec<String>,
}

impl Comparison {
    fn status(&mut self, expected: u16, received: u16) {
        if expected != received {
            self.differences.push(format!("status: expected {expected}, received {received}"));
        }
    }

    fn header(&mut self, name: &str, expected: &[Pattern], received: &[&[u8]]) {
        if expected.len() == received.len() {
            for (pattern, value) in expected.iter().zip(received) {
                self.text(&format!("header {name}"), pattern, value);
            }
            return;
        }
        let values: Vec<String> = received.iter().map(|value| format!("{:?}", visible(value))).collect();
        let received = if values.is_empty() { "none".to_owned() } else { values.join(" and ") };
        let expected = match expected.len() {
            0 => "none".to_owned(),
            1 => "one value".to_owned(),
            n => format!("{n} values"),
        };
        self.differences.push(format!("header {name}: expected {expected}, received {received}"));
    }

    fn text(&mut self, what: &str, pattern: &Pattern, received: &[u8]) {
        match matches(pattern, &self.values, received) {
            Ok(captures) => self.keep(captures),
            Err(at) => {
                let shown = side_by_side(pattern, &self.values, received, at);
                self.differences.push(format!("{what} differs at byte {}\n{shown}", at.received));
            }
        }
    }

    fn keep(&mut self, captures: Captures) {
        for (name, value) in captures {
            self.values.set(name, value);
        }
    }
}

#[cfg(test)]
#[path = "difference_tests.rs"]
mod tests;
