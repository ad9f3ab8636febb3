//! Statements that change a table. Behind its rows no dump has any: what does is a script, and only a database that runs it
//! knows which rows it leaves.

use std::io::Read;

use super::lexer::{Lexer, Token};
use super::table::{self, Wanted};
use crate::Fault;

/// What may stand between such a statement's first word and the name of the table.
const BETWEEN: [&str; 13] = [
    "ABORT",
    "EXISTS",
    "FAIL",
    "FROM",
    "IF",
    "IGNORE",
    "LOW_PRIORITY",
    "ONLY",
    "OR",
    "QUICK",
    "REPLACE",
    "ROLLBACK",
    "TABLE",
];

/// What dumps add to a table, take from it, or rename: nothing of its columns.
const NO_COLUMNS: [&str; 9] =
    ["CHECK", "CONSTRAINT", "FOREIGN", "FULLTEXT", "INDEX", "KEY", "PRIMARY", "SPATIAL", "UNIQUE"];

/// Reads a statement that begins with this word, up to its end.
pub(super) fn read<R: Read>(lexer: &mut Lexer<R>, wanted: &Wanted, first: &str) -> Result<(), Fault> {
    let of_tables = !matches!(first, "ALTER" | "DROP") || lexer.peek_keyword()? == "TABLE";
    while of_tables && BETWEEN.contains(&lexer.peek_keyword()?.as_str()) {
        lexer.token()?;
    }
    let symbol = |keyword: &str| keyword.chars().next().is_some_and(|first| !first.is_alphanumeric() && first != '_');
    if !of_tables || symbol(&lexer.peek_keyword()?) {
        return lexer.skip_statement();
    }
    let name = table::name(lexer)?;
    if !wanted.has_rows_of(&name) {
        return lexer.skip_statement();
    }
    if first == "ALTER" && !changes_columns(lexer)? {
        return Ok(());
    }
    let what = format!("this is no dump but a script: it changes {name} behind its rows ({first})");
    Err(lexer.fault(what))
}

/// Whether one of the clauses of an `ALTER TABLE` adds, drops or renames a column, or renames the table; reads the statement
/// to its end where none does.
fn changes_columns<R: Read>(lexer: &mut Lexer<R>) -> Result<bool, Fault> {
    let (mut begins, mut depth) = (true, 0_u32);
    loop {
        let Some(token) = lexer.token()? else { return Err(lexer.cut_off()) };
        if std::mem::take(&mut begins) {
            let next = lexer.peek_keyword()?;
            let of_column = match token.keyword().as_str() {
                "CHANGE" => true,
                "ADD" => next == "COLUMN",
                "DROP" | "RENAME" => !NO_COLUMNS.contains(&next.as_str()),
                _ => false,
            };
            if of_column {
                return Ok(true);
            }
        }
        match token {
            Token::Symbol(b';') => return Ok(false),
            Token::Symbol(b'(') => depth += 1,
            Token::Symbol(b')') => depth = depth.saturating_sub(1),
            Token::Symbol(b',') => begins = depth == 0,
            Token::Word(_)
            | Token::Name(_)
            | Token::Text(_)
            | Token::Bytes(_)
            | Token::Number(_)
            | Token::Symbol(_) => {}
        }
    }
}
