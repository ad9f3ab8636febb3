//! Values as Go's standard parsers read them, with the complaints that they print (jwt R8, R11).

use std::num::IntErrorKind;

use chrono::{DateTime, Utc};
use dragoman_http::go::quote;
use uuid::Uuid;

/// `strconv.Atoi`, of numbers from 1.
pub(crate) fn positive(key: &str, text: &str) -> Result<i64, String> {
    let number: i64 = text.parse().map_err(|error: std::num::ParseIntError| {
        let too_far = matches!(error.kind(), IntErrorKind::PosOverflow | IntErrorKind::NegOverflow);
        let fault = if too_far { "value out of range" } else { "invalid syntax" };
        format!("strconv.Atoi: parsing {}: {fault}", quote(text))
    })?;
    if number < 1 { Err(format!("{key} must be 1 or greater")) } else { Ok(number) }
}

/// `uuid.Parse` of google/uuid: dashed or not, in braces, or after `urn:uuid:`, in any case (jwt R11).
pub(crate) fn uuid(text: &str) -> Result<Uuid, String> {
    const URN: &str = "urn:uuid:";
    let bare = match text.len() {
        32 | 36 | 38 => text,
        45 => match text.split_at_checked(URN.len()) {
            Some((urn, bare)) if urn.eq_ignore_ascii_case(URN) => bare,
            Some((other, _)) => return Err(format!("invalid urn prefix: {}", quote(other))),
            None => return Err("invalid UUID format".into()),
        },
        length => return Err(format!("invalid UUID length: {length}")),
    };
    Uuid::try_parse(bare).map_err(|_| "invalid UUID format".into())
}

/// `time.Parse` with the layout `time.RFC3339`.
pub(crate) fn time(text: &str) -> Result<DateTime<Utc>, String> {
    DateTime::parse_from_rfc3339(text)
        .map(|time| time.to_utc())
        .map_err(|_| format!("parsing time {}{}", quote(text), time_fault(text)))
}

