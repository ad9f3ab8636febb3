use super::{Planted, on};
use crate::deviations::change::Change::{Body, Header, Less, More, NoHeader, Status, Swapped, Text};

pub(super) const PLANTED: Planted = Planted {
    documented: &[
        // Credentials and rights
        on("GET /api/v1/users/ 200", NoHeader("content-type"), "A1"),
        on("GET /api/v1/users/ 200", Text("ü", r"\u00fc"), "A2"),
        on("GET /api/v1/users 401", Header("www-authenticate", r#"Basic realm="api""#), "A3"),
        on("GET /api/v1/users 401", Header("content-type", "text/plain"), "A3"),
        on("GET /api/v1/users 401", Body(r#""Unauthorized""#), "A3"),
        on("DELETE /api/v1/users/ 401", NoHeader("www-authenticate"), "A3"),
        on("GET /api/v1/users/ 403", Header("www-authenticate", "Basic"), "A4"),
        on("PATCH /api/v1/users/ 403", Status(404), "A4"),
        on("DELETE /api/v1/users/ 403", Text("Forbidden", "forbidden"), "A4"),
        on("GET /api/v1/users/ 200", Swapped("username", "admin"), "A5 R2"),
        on("GET /api/v1/users/ 200", Text(r#""admin":true"#, r#""admin":1"#), "A5 R2"),
        // Reading
        on("GET /api/v1/users 200", Text(r#"{"value":"#, r#"{"values":"#), "R1"),
        on("GET /api/v1/users 200", More("\n"), "R1 R2"),
        on("GET /api/v1/users/ 200", Text(r"\u0026", "&"), "R2"),
        on("* /api/v1/users/ 404", Text("User not found", "user not found"), "R12"),
        on("PATCH /api/v1/users/ 404", Body(""), "R12"),
        // Making
        on("PUT /api/v1/users/ 201", Status(200), "R3"),
        on("PUT /api/v1/users/ 201", Text(r"\u003c", r"\u003C"), "R3"),
        on("PUT /api/v1/users/ 409", Status(400), "R4"),
        on("PUT /api/v1/users/ 409", Text("already existed", "already exists"), "R4"),
        on("PUT /api/v1/users/ 400", Text("'required' tag", "'min' tag"), "R5"),
        on("PUT /api/v1/users/ 400", Text("'min' tag", "'gte' tag"), "R6"),
        on("PATCH /api/v1/users/ 400", Text("'min' tag", "'gte' tag"), "R6"),
        on("PUT /api/v1/users/ 400", Text(r#""unexpected EOF""#, r#""EOF""#), "R7"),
        on("PUT /api/v1/users/ 400", Text(r"\u003c", "<"), "R7"),
        on("PATCH /api/v1/users/ 400", Text("'i' in literal", "'n' in literal"), "R7"),
        on("PUT /api/v1/users/ 400", Text("]' after", "}' after"), "R7"),
        on("PUT /api/v1/users/ 400", Text("UserPasswordRequest.value.password", "password"), "R7"),
        on("PUT /api/v1/users/ 400", Text("A username has", "A name has"), "R13"),
        // Changing and deleting
        on("DELETE /api/v1/users/ 204", Status(200), "R8"),
        on("PATCH /api/v1/users/ 200", Text(r#"{"value":"#, r#"{"user":"#), "R9"),
        on("PATCH /api/v1/users/ 400", Text("current password is wrong", "wrong password"), "R10 R11"),
        on("PATCH /api/v1/users/ 400", Text(r"\nKey", r"\u000aKey"), "R10"),
        // Paths
        on("GET /api/v1/user 404", More("\n"), "R14"),
        on("POST /api/v1/users/ 404", Status(405), "R14"),
        on("OPTIONS /api/v1/users 404", Header("allow", "GET"), "R14"),
        on("GET /api/v1/users/ 301", Status(308), "R15"),
        on("GET /api/v1/users/ 301", Header("location", "/api/v1/user"), "R15"),
        on("GET /api/v1/users/ 301", Less, "R15"),
        on("DELETE /api/v1/users/ 307", Status(301), "R15"),
    ],
    // The document and the original agree.
    observed: &[on("GET /api/v1/users/ 403", Status(401), "A4"), on("GET /api/v1/users/ 301", Body(""), "R15")],
};
