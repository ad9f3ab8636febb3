//! Parts of names, and how the databases are asked for them.
//!
//! `LIKE` decides what is found. The indexes only spare it most of the users: on PostgreSQL by
//! themselves, on SQLite by a table that is asked first (`users_search`).

use crate::text::{LONGEST_FOLDED, fold};
use crate::user::Filter;

diesel::infix_operator!(Matches, " MATCH ");

/// SQLite's index is made of this many characters in a row; a shorter text is looked for in all users.
const GRAM: usize = 3;

/// So much of a text is looked for by the index: more would cost more and leave hardly fewer users.
const INDEXED: usize = 32;

/// Whether the row of the search table has what the pattern asks for.
pub fn matches<C, P>(column: C, pattern: P) -> Matches<C, P::Expression>
where
    C: diesel::Expression<SqlType = diesel::sql_types::Text>,
    P: diesel::expression::AsExpression<diesel::sql_types::Text>,
{
    Matches::new(column, pattern.as_expression())
}

/// Whether any user could be found. No stored text has a NUL: PostgreSQL refuses to look for one, and
/// SQLite reads no further. Nor is any so long, and SQLite refuses a pattern that is far too long.
pub fn can_match(filter: &Filter) -> bool {
    let texts = [&filter.term, &filter.name, &filter.email];
    texts.into_iter().flatten().all(|text| !text.contains('\0') && fold(text).len() <= LONGEST_FOLDED)
}

/// A LIKE pattern for "holds this text", in which `%` and `_` are ordinary characters.
pub fn containing(text: &str) -> String {
    let escaped = fold(text).replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{escaped}%")
}

/// What to ask SQLite's search table for; nothing where it cannot help.
pub fn pattern(filter: &Filter) -> Option<String> {
    let term = filter.term.as_deref().and_then(phrase);
    let name = filter.name.as_deref().and_then(phrase).map(|phrase| format!("name_folded : {phrase}"));
    let parts: Vec<String> = term.into_iter().chain(name).collect();
    (!parts.is_empty()).then(|| parts.join(" AND "))
}

/// The text as a string of FTS5's query language, which knows no escape but the doubled quote.
fn phrase(text: &str) -> Option<String> {
    let folded: Vec<char> = fold(text).chars().take(INDEXED).collect();
    let quoted = folded.iter().collect::<String>().replace('"', "\"\"");
    (folded.len() >= GRAM && !quoted.contains('\0')).then(|| format!("\"{quoted}\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(term: Option<&str>, name: Option<&str>) -> Option<String> {
        let [term, name] = [term, name].map(|text| text.map(str::to_owned));
        pattern(&Filter { term, name, ..Filter::default() })
    }

    #[test]
    fn the_index_is_asked_for_three_characters_and_more() {
        assert_eq!(of(Some("ab"), None), None);
        assert_eq!(of(Some("日本"), None), None);
        assert_eq!(of(Some("ABC"), None).as_deref(), Some(r#""abc""#));
        assert_eq!(of(Some("a\"b\\"), Some("Éma")).as_deref(), Some(r#""a""b\" AND name_folded : "éma""#));
        assert_eq!(of(Some("ab"), Some("abc")).as_deref(), Some(r#"name_folded : "abc""#));
    }

    #[test]
    fn of_a_long_text_the_index_is_asked_for_the_beginning() {
        assert_eq!(of(Some(&"é".repeat(500)), None), Some(format!("\"{}\"", "é".repeat(INDEXED))));
    }

    #[test]
    fn what_no_name_can_hold_is_not_looked_for() {
        for text in ["a\0b".to_owned(), "x".repeat(LONGEST_FOLDED + 1)] {
            assert!(!can_match(&Filter { term: Some(text), ..Filter::default() }));
        }
        assert!(can_match(&Filter { name: Some("x".repeat(LONGEST_FOLDED)), ..Filter::default() }));
    }
}
