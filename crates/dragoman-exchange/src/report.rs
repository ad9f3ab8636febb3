//! Shows a difference so that a person sees it: both texts, one above the other, marked where they part.

use crate::Values;
use crate::matching::Departure;
use crate::template::{Part, Pattern};

const BEFORE: usize = 50;
const AFTER: usize = 90;

/// Both texts around the first byte that differs.
pub(crate) fn side_by_side(pattern: &Pattern, values: &Values, received: &[u8], at: Departure) -> String {
    let (expected_before, expected_after) = around(pattern, values, at);
    let (received_before, received_after) = received.split_at_checked(at.received).unwrap_or((received, b""));
    let [expected_before, received_before] = [expected_before.as_slice(), received_before].map(tail);
    let [expected_after, received_after] = [expected_after.as_slice(), received_after].map(head);
    let width = expected_before.chars().count().max(received_before.chars().count());
    format!(
        "    expected  {expected_before:>width$}{expected_after}\n    \
             received  {received_before:>width$}{received_after}\n              \
             {empty:>width$}^",
        empty = ""
    )
}

/// The expected text with its values put in and its slots as they are written, cut in two at the departure.
fn around(pattern: &Pattern, values: &Values, at: Departure) -> (Vec<u8>, Vec<u8>) {
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for (index, part) in pattern.parts().iter().enumerate() {
        let text = match part {
            Part::Value(name) => values.get(name).map_or_else(|_| part.to_string(), str::to_owned),
            Part::Literal(_) | Part::Slot { .. } => part.to_string(),
        };
        let fulfilled = match index.cmp(&at.part) {
            std::cmp::Ordering::Less => text.len(),
            std::cmp::Ordering::Equal => at.within.min(text.len()),
            std::cmp::Ordering::Greater => 0,
        };
        let (left, right) = text.as_bytes().split_at_checked(fulfilled).unwrap_or_default();
        before.extend_from_slice(left);
        after.extend_from_slice(right);
    }
    (before, after)
}

/// Text on one line, with everything that cannot be seen escaped.
pub(crate) fn visible(bytes: &[u8]) -> String {
    let escape = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    let chunk = |chunk: std::str::Utf8Chunk<'_>| {
        let text: String = chunk.valid().chars().map(escape).collect();
        text + &chunk.invalid().escape_ascii().to_string()
    };
    bytes.utf8_chunks().map(chunk).collect()
}

fn tail(bytes: &[u8]) -> String {
    let text = visible(bytes);
    let length = text.chars().count();
    if length <= BEFORE { text } else { format!("…{}", text.chars().skip(length - BEFORE).collect::<String>()) }
}

fn head(bytes: &[u8]) -> String {
    let text = visible(bytes);
    match text.chars().count() {
        0 => "<end>".to_owned(),
        length if length <= AFTER => text,
        _ => format!("{}…", text.chars().take(AFTER).collect::<String>()),
    }
}

#[cfg(test)]
mod tests {
    use anyhow::{Context as _, Result};

    use super::*;
    use crate::matching::matches;

    fn shown(pattern: &str, received: &[u8]) -> Result<Vec<String>> {
        let values = Values::from_iter([("run", "07")]);
        let pattern = Pattern::try_from(pattern.to_owned())?;
        let at = matches(&pattern, &values, received).err().context("it matches")?;
        Ok(side_by_side(&pattern, &values, received, at).lines().map(|line| line.trim_start().to_owned()).collect())
    }

    #[test]
    fn the_mark_stands_under_the_first_byte_that_differs() -> Result<()> {
        let lines = shown(r#"{"name":"{{run}}", "id":{{int}}}"#, br#"{"name":"07", "id":"7"}"#)?;
        assert_eq!(lines, [r#"expected  {"name":"07", "id":{{int}}}"#, r#"received  {"name":"07", "id":"7"}"#, "^"]);
        let values = Values::from_iter([("run", "07")]);
        let pattern = Pattern::try_from("abc {{int}}".to_owned())?;
        let at = matches(&pattern, &values, b"abc x").err().context("it matches")?;
        let shown = side_by_side(&pattern, &values, b"abc x", at);
        let columns = |needle: &str| shown.lines().find_map(|line| line.find(needle));
        assert_eq!((columns("{{int}}"), columns("x")), (columns("^"), columns("x")));
        assert!(shown.lines().nth(1).is_some_and(|line| line.find(" x").map(|at| at + 1) == columns("^")));
        Ok(())
    }

    #[test]
    fn ends_and_invisible_bytes_are_shown() -> Result<()> {
        assert_eq!(shown("{}\n", b"{}")?, [r"expected  {}\n", "received  {}<end>", "^"]);
        assert_eq!(shown("a", b"a\0\xff")?, ["expected  a<end>", r"received  a\u{0}\xff", "^"]);
        Ok(())
    }

    #[test]
    fn long_texts_are_cut_around_the_difference() -> Result<()> {
        let long = "x".repeat(500);
        let lines = shown(&format!("{long}a{long}"), format!("{long}b{long}").as_bytes())?;
        assert!(lines.iter().all(|line| line.chars().count() < 170), "{lines:?}");
        assert!(lines.first().is_some_and(|line| line.contains("xa")));
        Ok(())
    }
}
