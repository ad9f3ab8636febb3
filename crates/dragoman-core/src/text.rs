//! What counts as the same name, and which names can be stored: decided here, so that both databases agree.

use email_address::{EmailAddress, Options};
use icu_casemap::CaseMapper;
use icu_normalizer::ComposingNormalizer;
use icu_properties::CodePointSetData;
use icu_properties::props::DefaultIgnorableCodePoint;

use crate::{Error, Fault, Field, Result};

/// Names and e-mails have at most this many bytes.
pub const NAME_LIMIT: usize = 255;

/// No folded name or e-mail has more bytes: one character of three becomes eleven of three (U+FDFA).
pub(crate) const LONGEST_FOLDED: usize = 11 * NAME_LIMIT;

/// The form in which names are compared: NFKC_Casefold (Unicode, chapter 3.13) without white space
/// around it. Neither case, nor the way in which a character is composed, nor characters that
/// nobody sees make two names of one.
#[must_use]
pub fn fold(name: &str) -> String {
    // The usual case, in which all of the below does no more than this.
    if name.is_ascii() {
        return name.trim().to_ascii_lowercase();
    }
    let nfkc = ComposingNormalizer::new_nfkc();
    let unseen = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    let folded = CaseMapper::new().fold_string(&nfkc.normalize(name)).into_owned();
    let seen: String = folded.chars().filter(|&letter| !unseen.contains(letter)).collect();
    nfkc.normalize(&seen).trim().to_owned()
}

/// Whether the text has the form of an e-mail address (RFC 5321), for the dialects that ask for it.
#[must_use]
pub fn is_email(text: &str) -> bool {
    // A bare address: "Bob <bob@example.com>" would be another spelling of one mailbox.
    let bare = Options::default().without_display_text();
    EmailAddress::parse_with_options(text, bare).is_ok()
}

/// A name that somebody signs in with: not empty, not too long, no control characters.
pub(crate) fn check_login_name(field: Field, name: &str) -> Result<()> {
    if name.is_empty() {
        return Err(Error::Invalid { field, fault: Fault::Missing });
    }
    check_length(field, name)?;
    // A name of which nothing is seen folds to nothing.
    if name.chars().any(char::is_control) || fold(name).is_empty() {
        return Err(Error::Invalid { field, fault: Fault::Malformed });
    }
    Ok(())
}

/// A name for people: it may be empty, but must fit and have no NUL, which PostgreSQL cannot store.
pub(crate) fn check_name(name: &str) -> Result<()> {
    check_length(Field::Name, name)?;
    if name.contains('\0') {
        return Err(Error::Invalid { field: Field::Name, fault: Fault::Malformed });
    }
    Ok(())
}

fn check_length(field: Field, text: &str) -> Result<()> {
    if text.len() > NAME_LIMIT {
        return Err(Error::Invalid { field, fault: Fault::TooLong });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_case_nor_composition_makes_a_different_name() {
        for (one, other) in [
            ("Ann", "aNN"),
            ("STRASSE", "straße"),
            ("É", "e\u{301}"),
            ("Σίσυφος", "ΣΊΣΥΦΟΣ"),
            ("ａｎｎ", "ann"),
            ("ﬁn", "FIN"),
            (" ann\u{a0}", "ann"),
            ("a\u{200b}n\u{ad}n\u{feff}", "ann"),
        ] {
            assert_eq!(fold(one), fold(other), "{one} and {other}");
        }
        assert_ne!(fold("ann"), fold("anna"));
        assert_ne!(fold("é"), fold("e"));
    }

    #[test]
    fn folding_twice_changes_nothing() {
        for name in ["İstanbul", "ŉ", "ᾳ", "ﬃ", "㎒", "ẞ"] {
            assert_eq!(fold(&fold(name)), fold(name), "{name}");
        }
    }

    #[test]
    fn folding_makes_no_character_longer_than_elevenfold() {
        for letter in '\0'..=char::MAX {
            assert!(fold(&letter.to_string()).len() <= 11 * letter.len_utf8(), "{letter:?}");
        }
        assert_eq!(fold("\u{fdfa}").len(), 11 * 3);
    }

    #[test]
    fn names_that_cannot_be_told_apart_from_nothing_are_refused() {
        for name in ["", " ", "\u{a0}", "\u{200b}", "\u{202e}\u{feff}", "a\0b", "a\nb", &"x".repeat(256)] {
            assert!(check_login_name(Field::Username, name).is_err(), "{name:?}");
        }
        assert!(check_login_name(Field::Username, &"x".repeat(255)).is_ok());
    }

    #[test]
    fn an_address_has_a_local_part_and_a_domain() {
        for text in ["a@b.example", "first.last+tag@example.com"] {
            assert!(is_email(text), "{text}");
        }
        for text in ["", "a", "a@", "@b", "a b@c.example", "a@b@c", "Bob <bob@example.com>"] {
            assert!(!is_email(text), "{text}");
        }
    }
}
