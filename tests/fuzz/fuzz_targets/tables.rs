//! Any bytes are rows or faults in every format; rows are the same as JSON, and come back from what is written of them.
#![no_main]

use dragoman_tables::{Format, Row, Rows, Writer};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};

fn read(text: &[u8], format: Format) -> Vec<Row> {
    let Ok(rows) = Rows::from_reader(text, format, Some("users")) else { return Vec::new() };
    rows.filter_map(Result::ok).collect()
}

fn write(rows: &[Row], format: Format) -> Option<Vec<u8>> {
    let mut writer = Writer::new(Vec::new(), format, "users").ok()?;
    // SQL has no spelling for NUL, and CSV none for rows of other columns.
    rows.iter().try_for_each(|row| writer.row(row)).ok()?;
    writer.finish().ok()
}

fuzz_target!(|input: &[u8]| {
    for format in [Format::JsonLines, Format::Csv, Format::Sql] {
        let rows = read(input, format);
        for row in &rows {
            let object = Map::<String, Value>::from(row.clone());
            let text = serde_json::to_string(&object).unwrap();
            assert_eq!(Row::from(serde_json::from_str::<Map<_, _>>(&text).unwrap()), *row);
        }
        if let Some(written) = write(&rows, Format::JsonLines) {
            assert_eq!(read(&written, Format::JsonLines), rows);
        }
        if let Some(written) = write(&rows, Format::Sql) {
            let again = read(&written, Format::Sql);
            assert_eq!(write(&again, Format::Sql), Some(written));
        }
    }
});
