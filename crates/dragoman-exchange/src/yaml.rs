//! The file format as it is written, before it is checked.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

use crate::exchange::{Body, Credentials, Expectation, Message, Profile, Step};
use crate::template::{Pattern, Text};

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExchangeYaml {
    pub(crate) exchange: String,
    pub(crate) clauses: Vec<String>,
    pub(crate) profile: Option<Profile>,
    #[serde(default)]
    pub(crate) hazards: Vec<String>,
    #[serde(default)]
    pub(crate) given: Vec<serde_json::Value>,
    #[serde(default)]
    pub(crate) settings: serde_json::Map<String, serde_json::Value>,
    pub(crate) steps: Vec<Spanned<StepYaml>>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StepYaml {
    send: Option<String>,
    #[serde(default)]
    headers: Pairs<OneOrMore<Text>>,
    form: Option<Pairs<Text>>,
    multipart: Option<Pairs<Text>>,
    json: Option<Text>,
    body: Option<Text>,
    body_base64: Option<String>,
    basic: Option<Text>,
    bearer: Option<Text>,
    expect: Option<ExpectYaml>,
    advance: Option<String>,
    database: Option<DatabaseYaml>,
    claims: Option<Text>,
    header: Option<Pattern>,
    payload: Option<Pattern>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectYaml {
    status: u16,
    #[serde(default)]
    headers: Pairs<Option<OneOrMore<Pattern>>>,
    body: Pattern,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
enum DatabaseYaml {
    Fails,
    Works,
}

impl StepYaml {
    pub(crate) fn into_step(self) -> Result<Step> {
        let Self { send, headers, form, multipart, json, body, body_base64, basic, bearer, expect, .. } = self;
        let of_send = !headers.0.is_empty()
            || expect.is_some()
            || form.is_some()
            || multipart.is_some()
            || [&json, &body, &basic, &bearer].into_iter().any(Option::is_some)
            || body_base64.is_some();
        let of_claims = self.header.is_some() || self.payload.is_some();
        ensure!(send.is_some() || !of_send, "a step that sends nothing has no headers, body, credentials or expect");
        ensure!(self.claims.is_some() || !of_claims, "header and payload belong to a claims step");

        match (send, self.advance, self.database, self.claims) {
            (Some(send), None, None, None) => {
                let (method, target) =
                    send.split_once(' ').context("send is METHOD, a space and the request target")?;
                let message = Message {
                    method: method.to_owned(),
                    target: Text::try_from(target.to_owned())?,
                    headers: headers.flatten(),
                    body: one_body(form, multipart, json, body, body_base64)?,
                    credentials: one_credential(basic, bearer)?,
                };
                let expect = expect.context("a request without expect proves nothing")?.into_expectation();
                Ok(Step::Send { message, expect })
            }
            (None, Some(by), None, None) => Ok(Step::Advance(duration(&by)?)),
            (None, None, Some(state), None) => Ok(Step::Database { works: state == DatabaseYaml::Works }),
            (None, None, None, Some(token)) => {
                ensure!(of_claims, "a claims step without header and payload proves nothing");
                Ok(Step::Claims { token, header: self.header, payload: self.payload })
            }
            _ => bail!("a step is exactly one of send, advance, database and claims"),
        }
    }
}

impl ExpectYaml {
    fn into_expectation(self) -> Expectation {
        let headers = self.headers.0.into_iter().map(|(name, values)| (name, values.map_or_else(Vec::new, |v| v.0)));
        Expectation { status: self.status, headers: headers.collect(), body: self.body }
    }
}

pub(crate) fn one_body(
    form: Option<Pairs<Text>>,
    multipart: Option<Pairs<Text>>,
    json: Option<Text>,
    body: Option<Text>,
    body_base64: Option<String>,
) -> Result<Body> {
    match (form, multipart, json, body, body_base64) {
        (None, None, None, None, None) => Ok(Body::None),
        (Some(fields), None, None, None, None) => Ok(Body::Form(fields.0)),
        (None, Some(fields), None, None, None) => Ok(Body::Multipart(fields.0)),
        (None, None, Some(text), None, None) => Ok(Body::Json(text)),
        (None, None, None, Some(text), None) => Ok(Body::Text(text)),
        (None, None, None, None, Some(text)) => {
            Ok(Body::Bytes(STANDARD.decode(text).context("body_base64 is no padded standard base64")?))
        }
        _ => bail!("at most one of form, multipart, json, body and body_base64"),
    }
}

pub(crate) fn one_credential(basic: Option<Text>, bearer: Option<Text>) -> Result<Credentials> {
    match (basic, bearer) {
        (None, None) => Ok(Credentials::None),
        (Some(text), None) => Ok(Credentials::Basic(text)),
        (None, Some(text)) => Ok(Credentials::Bearer(text)),
        (Some(_), Some(_)) => bail!("at most one of basic and bearer"),
    }
}

/// `90s`, `16m`, `1h` or `20d`.
fn duration(text: &str) -> Result<Duration> {
    let units = [('s', 1), ('m', 60), ('h', 3_600), ('d', 86_400)];
    let seconds = units.into_iter().find_map(|(unit, seconds)| {
        let number: u64 = text.strip_suffix(unit)?.parse().ok()?;
        number.checked_mul(seconds)
    });
    seconds.map(Duration::from_secs).with_context(|| format!("{text:?} is no time like 90s, 16m, 1h or 20d"))
}

/// A map whose order counts. Where a key repeats, it is written as a list of pairs.
#[derive(Debug)]
pub(crate) struct Pairs<T>(Vec<(String, T)>);

impl<T> Default for Pairs<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Clone> Pairs<OneOrMore<T>> {
    pub(crate) fn flatten(self) -> Vec<(String, T)> {
        let each =
            |(name, values): (String, OneOrMore<T>)| values.0.into_iter().map(move |value| (name.clone(), value));
        self.0.into_iter().flat_map(each).collect()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Pairs<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PairsVisitor(PhantomData))
    }
}

struct PairsVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for PairsVisitor<T> {
    type Value = Pairs<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map, or a list of [key, value] pairs")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(Pairs(pairs))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = list.next_element()? {
            pairs.push(pair);
        }
        Ok(Pairs(pairs))
    }
}

/// One value, or a list of them.
#[derive(Debug)]
pub(crate) struct OneOrMore<T>(Vec<T>);

impl<'de, T: TryFrom<String, Error = anyhow::Error>> Deserialize<'de> for OneOrMore<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneOrMoreVisitor(PhantomData))
    }
}

struct OneOrMoreVisitor<T>(PhantomData<T>);

impl<'de, T: TryFrom<String, Error = anyhow::Error>> Visitor<'de> for OneOrMoreVisitor<T> {
    type Value = OneOrMore<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, or a list of texts")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
        one(text.to_owned())
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Self::Value, E> {
        one(number.to_string())
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Self::Value, E> {
        one(number.to_string())
    }

    fn visit_bool<E: serde::de::Error>(self, truth: bool) -> Result<Self::Value, E> {
        one(truth.to_string())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut texts = Vec::new();
        while let Some(text) = list.next_element::<String>()? {
            texts.push(T::try_from(text).map_err(A::Error::custom)?);
        }
        Ok(OneOrMore(texts))
    }
}

fn one<T: TryFrom<String, Error = anyhow::Error>, E: serde::de::Error>(text: String) -> Result<OneOrMore<T>, E> {
    T::try_from(text).map(|value| OneOrMore(vec![value])).map_err(E::custom)
}
