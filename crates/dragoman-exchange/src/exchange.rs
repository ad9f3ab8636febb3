//! What an exchange file says, once it has been read and checked.

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use crate::template::{Part, Pattern, Text};

/// Which of two answers holds where a server's document and its behaviour differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// What the document says.
    Documented,
    /// What the original server sent.
    Observed,
}

impl Profile {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Documented, Self::Observed];

    /// Its name, as files and settings spell it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Documented => "documented",
            Self::Observed => "observed",
        }
    }
}

/// A short conversation, and what it must look like.
#[derive(Debug, Clone, PartialEq)]
pub struct Exchange {
    /// The sentence that names it.
    pub name: String,
    /// The clauses of the contract that it shows.
    pub clauses: Vec<String>,
    /// The only profile that it holds in; none: it holds in both.
    pub profile: Option<Profile>,
    /// The hazards that the server must have turned on; all others must be off.
    pub hazards: Vec<String>,
    /// Users that must be in the database beforehand, one object each.
    pub given: Vec<serde_json::Value>,
    /// Other settings of the server, by section.
    pub settings: serde_json::Map<String, serde_json::Value>,
    /// What happens, in order.
    pub steps: Vec<Located<Step>>,
    /// The file that it stands in.
    pub file: PathBuf,
    /// The line at which it begins.
    pub line: u64,
}

/// Something, and the line that it stands on.
#[derive(Debug, Clone, PartialEq)]
pub struct Located<T> {
    /// The line, from 1.
    pub line: u64,
    /// What stands there.
    pub value: T,
}

/// One step of an exchange.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// A request, and what must come back.
    Send {
        /// What is sent.
        message: Message,
        /// What must be received.
        expect: Expectation,
    },
    /// The server's clock moves on.
    Advance(Duration),
    /// The server's database works from here on, or fails at every query.
    Database {
        /// Whether it works.
        works: bool,
    },
    /// A JSON Web Token is taken apart.
    Claims {
        /// The token.
        token: Text,
        /// Its header, as JSON text.
        header: Option<Pattern>,
        /// Its claims, as JSON text.
        payload: Option<Pattern>,
    },
}

/// A request with its placeholders.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// The method, as it is sent.
    pub method: String,
    /// The request target, as it is sent.
    pub target: Text,
    /// Header fields in order; a repeated name repeats the field.
    pub headers: Vec<(String, Text)>,
    /// The body.
    pub body: Body,
    /// The `Authorization` that it carries.
    pub credentials: Credentials,
}

/// The body of a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// None.
    None,
    /// `application/x-www-form-urlencoded`, fields in order.
    Form(Vec<(String, Text)>),
    /// `multipart/form-data`, text parts in order.
    Multipart(Vec<(String, Text)>),
    /// Text that is sent as `application/json`.
    Json(Text),
    /// Text without a content type of its own.
    Text(Text),
    /// Bytes without a content type of their own.
    Bytes(Vec<u8>),
}

/// How a request says who sends it.
#[derive(Debug, Clone, PartialEq)]
pub enum Credentials {
    /// It does not, or in a header of its own.
    None,
    /// HTTP Basic (RFC 7617); the text is `user:password`.
    Basic(Text),
    /// A bearer token (RFC 6750).
    Bearer(Text),
}

/// What must be received.
#[derive(Debug, Clone, PartialEq)]
pub struct Expectation {
    /// The status code.
    pub status: u16,
    /// Header fields with all their values, in order; no value at all: the field must be absent.
    pub headers: Vec<(String, Vec<Pattern>)>,
    /// The body, byte for byte.
    pub body: Pattern,
}

/// What an exchange needs beside a server that can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Users put into the database.
    Users,
    /// A clock that can be moved.
    Clock,
    /// A database that can be made to fail.
    Database,
    /// A server that is started with settings of the exchange's own.
    Settings,
}

impl Need {
    /// The need, for people.
    #[must_use]
    pub const fn describe(self) -> &'static str {
        match self {
            Self::Users => "users put into its database",
            Self::Clock => "its clock moved",
            Self::Database => "its database stopped",
            Self::Settings => "settings of the exchange's own",
        }
    }
}

impl Exchange {
    /// What the exchange needs of a server under our control; empty for one that any server can hold.
    #[must_use]
    pub fn needs(&self) -> Vec<Need> {
        let any = |wanted: fn(&Step) -> bool| self.steps.iter().any(|step| wanted(&step.value));
        [
            (Need::Users, !self.given.is_empty()),
            (Need::Clock, any(|step| matches!(step, Step::Advance(_)))),
            (Need::Database, any(|step| matches!(step, Step::Database { .. }))),
            (Need::Settings, !self.settings.is_empty()),
        ]
        .into_iter()
        .filter_map(|(need, there)| there.then_some(need))
        .collect()
    }

    /// Whether the exchange holds in this profile.
    #[must_use]
    pub fn runs_in(&self, profile: Profile) -> bool {
        self.profile.is_none_or(|only| only == profile)
    }
}

impl Step {
    /// Every placeholder of the step, in the order in which they are filled or matched.
    pub(crate) fn parts(&self) -> Vec<&Part> {
        match self {
            Self::Send { message, expect } => {
                message.texts().flat_map(Text::parts).chain(expect.patterns().flat_map(Pattern::parts)).collect()
            }
            Self::Claims { token, header, payload } => {
                let patterns = header.iter().chain(payload);
                token.parts().iter().chain(patterns.flat_map(Pattern::parts)).collect()
            }
            Self::Advance(_) | Self::Database { .. } => Vec::new(),
        }
    }
}

impl Message {
    pub(crate) fn texts(&self) -> impl Iterator<Item = &Text> {
        let credentials = match &self.credentials {
            Credentials::None => None,
            Credentials::Basic(text) | Credentials::Bearer(text) => Some(text),
        };
        let headers = self.headers.iter().map(|(_, text)| text);
        std::iter::once(&self.target).chain(headers).chain(self.body.texts()).chain(credentials)
    }
}

impl Body {
    pub(crate) fn texts(&self) -> Vec<&Text> {
        match self {
            Self::None | Self::Bytes(_) => Vec::new(),
            Self::Form(fields) | Self::Multipart(fields) => fields.iter().map(|(_, text)| text).collect(),
            Self::Json(text) | Self::Text(text) => vec![text],
        }
    }
}

impl Expectation {
    pub(crate) fn patterns(&self) -> impl Iterator<Item = &Pattern> {
        self.headers.iter().flat_map(|(_, values)| values).chain([&self.body])
    }
}
