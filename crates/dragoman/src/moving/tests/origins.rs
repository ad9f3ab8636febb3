//! The databases of the five old servers, as they are.

use std::path::{Path, PathBuf};

use dragoman_core::hashes::StoredHash;
use dragoman_core::{Arrival, Role};
use dragoman_tables::{Format, Row, Rows, Writer};
use secrecy::ExposeSecret as _;
use serde_json::Value;

use super::super::{Arrived, ColumnMap};
use crate::dialects::Dialect;

const FILES: [(&str, &str, Format); 5] = [
    ("onyx", "onyx.sqlite.sql", Format::Sql),
    ("vitja", "vitja.mysqldump.sql", Format::Sql),
    ("amadis", "amadis.mysqldump.sql", Format::Sql),
    ("jwt", "jwt.pg_dump.sql", Format::Sql),
    ("basic", "basic.csv", Format::Csv),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/moving")
}

fn rows(dialect: &Dialect, file: &str) -> (Format, Vec<Row>) {
    let rows = Rows::open(&folder().join("origins").join(file), None, Some(dialect.origin.name)).unwrap();
    (rows.format(), rows.map(Result::unwrap).collect())
}

fn arrivals(name: &str, file: &str) -> Vec<Arrived> {
    let dialect = Dialect::by_name(name).unwrap();
    let (format, rows) = rows(dialect, file);
    let map = ColumnMap::of(dialect, format, rows[0].columns(), &[]).unwrap();
    rows.into_iter().map(|row| map.arrive(row).unwrap()).collect()
}

/// What `people.json` says of them.
fn people(origin: &str) -> Vec<Value> {
    let people: Value = serde_json::from_slice(&std::fs::read(folder().join("people.json")).unwrap()).unwrap();
    people[origin].as_array().unwrap().clone()
}

fn is(arrival: &Arrival, person: &Value) {
    let text =
        |key: &str| person[key].as_str().filter(|text| !text.is_empty() && *text != "TOOLONG").map(str::to_owned);
    assert_eq!(arrival.number, person["id"].as_i64(), "{person}");
    assert_eq!(arrival.uuid.map(|uuid| uuid.to_string()), text("uuid"), "{person}");
    assert_eq!(arrival.username, text("username"), "{person}");
    assert_eq!(arrival.email, text("email"), "{person}");
    if person["name"] != "TOOLONG" {
        assert_eq!(arrival.name, text("name").unwrap_or_default(), "{person}");
    }
    assert_eq!(arrival.enabled, person["enabled"].as_bool().unwrap_or(true), "{person}");
    let admin = person["admin"].as_bool().unwrap_or_default();
    let roles = person["roles"].as_array().map(|roles| roles.contains(&"ADMIN".into()));
    assert_eq!(arrival.roles.contains(Role::Admin), roles.unwrap_or(admin), "{person}");
    let hash = arrival.password_hash.as_ref().map(|hash| hash.expose_secret().to_owned());
    assert!(person["password"].is_null() || hash.is_some_and(|hash| hash.starts_with('$')), "{person}");
}

#[test]
fn everybody_arrives_as_the_old_servers_knew_them() {
    for (origin, file, format) in FILES {
        assert_eq!(rows(Dialect::by_name(origin).unwrap(), file).0, format);
        let (arrivals, people) = (arrivals(origin, file), people(origin));
        assert_eq!(arrivals.len(), people.len(), "{origin}");
        for (arrived, person) in arrivals.iter().zip(&people) {
            is(&arrived.arrival, person);
            let warned = person["roles"].as_array().is_some_and(|roles| roles.contains(&"AUDITOR".into()));
            assert_eq!(!arrived.warnings.is_empty(), warned, "{:?}", arrived.warnings);
        }
    }
}

#[test]
fn the_passwords_of_the_people_are_those_of_their_hashes() {
    let verified = FILES.iter().flat_map(|(origin, file, _)| arrivals(origin, file).into_iter().zip(people(origin)));
    let verified = verified.filter_map(|(arrived, person)| {
        let hash = arrived.arrival.password_hash.filter(|_| !person["password"].is_null())?;
        let hash = StoredHash::parse(hash.expose_secret()).unwrap();
        assert!(hash.verify(person["password"].as_str().unwrap().as_bytes()), "{person}");
        Some(())
    });
    assert_eq!(verified.count(), 41);
}

#[test]
fn facts_and_times_are_read() {
    let onyx = arrivals("onyx", "onyx.sqlite.sql");
    assert_eq!(onyx[5].arrival.facts["color"], "blue");
    assert_eq!(onyx[5].arrival.facts["tutorial"], "1");
    let time = |arrival: &Arrival| arrival.created.unwrap().to_rfc3339();
    assert_eq!(time(&arrivals("vitja", "vitja.mysqldump.sql")[0].arrival), "2018-01-23T13:20:23+00:00");
    assert_eq!(time(&arrivals("amadis", "amadis.mysqldump.sql")[1].arrival), "2018-01-23T13:20:24+00:00");
    assert_eq!(time(&arrivals("jwt", "jwt.pg_dump.sql")[1].arrival), "2018-01-23T13:20:24.001+00:00");
}

#[test]
fn whoever_has_not_changed_goes_back_byte_for_byte() {
    for (origin, file, _) in FILES {
        let (_, rows) = rows(Dialect::by_name(origin).unwrap(), file);
        for (arrived, row) in arrivals(origin, file).iter().zip(rows) {
            let record: serde_json::Map<_, _> = serde_json::from_str(arrived.arrival.record.expose_secret()).unwrap();
            assert_eq!(Row::from(record), row);
        }
    }
    let (_, rows) = rows(Dialect::by_name("basic").unwrap(), "basic.csv");
    let mut writer = Writer::new(Vec::new(), Format::Csv, "users").unwrap();
    rows.iter().for_each(|row| writer.row(row).unwrap());
    assert_eq!(writer.finish().unwrap(), std::fs::read(folder().join("origins/basic.csv")).unwrap());
}
