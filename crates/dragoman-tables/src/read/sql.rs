//! Dumps: a text of SQL statements, of which one table's rows are wanted.
//!
//! A parser of whole statements does not fit, because one `INSERT` of a dump holds thousands of rows and a table many
//! megabytes: statements are read token by token, rows one by one, and what concerns other tables is passed over
//! without being kept.

mod change;
mod copy;
mod create;
mod lexer;
mod table;
mod value;

use std::io::Read;
use std::sync::Arc;

use super::source::Source;
use crate::{Fault, Row};
use lexer::{Lexer, Token};
use table::Wanted;

/// The rows of a table in a dump.
pub(super) struct Dump<R> {
    lexer: Lexer<R>,
    wanted: Wanted,
    state: State,
}

enum State {
    /// Before a statement.
    Between,
    /// Before a row of an `INSERT`; without names they are counted by the row.
    Insert(Option<Arc<[String]>>),
    /// Before a line of a `COPY`.
    Copy(Arc<[String]>),
    /// At the end, or behind a fault.
    Over,
}

impl<R: Read> Dump<R> {
    pub(super) fn new(source: Source<R>, table: Option<&str>) -> Result<Self, Fault> {
        Ok(Self { lexer: Lexer::new(source)?, wanted: Wanted::new(table), state: State::Between })
    }

    pub(super) fn next(&mut self) -> Option<Result<Row, Fault>> {
        let row = self.advance().transpose();
        if !matches!(row, Some(Ok(_))) {
            self.state = State::Over;
        }
        row
    }

    fn advance(&mut self) -> Result<Option<Row>, Fault> {
        loop {
            let row = match &self.state {
                State::Over => return Ok(None),
                State::Insert(columns) => {
                    let columns = columns.clone();
                    return self.tuple(columns).map(Some);
                }
                State::Copy(columns) => copy::row(&mut self.lexer, &Arc::clone(columns))?,
                State::Between => {
                    if !self.statement()? {
                        self.end()?;
                        return Ok(None);
                    }
                    continue;
                }
            };
            match row {
                Some(row) => return Ok(Some(row)),
                None => self.state = State::Between,
            }
        }
    }

    /// Reads what a statement begins with: up to its first row, if it holds rows that are wanted, else the whole of it.
    fn statement(&mut self) -> Result<bool, Fault> {
        self.lexer.allow();
        let Some(first) = self.lexer.token()? else { return Ok(false) };
        match first.keyword().as_str() {
            "INSERT" | "REPLACE" => self.insert()?,
            "COPY" => self.copy()?,
            change @ ("ALTER" | "DELETE" | "DROP" | "TRUNCATE" | "UPDATE") => {
                change::read(&mut self.lexer, &self.wanted, change)?;
            }
            "CREATE" => create::read(&mut self.lexer, &mut self.wanted)?,
            "SET" => self.lexer.set()?,
            "BEGIN" => self.lexer.transaction(true)?,
            "COMMIT" => self.lexer.transaction(false)?,
            "ROLLBACK" => return Err(self.lexer.fault("the dump was given up here (`ROLLBACK`)")),
            "DELIMITER" => self.lexer.skip_delimited()?,
            "\\" => self.lexer.skip_line()?,
            ";" => {}
            _ => self.lexer.skip_statement()?,
        }
        Ok(true)
    }

    fn end(&self) -> Result<(), Fault> {
        self.lexer.is_whole()?;
        self.wanted.was_there()
    }

    fn insert(&mut self) -> Result<(), Fault> {
        while !matches!(self.lexer.peek_keyword()?.as_str(), "INTO" | ";" | "") {
            self.lexer.token()?;
        }
        self.lexer.token()?;
        let name = table::name(&mut self.lexer)?;
        if !self.wanted.takes(&name).map_err(|what| self.lexer.fault(what))? {
            return self.lexer.skip_statement();
        }
        let columns = match self.lexer.take_symbol(b'(')? {
            true => Some(self.wanted.shared(table::columns(&mut self.lexer)?)),
            false => self.wanted.columns(&name),
        };
        if self.lexer.peek_keyword()? == "OVERRIDING" {
            // And SYSTEM VALUE behind it.
            for _ in 0..3 {
                self.lexer.token()?;
            }
        }
        if !matches!(self.lexer.peek_keyword()?.as_str(), "VALUES" | "VALUE") {
            return Err(self.lexer.fault("an INSERT without VALUES"));
        }
        self.lexer.token()?;
        self.state = State::Insert(columns);
        Ok(())
    }

    /// Reads a row in brackets and what follows it: a comma before the next, or the end of the statement.
    fn tuple(&mut self, columns: Option<Arc<[String]>>) -> Result<Row, Fault> {
        self.lexer.allow();
        self.lexer.expect(b'(', "a row of values")?;
        let cells = value::list(&mut self.lexer)?;
        let columns = columns.ok_or_else(|| {
            self.lexer.fault("an INSERT without names of columns, and no CREATE TABLE before it: dump both")
        })?;
        if columns.len() != cells.len() {
            return Err(self.lexer.fault(format!("{} values for {} columns", cells.len(), columns.len())));
        }
        match self.lexer.token()? {
            Some(Token::Symbol(b',')) => {}
            Some(Token::Symbol(b';')) => self.state = State::Between,
            // Such as ON CONFLICT DO NOTHING.
            Some(Token::Word(_)) => {
                self.lexer.skip_statement()?;
                self.state = State::Between;
            }
            Some(_) => return Err(self.lexer.fault("neither a comma nor a semicolon behind a row")),
            None => return Err(self.lexer.cut_off()),
        }
        Ok(Row::new(columns, cells))
    }

    fn copy(&mut self) -> Result<(), Fault> {
        let name = table::name(&mut self.lexer)?;
        let columns = match self.lexer.take_symbol(b'(')? {
            true => Some(table::columns(&mut self.lexer)?),
            false => None,
        };
        copy::begin(&mut self.lexer)?;
        if !self.wanted.takes(&name).map_err(|what| self.lexer.fault(what))? {
            return copy::skip(&mut self.lexer);
        }
        let columns = match columns {
            Some(names) => Some(self.wanted.shared(names)),
            None => self.wanted.columns(&name),
        };
        let columns = columns.ok_or_else(|| {
            self.lexer.fault("a COPY without names of columns, and no CREATE TABLE before it: dump both")
        })?;
        self.state = State::Copy(columns);
        Ok(())
    }
}
