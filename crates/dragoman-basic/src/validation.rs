//! The rules for passwords in a request, and the sentences of the original's validator
//! (go-playground/validator) about broken ones.

use std::fmt;

use dragoman_core::Password;
use secrecy::ExposeSecret as _;

/// The original counts characters, not bytes (basic R6).
const SHORTEST: usize = 8;

/// A field of the request, in the order in which they are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PasswordField {
    Current,
    New,
}

/// The validator's name for a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    Required,
    Min,
    Max,
    Excludes,
}

/// A field that breaks a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Violation {
    pub(crate) field: PasswordField,
    pub(crate) rule: Rule,
}

impl Violation {
    /// What is wrong with a request that has to have the present password, too, or need not.
    pub(crate) fn of(current: Option<&Password>, new: &Password) -> Vec<Self> {
        let current = current.filter(|password| is_empty(password));
        let current = current.map(|_| Self { field: PasswordField::Current, rule: Rule::Required });
        let new = broken_rule(new).map(|rule| Self { field: PasswordField::New, rule });
        current.into_iter().chain(new).collect()
    }

    /// One line for each, as the validator prints several.
    pub(crate) fn sentences(violations: &[Self]) -> String {
        let lines: Vec<String> = violations.iter().map(ToString::to_string).collect();
        lines.join("\n")
    }
}

fn is_empty(password: &Password) -> bool {
    password.expose_secret().is_empty()
}

fn broken_rule(new: &Password) -> Option<Rule> {
    match new.expose_secret().chars().count() {
        0 => Some(Rule::Required),      // basic R5
        1..SHORTEST => Some(Rule::Min), // basic R6
        _ => None,
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let field = match self.field {
            PasswordField::Current => "CurrentPassword",
            PasswordField::New => "Password",
        };
        let tag = match self.rule {
            Rule::Required => "required",
            Rule::Min => "min",
            Rule::Max => "max",
            Rule::Excludes => "excludes",
        };
        write!(
            f,
            "Key: 'UserPasswordRequest.Value.{field}' Error:Field validation for '{field}' failed on the '{tag}' tag"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(current: Option<&str>, new: &str) -> Vec<(PasswordField, Rule)> {
        let current = current.map(Password::from);
        let violations = Violation::of(current.as_ref(), &new.into());
        violations.into_iter().map(|violation| (violation.field, violation.rule)).collect()
    }

    #[test]
    fn a_new_password_has_eight_characters() {
        assert_eq!(rules(None, ""), [(PasswordField::New, Rule::Required)]);
        assert_eq!(rules(None, "1234567"), [(PasswordField::New, Rule::Min)]);
        assert_eq!(rules(None, "ééééééé"), [(PasswordField::New, Rule::Min)], "14 bytes, 7 characters");
        assert_eq!(rules(None, "éééééééé"), []);
    }

    #[test]
    fn the_present_password_is_checked_where_it_is_needed() {
        assert_eq!(rules(Some("x"), "12345678"), []);
        assert_eq!(rules(Some(""), "12345678"), [(PasswordField::Current, Rule::Required)]);
    }

    #[test]
    fn several_violations_are_several_lines() {
        let text = Violation::sentences(&Violation::of(Some(&"".into()), &"short".into()));
        assert_eq!(
            text,
            "Key: 'UserPasswordRequest.Value.CurrentPassword' Error:Field validation for 'CurrentPassword' failed on the 'required' tag\n\
             Key: 'UserPasswordRequest.Value.Password' Error:Field validation for 'Password' failed on the 'min' tag"
        );
    }
}
