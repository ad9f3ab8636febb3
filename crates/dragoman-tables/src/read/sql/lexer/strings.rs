//! Texts, names and bytes in quotes.

use std::io::Read;

use super::{Lexer, Token};
use crate::Fault;

impl<R: Read> Lexer<R> {
    /// A text behind its opening quote; a quote in it is doubled.
    pub(super) fn string(&mut self, backslash: bool) -> Result<String, Fault> {
        let line = self.source.line();
        String::from_utf8(self.bytes(backslash)?).map_err(|_| Fault::line(line, "not UTF-8"))
    }

    /// The same, of any bytes.
    fn bytes(&mut self, backslash: bool) -> Result<Vec<u8>, Fault> {
        let line = self.source.line();
        let mut bytes = Vec::new();
        loop {
            self.add_while(&mut bytes, |byte| byte != b'\'' && !(backslash && byte == b'\\'))?;
            match self.source.next()? {
                Some(b'\\') => self.escape(&mut bytes)?,
                Some(_) if self.source.eat(b'\'')? => self.add(&mut bytes, b"'")?,
                Some(_) => return Ok(bytes),
                None => return Err(Fault::line(line, "the file ends in the middle of a text that begins here")),
            }
        }
    }

    /// What MySQL writes behind a backslash; PostgreSQL's `E''` shares it, but for numbers, which `pg_dump` does not write.
    fn escape(&mut self, bytes: &mut Vec<u8>) -> Result<(), Fault> {
        match self.source.next()? {
            Some(b'0') => self.add(bytes, b"\0"),
            Some(b'b') => self.add(bytes, b"\x08"),
            Some(b'n') => self.add(bytes, b"\n"),
            Some(b'r') => self.add(bytes, b"\r"),
            Some(b't') => self.add(bytes, b"\t"),
            Some(b'Z') => self.add(bytes, b"\x1a"),
            // Escapes of patterns, which a text keeps.
            Some(wildcard @ (b'%' | b'_')) => self.add(bytes, &[b'\\', wildcard]),
            Some(b'x' | b'u' | b'U' | b'1'..=b'7') if !self.mysql && self.keep => {
                Err(self.fault("an escape by number"))
            }
            Some(byte) => self.add(bytes, &[byte]),
            None => Err(self.cut_off()),
        }
    }

    /// A name behind its opening quote; the closing one in it is doubled.
    pub(super) fn quoted(&mut self, end: u8) -> Result<String, Fault> {
        let line = self.source.line();
        let mut bytes = Vec::new();
        loop {
            self.add_while(&mut bytes, |byte| byte != end)?;
            match self.source.next()? {
                Some(_) if self.source.eat(end)? => self.add(&mut bytes, &[end])?,
                Some(_) => break,
                None => return Err(Fault::line(line, "the file ends in the middle of a name that begins here")),
            }
        }
        String::from_utf8(bytes).map_err(|_| Fault::line(line, "not UTF-8"))
    }

    /// A text behind a letter that says what escapes it has.
    pub(super) fn prefixed(&mut self, backslash: bool) -> Result<Token, Fault> {
        self.source.next()?;
        Ok(Token::Text(self.string(backslash)?))
    }

    /// MySQL's `_binary '…'`, behind the word.
    pub(super) fn binary(&mut self) -> Result<Token, Fault> {
        self.source.take_while(|byte| byte == b' ', |_| Ok(()))?;
        match self.source.eat(b'\'')? {
            true => Ok(Token::Bytes(self.bytes(self.mysql)?)),
            false => Ok(Token::Word("_binary".to_owned())),
        }
    }

    /// `'00ff'` behind an X.
    pub(super) fn hex_string(&mut self) -> Result<Token, Fault> {
        self.source.next()?;
        let digits = self.string(false)?;
        let bytes = hex(&digits).ok_or_else(|| self.fault("bytes that are not in hexadecimal"))?;
        Ok(Token::Bytes(bytes))
    }

    /// PostgreSQL's `$$ … $$` and `$tag$ … $tag$`, behind the first dollar.
    pub(super) fn dollar(&mut self) -> Result<Token, Fault> {
        let tag = self.tag()?;
        if !self.source.eat(b'$')? {
            return Ok(Token::Symbol(b'$'));
        }
        let line = self.source.line();
        loop {
            self.source.take_while(|byte| byte != b'$', |_| Ok(()))?;
            if self.source.next()?.is_none() {
                return Err(Fault::line(line, "the file ends in the middle of a text that begins here"));
            }
            if self.tag()? == tag && self.source.eat(b'$')? {
                // Bodies of functions, which nobody wants.
                return Ok(Token::Text(String::new()));
            }
        }
    }

    fn tag(&mut self) -> Result<Vec<u8>, Fault> {
        const LONGEST: usize = 64;
        let mut tag = Vec::new();
        let kind = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        self.source.take_while(kind, |piece| {
            tag.extend_from_slice(piece.get(..LONGEST.saturating_sub(tag.len()).min(piece.len())).unwrap_or_default());
            Ok(())
        })?;
        Ok(tag)
    }
}

/// Bytes by pairs of digits.
pub(in super::super) fn hex(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map(|pair| match pair {
            [high, low] => {
                let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
                Some(digit(*high)? * 16 + digit(*low)?)
            }
            _ => None,
        })
        .collect()
}
