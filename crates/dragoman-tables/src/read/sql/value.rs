//! The values of a row: literals, and the few expressions that dumps write them as.

use std::io::Read;

use super::lexer::{Lexer, Token, hex};
use crate::read::RECORD_LIMIT;
use crate::{Cell, Fault};

/// `replace(replace('…', …), …)` and no more.
const DEEPEST: u32 = 4;

/// Reads values up to the closing bracket.
pub(super) fn list<R: Read>(lexer: &mut Lexer<R>) -> Result<Vec<Cell>, Fault> {
    let mut cells = Vec::new();
    loop {
        cells.push(value(lexer, 0)?);
        match lexer.token()? {
            Some(Token::Symbol(b',')) => {}
            Some(Token::Symbol(b')')) => return Ok(cells),
            Some(_) => return Err(lexer.fault("a value that is not written out")),
            None => return Err(lexer.cut_off()),
        }
    }
}

/// A value with casts and what it is joined to: `'a'||char(10)||'b'`, `'{USER}'::text[]`.
fn value<R: Read>(lexer: &mut Lexer<R>, depth: u32) -> Result<Cell, Fault> {
    let mut cell = simple(lexer, depth)?;
    loop {
        if lexer.take_symbol(b'|')? {
            lexer.expect(b'|', "the second bar of ||")?;
            cell = match (cell, simple(lexer, depth)?) {
                (Cell::Text(left), Cell::Text(right)) => Cell::Text(left + &right),
                _ => return Err(lexer.fault("|| between other things than texts")),
            };
        } else if lexer.take_symbol(b':')? {
            lexer.expect(b':', "the second colon of ::")?;
            cast(lexer)?;
        } else {
            return Ok(cell);
        }
    }
}

/// Passes over the name of a type: `character varying(255)`, `text[]`.
fn cast<R: Read>(lexer: &mut Lexer<R>) -> Result<(), Fault> {
    let mut brackets = 0_u32;
    loop {
        match lexer.peek_keyword()?.as_str() {
            "," | "|" | ":" if brackets == 0 => return Ok(()),
            ")" if brackets == 0 => return Ok(()),
            "(" => brackets += 1,
            ")" => brackets -= 1,
            ";" => return Err(lexer.fault("a type without an end")),
            _ => {}
        }
        if lexer.token()?.is_none() {
            return Err(lexer.cut_off());
        }
    }
}

fn simple<R: Read>(lexer: &mut Lexer<R>, depth: u32) -> Result<Cell, Fault> {
    match lexer.token()? {
        Some(Token::Text(text)) => Ok(Cell::Text(text)),
        Some(Token::Bytes(bytes)) => Ok(Cell::Bytes(bytes)),
        Some(Token::Number(number)) => number_or_bytes(lexer, &number),
        Some(Token::Symbol(sign @ (b'-' | b'+'))) => match lexer.token()? {
            Some(Token::Number(number)) if sign == b'-' => Ok(Cell::number(&format!("-{number}"))),
            Some(Token::Number(number)) => Ok(Cell::number(&number)),
            Some(_) | None => Err(lexer.fault("a sign without a number")),
        },
        Some(Token::Word(word)) => named(lexer, &word.to_ascii_uppercase(), depth),
        Some(_) => Err(lexer.fault("a value that is not written out")),
        None => Err(lexer.cut_off()),
    }
}

fn number_or_bytes<R: Read>(lexer: &Lexer<R>, number: &str) -> Result<Cell, Fault> {
    match number.strip_prefix("0x") {
        Some(digits) => {
            let bytes = hex(digits).ok_or_else(|| lexer.fault("bytes that are not in hexadecimal"))?;
            Ok(Cell::Bytes(bytes))
        }
        None => Ok(Cell::number(number)),
    }
}

fn named<R: Read>(lexer: &mut Lexer<R>, word: &str, depth: u32) -> Result<Cell, Fault> {
    match word {
        "NULL" | "DEFAULT" => Ok(Cell::Null),
        "TRUE" => Ok(Cell::Boolean(true)),
        "FALSE" => Ok(Cell::Boolean(false)),
        // Before bytes in hexadecimal; those in quotes are one token with it.
        "_BINARY" | "_UTF8" | "_UTF8MB3" | "_UTF8MB4" => simple(lexer, depth),
        "CHAR" | "REPLACE" | "UNISTR" if depth < DEEPEST => {
            lexer.expect(b'(', "a bracket")?;
            let mut arguments = vec![value(lexer, depth + 1)?];
            while lexer.take_symbol(b',')? {
                arguments.push(value(lexer, depth + 1)?);
            }
            lexer.expect(b')', "a closing bracket")?;
            let text = call(word, &arguments).ok_or_else(|| lexer.fault(format!("{word}() that no dump writes")))?;
            Ok(Cell::Text(text))
        }
        _ => Err(lexer.fault("a value that is not written out")),
    }
}

/// What `sqlite3 .dump` writes texts with control characters as.
fn call(function: &str, arguments: &[Cell]) -> Option<String> {
    match (function, arguments) {
        ("CHAR", codes) => codes.iter().map(letter).collect(),
        ("UNISTR", [Cell::Text(escaped)]) => unistr(escaped),
        ("REPLACE", [Cell::Text(text), Cell::Text(from), Cell::Text(to)]) if !from.is_empty() => {
            let grown = text.matches(from.as_str()).count().checked_mul(to.len())?;
            (grown <= RECORD_LIMIT).then(|| text.replace(from.as_str(), to))
        }
        _ => None,
    }
}

fn letter(code: &Cell) -> Option<char> {
    let Cell::Integer(code) = code else { return None };
    char::from_u32(u32::try_from(*code).ok()?)
}

/// `\XXXX`, `\+XXXXXX`, `\uXXXX`, `\UXXXXXXXX` and `\\`.
fn unistr(escaped: &str) -> Option<String> {
    let mut text = String::with_capacity(escaped.len());
    let mut rest = escaped;
    while let Some((plain, behind)) = rest.split_once('\\') {
        text.push_str(plain);
        let (digits, behind) = match behind.as_bytes().first()? {
            b'\\' => ("5c", behind.get(1..)?),
            b'u' => behind.get(1..)?.split_at_checked(4)?,
            b'U' => behind.get(1..)?.split_at_checked(8)?,
            b'+' => behind.get(1..)?.split_at_checked(6)?,
            _ => behind.split_at_checked(4)?,
        };
        text.push(char::from_u32(u32::from_str_radix(digits, 16).ok()?)?);
        rest = behind;
    }
    text.push_str(rest);
    Some(text)
}