/// What a number is called, and its range.
type Number = (&'static str, u32, u32);

/// The parts of the layout `2006-01-02T15:04:05Z07:00`, but for the zone.
const LAYOUT: [(&str, Option<Number>); 11] = [
    ("2006", Some(("year", 0, 9999))),
    ("-", None),
    ("01", Some(("month", 1, 12))),
    ("-", None),
    ("02", Some(("day", 1, 31))),
    ("T", None),
    ("15", Some(("hour", 0, 23))),
    (":", None),
    ("04", Some(("minute", 0, 59))),
    (":", None),
    ("05", Some(("second", 0, 59))),
];

/// Which part of a time is wrong: Go names the first that does not fit, and what stands there.
fn time_fault(text: &str) -> String {
    let mut rest = text;
    for (part, number) in LAYOUT {
        let Some((here, after)) = rest.split_at_checked(part.len()) else {
            return mismatch(rest, part);
        };
        match number.map(|number| (number, digits(here))) {
            None if here == part => {}
            Some(((_, least, most), Some(value))) if (least..=most).contains(&value) => {}
            Some(((name, _, _), Some(_))) => return format!(": {name} out of range"),
            None | Some((_, None)) => return mismatch(rest, part),
        }
        rest = after;
    }
    zone_fault(rest)
}

fn digits(text: &str) -> Option<u32> {
    text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
}

fn zone_fault(rest: &str) -> String {
    match rest.strip_prefix('Z') {
        // Only the calendar is left to be wrong: 30 February.
        Some("") => ": day out of range".into(),
        Some(extra) => format!(": extra text: {}", quote(extra)),
        None => mismatch(rest, "Z07:00"),
    }
}

fn mismatch(rest: &str, part: &str) -> String {
    format!(" as \"2006-01-02T15:04:05Z07:00\": cannot parse {} as {}", quote(rest), quote(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_start_at_one() {
        assert_eq!(positive("page", "7"), Ok(7));
        assert_eq!(positive("page", "+7"), Ok(7));
        assert_eq!(positive("page", "0").unwrap_err(), "page must be 1 or greater");
        assert_eq!(positive("rows", "-1").unwrap_err(), "rows must be 1 or greater");
    }

    #[test]
    fn what_is_no_number_is_told_as_go_tells_it() {
        for (text, complaint) in [
            ("abc", r#"strconv.Atoi: parsing "abc": invalid syntax"#),
            ("1.5", r#"strconv.Atoi: parsing "1.5": invalid syntax"#),
            ("a\"b", r#"strconv.Atoi: parsing "a\"b": invalid syntax"#),
            ("99999999999999999999", r#"strconv.Atoi: parsing "99999999999999999999": value out of range"#),
        ] {
            assert_eq!(positive("page", text).unwrap_err(), complaint);
        }
    }

    #[test]
    fn a_uuid_has_five_spellings() {
        let dashed = "33bdf6ce-a26e-4b52-80d2-f26d12245cce";
        let expected = Uuid::parse_str(dashed).unwrap();
        for text in [
            dashed.to_owned(),
            dashed.to_uppercase(),
            dashed.replace('-', ""),
            format!("{{{dashed}}}"),
            format!("urn:uuid:{dashed}"),
            format!("URN:UUID:{dashed}"),
        ] {
            assert_eq!(uuid(&text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_uuid_is_told_as_go_tells_it() {
        for (text, complaint) in [
            ("abc", "invalid UUID length: 3"),
            ("", "invalid UUID length: 0"),
            ("33bdf6cexa26e-4b52-80d2-f26d12245cce", "invalid UUID format"),
            ("zzbdf6cea26e4b5280d2f26d12245cce", "invalid UUID format"),
            ("url:uuid:33bdf6ce-a26e-4b52-80d2-f26d12245cce", r#"invalid urn prefix: "url:uuid:""#),
            ("äöüäöüäöüäöüäöüäöü", "invalid UUID format"),
        ] {
            assert_eq!(uuid(text).unwrap_err(), complaint, "{text}");
        }
    }

    #[test]
    fn times_have_a_zone_and_may_have_fractions() {
        let expected = time("2023-09-21T16:12:09Z").unwrap();
        assert_eq!(time("2023-09-21T18:12:09+02:00").unwrap(), expected);
        assert_eq!(time("2023-09-21T16:12:09.000Z").unwrap(), expected);
    }

    #[test]
    fn what_is_no_time_is_told_as_go_tells_it() {
        let layout = r#" as "2006-01-02T15:04:05Z07:00": cannot parse "#;
        for (text, complaint) in [
            ("abc", format!(r#"parsing time "abc"{layout}"abc" as "2006""#)),
            ("2023", format!(r#"parsing time "2023"{layout}"" as "-""#)),
            ("2023x09", format!(r#"parsing time "2023x09"{layout}"x09" as "-""#)),
            ("2023-09-21", format!(r#"parsing time "2023-09-21"{layout}"" as "T""#)),
            ("2023-09-21T16:12:09", format!(r#"parsing time "2023-09-21T16:12:09"{layout}"" as "Z07:00""#)),
            (
                "2023-+1-01T00:00:00Z",
                format!(r#"parsing time "2023-+1-01T00:00:00Z"{layout}"+1-01T00:00:00Z" as "01""#),
            ),
            ("2023-13-01T00:00:00Z", r#"parsing time "2023-13-01T00:00:00Z": month out of range"#.into()),
            ("2023-02-30T00:00:00Z", r#"parsing time "2023-02-30T00:00:00Z": day out of range"#.into()),
            ("2023-02-03T00:00:00Zx", r#"parsing time "2023-02-03T00:00:00Zx": extra text: "x""#.into()),
        ] {
            assert_eq!(time(text).unwrap_err(), complaint);
        }
    }
}
