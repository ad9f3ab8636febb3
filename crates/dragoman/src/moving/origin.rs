//! Whose table a file has.

use dragoman_core::OriginTable;

use crate::dialects::{self, Dialect};

/// The dialect whose original's columns these are, where they fit it clearly better than this one's.
///
/// Users in JSON Lines have keys of their own, of which some are columns of originals, too: of those it is said only where
/// every column of the original is there.
#[must_use]
pub fn better_origin(dialect: &Dialect, columns: &[String], of_lines: bool) -> Option<&'static Dialect> {
    let own = matched(&dialect.origin, columns);
    let fits = |other: &&Dialect| {
        let (found, all) = (matched(&other.origin, columns), other.origin.columns.len());
        let whole = found == all && found > own;
        // A column more or less makes it no other table.
        let nearly = !of_lines && found * 5 >= all * 4 && found >= own + 2;
        other.name != dialect.name && (whole || nearly)
    };
    dialects::ALL.iter().filter(fits).max_by_key(|other| matched(&other.origin, columns))
}

fn matched(origin: &OriginTable, columns: &[String]) -> usize {
    let is_there = |name: &str| columns.iter().any(|column| column.eq_ignore_ascii_case(name));
    origin.columns.iter().filter(|column| is_there(column.name)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_each_original_is_its_own_and_nobody_elses() {
        for table in dialects::ALL {
            let columns: Vec<String> = table.origin.columns.iter().map(|column| column.name.to_owned()).collect();
            for dialect in dialects::ALL {
                let better = better_origin(dialect, &columns, false).map(|other| other.name);
                let expected = (dialect.name != table.name).then_some(table.name);
                assert_eq!(better, expected, "{}'s table as {}'s", table.name, dialect.name);
            }
        }
    }

    #[test]
    fn users_in_lines_are_nobodys_table() {
        let keys = ["id", "uuid", "username", "email", "name", "password", "roles", "enabled", "created", "updated"];
        let keys = keys.map(str::to_owned);
        for dialect in dialects::ALL {
            assert!(better_origin(dialect, &keys, true).is_none(), "{}", dialect.name);
        }
    }
}
