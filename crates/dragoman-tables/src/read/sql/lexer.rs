//! The tokens of a dump, as a stream.

mod remarks;
mod skip;
mod strings;

use std::io::Read;

use memchr::memmem;

use crate::Fault;
use crate::read::RECORD_LIMIT;
use crate::read::source::Source;
use remarks::Remarks;
pub(super) use strings::hex;

/// A token; of what is passed over the texts are empty.
#[derive(Clone, PartialEq)]
pub(super) enum Token {
    /// A keyword or a name without quotes.
    Word(String),
    /// A name in quotes.
    Name(String),
    /// Text in single quotes, or between `$$`.
    Text(String),
    /// Bytes in hexadecimal: `X'00ff'`.
    Bytes(Vec<u8>),
    /// Digits and what belongs to them.
    Number(String),
    /// Any other byte.
    Symbol(u8),
}

impl Token {
    /// A keyword in upper case, a symbol as it is, and nothing for the others.
    pub(super) fn keyword(&self) -> String {
        match self {
            Self::Word(word) => word.to_ascii_uppercase(),
            Self::Symbol(symbol) => char::from(*symbol).to_string(),
            Self::Name(_) | Self::Text(_) | Self::Bytes(_) | Self::Number(_) => String::new(),
        }
    }
}

/// Makes tokens of bytes.
pub(super) struct Lexer<R> {
    pub(super) source: Source<R>,
    // Whether a backslash in a text is an escape, and `#` begins a comment.
    mysql: bool,
    peeked: Option<Token>,
    // What the present record may still take.
    left: usize,
    keep: bool,
    remarks: Remarks,
}

impl<R: Read> Lexer<R> {
    pub(super) fn new(mut source: Source<R>) -> Result<Self, Fault> {
        let mysql = is_mysql(source.head()?);
        Ok(Self { source, mysql, peeked: None, left: RECORD_LIMIT, keep: true, remarks: Remarks::default() })
    }

    pub(super) const fn is_mysql(&self) -> bool {
        self.mysql
    }

    /// A new record begins: it may be as long as any.
    pub(super) const fn allow(&mut self) {
        self.left = RECORD_LIMIT;
    }

    pub(super) fn fault(&self, what: impl std::fmt::Display) -> Fault {
        Fault::line(self.source.line(), what)
    }

    pub(super) fn cut_off(&self) -> Fault {
        self.fault("the file ends in the middle of a statement")
    }

    /// The next token; none at the end of the file.
    pub(super) fn token(&mut self) -> Result<Option<Token>, Fault> {
        match self.peeked.take() {
            Some(token) => Ok(Some(token)),
            None => self.read(),
        }
    }

    /// The keyword of the next token, which stays.
    pub(super) fn peek_keyword(&mut self) -> Result<String, Fault> {
        let token = self.token()?;
        let keyword = token.as_ref().map(Token::keyword).unwrap_or_default();
        self.peeked = token;
        Ok(keyword)
    }

    /// Takes the next token where it is this symbol.
    pub(super) fn take_symbol(&mut self, symbol: u8) -> Result<bool, Fault> {
        let token = self.token()?;
        let there = token == Some(Token::Symbol(symbol));
        if !there {
            self.peeked = token;
        }
        Ok(there)
    }

    pub(super) fn expect(&mut self, symbol: u8, what: &str) -> Result<(), Fault> {
        match self.token()? {
            Some(Token::Symbol(found)) if found == symbol => Ok(()),
            Some(_) => Err(self.fault(format!("{what} is missing"))),
            None => Err(self.cut_off()),
        }
    }

