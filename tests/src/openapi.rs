//! Answers, held against the OpenAPI document of their dialect.

mod beyond;
#[cfg(test)]
mod tests;

use anyhow::{Context as _, Result, anyhow, ensure};
use dragoman_exchange::{Request, Response};
use jsonschema::{Draft, Registry};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::root;
use beyond::{Description, Place};

/// What the document is called where schemas are looked up.
const URI: &str = "urn:openapi";

/// What may stand as it is in a JSON pointer that is a URI's fragment.
const FRAGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'~').remove(b'-').remove(b'.').remove(b'_');

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// The OpenAPI document of a dialect.
pub struct Document {
    dialect: String,
    root: Value,
    registry: Registry<'static>,
}

/// What the document says of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// The answer is one of those that it describes.
    Kept,
    /// It describes in words alone what a path or a method that is not there gets.
    InProse,
    /// The answer is none of those; each sentence names the operation.
    Broken(Vec<String>),
}

/// A place in the document, and what is there.
#[derive(Clone)]
struct Part<'a> {
    pointer: String,
    value: &'a Value,
}

impl Document {
    /// The document of this dialect.
    ///
    /// # Errors
    /// When it cannot be read, or refers to what is not there.
    pub fn of_dialect(dialect: &str) -> Result<Self> {
        let file = root().join("dialects").join(dialect).join("openapi.yaml");
        let text = std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        Self::parse(dialect, &text).with_context(|| file.display().to_string())
    }

    fn parse(dialect: &str, yaml: &str) -> Result<Self> {
        // Otherwise the keys `n` and `y` of a JSON Web Key would be booleans, as in YAML 1.1.
        let options = serde_saphyr::options! { strict_booleans: true };
        let root: Value = serde_saphyr::from_str_with_options(yaml, options)?;
        ensure!(root.get("openapi").is_some_and(|version| version == "3.1.0"), "no OpenAPI 3.1 document");
        let registry = Registry::new().draft(Draft::Draft202012).add(URI, root.clone())?.prepare()?;
        Ok(Self { dialect: dialect.to_owned(), root, registry })
    }

    /// Every operation: its method in capitals, and the template of its path.
    ///
    /// # Errors
    /// When there are no paths.
    pub fn operations(&self) -> Result<Vec<(String, String)>> {
        let paths = self.paths()?.iter();
        let operations = paths.flat_map(|(path, item)| {
            let methods = METHODS.iter().filter(|method| item.get(**method).is_some());
            methods.map(|method| (method.to_uppercase(), path.clone()))
        });
        Ok(operations.collect())
    }

    /// Holds an answer against the document.
    ///
    /// # Errors
    /// When the document is not what it should be; an answer that breaks it is no error.
    pub fn judge(&self, request: &Request, response: &Response) -> Result<Judgement> {
        let Request { method, target, .. } = request;
        let path = target.split(['?', '#']).next().unwrap_or_default();
        let item = self.path_item(path)?;
        let key = method.to_lowercase();
        let operation = item.as_ref().filter(|_| METHODS.contains(&key.as_str())).and_then(|item| item.at(&key));
        let (name, described) = match (&operation, &item) {
            (Some(operation), _) => (name(operation), self.response(operation, response.status)?),
            (None, item) => {
                let place = if item.is_some() { Place::WrongMethod } else { Place::UnknownPath };
                let described = match beyond::description(&self.dialect, place, method, response.status) {
                    Some(Description::Prose) => return Ok(Judgement::InProse),
                    Some(Description::Response(name)) => Some(self.component(name)?),
                    Some(Description::OfItsPath) => item.as_ref().and_then(|item| self.of_path(item, response.status)),
                    None => None,
                };
                (place.to_string(), described)
            }
        };
        let place = format!("{method} {target} ({name}) {}", response.status);
        let Some(described) = described else { return Ok(Judgement::Broken(vec![format!("{place}: no such status")])) };
        let mut violations = self.headers(&described, response)?;
        violations.extend(self.body(&described, method, response)?);
        if violations.is_empty() {
            return Ok(Judgement::Kept);
        }
        Ok(Judgement::Broken(violations.into_iter().map(|violation| format!("{place}: {violation}")).collect()))
    }

    fn paths(&self) -> Result<&serde_json::Map<String, Value>> {
        self.root.get("paths").and_then(Value::as_object).context("a document without paths")
    }

