//! `CREATE TABLE`, for the names of the columns in their order.

use std::io::Read;

use super::lexer::{Lexer, Token};
use super::table::{self, Wanted};
use crate::Fault;

/// What an item of a table begins with that is no column.
const CONSTRAINTS: [&str; 8] = ["CHECK", "CONSTRAINT", "EXCLUDE", "FOREIGN", "LIKE", "PERIOD", "PRIMARY", "UNIQUE"];
/// And in MySQL, where a column of such a name would stand in backticks.
const INDEXES: [&str; 4] = ["FULLTEXT", "INDEX", "KEY", "SPATIAL"];

/// Reads what follows `CREATE`, up to the statement's end.
pub(super) fn read<R: Read>(lexer: &mut Lexer<R>, wanted: &mut Wanted) -> Result<(), Fault> {
    loop {
        match lexer.peek_keyword()?.as_str() {
            "TABLE" => break,
            "GLOBAL" | "LOCAL" | "OR" | "REPLACE" | "TEMP" | "TEMPORARY" | "UNLOGGED" => lexer.token()?,
            "EVENT" | "FUNCTION" | "PROCEDURE" | "TRIGGER" => return lexer.skip_body(),
            _ => return lexer.skip_statement(),
        };
    }
    lexer.token()?;
    while matches!(lexer.peek_keyword()?.as_str(), "IF" | "NOT" | "EXISTS") {
        lexer.token()?;
    }
    let name = table::name(lexer)?;
    if lexer.take_symbol(b'(')? {
        let columns = columns(lexer)?;
        table::distinct(&columns).map_err(|what| lexer.fault(what))?;
        wanted.learn(name, columns.into());
    }
    lexer.skip_statement()
}

fn columns<R: Read>(lexer: &mut Lexer<R>) -> Result<Vec<String>, Fault> {
    let mut names = Vec::new();
    loop {
        match lexer.token()? {
            Some(Token::Word(word)) if is_constraint(&word, lexer.is_mysql()) => {}
            Some(Token::Word(name) | Token::Name(name) | Token::Text(name)) => names.push(name),
            Some(_) => return Err(lexer.fault("a column without a name")),
            None => return Err(lexer.cut_off()),
        }
        if !rest_of_item(lexer)? {
            return Ok(names);
        }
    }
}

fn is_constraint(word: &str, mysql: bool) -> bool {
    let among = |keywords: &[&str]| keywords.iter().any(|keyword| word.eq_ignore_ascii_case(keyword));
    among(&CONSTRAINTS) || (mysql && among(&INDEXES))
}

/// Passes over a column's type or a constraint; true where another item follows.
fn rest_of_item<R: Read>(lexer: &mut Lexer<R>) -> Result<bool, Fault> {
    let mut depth = 0_u32;
    loop {
        match lexer.token()? {
            Some(Token::Symbol(b'(')) => depth += 1,
            Some(Token::Symbol(b')')) if depth == 0 => return Ok(false),
            Some(Token::Symbol(b')')) => depth -= 1,
            Some(Token::Symbol(b',')) if depth == 0 => return Ok(true),
            Some(_) => {}
            None => return Err(lexer.cut_off()),
        }
    }
}