    fn read(&mut self) -> Result<Option<Token>, Fault> {
        loop {
            let Some(byte) = self.source.next()? else { return Ok(None) };
            return Ok(Some(match byte {
                b' ' | b'\t' | b'\r' | b'\n' | b'\x0c' => continue,
                b'-' if self.source.eat(b'-')? => {
                    self.line_comment()?;
                    continue;
                }
                b'#' if self.mysql => {
                    self.line_comment()?;
                    continue;
                }
                b'/' if self.source.eat(b'*')? => {
                    self.block_comment()?;
                    continue;
                }
                b'\'' => Token::Text(self.string(self.mysql)?),
                b'"' | b'`' => Token::Name(self.quoted(byte)?),
                b'[' if self.source.peek()?.is_some_and(|next| next.is_ascii_alphabetic() || next == b'_') => {
                    Token::Name(self.quoted(b']')?)
                }
                b'$' if !self.mysql => self.dollar()?,
                b'0'..=b'9' => Token::Number(self.number(byte)?),
                _ if is_word(byte) => self.word(byte)?,
                _ => Token::Symbol(byte),
            }));
        }
    }

    fn word(&mut self, first: u8) -> Result<Token, Fault> {
        let word = self.run(first, |byte| is_word(byte) || byte.is_ascii_digit() || byte == b'$')?;
        if word.eq_ignore_ascii_case("_binary") {
            return self.binary();
        }
        if word.len() != 1 || self.source.peek()? != Some(b'\'') {
            return Ok(Token::Word(word));
        }
        match first.to_ascii_lowercase() {
            b'x' => self.hex_string(),
            b'e' => self.prefixed(true),
            b'n' => self.prefixed(self.mysql),
            _ => Ok(Token::Word(word)),
        }
    }

    fn number(&mut self, first: u8) -> Result<String, Fault> {
        let mut number = self.run(first, |byte| byte.is_ascii_alphanumeric() || byte == b'.')?;
        let exponent = number.ends_with(['e', 'E']) && !number.starts_with("0x");
        if let Some(sign) = self.source.peek()?.filter(|sign| exponent && matches!(sign, b'+' | b'-')) {
            self.source.next()?;
            number += &self.run(sign, |byte| byte.is_ascii_digit())?;
        }
        Ok(number)
    }

    /// This byte and those behind it that are of a kind.
    fn run(&mut self, first: u8, kind: impl Fn(u8) -> bool) -> Result<String, Fault> {
        let line = self.source.line();
        let mut bytes = Vec::new();
        self.add(&mut bytes, &[first])?;
        self.add_while(&mut bytes, kind)?;
        String::from_utf8(bytes).map_err(|_| Fault::line(line, "not UTF-8"))
    }

    fn add(&mut self, bytes: &mut Vec<u8>, piece: &[u8]) -> Result<(), Fault> {
        let line = self.source.line();
        add(bytes, piece, self.keep, &mut self.left, line)
    }

    fn add_while(&mut self, bytes: &mut Vec<u8>, kind: impl Fn(u8) -> bool) -> Result<(), Fault> {
        let (line, keep, left) = (self.source.line(), self.keep, &mut self.left);
        self.source.take_while(kind, |piece| add(bytes, piece, keep, left, line))
    }
}

fn add(bytes: &mut Vec<u8>, piece: &[u8], keep: bool, left: &mut usize, line: u64) -> Result<(), Fault> {
    if keep {
        *left = left.checked_sub(piece.len()).ok_or_else(|| Fault::line(line, "longer than a record may be"))?;
        bytes.extend_from_slice(piece);
    }
    Ok(())
}

const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

/// Nothing but how it begins tells whose dump it is, and with it what a backslash means.
fn is_mysql(head: &[u8]) -> bool {
    let has = |what: &str| memmem::find(head, what.as_bytes()).is_some();
    let standard = ["NO_BACKSLASH_ESCAPES", "PostgreSQL database dump", "PRAGMA foreign_keys"];
    let mysql = ["MySQL", "MariaDB", "phpMyAdmin", "/*!", "ENGINE=", "`"];
    !standard.into_iter().any(has) && mysql.into_iter().any(has)
}
