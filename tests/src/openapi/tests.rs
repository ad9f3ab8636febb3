//! The proof that an answer can fail.

use dragoman::dialects;

use super::*;

const DOCUMENT: &str = r##"
openapi: 3.1.0
paths:
  /users/{id}:
    get:
      operationId: show
      responses:
        '200':
          headers:
            X-Count: { required: true, schema: { $ref: '#/components/schemas/Count' } }
            X-Note: { schema: { const: fine } }
          content: &user
            application/json:
              schema:
                $ref: '#/components/schemas/User'
                properties: { name: { const: Ann } }
        '204': { $ref: '#/components/responses/Nothing' }
        '405': { content: *user }
  /users/me:
    get:
      operationId: me
      responses:
        '200': { content: { text/html; charset=utf-8: { schema: { const: "<p>\n" } } } }
components:
  responses:
    Nothing: { description: Nothing. }
    UnknownPath: { content: { text/plain: { schema: { const: lost } } } }
  schemas:
    Count: { type: integer, minimum: 1 }
    User:
      type: object
      required: [name]
      additionalProperties: false
      properties: { name: { type: string }, age: { type: integer }, n: { type: string } }
"##;

fn judge(call: &str, status: u16, headers: &[(&str, &str)], body: &str) -> Result<Judgement> {
    let (method, target) = call.split_once(' ').context("METHOD and target")?;
    let request = Request { method: method.to_owned(), target: target.to_owned(), headers: Vec::new(), body: None };
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_owned()));
    let response = Response { status, headers: headers.collect(), body: body.as_bytes().to_owned() };
    // The rows of amadis: an unknown path is a response of its own, a wrong method one of its path.
    Document::parse("amadis", DOCUMENT)?.judge(&request, &response)
}

fn broken(call: &str, status: u16, headers: &[(&str, &str)], body: &str, violation: &str) -> Result<()> {
    match judge(call, status, headers, body)? {
        Judgement::Broken(found) => ensure!(found.iter().any(|text| text.contains(violation)), "{found:?}"),
        kept @ (Judgement::Kept | Judgement::InProse) => {
            anyhow::bail!("{call} {status} {body}: {kept:?}, not {violation}")
        }
    }
    Ok(())
}

const JSON: (&str, &str) = ("content-type", "application/json");
const COUNT: (&str, &str) = ("x-count", "3");

