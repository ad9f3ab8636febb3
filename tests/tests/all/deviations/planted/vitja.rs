use super::{Planted, on};
use crate::deviations::change::Change::{Body, Claims, Header, More, NoHeader, Quoted, Status, Swapped, Text};

pub(super) const PLANTED: Planted = Planted {
    documented: &[
        // Signing in
        on("POST /api/v1/login 200", Text(r#""token""#, r#""access_token""#), "A2"),
        on("POST /api/v1/login 200", Header("content-type", "application/json; charset=utf-8"), "A2"),
        on("POST /api/v1/login 200", Claims(r#""admin":false,"#, ""), "A3"),
        on("POST /api/v1/login 401", Status(403), "A4"),
        on("POST /api/v1/login 400", Text("Please provide", "Provide"), "A4"),
        on("GET /api/v1/users 400", Status(401), "A5"),
        on("GET /api/v1/users 401", Header("www-authenticate", "Bearer"), "A5"),
        on("POST /api/v1/users/ 401", Text("Unauthorized", "unauthorized"), "A5 A6"),
        on("DELETE /api/v1/users/ 400", Text("Missing or invalid jwt", "Missing jwt"), "A1"),
        on("POST /api/v1/users/ 401", Status(403), "A6"),
        on("POST /api/v1/tokenTest 418", Status(200), "R16"),
        on("POST /api/v1/tokenTest 418", Text("🍵", r"\ud83c\udf75"), "R16"),
        // A user
        on("GET /api/v1/users/ 200", Swapped("isAdmin", "created"), "A7 R3"),
        on("GET /api/v1/users/ 200", Text(r#""password":"""#, r#""password":null"#), "A7 R3"),
        on("GET /api/v1/users/ 200", Quoted("created"), "A7 R3"),
        on("GET /api/v1/users/ 200", Text(r"\u003c", r"\u003C"), "A7 R3"),
        on("GET /api/v1/users/ 200", Text("é", r"\u00e9"), "A7 R3"),
        on("GET /api/v1/users/ 404", Text("not found.", "not found"), "R3"),
        on("GET /api/v1/users 200", More("\n"), "R1 R2"),
        on("GET /api/v1/users 200", Text("[]", "null"), "R1 R2"),
        on("GET /api/v1/users 400", Text("Bad Request", "bad request"), "R2"),
        // Across origins
        on("* /api/v1 405", NoHeader("access-control-allow-origin"), "A8"),
        on("* /api/v1 200", NoHeader("access-control-expose-headers"), "A8"),
        on("OPTIONS /api/v1/users/ 200", Status(204), "A8"),
        on("OPTIONS /api/v1/users 200", Header("content-type", "text/plain; charset=utf-8"), "A8"),
        // Making
        on("PUT /api/v1/users 200", Status(201), "R4 A9"),
        on("PUT /api/v1/users 200", Text(r#""isAdmin":true"#, r#""isAdmin":false"#), "R4 A10"),
        on("PUT /api/v1/users 200", Swapped("name", "username"), "A9"),
        on("PUT /api/v1/users 400", Text("No user model", "No user"), "R5"),
        on("PUT /api/v1/users 400", Text("Error decoding user: ", ""), "R6"),
        on("PUT /api/v1/users 400", Text("Please specify a", "Specify a"), "R7"),
        on("PUT /api/v1/users 400", Text("email address already", "email already"), "R8"),
        on("PUT /api/v1/users 400", Status(409), "R8"),
        // Changing and deleting
        on("POST /api/v1/users/ 200", Body(r#"{"message":"success"}"#), "R9"),
        on("POST /api/v1/users/ 400", Text("Invalid ID.", "User ID is invalid."), "R10"),
        on("POST /api/v1/users/ 404", Text("The user does not exist.", "User not found."), "R10"),
        on("DELETE /api/v1/users/ 200", Body(""), "R11"),
        on("DELETE /api/v1/users/ 400", Text("User ID is invalid.", "Invalid ID."), "R11"),
        on("POST /api/v1/users/ 200", Text("updated successfully", "updated"), "R12"),
        on("POST /api/v1/users/ 400", Text("No password", "no password"), "R13"),
        // Paths
        on("GET /api/v1/nothing 404", Text("Not Found", "not found"), "R15"),
        on("PATCH /api/v1/users/ 405", Status(404), "R15"),
        on("PUT /api/v1/users/ 405", NoHeader("allow"), "R15"),
    ],
    // The document and the original agree.
    observed: &[
        on("GET /api/v1/users 401", Status(403), "A5 A6"),
        on("DELETE /api/v1/users/ 200", Text("success", "Success"), "R11"),
    ],
};
