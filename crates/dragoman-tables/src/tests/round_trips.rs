//! What is written reads as it was, and a file in our style comes out byte for byte.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::rows;
use crate::Format::{Csv, JsonLines, Sql};
use crate::{Cell, Format, Row, Writer};

fn write(rows: &[Row], format: Format) -> String {
    let mut writer = Writer::new(Vec::new(), format, "users").unwrap();
    for row in rows {
        writer.row(row).unwrap();
    }
    String::from_utf8(writer.finish().unwrap()).unwrap()
}

fn again(text: &str, format: Format) -> String {
    let rows: Vec<_> = rows(text, format).into_iter().map(Result::unwrap).collect();
    write(&rows, format)
}

#[test]
fn files_in_our_style_come_out_byte_for_byte() {
    let lines = "{\"id\":26,\"name\":\"é \\\"x\\\"\",\"addresses\":{\"akash\":\"a\"},\"b\":{\"$bytes\":\"AP8=\"},\"r\":1.5,\"n\":null}\n{\"a\":[]}\n";
    assert_eq!(again(lines, JsonLines), lines);
    let csv = "username,password,note\nann,$2y$10$abc,\"a, \"\"b\"\"\nc\"\n,,\n";
    assert_eq!(again(csv, Csv), csv);
    let sql = "/*!40101 SET SESSION sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES' */;\nBEGIN;\n\
        INSERT INTO \"users\" (\"id\",\"a \"\"name\"\"\",\"b\") VALUES (1,'O''Neil \\ \n',X'00ff');\n\
        INSERT INTO \"users\" (\"id\",\"a \"\"name\"\"\",\"b\") VALUES (-1.5,NULL,true);\nCOMMIT;\n";
    assert_eq!(again(sql, Sql), sql);
}

#[test]
fn csv_of_nobody_can_have_a_header() {
    let mut writer = Writer::new(Vec::new(), Csv, "users").unwrap();
    writer.header(&["id".to_owned(), "name".to_owned()].into()).unwrap();
    assert_eq!(writer.finish().unwrap(), b"id,name\n");
}

#[test]
fn what_has_no_spelling_is_refused() {
    let row = |name: &str| Row::new([name.to_owned()].into(), vec![Cell::Text("a\0".to_owned())]);
    assert!(Writer::new(Vec::new(), Sql, "users").unwrap().row(&row("a")).is_err());
    let mut csv = Writer::new(Vec::new(), Csv, "users").unwrap();
    csv.row(&row("a")).unwrap();
    assert!(csv.row(&row("b")).is_err());
}

fn cell() -> impl Strategy<Value = Cell> {
    prop_oneof![
        Just(Cell::Null),
        any::<bool>().prop_map(Cell::Boolean),
        any::<i64>().prop_map(Cell::Integer),
        prop::num::f64::NORMAL.prop_map(Cell::Real),
        "[^\0]{0,12}".prop_map(Cell::Text),
        prop::collection::vec(any::<u8>(), 0..8).prop_map(Cell::Bytes),
        "[a-z]{0,4}".prop_map(|text| Cell::Json(json!([text, {"x": 1}]))),
    ]
}

fn a_row() -> impl Strategy<Value = Row> {
    prop::collection::btree_map("[^\0\u{feff}]{1,6}", cell(), 1..5).prop_map(|cells| {
        let (columns, cells): (Vec<_>, Vec<_>) = cells.into_iter().unzip();
        Row::new(Arc::from(columns), cells)
    })
}

proptest! {
    #[test]
    fn a_row_and_its_json_object_are_the_same(row in a_row()) {
        let object: Map<String, Value> = row.clone().into();
        let text = serde_json::to_string(&object).unwrap();
        prop_assert_eq!(Row::from(serde_json::from_str::<Map<_, _>>(&text).unwrap()), row);
    }

    #[test]
    fn json_lines_read_as_they_were_written(written in prop::collection::vec(a_row(), 1..4)) {
        let read: Vec<_> = rows(write(&written, JsonLines), JsonLines).into_iter().map(Result::unwrap).collect();
        prop_assert_eq!(read, written);
    }

    #[test]
    fn sql_and_csv_read_back_to_the_same_bytes(row in a_row()) {
        for format in [Sql, Csv] {
            let text = write(std::slice::from_ref(&row), format);
            prop_assert_eq!(again(&text, format), text);
        }
    }
}
