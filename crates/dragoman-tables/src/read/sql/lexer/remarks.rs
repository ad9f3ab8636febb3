//! What comments and settings of a dump tell: its encoding, and whether it is whole.

use std::io::Read;

use super::{Lexer, Token};
use crate::Fault;

/// So much of a comment is looked at.
const LOOKED_AT: usize = 96;

/// Names of UTF-8, and of what says nothing about the encoding.
const CHARSETS: [&str; 9] =
    ["utf8", "utf-8", "utf8mb3", "utf8mb4", "unicode", "sql_ascii", "binary", "default", "@old_character_set_client"];

/// What a dump has begun and not ended.
#[derive(Default)]
pub(super) struct Remarks {
    transaction: bool,
    dump: bool,
}

impl<R: Read> Lexer<R> {
    /// Looks at a comment up to the end of its line.
    pub(super) fn line_comment(&mut self) -> Result<(), Fault> {
        let mut text = Vec::new();
        self.source.take_while(
            |byte| byte != b'\n',
            |piece| {
                let more = LOOKED_AT.saturating_sub(text.len()).min(piece.len());
                text.extend_from_slice(piece.get(..more).unwrap_or_default());
                Ok(())
            },
        )?;
        let text = text.trim_ascii();
        let is = |begin: &str| text.starts_with(begin.as_bytes());
        if is("MySQL dump") || is("MariaDB dump") || text == b"PostgreSQL database dump" {
            self.remarks.dump = true;
        } else if is("Dump completed") || is("PostgreSQL database dump complete") {
            self.remarks.dump = false;
        }
        Ok(())
    }

    /// Looks at a comment up to its end; PostgreSQL nests them. What MySQL runs of them matters to nobody but for the
    /// encoding.
    pub(super) fn block_comment(&mut self) -> Result<(), Fault> {
        let line = self.source.line();
        let mut text = Vec::new();
        let mut depth = 1_u32;
        while depth > 0 {
            match self.source.next()? {
                Some(b'*') if self.source.eat(b'/')? => depth -= 1,
                Some(b'/') if !self.mysql && self.source.eat(b'*')? => depth += 1,
                Some(byte) if text.len() < LOOKED_AT => text.push(byte),
                Some(_) => {}
                None => return Err(Fault::line(line, "the file ends in the middle of a comment that begins here")),
            }
        }
        let text = String::from_utf8_lossy(&text).to_ascii_lowercase();
        match text.split_once("set names ") {
            Some((_, charset)) if text.starts_with('!') => self.check_charset(charset.trim()),
            Some(_) | None => Ok(()),
        }
    }

    /// # Errors
    /// The text is in another encoding than UTF-8.
    pub(in super::super) fn check_charset(&self, charset: &str) -> Result<(), Fault> {
        let named = charset.trim_matches(['\'', '"', ';']);
        let first = named.split([' ', '\'', ';']).next().unwrap_or_default();
        match CHARSETS.iter().any(|known| first.eq_ignore_ascii_case(known)) {
            true => Ok(()),
            false => Err(self.fault(format!("the dump is in {first:?}: make one in UTF-8"))),
        }
    }

    /// `SET NAMES 'utf8mb4'`, `SET client_encoding = 'UTF8'`, and whatever else.
    pub(in super::super) fn set(&mut self) -> Result<(), Fault> {
        if !matches!(self.peek_keyword()?.as_str(), "NAMES" | "CLIENT_ENCODING") {
            return self.skip_statement();
        }
        self.token()?;
        self.take_symbol(b'=')?;
        if let Some(Token::Word(charset) | Token::Text(charset)) = self.token()? {
            self.check_charset(&charset)?;
        }
        self.skip_statement()
    }

    /// `BEGIN` and `COMMIT`, with what belongs to them.
    pub(in super::super) fn transaction(&mut self, open: bool) -> Result<(), Fault> {
        self.remarks.transaction = open;
        self.skip_statement()
    }

    /// # Errors
    /// The dump has an end that it tells of, and this is not it.
    pub(in super::super) fn is_whole(&self) -> Result<(), Fault> {
        let Remarks { transaction, dump } = self.remarks;
        match transaction || dump {
            true => Err(self.fault("the file is cut off: it has not the end that its beginning promises")),
            false => Ok(()),
        }
    }
}