    /// The item of the template that this path fits; a path that is written out goes before a template.
    fn path_item(&self, path: &str) -> Result<Option<Part<'_>>> {
        let mut fitting: Vec<&str> = self.paths()?.keys().map(String::as_str).filter(|key| fits(key, path)).collect();
        fitting.sort_by_key(|template| template.matches('{').count());
        Ok(fitting.first().and_then(|template| self.top().at("paths")?.at(template)))
    }

    fn top(&self) -> Part<'_> {
        Part { pointer: String::new(), value: &self.root }
    }

    fn component(&self, name: &str) -> Result<Part<'_>> {
        let part = self.top().at("components").and_then(|part| part.at("responses")?.at(name));
        part.with_context(|| format!("no response is called {name}"))
    }

    /// What the operation says of a status, if anything.
    fn response(&self, operation: &Part<'_>, status: u16) -> Result<Option<Part<'_>>> {
        let part = self.part(&format!("{}/responses/{status}", operation.pointer));
        part.map(|part| self.resolved(part)).transpose()
    }

    /// What any operation of a path says of a status.
    fn of_path(&self, item: &Part<'_>, status: u16) -> Option<Part<'_>> {
        let operations = METHODS.iter().filter_map(|method| item.at(method));
        operations.filter_map(|operation| self.response(&operation, status).ok().flatten()).next()
    }

    fn part(&self, pointer: &str) -> Option<Part<'_>> {
        Some(Part { pointer: pointer.to_owned(), value: self.root.pointer(pointer)? })
    }

    /// The part itself, or the one that it refers to.
    fn resolved<'a>(&'a self, part: Part<'a>) -> Result<Part<'a>> {
        match part.value.get("$ref").and_then(Value::as_str) {
            None => Ok(part),
            Some(reference) => {
                let target = reference.strip_prefix('#').and_then(|pointer| self.part(pointer));
                self.resolved(target.with_context(|| format!("{}: {reference} is not there", part.pointer))?)
            }
        }
    }

    fn headers(&self, described: &Part<'_>, response: &Response) -> Result<Vec<String>> {
        let mut violations = Vec::new();
        let headers = described.at("headers");
        for name in headers.iter().flat_map(Part::keys) {
            let header = self.resolved(headers.as_ref().and_then(|all| all.at(name)).context("a header")?)?;
            let values = response.header(name);
            if values.is_empty() && header.value.get("required") == Some(&Value::Bool(true)) {
                violations.push(format!("no {name}"));
            }
            let schema = header.at("schema").with_context(|| format!("{} has no schema", header.pointer))?;
            for value in values {
                let value = self.header_value(&schema, value)?;
                violations.extend(self.validate(&schema, &value)?.into_iter().map(|fault| format!("{name}: {fault}")));
            }
        }
        Ok(violations)
    }

    /// A header field is text, unless its schema speaks of integers.
    fn header_value(&self, schema: &Part<'_>, value: &[u8]) -> Result<Value> {
        let text = String::from_utf8_lossy(value).into_owned();
        let schema = self.resolved(schema.clone())?;
        let integer = schema.value.get("type").is_some_and(|kind| kind == "integer");
        Ok(text.parse::<i64>().ok().filter(|_| integer).map_or(Value::String(text), Value::from))
    }

    fn body(&self, described: &Part<'_>, method: &str, response: &Response) -> Result<Vec<String>> {
        let content_type = response.header("content-type").first().map(|value| String::from_utf8_lossy(value));
        let shown = String::from_utf8_lossy(&response.body);
        let content = described.at("content").filter(|_| method != "HEAD");
        let Some(content) = content else {
            let typed =
                content_type.filter(|_| method != "HEAD").map(|known| format!("Content-Type is {known}, not none"));
            let body = (!response.body.is_empty()).then(|| format!("a body: {shown}"));
            return Ok(typed.into_iter().chain(body).collect());
        };
        let content_type = content_type.unwrap_or_default();
        let Some(media) = content.at(&content_type) else {
            let known: Vec<&str> = content.keys().collect();
            return Ok(vec![format!("Content-Type is {content_type:?}, not {}", known.join(" or "))]);
        };
        let schema = media.at("schema").with_context(|| format!("{} has no schema", media.pointer))?;
        let value = if content_type.starts_with("application/json") {
            match serde_json::from_slice(&response.body) {
                Ok(value) => value,
                Err(error) => return Ok(vec![format!("no JSON: {error}: {shown}")]),
            }
        } else {
            Value::String(shown.clone().into_owned())
        };
        let faults = self.validate(&schema, &value)?;
        Ok(faults.into_iter().map(|fault| format!("{fault}, in {shown}")).collect())
    }

    fn validate(&self, schema: &Part<'_>, value: &Value) -> Result<Vec<String>> {
        let fragment = utf8_percent_encode(&schema.pointer, FRAGMENT);
        let schema = serde_json::json!({ "$ref": format!("{URI}#{fragment}") });
        let options = jsonschema::options().with_draft(Draft::Draft202012).with_registry(&self.registry);
        let validator = options.should_validate_formats(true).build(&schema).map_err(|error| anyhow!("{error}"))?;
        let fault = |error: jsonschema::ValidationError<'_>| match error.instance_path().as_str() {
            "" => error.to_string(),
            path => format!("{path}: {error}"),
        };
        Ok(validator.iter_errors(value).map(fault).collect())
    }
}

impl<'a> Part<'a> {
    fn at(&self, key: &str) -> Option<Self> {
        let pointer = format!("{}/{}", self.pointer, key.replace('~', "~0").replace('/', "~1"));
        Some(Self { pointer, value: self.value.get(key)? })
    }

    fn keys(&self) -> impl Iterator<Item = &'a str> {
        self.value.as_object().into_iter().flat_map(serde_json::Map::keys).map(String::as_str)
    }
}

fn name(operation: &Part<'_>) -> String {
    operation.value.get("operationId").and_then(Value::as_str).unwrap_or("an operation without a name").to_owned()
}

/// Whether a path fits a template: `{…}` stands for a whole segment that is not empty.
#[must_use]
pub fn fits(template: &str, path: &str) -> bool {
    let (mut wanted, mut found) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), found.next()) {
            (None, None) => return true,
            (Some(wanted), Some(found)) if wanted == found => {}
            (Some(wanted), Some(found)) if wanted.starts_with('{') && !found.is_empty() => {}
            _ => return false,
        }
    }
}
