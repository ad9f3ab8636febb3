//! Whatever is in a file, the answer is rows or a fault.

use proptest::prelude::*;

use super::{fault, of_table, rows};
use crate::Format::{self, Csv, JsonLines, Sql};
use crate::{RECORD_LIMIT, Rows};

#[test]
fn a_record_that_is_too_long_is_refused() {
    let long = "x".repeat(RECORD_LIMIT + 1);
    assert!(fault(format!("{{\"a\":1}}\n{{\"a\":\"{long}\"}}\n{{\"a\":2}}"), JsonLines).starts_with("line 2: longer"));
    assert!(fault(format!("INSERT INTO users (a) VALUES (1),\n('{long}');"), Sql).starts_with("line 2: longer"));
    assert!(
        fault(format!("INSERT INTO users (a) VALUES (1),\n(2{});", ",1".repeat(RECORD_LIMIT)), Sql).contains("longer")
    );
    assert!(fault(format!("COPY users (a) FROM stdin;\n{long}\n\\.\n"), Sql).starts_with("line 2: longer"));
    assert!(fault(format!("a\n1\n\"{long}{long}\n"), Csv).contains("longer"));
}

#[test]
fn a_statement_of_many_rows_may_be_longer_than_any_record() {
    let tuples = vec!["(1,'somebody with a name')"; 100_000].join(",\n");
    let dump = format!("INSERT INTO users (a,b) VALUES {tuples};");
    assert!(dump.len() > 2 * RECORD_LIMIT);
    assert_eq!(rows(dump, Sql).len(), 100_000);
}

#[test]
fn what_nests_or_grows_is_refused() {
    let nested = format!("INSERT INTO users (a) VALUES ({}", "replace(".repeat(100_000));
    assert!(fault(nested, Sql).starts_with("line 1"));
    let big = "a".repeat(10_000);
    let bomb = format!("INSERT INTO users (a) VALUES (replace('{big}','a','{big}'));");
    assert!(fault(bomb, Sql).contains("no dump writes"));
    assert!(fault(format!("{{\"a\":{}", "[".repeat(100_000)), JsonLines).contains("recursion"));
    assert!(fault(format!("INSERT INTO a{}", ".a".repeat(100_000)), Sql).contains("too many parts"));
}

#[test]
fn a_reader_that_fails_ends_the_rows() {
    struct Failing;
    impl std::io::Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("the disk is gone"))
        }
    }
    for format in [JsonLines, Csv, Sql] {
        let text = std::io::Read::chain(&b"{}\n"[..], Failing);
        let faults = match Rows::from_reader(text, format, None) {
            Ok(rows) => rows.take(10).filter_map(Result::err).map(|fault| fault.to_string()).collect(),
            Err(fault) => vec![fault.to_string()],
        };
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(faults[0].contains("the disk is gone"), "{faults:?}");
    }
}

/// Pieces of which dumps are made, in any order.
fn scraps() -> impl Strategy<Value = String> {
    let pieces = [
        "INSERT INTO ",
        "UPDATE ",
        "DELETE FROM ",
        "ALTER TABLE ",
        "DROP ",
        "users",
        " (a,b)",
        " VALUES ",
        "(1,'x')",
        ",",
        ";",
        "\n",
        "COPY users (a) FROM stdin;\n",
        "\\.\n",
        "\\N\t",
        "CREATE TABLE users (",
        "a int",
        ")",
        "'",
        "\"",
        "`",
        "\\",
        "$$",
        "$a$",
        "/*",
        "*/",
        "--",
        "X'0",
        "0x1",
        "_binary '",
        "replace(",
        "unistr('\\u00",
        "char(",
        "||",
        "::text[]",
        "-",
        "1e",
        "BEGIN",
        "END",
        "COMMIT;",
        "DELIMITER ;;\n",
        "CREATE TRIGGER ",
        "SET NAMES ",
        "NULL",
        "é",
        "\0",
        "{\"a\":",
        "1}",
        "[",
        ".",
        "\r\n",
        "MySQL",
        "#",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_bytes_are_rows_or_faults(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for format in Format::ALL {
            drop(of_table(&bytes, format, None));
        }
    }

    #[test]
    fn any_scraps_are_rows_or_one_fault(text in scraps()) {
        let read = rows(&text, Sql);
        prop_assert!(read.iter().rev().skip(1).all(Result::is_ok));
        for format in [JsonLines, Csv] {
            drop(rows(&text, format));
        }
    }
}
