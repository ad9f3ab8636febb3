//! Answers that are neither yes nor no, sorted by whose fault they are.

use std::fmt;
use std::time::Duration;

/// What came from an old server.
pub(super) struct Answer {
    pub(super) status: u16,
    /// In how many seconds to come again, where it says so.
    pub(super) retry_after: Option<u64>,
    pub(super) body: Vec<u8>,
}

/// Why there is no word.
#[derive(Debug)]
pub(super) enum Failure {
    /// No answer, or none that ends soon enough.
    NoAnswer(ureq::Error),
    /// An answer that is none of the dialect's login.
    Unclear(u16),
    /// It takes any password.
    TakesAnything,
    /// It would not look at this question. Whatever stands before a server refuses what it does not like to see, and
    /// who signs in chooses what it sees.
    Refused(u16),
    /// It wants to be asked again in so many seconds.
    Busy(u64),
}

impl Failure {
    /// What an answer means in which the dialect sees neither yes nor no.
    pub(super) fn of(answer: &Answer) -> Self {
        match (answer.status, answer.retry_after) {
            (429, seconds) => Self::Busy(seconds.unwrap_or(1)),
            (503, Some(seconds)) => Self::Busy(seconds),
            // It waited for us in vain, which says more of the way to it than of the question.
            (408, _) => Self::Unclear(408),
            (status @ 400..=499, _) => Self::Refused(status),
            (status, _) => Self::Unclear(status),
        }
    }

    /// Whether the server is there, and it is this question that it does not answer now.
    pub(super) const fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::Busy(_))
    }

    /// For how long it wants to be left alone, if it says so.
    pub(super) fn rest(&self) -> Option<Duration> {
        match self {
            Self::Busy(seconds) => Some(Duration::from_secs((*seconds).max(1))),
            Self::NoAnswer(_) | Self::Unclear(_) | Self::TakesAnything | Self::Refused(_) => None,
        }
    }

    /// What it is counted as.
    pub(super) const fn outcome(&self) -> &'static str {
        match self {
            Self::NoAnswer(_) | Self::Unclear(_) | Self::TakesAnything => "failed",
            Self::Refused(_) => "refused",
            Self::Busy(_) => "busy",
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAnswer(error) => error.fmt(f),
            Self::Unclear(status) => write!(f, "an answer that is none of this dialect's login, with status {status}"),
            Self::TakesAnything => f.write_str("it takes a password that was made up"),
            Self::Refused(status) => write!(f, "it does not accept the request, with status {status}"),
            Self::Busy(seconds) => write!(f, "it asks to come again in {seconds} seconds"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(status: u16, retry_after: Option<u64>) -> &'static str {
        Failure::of(&Answer { status, retry_after, body: Vec::new() }).outcome()
    }

    #[test]
    fn a_request_that_is_not_acceptable_is_no_failure_of_the_server() {
        for status in [400, 401, 403, 404, 405, 406, 413, 414, 415, 418, 422, 431, 451, 499] {
            assert_eq!(outcome(status, None), "refused", "{status}");
        }
    }

    #[test]
    fn who_says_when_to_come_again_is_busy() {
        assert_eq!([outcome(429, None), outcome(429, Some(60)), outcome(503, Some(5))], ["busy"; 3]);
    }

    #[test]
    fn everything_else_is_a_failure() {
        for status in [100, 200, 204, 301, 302, 307, 408, 500, 501, 502, 503, 504, 599] {
            assert_eq!(outcome(status, None), "failed", "{status}");
        }
        assert_eq!(outcome(500, Some(5)), "failed");
    }
}