#[test]
fn an_answer_that_is_described_is_kept() -> Result<()> {
    let kept = [
        judge("GET /users/26?x=1", 200, &[JSON, COUNT], r#"{"name":"Ann","age":7,"n":"AQAB"}"#)?,
        judge("GET /users/26", 204, &[], "")?,
        judge("GET /users/me", 200, &[("content-type", "text/html; charset=utf-8")], "<p>\n")?,
        judge("GET /nowhere", 404, &[("content-type", "text/plain")], "lost")?,
        judge("HEAD /nowhere", 404, &[("content-type", "text/plain")], "")?,
        judge("BREW /users/26", 405, &[JSON], r#"{"name":"Ann"}"#)?,
    ];
    assert_eq!(kept, std::array::from_fn(|_| Judgement::Kept));
    Ok(())
}

#[test]
fn a_wrong_status_breaks() -> Result<()> {
    broken("GET /users/26", 201, &[JSON, COUNT], r#"{"name":"Ann"}"#, "GET /users/26 (show) 201: no such status")?;
    broken("GET /nowhere", 200, &[], "", "(a path that is not there) 200: no such status")?;
    broken("GET /users/", 200, &[], "", "a path that is not there")?;
    broken("PUT /users/26", 404, &[], "", "(a method that is not there) 404: no such status")
}

#[test]
fn a_wrong_content_type_breaks() -> Result<()> {
    let user = r#"{"name":"Ann"}"#;
    let utf8 = ("content-type", "application/json; charset=utf-8");
    broken("GET /users/26", 200, &[utf8, COUNT], user, "Content-Type is \"application/json; charset=utf-8\"")?;
    broken("GET /users/26", 200, &[COUNT], user, "Content-Type is \"\"")?;
    broken("GET /users/26", 204, &[JSON], "", "Content-Type is application/json, not none")
}

#[test]
fn a_wrong_body_breaks() -> Result<()> {
    let wrong = |body, violation| broken("GET /users/26", 200, &[JSON, COUNT], body, violation);
    wrong(r#"{"name":"Ann","more":1}"#, "'more' was unexpected")?;
    wrong(r#"{"age":7}"#, "\"name\" is a required property")?;
    // The reference has a sibling, and both count.
    wrong(r#"{"name":"Bob"}"#, "/name: \"Ann\" was expected")?;
    wrong(r#"{"name":"Ann","age":"7"}"#, "/age: \"7\" is not of type \"integer\"")?;
    wrong(r#"{"name":"Ann"} x"#, "no JSON")?;
    broken("GET /users/me", 200, &[("content-type", "text/html; charset=utf-8")], "<p>", "was expected")?;
    broken("GET /users/26", 204, &[], "x", "a body: x")?;
    broken("HEAD /nowhere", 404, &[("content-type", "text/plain")], "lost", "a body: lost")
}

#[test]
fn a_wrong_header_breaks() -> Result<()> {
    let wrong = |header, violation| broken("GET /users/26", 200, &[JSON, header], r#"{"name":"Ann"}"#, violation);
    wrong(("x-other", "3"), "no X-Count")?;
    wrong(("x-count", "0"), "X-Count: 0 is less than the minimum of 1")?;
    wrong(("x-count", "three"), "X-Count: \"three\" is not of type \"integer\"")?;
    broken("GET /users/26", 200, &[JSON, COUNT, ("x-note", "no")], r#"{"name":"Ann"}"#, "X-Note: \"fine\" was expected")
}

#[test]
fn a_reference_to_nothing_is_an_error() {
    assert!(Document::parse("onyx", &DOCUMENT.replace("responses/Nothing'", "responses/Nobody'")).is_ok_and(
        |document| {
            let request = Request { method: "GET".into(), target: "/users/26".into(), headers: Vec::new(), body: None };
            document.judge(&request, &Response { status: 204, headers: Vec::new(), body: Vec::new() }).is_err()
        }
    ));
}

#[test]
fn every_schema_of_the_documents_can_be_used() -> Result<()> {
    for dialect in dialects::ALL {
        let document = Document::of_dialect(dialect.name)?;
        let mut schemas = 0;
        for (method, path) in document.operations()? {
            let operation = document.path_item(&path)?.and_then(|item| item.at(&method.to_lowercase()));
            let responses = operation.and_then(|operation| operation.at("responses")).context("no responses")?;
            for status in responses.keys() {
                let response = document.resolved(responses.at(status).context("a response")?)?;
                for media in response.at("content").iter().flat_map(|all| all.keys().filter_map(|key| all.at(key))) {
                    document.validate(&media.at("schema").context("no schema")?, &Value::Null)?;
                    schemas += 1;
                }
            }
        }
        assert!(schemas > 20, "{}: only {schemas}", dialect.name);
    }
    Ok(())
}

/// OPTIONS is left out: some dialects answer it beside their table, as their servers did.
#[test]
fn documents_and_route_tables_have_the_same_operations() -> Result<()> {
    for dialect in dialects::ALL {
        let mut described = Document::of_dialect(dialect.name)?.operations()?;
        // A parameter may say after a colon what fits it.
        let row = |row: &dragoman_http::Endpoint| (row.method.to_owned(), row.path.replace(":[^/]*", ""));
        let mut served: Vec<_> = dialect.endpoints.iter().map(row).collect();
        let preflight = |(method, _): &(String, String)| method == "OPTIONS";
        described.retain(|operation| !preflight(operation));
        served.retain(|operation| !preflight(operation));
        described.sort();
        served.sort();
        assert_eq!(described, served, "{}", dialect.name);
    }
    Ok(())
}
