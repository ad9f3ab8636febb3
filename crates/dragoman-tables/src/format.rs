//! Which kind of file it is.

use std::path::Path;

use crate::Fault;

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line.
    JsonLines,
    /// Comma-separated values (RFC 4180) under a header.
    Csv,
    /// A text of SQL statements, as `mysqldump`, `pg_dump` and `sqlite3 .dump` write it.
    Sql,
    /// An SQLite database.
    Sqlite,
}

/// What statements at the beginning of a dump begin with.
const STATEMENTS: [&str; 14] = [
    "--",
    "/*",
    "\\restrict",
    "BEGIN",
    "COPY ",
    "CREATE ",
    "DROP ",
    "INSERT ",
    "LOCK ",
    "PRAGMA ",
    "REPLACE ",
    "SET ",
    "START ",
    "USE ",
];

/// What is often brought and cannot be read, by how it begins.
const STRANGERS: [(&[u8], &str); 6] = [
    (b"\x1f\x8b", "compressed: unpack it with `gunzip` first"),
    (b"\x28\xb5\x2f\xfd", "compressed: unpack it with `unzstd` first"),
    (b"PK\x03\x04", "an archive: unpack it first, or save a spreadsheet as CSV"),
    (b"PGDMP", "pg_dump's own format: make text of it with `pg_restore -f FILE.sql`"),
    (b"\xff\xfe", "UTF-16: save it as UTF-8"),
    (b"\xfe\xff", "UTF-16: save it as UTF-8"),
];

impl Format {
    /// Every format.
    pub const ALL: [Self; 4] = [Self::JsonLines, Self::Csv, Self::Sql, Self::Sqlite];

    /// Its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::JsonLines => "jsonl",
            Self::Csv => "csv",
            Self::Sql => "sql",
            Self::Sqlite => "sqlite",
        }
    }

    /// The format of this name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// The format of a file that begins like this; where that tells nothing, its name does.
    pub(crate) fn detect(head: &[u8], path: &Path) -> Result<Self, Fault> {
        if let Some((_, what)) = STRANGERS.iter().find(|(magic, _)| head.starts_with(magic)) {
            return Err(Fault::file(format!("this file is {what}")));
        }
        if head.starts_with(b"SQLite format 3\0") {
            return Ok(Self::Sqlite);
        }
        let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
        let begins =
            |with: &&str| text.get(..with.len()).is_some_and(|head| head.eq_ignore_ascii_case(with.as_bytes()));
        match text.first() {
            Some(b'{') => Ok(Self::JsonLines),
            Some(b'[') => Err(Fault::file("this file is one JSON array: write one object a line (`jq -c '.[]'`)")),
            Some(_) if STATEMENTS.iter().any(begins) => Ok(Self::Sql),
            Some(_) | None => Self::of_name(path).ok_or_else(|| {
                Fault::file("neither what is in this file nor its name tells the format: say which it is")
            }),
        }
    }

    fn of_name(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "jsonl" | "ndjson" | "json" => Some(Self::JsonLines),
            "csv" => Some(Self::Csv),
            "sql" | "dump" => Some(Self::Sql),
            "sqlite" | "sqlite3" | "db" => Some(Self::Sqlite),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detect(head: &str, path: &str) -> Result<Format, String> {
        Format::detect(head.as_bytes(), Path::new(path)).map_err(|fault| fault.to_string())
    }

    #[test]
    fn what_is_in_a_file_tells_before_its_name() {
        assert_eq!(detect("\u{feff}{\"id\":1}", "x.csv"), Ok(Format::JsonLines));
        assert_eq!(detect("\n-- MySQL dump 10.13", "x.txt"), Ok(Format::Sql));
        assert_eq!(detect("pragma foreign_keys=OFF;", "x"), Ok(Format::Sql));
        assert_eq!(detect("SQLite format 3\0", "x.sql"), Ok(Format::Sqlite));
        assert_eq!(detect("set,name\n", "x.csv"), Ok(Format::Csv));
        assert_eq!(detect("id,name\n", "x.CSV"), Ok(Format::Csv));
    }

    #[test]
    fn what_cannot_be_read_is_told_apart() {
        assert!(detect("PGDMP", "x.sql").unwrap_err().contains("pg_restore"));
        assert!(detect("[{}]", "x.jsonl").unwrap_err().contains("array"));
        assert!(detect("id,name\n", "x.txt").unwrap_err().contains("say which"));
    }
}
