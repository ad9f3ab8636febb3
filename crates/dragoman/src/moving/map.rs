//! What the columns of a file mean.

use anyhow::{Context as _, Result, ensure};
use dragoman_core::{Column, Fact, Spelling};
use dragoman_tables::{Cell, Format, Row};

use crate::dialects::Dialect;

/// The keys of a user in JSON Lines (`interface.md`); its facts stand under the name of its dialect.
const LINE: [(&str, Fact, Spelling); 12] = [
    ("id", Fact::Number, Spelling::Integer),
    ("uuid", Fact::Uuid, Spelling::Text),
    ("username", Fact::Username, Spelling::Text),
    ("email", Fact::Email, Spelling::Text),
    ("name", Fact::Name, Spelling::Text),
    ("password", Fact::Password, Spelling::Text),
    ("password_hash", Fact::PasswordHash, Spelling::Text),
    ("roles", Fact::Roles, Spelling::Json),
    ("enabled", Fact::Enabled, Spelling::Json),
    ("created", Fact::Created, Spelling::Word),
    ("updated", Fact::Updated, Spelling::Word),
    ("addresses", Fact::Addresses, Spelling::Json),
];

/// What the columns of a file tell about a user.
#[derive(Debug, Clone)]
pub struct ColumnMap {
    pub(super) columns: Vec<Meaning>,
    // A key of a user that nobody knows is a slip; a column of a table is kept.
    pub(super) strict: bool,
}

/// What a column tells, and how it spells that where no record shows it.
#[derive(Debug, Clone)]
pub(super) struct Meaning {
    pub(super) name: String,
    pub(super) fact: Fact,
    pub(super) spelling: Spelling,
    pub(super) absent: Option<&'static str>,
}

impl Meaning {
    fn given((name, fact): &(String, Fact)) -> Self {
        Self { name: name.clone(), fact: fact.clone(), spelling: Spelling::Text, absent: None }
    }

    fn column(name: &str, column: &Column) -> Self {
        let Column { fact, spelling, absent, .. } = column.clone();
        Self { name: name.to_owned(), fact, spelling, absent }
    }
}

impl ColumnMap {
    /// What these columns of a file mean: first what was given by `--map`, then what the dialect's original called them.
    ///
    /// JSON Lines are in the form of `interface.md`, unless each has every column of the original's table: then they
    /// are its rows, and a `password` in them is a hash.
    ///
    /// # Errors
    /// A column that was given and is not there, one fact told by two columns, or none that tells who it is.
    pub fn of(dialect: &Dialect, format: Format, columns: &[String], given: &[(String, Fact)]) -> Result<Self> {
        for (name, _) in given {
            ensure!(columns.contains(name), "there is no column `{name}`; there are: {}", columns.join(", "));
        }
        let original = dialect.origin.columns;
        let whole = original.iter().all(|column| columns.iter().any(|name| name == column.name));
        let map = match format {
            Format::JsonLines if !whole => Self::line(dialect, given),
            Format::JsonLines | Format::Csv | Format::Sql | Format::Sqlite => Self::table(dialect, columns, given),
        };
        map.check()?;
        Ok(map)
    }

    /// What the columns of a record mean that was kept, whatever file it came in.
    ///
    /// # Errors
    /// As [`ColumnMap::of`]. A column that was given may be absent: there may be records of several files.
    pub fn of_record(dialect: &Dialect, record: &Row, given: &[(String, Fact)]) -> Result<Self> {
        let is_key = |name: &str| name == dialect.name || LINE.iter().any(|(key, ..)| *key == name);
        // In a line a password is one in the clear, which no record keeps.
        let is_kept = |name: &str, cell: &Cell| name != "password" || *cell == Cell::Null;
        let is_line = record.iter().all(|(name, cell)| is_key(name) && is_kept(name, cell));
        let given: Vec<_> = given.iter().filter(|(name, _)| record.columns().contains(name)).cloned().collect();
        let format = if is_line { Format::JsonLines } else { Format::Csv };
        Self::of(dialect, format, record.columns(), &given)
    }

    /// Whether it is that of users in JSON Lines.
    #[must_use]
    pub const fn is_of_lines(&self) -> bool {
        self.strict
    }

    /// Whether a column tells this fact.
    #[must_use]
    pub fn tells(&self, fact: &Fact) -> bool {
        self.columns.iter().any(|meaning| meaning.fact == *fact)
    }

    /// The columns of the dialect's original, as an export of users has them of whom there is no record.
    #[must_use]
    pub fn of_origin(dialect: &Dialect) -> Self {
        let columns = dialect.origin.columns.iter().map(|column| Meaning::column(column.name, column));
        Self { columns: columns.collect(), strict: false }
    }

    fn line(dialect: &Dialect, given: &[(String, Fact)]) -> Self {
        let facts = (dialect.name, Fact::Facts, Spelling::Json);
        let known = LINE.into_iter().chain([facts]).filter(|(name, ..)| given.iter().all(|(other, _)| other != name));
        let known = known.map(|(name, fact, spelling)| Meaning { name: name.to_owned(), fact, spelling, absent: None });
        Self { columns: known.chain(given.iter().map(Meaning::given)).collect(), strict: true }
    }

    fn table(dialect: &Dialect, columns: &[String], given: &[(String, Fact)]) -> Self {
        let mut map = Self { columns: given.iter().map(Meaning::given).collect(), strict: false };
        for column in dialect.origin.columns {
            map.learn(columns, column.name, |name| Meaning::column(name, column));
        }
        for (other, fact) in dialect.origin.also {
            map.learn(columns, other, |name| Meaning::given(&(name.to_owned(), fact.clone())));
        }
        map
    }

    /// Takes in what a column means, where it is there and nothing is known of it, nor of the fact that it tells.
    fn learn(&mut self, columns: &[String], name: &str, meaning: impl Fn(&str) -> Meaning) {
        let Some(there) = columns.iter().find(|there| there.eq_ignore_ascii_case(name)) else { return };
        let meaning = meaning(there);
        let taken =
            |known: &Meaning| known.name == *there || (known.fact == meaning.fact && meaning.fact != Fact::Kept);
        if !self.columns.iter().any(taken) {
            self.columns.push(meaning);
        }
    }

    fn check(&self) -> Result<()> {
        for (at, Meaning { name, fact, .. }) in self.columns.iter().enumerate() {
            let same = |other: &&Meaning| other.fact == *fact && *fact != Fact::Kept;
            if let Some(other) = self.columns.iter().take(at).find(same) {
                anyhow::bail!("`{}` and `{name}` tell the same about a user", other.name);
            }
        }
        let tells = |fact: &Fact| matches!(fact, Fact::Number | Fact::Uuid | Fact::Username | Fact::Email);
        let some = self.columns.iter().find(|meaning| tells(&meaning.fact));
        some.map(drop).context("no column is known that tells who a user is: say by --map what they mean")
    }

    /// What this column means, if anything.
    pub(super) fn meaning(&self, column: &str) -> Option<&Meaning> {
        self.columns.iter().find(|meaning| meaning.name == column)
    }

    /// A record of nobody yet, with the columns of this map.
    #[must_use]
    pub fn blank(&self) -> Row {
        let cell = |meaning: &Meaning| match (meaning.absent, meaning.spelling) {
            (None, _) => Cell::Null,
            (Some(absent), Spelling::Integer) => absent.parse().map_or(Cell::Null, Cell::Integer),
            (Some(absent), _) => Cell::Text(absent.to_owned()),
        };
        let columns = self.columns.iter().map(|meaning| meaning.name.clone()).collect();
        Row::new(columns, self.columns.iter().map(cell).collect())
    }
}
