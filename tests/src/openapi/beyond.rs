//! What a path or a method gets that is not there.
//!
//! OpenAPI describes operations, so it has no place for these answers. Two of the documents have them as responses
//! all the same; three tell them in their descriptions alone, and then there is no schema to hold them against.
//! Whatever is in no row here counts as undocumented.

use std::fmt;

/// Where a request went that no operation takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    UnknownPath,
    WrongMethod,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownPath => "a path that is not there",
            Self::WrongMethod => "a method that is not there",
        })
    }
}

/// Where the document describes the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Description {
    /// In its description, for people.
    Prose,
    /// As this response under `components`.
    Response(&'static str),
    /// As a response of the path's other operations.
    OfItsPath,
}

struct Row {
    dialect: &'static str,
    place: Place,
    /// Which methods; none means all.
    methods: &'static [&'static str],
    statuses: &'static [u16],
    description: Description,
}

const ROWS: &[Row] = &[
    // "There is no 405": one page for both (onyx R18).
    row("onyx", Place::UnknownPath, &[], &[404], Description::Prose),
    row("onyx", Place::WrongMethod, &[], &[404], Description::Prose),
    // "There is no 405", and a slash at the end (basic R14, R15); PUT of an empty username (R13) asks who calls.
    row("basic", Place::WrongMethod, &[], &[404], Description::Prose),
    row("basic", Place::UnknownPath, &[], &[404], Description::Prose),
    row("basic", Place::UnknownPath, &["GET"], &[301], Description::Prose),
    row("basic", Place::UnknownPath, &["DELETE", "PATCH"], &[307], Description::Prose),
    row("basic", Place::UnknownPath, &["PUT"], &[307, 400, 401, 403], Description::Prose),
    // "Beyond this document" (vitja R14, R15, A8); an empty id is an id that is no integer, and asks for a token too (R3).
    row("vitja", Place::WrongMethod, &[], &[405], Description::Prose),
    row("vitja", Place::UnknownPath, &["OPTIONS"], &[200], Description::Prose),
    row("vitja", Place::UnknownPath, &[], &[400, 401, 404, 500], Description::Prose),
    row("amadis", Place::UnknownPath, &[], &[404], Description::Response("UnknownPath")),
    row("amadis", Place::WrongMethod, &[], &[405], Description::OfItsPath),
    row("jwt", Place::UnknownPath, &[], &[404], Description::Response("UnknownPath")),
    row("jwt", Place::UnknownPath, &["GET", "HEAD"], &[301], Description::Response("Moved")),
    row("jwt", Place::UnknownPath, &[], &[301], Description::Response("MovedSilently")),
    row("jwt", Place::WrongMethod, &[], &[405], Description::OfItsPath),
];

const fn row(
    dialect: &'static str,
    place: Place,
    methods: &'static [&'static str],
    statuses: &'static [u16],
    description: Description,
) -> Row {
    Row { dialect, place, methods, statuses, description }
}

/// Where the dialect's document describes this answer; the first row that fits counts.
pub(super) fn description(dialect: &str, place: Place, method: &str, status: u16) -> Option<Description> {
    let fits = |row: &&Row| {
        row.dialect == dialect
            && row.place == place
            && (row.methods.is_empty() || row.methods.contains(&method))
            && row.statuses.contains(&status)
    };
    ROWS.iter().find(fits).map(|row| row.description)
}
