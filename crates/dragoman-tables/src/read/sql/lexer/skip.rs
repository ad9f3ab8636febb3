//! What is passed over without being kept.

use std::io::Read;

use super::{Lexer, Token};
use crate::Fault;
use crate::read::source::Line;

impl<R: Read> Lexer<R> {
    /// Passes over the rest of a statement; its texts may be of any length and in any encoding.
    pub(in super::super) fn skip_statement(&mut self) -> Result<(), Fault> {
        self.keep = false;
        loop {
            match self.token()? {
                Some(Token::Symbol(b';')) => break,
                Some(_) => {}
                None => return Err(self.cut_off()),
            }
        }
        self.keep = true;
        Ok(())
    }

    /// Passes over the rest of a trigger or a routine, in which there are statements.
    pub(in super::super) fn skip_body(&mut self) -> Result<(), Fault> {
        let mut depth = 0_u32;
        loop {
            self.allow();
            let token = self.token()?.ok_or_else(|| self.cut_off())?;
            match token.keyword().as_str() {
                "BEGIN" | "CASE" => depth += 1,
                "END" => depth = depth.saturating_sub(1),
                ";" if depth == 0 => return Ok(()),
                _ => {}
            }
        }
    }

    /// Passes over the rest of the line.
    pub(in super::super) fn skip_line(&mut self) -> Result<(), Fault> {
        self.peeked = None;
        self.source.take_while(|byte| byte != b'\n', |_| Ok(()))?;
        self.source.next()?;
        Ok(())
    }

    /// Passes over what stands between `DELIMITER ;;` and `DELIMITER ;`: routines and triggers of MySQL.
    pub(in super::super) fn skip_delimited(&mut self) -> Result<(), Fault> {
        let mut line = Vec::new();
        self.source.read_line(&mut line)?;
        while line.trim_ascii() != b";" {
            if matches!(self.source.read_line(&mut line)?, Line::End) {
                return Err(self.cut_off());
            }
            let command = b"DELIMITER";
            let (head, rest) = line.split_at_checked(command.len()).unwrap_or_default();
            line = if head.eq_ignore_ascii_case(command) { rest.to_vec() } else { Vec::new() };
        }
        Ok(())
    }
}
