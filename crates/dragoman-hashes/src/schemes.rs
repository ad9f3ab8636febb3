//! What belongs to a kind of stored hash.

mod table;

pub use table::SCHEMES;

use crate::cost::Cost;
use crate::function::Reading;

/// A kind of stored hash.
pub struct Scheme {
    /// As an operator names it.
    pub name: &'static str,
    /// What it begins with.
    pub marks: &'static [Mark],
    /// How much of a password counts. All of them read UTF-8, as these clients send it.
    pub reads: Reads,
    /// What may be too much of it, and how much is not.
    pub(crate) limits: &'static [Cost],
    /// A hash that somebody else published.
    pub vector: Vector,
    /// Reads what follows the mark.
    pub(crate) read: fn(mark: &str, rest: &str) -> Option<Reading>,
}

/// What tells a scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// The hash itself begins so.
    Own(&'static str),
    /// The same in any case: LDAP's are written both ways.
    AnyCase(&'static str),
    /// The hash says nothing of what it is; this is put before it when it is stored.
    Given(&'static str),
}

/// How much of a password a scheme reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// 72 bytes; what follows does not count.
    First72Bytes,
    /// All of it; one that is longer than what is hashed at all is never right.
    Everything,
}

/// A password and its hash, and who published them.
#[derive(Debug, Clone, Copy)]
pub struct Vector {
    /// The password.
    pub password: &'static str,
    /// Its hash, as it is stored here.
    pub stored: &'static str,
    /// Where it stands.
    pub source: &'static str,
}

impl Scheme {
    const fn new(
        name: &'static str,
        marks: &'static [Mark],
        reads: Reads,
        limits: &'static [Cost],
        read: fn(&str, &str) -> Option<Reading>,
    ) -> Self {
        Self { name, marks, reads, limits, read, vector: Vector { password: "", stored: "", source: "" } }
    }

    const fn published(self, password: &'static str, stored: &'static str, source: &'static str) -> Self {
        Self { vector: Vector { password, stored, source }, ..self }
    }

    /// The mark at the start of a text, as the text has it, and what follows.
    pub(crate) fn mark_of<'a>(&self, text: &'a str) -> Option<(&'a str, &'a str)> {
        self.marks.iter().find_map(|mark| mark.split(text))
    }

    /// The mark that is put before hashes that say nothing of what they are.
    pub(crate) fn mark_of_name(&self) -> Option<&'static str> {
        self.marks.iter().find_map(|mark| if let Mark::Given(mark) = mark { Some(*mark) } else { None })
    }
}

impl Mark {
    fn split<'a>(&self, text: &'a str) -> Option<(&'a str, &'a str)> {
        let (Self::Own(mark) | Self::AnyCase(mark) | Self::Given(mark)) = self;
        let (start, rest) = text.split_at_checked(mark.len())?;
        let any_case = matches!(self, Self::AnyCase(_));
        (start == *mark || (any_case && start.eq_ignore_ascii_case(mark))).then_some((start, rest))
    }
}
