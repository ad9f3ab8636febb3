use super::{Planted, on};
use crate::deviations::change::Change::{Body, Claims, Header, NoHeader, Quoted, Status, Swapped, Text};

pub(super) const PLANTED: Planted = Planted {
    documented: &[
        // Tokens
        on("POST /oauth/token 200", NoHeader("cache-control"), "A1 A2 A3"),
        on("POST /oauth/token 200", Header("pragma", "public"), "A1 A2 A3"),
        on("POST /oauth/token 200", Swapped("token_type", "expires_in"), "A1"),
        on("POST /oauth/token 200", Quoted("expires_in"), "A2"),
        on("POST /oauth/token 200", Claims(r#""scopes":[]"#, r#""scopes":["*"]"#), "A1 A2"),
        on("POST /oauth/token 200", Text("refresh_token", "refreshToken"), "A3"),
        on("POST /oauth/token 400", Text("The refresh token is invalid.", "Invalid."), "A3"),
        on("POST /oauth/token 401", Status(400), "A4"),
        on("POST /oauth/token 401", Swapped("error", "error_description"), "A4"),
        on("POST /oauth/token 401", Header("www-authenticate", "Basic"), "A4"),
        on("POST /oauth/token 400", Text("unsupported_grant_type", "invalid_grant"), "A4"),
        // Rights
        on("GET /api/datamanagement/v1/User 401", Text("Unauthenticated.", "Unauthenticated"), "A5"),
        on("DELETE /api/datamanagement/v1/User/ 401", Body(""), "A5"),
        on("DELETE /api/datamanagement/v1/User/ 403", Status(401), "A5"),
        on("PATCH /api/user/v1/resetpassword 403", Text("This action", "The action"), "A5"),
        // Rows
        on("GET /api/datamanagement/v1/User 200", Text(r#""remember_token":null"#, r#""remember_token":"""#), "A6"),
        on("GET /api/datamanagement/v1/User 200", Swapped("created_at", "updated_at"), "A6"),
        on("GET /api/datamanagement/v1/User/ 200", Text(r#""email_verified_at":null,"#, ""), "A6"),
        on("GET /api/datamanagement/v1/User/ 200", Text("$2y$", "$2a$"), "A6"),
        on("GET /api/datamanagement/v1/User/ 200", Text(r"\/", "/"), "A6 R6"),
        on("GET /api/datamanagement/v1/User/ 200", Text(r"\u00eb", r"\u00EB"), "A6 R6"),
        on("GET /api/datamanagement/v1/User/ 200", Quoted("id"), "A6 R6"),
        // Users
        on("POST /api/user/v1/register 201", Status(200), "R1"),
        on("POST /api/user/v1/register 201", Quoted("id"), "R1"),
        on("POST /api/user/v1/register 201", Text(r#"=""#, r#"""#), "R1"),
        on("POST /api/user/v1/register 201", NoHeader("cache-control"), "R1"),
        on("POST /api/user/v1/register 400", Status(422), "R2"),
        on("POST /api/user/v1/register 400", Text("has already been taken", "is taken"), "R2"),
        on("PATCH /api/user/v1/changepassword 400", Status(401), "R3"),
        on("PATCH /api/user/v1/changepassword 200", Body(""), "R3"),
        on("PATCH /api/user/v1/resetpassword 200", NoHeader("cache-control"), "R4"),
        on("PATCH /api/user/v1/resetpassword 404", Status(400), "R4"),
        // Data management
        on("GET /api/datamanagement/v1/User 200", Text("statusCode", "status_code"), "R5"),
        on("HEAD /api/datamanagement/v1/User 200", NoHeader("content-type"), "R5"),
        on("GET /api/datamanagement/v1/User/ 404", Quoted("statusCode"), "R6"),
        on("PATCH /api/datamanagement/v1/User/ 200", Body(""), "R7"),
        on("PATCH /api/datamanagement/v1/User/ 400", Text("The data field", "The Data field"), "R8"),
        on("PATCH /api/datamanagement/v1/User/ 404", Status(400), "R8"),
        on("DELETE /api/datamanagement/v1/User/ 200", Status(204), "R9"),
        on("DELETE /api/datamanagement/v1/User/ 404", Text("404", "400"), "R9"),
        // Paths
        on("GET /oauth/authorize 404", Text(r"\/", "/"), "R10"),
        on("PUT /api/datamanagement/v1/User/ 405", NoHeader("allow"), "R10"),
        on("POST /api/datamanagement/v1/User 405", Header("allow", "GET"), "R10"),
    ],
    // The document and the original agree.
    observed: &[
        on("POST /oauth/token 400", Status(401), "A4"),
        on("GET /api/datamanagement/v1/User/ 200", Text(r#""updated_at":null"#, r#""updated_at":"""#), "A6"),
    ],
};
