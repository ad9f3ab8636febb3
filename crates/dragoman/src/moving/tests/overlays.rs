//! A record with what has changed, in the spelling in which it came.

use chrono::{DateTime, Utc};
use dragoman_core::{Fact, Roles};
use dragoman_tables::Format::{self, JsonLines, Sql};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::super::spellings::Timed;
use super::{map, row};
use crate::dialects::Dialect;
use crate::moving::{ColumnMap, NewValue};

fn overlay(dialect: &str, format: Format, object: Value, changes: &[(Fact, NewValue)]) -> Value {
    let row = row(object);
    Value::Object(Map::from(map(dialect, format, &row, "").unwrap().overlay(row, changes)))
}

fn time(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 123_456_000).unwrap()
}

fn text(text: &str) -> NewValue {
    NewValue::Text(text.to_owned())
}

#[test]
fn nothing_changed_is_the_record_as_it_was() {
    let record = json!({"user_id": "A0", "roles": "{}", "enabled": "t", "more": [1]});
    assert_eq!(overlay("jwt", Sql, record.clone(), &[]), record);
}

#[test]
fn a_column_keeps_its_spelling() {
    let changes = [
        (Fact::Email, text("new@example.org")),
        (Fact::Roles, NewValue::Roles(Roles::USER.with_admin(true))),
        (Fact::Enabled, NewValue::Flag(false)),
        (Fact::Updated, NewValue::Time(time(1_600_000_000))),
    ];
    let record =
        json!({"email": "a", "roles": "{AUDITOR,USER}", "enabled": "t", "date_updated": "2018-01-23 14:20:24.001+01"});
    assert_eq!(
        overlay("jwt", Sql, record, &changes),
        json!({"email": "new@example.org", "roles": "{AUDITOR,USER,ADMIN}", "enabled": "f",
            "date_updated": "2020-09-13 13:26:40.123+01"})
    );
    let record = json!({"id": 1, "email": null, "is_admin": 0, "updated": 1_516_713_623});
    assert_eq!(
        overlay("vitja", Sql, record, &changes),
        json!({"id": 1, "email": "new@example.org", "is_admin": 1, "updated": 1_600_000_000})
    );
    let line = json!({"email": "a", "roles": ["USER"], "enabled": true, "updated": "2019-03-24T00:00:00Z"});
    assert_eq!(
        overlay("vitja", JsonLines, line, &changes),
        json!({"email": "new@example.org", "roles": ["USER", "ADMIN"], "enabled": false, "updated": "2020-09-13T12:26:40Z"})
    );
}

#[test]
fn facts_of_a_dialect_and_addresses_are_changed_where_they_stand() {
    let changes = [
        (Fact::Own("tutorial".into()), text("1")),
        (Fact::Own("color".into()), text("12")),
        (Fact::Address("akash".into()), NewValue::Nothing),
    ];
    let line = json!({"username": "x", "onyx": {"tutorial": 0, "color": "7"}, "addresses": {"akash": "a", "b": "c"}});
    assert_eq!(
        overlay("onyx", JsonLines, line, &changes),
        json!({"username": "x", "onyx": {"tutorial": 1, "color": "12"}, "addresses": {"b": "c"}})
    );
    let record = json!({"username": "x", "tutorial": 0, "color": "7"});
    assert_eq!(overlay("onyx", Sql, record, &changes), json!({"username": "x", "tutorial": 1, "color": "12"}));
}

#[test]
fn whoever_was_never_there_gets_a_record_of_the_original() {
    let record = |dialect: &str, changes: &[(Fact, NewValue)]| {
        let map = ColumnMap::of_origin(Dialect::by_name(dialect).unwrap());
        Value::Object(Map::from(map.overlay(map.blank(), changes)))
    };
    let changes = [
        (Fact::Number, NewValue::Number(1_000_000_001)),
        (Fact::Username, text("new")),
        (Fact::Email, NewValue::Nothing),
        (Fact::Roles, NewValue::Roles(Roles::USER)),
        (Fact::Enabled, NewValue::Flag(true)),
        (Fact::Created, NewValue::Time(time(1_600_000_000))),
    ];
    assert_eq!(
        record("vitja", &changes),
        json!({"id": 1_000_000_001, "name": "", "username": "new", "password": "", "email": "", "is_admin": 0,
            "created": 1_600_000_000, "updated": null})
    );
    assert_eq!(record("onyx", &changes)["background_color"], "#efefef");
    assert_eq!(record("onyx", &changes)["tutorial"], 0);
    let jwt = record("jwt", &changes);
    assert_eq!((&jwt["roles"], &jwt["enabled"]), (&json!("{USER}"), &json!("t")));
    assert_eq!(jwt["date_created"], "2020-09-13 12:26:40");
    assert_eq!(record("basic", &changes)["admin"], "false");
}

proptest! {
    #[test]
    fn a_time_that_has_not_changed_is_spelled_as_it_was(
        seconds in 0..4_000_000_000_i64, between in "[T ]", fraction in "(\\.[0-9]{1,9})?", zone in "(|Z|[+-]0[0-9](:?[0-5][0-9])?)",
    ) {
        let whole = DateTime::from_timestamp(seconds, 0).unwrap().format("%Y-%m-%d %H:%M:%S").to_string();
        let spelled = format!("{}{fraction}{zone}", whole.replace(' ', &between));
        let cell = dragoman_tables::Cell::Text(spelled);
        let timed = Timed::of(&cell).unwrap().unwrap();
        prop_assert_eq!(timed.spell(timed.at), cell);
    }

    #[test]
    fn any_text_is_a_time_or_none(text in ".{0,40}") {
        drop(Timed::of(&dragoman_tables::Cell::Text(text)));
    }
}
