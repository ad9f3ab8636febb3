//! Names of tables and of columns, and which table is wanted.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;

use super::lexer::{Lexer, Token};
use crate::Fault;

/// So many other tables are remembered: without a name the one with rows is wanted, and its names may stand far before.
const REMEMBERED: usize = 256;

/// A catalogue, a schema, a table.
const DEEPEST: usize = 3;

/// A name and that of its schema or database, if it is given: the last part first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name(Vec<String>);

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.iter().rev().map(String::as_str).collect::<Vec<_>>().join("."))
    }
}

impl Name {
    fn is(&self, wanted: &str) -> bool {
        let mut parts = wanted.rsplit('.');
        let same = self.0.iter().zip(parts.by_ref()).all(|(part, wanted)| part.eq_ignore_ascii_case(wanted));
        // A dump of a single database leaves its name out.
        same && (self.0.len() == 1 || parts.next().is_none())
    }
}

/// Which table is wanted, and what is known of tables.
pub(super) struct Wanted {
    name: Option<String>,
    found: Option<Name>,
    columns: BTreeMap<Name, Arc<[String]>>,
    // Of the last statement: most have the same.
    last: Arc<[String]>,
}

impl Wanted {
    pub(super) fn new(name: Option<&str>) -> Self {
        Self { name: name.map(str::to_owned), found: None, columns: BTreeMap::new(), last: Arc::default() }
    }

    /// Whether rows of this table are wanted; of two tables that could be meant neither is.
    pub(super) fn takes(&mut self, name: &Name) -> Result<bool, String> {
        if self.name.as_deref().is_some_and(|wanted| !name.is(wanted)) {
            self.learn(name.clone(), Arc::default());
            return Ok(false);
        }
        match self.found.get_or_insert_with(|| name.clone()) {
            found if found == name => Ok(true),
            found => Err(format!("rows of {found} and of {name}: say which table is meant")),
        }
    }

    /// Whether rows of this table were read, by whichever part of its name.
    pub(super) fn has_rows_of(&self, name: &Name) -> bool {
        let last = |name: &Name| name.0.first().map(|part| part.to_lowercase());
        self.found.as_ref().is_some_and(|found| last(found) == last(name))
    }

    /// Keeps the names of a table's columns.
    pub(super) fn learn(&mut self, name: Name, columns: Arc<[String]>) {
        let wanted = self.name.as_deref().is_some_and(|wanted| name.is(wanted));
        if wanted || self.columns.len() < REMEMBERED {
            // Others are only remembered by name, to tell of them where the wanted one is missing.
            let keep = if wanted || self.name.is_none() { columns } else { Arc::default() };
            self.columns.entry(name).or_insert(keep);
        }
    }

    /// The columns that `CREATE TABLE` gave this table.
    pub(super) fn columns(&self, name: &Name) -> Option<Arc<[String]>> {
        self.columns.get(name).filter(|columns| !columns.is_empty()).cloned()
    }

    /// These names, in one copy for all statements that have them.
    pub(super) fn shared(&mut self, names: Vec<String>) -> Arc<[String]> {
        if *names != *self.last {
            self.last = names.into();
        }
        Arc::clone(&self.last)
    }

    /// A table without rows is no fault, one that is not there is.
    pub(super) fn was_there(&self) -> Result<(), Fault> {
        let named = |wanted: &str| self.columns.keys().any(|name| name.is(wanted));
        match self.name.as_deref() {
            Some(wanted) if self.found.is_none() && !named(wanted) => {
                let others: Vec<_> = self.columns.keys().take(20).map(Name::to_string).collect();
                let others = if others.is_empty() { "none".to_owned() } else { others.join(", ") };
                Err(Fault::file(format!("there is no table {wanted:?}; there are: {others}")))
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// Reads `users`, `public.users`, `"public"."users"` or `` `db`.`users` ``.
pub(super) fn name<R: Read>(lexer: &mut Lexer<R>) -> Result<Name, Fault> {
    let mut parts = vec![part(lexer)?];
    while lexer.take_symbol(b'.')? {
        if parts.len() == DEEPEST {
            return Err(lexer.fault("a name of too many parts"));
        }
        parts.insert(0, part(lexer)?);
    }
    Ok(Name(parts))
}

fn part<R: Read>(lexer: &mut Lexer<R>) -> Result<String, Fault> {
    match lexer.token()? {
        Some(Token::Word(name) | Token::Name(name)) => Ok(name),
        // SQLite takes a name in quotes of any kind.
        Some(Token::Text(name)) => Ok(name),
        Some(_) => Err(lexer.fault("a name is missing")),
        None => Err(lexer.cut_off()),
    }
}

/// Reads the names of columns up to the closing bracket.
pub(super) fn columns<R: Read>(lexer: &mut Lexer<R>) -> Result<Vec<String>, Fault> {
    let mut names = Vec::new();
    loop {
        names.push(part(lexer)?);
        match lexer.token()? {
            Some(Token::Symbol(b',')) => {}
            Some(Token::Symbol(b')')) => break,
            Some(_) => return Err(lexer.fault("neither a comma nor a bracket behind the name of a column")),
            None => return Err(lexer.cut_off()),
        }
    }
    distinct(&names).map_err(|what| lexer.fault(what))?;
    Ok(names)
}

/// # Errors
/// Names one that is there twice.
pub(super) fn distinct(names: &[String]) -> Result<(), String> {
    let mut known = std::collections::HashSet::new();
    match names.iter().find(|name| !known.insert(name.as_str())) {
        Some(name) => Err(format!("the column {name:?} is there twice")),
        None => Ok(()),
    }
}
