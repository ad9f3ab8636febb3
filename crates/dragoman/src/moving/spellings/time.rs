//! Times: RFC 3339, `YYYY-MM-DD HH:MM:SS[.ffffff][+zz]`, and seconds since 1970.

use chrono::{DateTime, FixedOffset, NaiveDateTime, Utc};
use dragoman_core::Spelling;
use dragoman_tables::Cell;

/// The last second of the year 9999: a greater number counts something else than seconds.
const LAST_SECOND: i64 = 253_402_300_799;

/// What MySQL keeps where it keeps no time.
const NEVER: &str = "0000-00-00 00:00:00";

/// A time, with the form in which it was spelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::moving) struct Timed {
    pub(in crate::moving) at: DateTime<Utc>,
    form: Form,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Form {
    /// As a number, or as digits.
    Seconds { number: bool },
    /// Date and time with this between them, so many digits of the second's fraction, and the zone as it stood.
    Text { between: char, digits: usize, zone: String, offset: FixedOffset },
}

/// The time of a text in any of the forms.
pub(crate) fn time_of(text: &str) -> Option<DateTime<Utc>> {
    Timed::of_text(text).map(|timed| timed.at)
}

impl Timed {
    /// The time in a cell; none is no fault.
    pub(in crate::moving) fn of(cell: &Cell) -> Result<Option<Self>, ()> {
        match cell {
            Cell::Null => Ok(None),
            Cell::Text(text) if text.is_empty() || text.starts_with(NEVER) => Ok(None),
            Cell::Text(text) => Self::of_text(text).map(Some).ok_or(()),
            Cell::Integer(seconds) => Self::of_seconds(*seconds, true).map(Some).ok_or(()),
            Cell::Boolean(_) | Cell::Real(_) | Cell::Bytes(_) | Cell::Json(_) => Err(()),
        }
    }

    fn of_seconds(seconds: i64, number: bool) -> Option<Self> {
        let at = DateTime::from_timestamp(seconds, 0).filter(|_| seconds <= LAST_SECOND)?;
        Some(Self { at, form: Form::Seconds { number } })
    }

    fn of_text(text: &str) -> Option<Self> {
        if let Ok(seconds) = text.parse() {
            return Self::of_seconds(seconds, false);
        }
        let (date, rest) = text.split_at_checked(10)?;
        let between = rest.chars().next().filter(|between| matches!(between, 'T' | 't' | ' '))?;
        let (time, rest) = rest.get(1..)?.split_at_checked(8)?;
        let (fraction, zone) = match rest.strip_prefix('.') {
            Some(rest) => rest.split_at(rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len())),
            None => ("0", rest),
        };
        let local = NaiveDateTime::parse_from_str(&format!("{date} {time}.{fraction}"), "%Y-%m-%d %H:%M:%S%.f").ok()?;
        let offset = offset(zone)?;
        let at = local.and_local_timezone(offset).single()?.to_utc();
        let digits = if rest.starts_with('.') { fraction.len() } else { 0 };
        Some(Self { at, form: Form::Text { between, digits, zone: zone.to_owned(), offset } })
    }

    /// Another time in the same form.
    pub(in crate::moving) fn spell(&self, at: DateTime<Utc>) -> Cell {
        match &self.form {
            Form::Seconds { number: true } => Cell::Integer(at.timestamp()),
            Form::Seconds { number: false } => Cell::Text(at.timestamp().to_string()),
            Form::Text { between, digits, zone, offset } => {
                let local = at.with_timezone(offset);
                let whole = local.format(&format!("%Y-%m-%d{between}%H:%M:%S")).to_string();
                let fraction: String = local.format("%9f").to_string().chars().take(*digits).collect();
                let point = if *digits > 0 { "." } else { "" };
                Cell::Text(format!("{whole}{point}{fraction}{zone}"))
            }
        }
    }

    /// A time as a column spells it of which there is no example.
    pub(in crate::moving) fn spell_new(at: DateTime<Utc>, spelling: Spelling) -> Cell {
        match spelling {
            Spelling::Integer => Cell::Integer(at.timestamp()),
            Spelling::SqlTime => Cell::Text(at.format("%Y-%m-%d %H:%M:%S").to_string()),
            Spelling::Text | Spelling::Letter | Spelling::Word | Spelling::Array | Spelling::Json => {
                Cell::Text(at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
            }
        }
    }
}

/// `Z`, `+01`, `+0100`, `+01:00` or nothing, which is UTC.
fn offset(zone: &str) -> Option<FixedOffset> {
    if matches!(zone, "" | "Z" | "z" | " UTC") {
        return FixedOffset::east_opt(0);
    }
    let (sign, digits) = zone.split_at_checked(1)?;
    let digits = digits.replace(':', "");
    let (hours, minutes) = digits.split_at_checked(2)?;
    let minutes = if minutes.is_empty() { "0" } else { minutes };
    let number = |text: &str| text.parse::<i32>().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
    let seconds = number(hours)? * 3600 + number(minutes).filter(|minutes| *minutes < 60)? * 60;
    match sign {
        "+" => FixedOffset::east_opt(seconds),
        "-" => FixedOffset::west_opt(seconds),
        _ => None,
    }
}
