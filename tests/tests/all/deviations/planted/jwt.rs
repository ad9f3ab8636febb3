use super::{Planted, on};
use crate::deviations::change::Change::{Body, Claims, Header, Less, More, NoHeader, Quoted, Status, Swapped, Text};

pub(super) const PLANTED: Planted = Planted {
    documented: &[
        // Tokens and rights
        on("GET /v1/users/token 200", Text(r#""token""#, r#""jwt""#), "A1"),
        on("GET /v1/users/token 200", Header("set-cookie", "token=x"), "A1"),
        on("GET /v1/users/token 401", Header("www-authenticate", r#"Basic realm="token""#), "A2"),
        on("GET /v1/users/token 200", Claims(r#""roles":["USER"]"#, r#""roles":"USER""#), "A3"),
        on("GET /.well-known/jwks.json 200", Text(r#""keys""#, r#""jwks""#), "A3"),
        on("GET /v1/users 401", Text("Unauthorized", "Unauthenticated"), "A4"),
        on("GET /v1/users 401", More("\n"), "A4"),
        on("GET /v1/users 403", Status(401), "A5"),
        on("GET /v1/users/ 403", Text("Forbidden", "forbidden"), "A5"),
        on("GET /v1/users 403", Status(200), "A7"),
        // A user
        on("GET /v1/users/ 200", Swapped("dateCreated", "dateUpdated"), "A6 R9"),
        on("GET /v1/users/ 200", Text(r#"Z""#, r#"+00:00""#), "A6 R9"),
        on("GET /v1/users/ 200", Text(r#""roles":["USER"]"#, r#""roles":["user"]"#), "A6 R9"),
        on("GET /v1/users/ 200", Status(201), "R9"),
        // Signing up
        on("POST /v1/users 201", Status(200), "R1"),
        on("POST /v1/users 201", Header("location", "/v1/users/1"), "R1"),
        on("POST /v1/users 201", Text(r"\u003c", "<"), "R1"),
        on("POST /v1/users 201", Text(r"\u2028", "\u{2028}"), "R1"),
        on("POST /v1/users 201", Text(r#""name":"Last""#, r#""name":"First""#), "A8"),
        on("POST /v1/users 403", Status(401), "R2"),
        on("POST /v1/users 400", Text("equal to Password", "equal to password"), "R3"),
        on("POST /v1/users 400", Swapped("email", "name"), "R3"),
        on("POST /v1/users 400", Text("email is not unique", "email is taken"), "R4"),
        on("PUT /v1/users/ 400", Status(409), "R4"),
        on("POST /v1/users 400", Text("unable to decode payload: ", ""), "R5"),
        on("POST /v1/users 400", Text(r#"\"x\""#, "'x'"), "R5"),
        // The list
        on("GET /v1/users 200", Text("rowsPerPage", "rows_per_page"), "R6 R7"),
        on("GET /v1/users 200", Quoted("total"), "R6 R7"),
        on("GET /v1/users 200", Swapped("page", "rowsPerPage"), "R6 R7"),
        on("GET /v1/users 200", Text(r#""items":[]"#, r#""items":null"#), "R7"),
        on("GET /v1/users 400", Text("strconv.Atoi: ", ""), "R8"),
        on("GET /v1/users 400", Status(422), "R8"),
        // One user
        on("DELETE /v1/users/ 204", Status(200), "R10"),
        on("DELETE /v1/users/ 204", Header("content-type", "application/json"), "R10"),
        on("GET /v1/users/ 400", Text("ID is not", "id is not"), "R11"),
        on("GET /v1/users/ 404", Text("user not found", "not found"), "R12"),
        on("DELETE /v1/users/ 404", Status(204), "R12"),
        on("GET /v1/users/ 200", Text("{}", "null"), "R13"),
        on("PUT /v1/users/ 200", Text(r#""enabled":true"#, r#""enabled":1"#), "R15"),
        on("PUT /v1/users/ 200", Body(""), "R15"),
        // Paths
        on("GET /v1/nothing 404", Less, "R17"),
        on("GET /v1/nothing 404", NoHeader("x-content-type-options"), "R17"),
        on("PATCH /v1/users 405", NoHeader("allow"), "R17"),
        on("GET /v1/users/ 301", Status(308), "R17"),
        on("GET /v1/users/ 301", Header("location", "/v1/users"), "R17"),
        on("POST /v1/users/ 301", Header("content-type", "text/html; charset=utf-8"), "R17"),
        on("OPTIONS /v1/users 200", Text(r#""OK""#, "OK"), "R18"),
        on("OPTIONS /v1/users 200", Header("access-control-allow-origin", "*"), "R18"),
    ],
    observed: &[
        on("GET /v1/users 401", Status(403), "A5"),
        on("POST /v1/users 409", Status(400), "R4"),
        on("PUT /v1/users/ 409", Text("create: ", "update: "), "R4"),
        on("DELETE /v1/users/ 204", Status(404), "R10 R12"),
        on("GET /v1/users/ 404", Text("query: ", ""), "R12"),
    ],
};
