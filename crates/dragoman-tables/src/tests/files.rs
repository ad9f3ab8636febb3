//! JSON Lines, CSV, and files on a disk.

use std::fs;

use serde_json::json;

use super::{fault, read, rows};
use crate::Format::{Csv, JsonLines};
use crate::{Cell, Format, Place, Rows};

#[test]
fn json_lines_keep_what_is_nested_and_the_order_of_keys() {
    let text = "\u{feff}{\"b\":1,\"a\":{\"x\":[1,null]}}\r\n\n{\"n\":18446744073709551615,\"r\":1.5,\"t\":true}";
    assert_eq!(
        read(text, JsonLines),
        [json!({"b": 1, "a": {"x": [1, null]}}), json!({"n": 18_446_744_073_709_551_615_u64, "r": 1.5, "t": true})]
    );
    let columns: Vec<_> = rows(text, JsonLines)[0].as_ref().unwrap().columns().to_vec();
    assert_eq!(columns, ["b", "a"]);
}

#[test]
fn a_line_that_is_wrong_is_named_and_the_others_follow() {
    let read = rows("{\"a\":1}\n\n{\"a\":}\n[1]\n{\"a\":1,\"a\":2}\n{\"a\":2}\n{\"a", JsonLines);
    let lines: Vec<_> = read.iter().map(|row| row.as_ref().map_err(|fault| fault.place).err()).collect();
    let line = |line| Some(Place::Line(line));
    assert_eq!(lines, [None, line(3), line(4), line(5), None, line(7)]);
    assert_eq!(read[1].as_ref().unwrap_err().to_string(), "line 3: expected value (column 6)");
    assert!(read[3].as_ref().unwrap_err().to_string().contains("\"a\" is there twice"));
    let read = rows("a,b\n1,2\n3\n\"x\ny\",5\n", Csv);
    assert_eq!(read[1].as_ref().unwrap_err().to_string(), "line 3: 1 fields under a header of 2");
    assert_eq!(read[2].as_ref().unwrap().get("a"), Some(&Cell::Text("x\ny".to_owned())));
}

#[test]
fn csv_is_read_under_its_header() {
    let text = "\u{feff}username,password\r\nann,\"a \"\"b\"\", c\"\r\n,x\r\n";
    assert_eq!(
        read(text, Csv),
        [json!({"username": "ann", "password": "a \"b\", c"}), json!({"username": "", "password": "x"})]
    );
    assert!(fault("", Csv).contains("header"));
    assert!(fault("a,a\n", Csv).contains("twice"));
    assert!(fault("a,b\n1,\"2\n3", Csv).starts_with("line 2: the file ends within quotation marks"));
    assert!(fault(b"a\n\xe9\n", Csv).starts_with("line 2: not UTF-8"));
}

#[test]
fn a_database_of_sqlite_is_read_directly() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("old.bin");
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection
        .execute_batch(
            "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, secret BLOB, score REAL); CREATE TABLE x (y);
             INSERT INTO users VALUES (1, 'é', X'00ff', 1.5), (7, NULL, NULL, 2)",
        )
        .unwrap();
    let mut users = Rows::open(&path, None, Some("users")).unwrap();
    assert_eq!(users.format(), Format::Sqlite);
    let objects: Vec<serde_json::Map<_, _>> = users.by_ref().map(|row| row.unwrap().into()).collect();
    assert_eq!(
        serde_json::to_value(objects).unwrap(),
        json!([
            {"id": 1, "name": "é", "secret": {"$bytes": "AP8="}, "score": 1.5},
            {"id": 7, "name": null, "secret": null, "score": 2.0}
        ])
    );
    assert_eq!(users.progress().position(), users.progress().total());
    let complaint = |table| Rows::open(&path, None, table).err().unwrap().to_string();
    assert!(complaint(Some("people")).contains("there are: users, x"));
    assert!(complaint(None).contains("say which"));
    fs::write(&path, b"SQLite format 3\0 and nothing else").unwrap();
    assert!(complaint(None).contains("not a database"));
}

#[test]
fn a_database_of_sqlite_that_is_cut_off_is_refused_wherever_it_is_cut() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("old.db");
    let connection = rusqlite::Connection::open(&path).unwrap();
    let rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
        INSERT INTO users SELECT i, hex(randomblob(50)) FROM n;";
    connection.execute_batch(&format!("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT); {rows}")).unwrap();
    drop(connection);
    let whole = fs::read(&path).unwrap();
    assert_eq!(Rows::open(&path, None, None).unwrap().filter(Result::is_ok).count(), 500);
    for cut in [1, 1000, 4096, 5000] {
        fs::write(&path, &whole[..whole.len() - cut]).unwrap();
        let told = Rows::open(&path, None, None).err().unwrap().to_string();
        assert!(told.contains("cut off"), "{cut}: {told}");
    }
}

#[test]
fn progress_counts_the_bytes_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users");
    fs::write(&path, "{\"a\":1}\n".repeat(100_000)).unwrap();
    let mut rows = Rows::open(&path, None, None).unwrap();
    let progress = rows.progress();
    assert!(rows.next().unwrap().is_ok() && progress.position() < progress.total());
    assert_eq!(rows.count(), 99_999);
    assert_eq!((progress.position(), progress.total()), (800_000, 800_000));
}
