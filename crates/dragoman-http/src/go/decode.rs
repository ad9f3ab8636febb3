//! A JSON object on its way into a Go struct.

use super::{Error, Value, complaint};

/// The keys of a JSON object, read as Go fills a struct with them: without regard to
/// case, of duplicates the last, and `null` leaves a field as it was.
///
/// Each reader gives `None` where the key is not there or `null`, and Go's complaint where
/// any value of that key has another type.
pub struct Object<'v> {
    /// The Go struct that the outermost object goes into, with its package or without.
    go_type: &'v str,
    /// The keys that lead here from there, each with a dot at its end.
    path: String,
    entries: Vec<&'v (String, Value)>,
}

impl<'v> Object<'v> {
    pub(super) fn root(value: &'v Value, go_type: &'v str) -> Result<Self, Error> {
        let mut root = Self { go_type, path: String::new(), entries: Vec::new() };
        match value {
            Value::Null => Ok(root),
            Value::Object(entries) => {
                root.entries.extend(entries);
                Ok(root)
            }
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                let kind = value.kind();
                Err(Error(format!("json: cannot unmarshal {kind} into Go value of type {go_type}")))
            }
        }
    }

    /// The text of this key.
    pub fn string(&self, key: &str) -> Result<Option<String>, Error> {
        self.read(key, "string", Value::as_string)
    }

    /// The truth value of this key.
    pub fn bool(&self, key: &str) -> Result<Option<bool>, Error> {
        self.read(key, "bool", Value::as_bool)
    }

    /// The whole number of this key.
    pub fn int(&self, key: &str) -> Result<Option<i64>, Error> {
        self.read(key, "int", Value::as_int)
    }

    /// The list of texts of this key; a `null` in it is an empty text.
    pub fn strings(&self, key: &str) -> Result<Option<Vec<String>>, Error> {
        let Some(items) = self.read(key, "[]string", Value::as_array)? else {
            return Ok(None);
        };
        let text = |item: &Value| match item {
            Value::String(text) => Ok(text.clone()),
            Value::Null => Ok(String::new()),
            Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                Err(self.mismatch(key, item, "string"))
            }
        };
        items.iter().map(text).collect::<Result<_, _>>().map(Some)
    }

    /// The object of this key, which goes into a struct of this Go type. Of duplicates Go
    /// fills the same struct again; where the key is not there, the object has no keys.
    pub fn object(&self, key: &'v str, go_type: &str) -> Result<Self, Error> {
        let mut inner = Self { go_type: self.go_type, path: format!("{}{key}.", self.path), entries: Vec::new() };
        for value in self.values(key) {
            let Value::Object(entries) = value else {
                return Err(self.mismatch(key, value, go_type));
            };
            inner.entries.extend(entries);
        }
        Ok(inner)
    }

    /// The first key that is none of these.
    #[must_use]
    pub fn unknown(&self, known: &[&str]) -> Option<&'v str> {
        let mut keys = self.entries.iter().map(|(key, _)| key.as_str());
        keys.find(|key| !known.iter().any(|name| same(key, name)))
    }

    /// The last value of this key as `reader` takes it.
    fn read<T>(&self, key: &str, go_type: &str, reader: impl Fn(&'v Value) -> Option<T>) -> Result<Option<T>, Error> {
        let mut last = None;
        for value in self.values(key) {
            last = Some(reader(value).ok_or_else(|| self.mismatch(key, value, go_type))?);
        }
        Ok(last)
    }

    /// Every value of this key but `null`.
    fn values(&self, key: &str) -> impl Iterator<Item = &'v Value> {
        let entries = self.entries.iter().filter(move |(name, _)| same(name, key));
        entries.map(|(_, value)| value).filter(|value| !matches!(value, Value::Null))
    }

    fn mismatch(&self, key: &str, value: &Value, go_type: &str) -> Error {
        let mut sent = value.kind().to_owned();
        if let (Value::Number(number), "int") = (value, go_type) {
            sent = format!("number {number}");
        }
        // Go names the outermost struct without its package.
        let program = self.go_type.rsplit('.').next().unwrap_or_default();
        let path = &self.path;
        Error(format!("json: cannot unmarshal {sent} into Go struct field {program}.{path}{key} of type {go_type}"))
    }
}

impl Error {
    /// A key that the program does not know, where it insists on knowing all.
    #[must_use]
    pub fn unknown_field(key: &str) -> Self {
        Self(format!("json: unknown field {}", complaint::quote(key)))
    }
}

