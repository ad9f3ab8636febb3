use super::{Planted, on};
use crate::deviations::change::Change::{Body, Claims, Header, Less, More, Status, Swapped, Text};

pub(super) const PLANTED: Planted = Planted {
    documented: &[
        // Tokens
        on("* /api 422", Status(401), "T2 T6 T7"),
        on("* /api 422", Text("Not enough segments", "Not enough segments."), "T6"),
        on("* /api 422", Text("Only refresh tokens", "Only Refresh tokens"), "T7"),
        on("POST /api/user/login 200", Claims(r#""admin":"0""#, r#""admin":0"#), "T3"),
        on("* /api 401", Header("www-authenticate", "Bearer"), "T5"),
        on("GET /api/users 401", Text("has been revoked", "has expired"), "T9"),
        on("GET /api/get_access_token 200", Text("access_token", "token"), "T1 R3"),
        // Spelling
        on("* /api 401", Less, "T5 T8"),
        on("GET /api/users 200", Text(", ", ","), "T8 R1 R2"),
        on("GET /api/users 200", Text(": ", ":"), "T8 R1 R2"),
        on("GET /api/users 200", Text(r"\u00eb", r"\u00EB"), "T8"),
        on("GET /api/users 200", Text(r"\u00eb", "ë"), "T8"),
        on("GET /api/users 200", Text("</b>", r"\u003c/b\u003e"), "T8"),
        // Rows
        on("GET /api/users 200", Swapped("color", "background_color"), "R2"),
        on("GET /api/users 200", Text(r#""tutorial": 0"#, r#""tutorial": null"#), "R2"),
        on("GET /api/users 200", Text("$5$rounds=535000$", "$5$"), "R2"),
        on("GET /api/user/manage 200", Text(r#""admin": 0"#, r#""admin": false"#), "R15"),
        // Registering and signing in
        on("POST /api/user/register 200", Status(201), "R4"),
        on("POST /api/user/register 200", Text("Not same password", "Not the same password"), "R5"),
        on("POST /api/user/register 200", Text(r#"{"status": "error"}"#, r#"{"error": "taken"}"#), "R6"),
        on("POST /api/user/register 400", Header("content-type", "text/html; charset=utf-8"), "R7"),
        on("POST /api/user/login 400", Text("<title>400 Bad Request</title>", "<title>400</title>"), "R7"),
        on("POST /api/user/login 200", Swapped("access_token", "refresh_token"), "R8"),
        on("POST /api/user/login 200", More("\n"), "R8 R9"),
        on("POST /api/user/login 200", Text("Wrong Informations", "Wrong information"), "R9"),
        on("POST /api/user/login 200", Header("set-cookie", "session=e30; HttpOnly; Path=/"), "R20"),
        on("POST /api/user/login 200", Header("vary", "Cookie"), "R20"),
        // Everything else
        on("GET /api/user/logout_access 200", Body(r#"{"message": "Access token has been revoked"}"#), "R10"),
        on("GET /api/user/logout_refresh 200", Status(404), "R11"),
        on("POST /api/user/delete 200", Text("error", "success"), "R12"),
        on("GET /api/user/delete 200", Text("You're not admin", "You are not admin"), "R13"),
        on("POST /api/user/manage 200", More("\n"), "R14"),
        on("POST /api/user/manage 200", Text(r#"{"status": "error"}"#, r#"{"error": "taken"}"#), "R14"),
        on("POST /api/user/change 200", Text(r#"{"status": "error"}"#, r#"{"error": "taken"}"#), "R16"),
        on("POST /api/user/change 200", Text("Password not match", "Passwords do not match"), "R16"),
        on("GET /api/token_valid 200", Text("success", "valid"), "R17"),
        on("* /api 404", Text("<title>404 Not Found</title>", "<title>Not Found</title>"), "R18"),
        on("POST /api/users 404", Header("allow", "GET"), "R18"),
        on("DELETE /api/user/delete 404", Status(405), "R18"),
        on("OPTIONS /api/users 200", Header("allow", "GET, HEAD"), "R19"),
        on("HEAD /api/user/logout_access 404", Status(200), "R19"),
    ],
    observed: &[
        on("GET /api/user/logout_access 200", Body(r#"{"status": "success"}"#), "R10"),
        on("POST /api/user/manage 400", Status(200), "R14"),
        on("POST /api/user/change 400", Header("content-type", "text/html; charset=utf-8"), "R16 R7"),
    ],
};