/// Go folds case as Unicode does: `ſ` is an `s`, and the kelvin sign is a `k`.
fn same(sent: &str, known: &str) -> bool {
    let mut letters = sent.chars().map(|letter| match letter {
        'ſ' => 's',
        '\u{212a}' => 'k',
        _ => letter.to_ascii_lowercase(),
    });
    known.chars().all(|letter| letters.next() == Some(letter.to_ascii_lowercase())) && letters.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `read` makes of a text, or the complaint.
    fn read<T>(text: &str, read: impl Fn(&Object) -> Result<T, Error>) -> Result<T, String> {
        let value = Value::parse(text.as_bytes()).map_err(|error| error.to_string())?;
        let object = value.object("users.NewUser").map_err(|error| error.to_string())?;
        read(&object).map_err(|error| error.to_string())
    }

    fn string(text: &str) -> Result<Option<String>, String> {
        read(text, |object| object.string("skin"))
    }

    fn complaint(kind: &str, go_type: &str) -> String {
        format!("json: cannot unmarshal {kind} into Go struct field NewUser.skin of type {go_type}")
    }

    #[test]
    fn keys_are_read_without_regard_to_case() {
        for key in ["skin", "SKIN", "Skin", "\u{17f}\u{212a}in"] {
            assert_eq!(string(&format!(r#"{{"{key}":"x"}}"#)).unwrap().as_deref(), Some("x"), "{key}");
        }
        for key in ["ski", "skins", ""] {
            assert_eq!(string(&format!(r#"{{"{key}":"x"}}"#)).unwrap(), None, "{key}");
        }
    }

    #[test]
    fn of_duplicates_the_last_counts_and_null_changes_nothing() {
        assert_eq!(string(r#"{"skin":"a","Skin":"b"}"#).unwrap().as_deref(), Some("b"));
        assert_eq!(string(r#"{"skin":"a","skin":null}"#).unwrap().as_deref(), Some("a"));
        assert_eq!(string(r#"{"skin":null}"#).unwrap(), None);
        assert_eq!(string(r#"{"skin":1,"skin":"b"}"#).unwrap_err(), complaint("number", "string"));
    }

    #[test]
    fn a_root_of_null_is_an_object_without_keys() {
        assert_eq!(string("null").unwrap(), None);
        assert_eq!(string("{}").unwrap(), None);
    }

    #[test]
    fn a_root_of_another_type_is_told_with_its_package() {
        for (text, kind) in [("[]", "array"), (r#""x""#, "string"), ("1", "number"), ("true", "bool")] {
            let complaint = format!("json: cannot unmarshal {kind} into Go value of type users.NewUser");
            assert_eq!(string(text).unwrap_err(), complaint);
        }
    }

    #[test]
    fn each_wrong_type_is_named() {
        for (value, kind) in [("1", "number"), ("false", "bool"), ("[]", "array"), ("{}", "object")] {
            assert_eq!(string(&format!(r#"{{"skin":{value}}}"#)).unwrap_err(), complaint(kind, "string"));
        }
    }

    #[test]
    fn truth_values_and_whole_numbers() {
        let bool = |text| read(text, |object| object.bool("skin"));
        assert_eq!(bool(r#"{"skin":true}"#), Ok(Some(true)));
        assert_eq!(bool(r#"{"skin":"true"}"#), Err(complaint("string", "bool")));
        let int = |text| read(text, |object| object.int("skin"));
        assert_eq!(int(r#"{"skin":-7}"#), Ok(Some(-7)));
        assert_eq!(int(r#"{"skin":1.5}"#), Err(complaint("number 1.5", "int")));
        assert_eq!(int(r#"{"skin":9223372036854775808}"#), Err(complaint("number 9223372036854775808", "int")));
        assert_eq!(int(r#"{"skin":"7"}"#), Err(complaint("string", "int")));
    }

    #[test]
    fn lists_of_texts() {
        let strings = |text| read(text, |object| object.strings("skin"));
        assert_eq!(strings(r#"{"skin":["a",null]}"#), Ok(Some(vec!["a".to_owned(), String::new()])));
        assert_eq!(strings(r#"{"skin":[]}"#), Ok(Some(Vec::new())));
        assert_eq!(strings("{}"), Ok(None));
        assert_eq!(strings(r#"{"skin":"a"}"#), Err(complaint("string", "[]string")));
        assert_eq!(strings(r#"{"skin":["a",1]}"#), Err(complaint("number", "string")));
    }

    #[test]
    fn objects_inside_name_the_whole_path() {
        let inner =
            |text| read(text, |root| root.object("value", "users.Value")?.object("deep", "users.Deep")?.string("key"));
        assert_eq!(inner(r#"{"value":{"deep":{"key":"x"}}}"#), Ok(Some("x".to_owned())));
        assert_eq!(inner("{}"), Ok(None));
        let field = "json: cannot unmarshal number into Go struct field NewUser.value";
        assert_eq!(inner(r#"{"value":{"deep":{"key":1}}}"#), Err(format!("{field}.deep.key of type string")));
        assert_eq!(inner(r#"{"value":{"deep":1}}"#), Err(format!("{field}.deep of type users.Deep")));
        assert_eq!(inner(r#"{"value":1}"#), Err(format!("{field} of type users.Value")));
    }

    #[test]
    fn of_duplicate_objects_every_key_is_filled_in() {
        let both = |root: &Object| {
            let inner = root.object("value", "Value")?;
            Ok((inner.string("a")?, inner.string("b")?))
        };
        let text = r#"{"value":{"a":"1","b":"1"},"VALUE":{"b":"2"},"value":null}"#;
        assert_eq!(read(text, both), Ok((Some("1".to_owned()), Some("2".to_owned()))));
    }

    #[test]
    fn the_first_unknown_key_is_told() {
        let unknown = |text| read(text, |object| Ok(object.unknown(&["skin", "name"]).map(Error::unknown_field)));
        assert_eq!(unknown(r#"{"SKIN":1,"name":2}"#).unwrap(), None);
        let error = unknown(r#"{"skin":1,"a\"\n\u0000é":2,"b":3}"#).unwrap().unwrap();
        assert_eq!(error.to_string(), r#"json: unknown field "a\"\n\x00é""#);
    }
}
