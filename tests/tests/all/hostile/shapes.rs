//! What any answer of a dialect looks like, whatever was asked.

use anyhow::{Result, bail, ensure};
use dragoman_tests::wire::Answer;

/// Whether the answer is below 500 and the dialect's own.
pub(super) fn check(dialect: &str, method: &str, answer: &Answer) -> Result<()> {
    ensure!(answer.status < 500, "{}", shown(answer));
    if method == "HEAD" {
        ensure!(answer.body.is_empty(), "HEAD with a body: {}", shown(answer));
        return Ok(());
    }
    let fits = match dialect {
        "onyx" => json(answer, "application/json") || html(answer) || preflight(method, answer, "text/html"),
        "basic" => json(answer, "application/json; charset=utf-8") || basic(answer),
        "vitja" => json(answer, "application/json; charset=UTF-8") || preflight(method, answer, "text/plain"),
        "amadis" => json(answer, "application/json"),
        "jwt" => json(answer, "application/json") || jwt(answer),
        other => bail!("nobody knows how {other} looks"),
    };
    ensure!(fits, "not as {dialect} answers: {}", shown(answer));
    Ok(())
}

fn json(answer: &Answer, content_type: &str) -> bool {
    answer.header("content-type") == Some(content_type)
        && serde_json::from_slice::<serde_json::Value>(&answer.body).is_ok()
}

fn html(answer: &Answer) -> bool {
    matches!(answer.header("content-type"), Some("text/html" | "text/html; charset=utf-8"))
        && matches!(answer.status, 400 | 404 | 413)
        && answer.body.starts_with(b"<")
}

fn basic(answer: &Answer) -> bool {
    match answer.status {
        204 => answer.body.is_empty(),
        301 | 307 => answer.header("location").is_some(),
        401 => answer.body.is_empty() && answer.header("www-authenticate").is_some(),
        404 => answer.header("content-type") == Some("text/plain") && answer.body == b"404 page not found",
        _ => false,
    }
}

fn jwt(answer: &Answer) -> bool {
    match answer.status {
        204 => answer.body.is_empty(),
        301 => answer.header("location").is_some(),
        404 => {
            answer.header("content-type") == Some("text/plain; charset=utf-8") && answer.body == b"404 page not found\n"
        }
        405 => answer.body.is_empty() && answer.header("allow").is_some(),
        _ => false,
    }
}

fn preflight(method: &str, answer: &Answer, content_type: &str) -> bool {
    let right_type = answer.header("content-type").is_some_and(|value| value.starts_with(content_type));
    method == "OPTIONS" && answer.status == 200 && answer.body.is_empty() && right_type
}

fn shown(answer: &Answer) -> String {
    let body = String::from_utf8_lossy(&answer.body);
    let beginning: String = body.chars().take(200).collect();
    format!("{} {:?} {beginning:?}", answer.status, answer.header("content-type").unwrap_or("no content type"))
}

/// A check that cannot fail is worthless.
pub(super) fn strangers_are_told_from_our_own() -> Result<()> {
    let answer = |status, content_type: &str, body: &str| Answer {
        status,
        headers: vec![("content-type".to_owned(), content_type.to_owned())],
        body: body.as_bytes().to_owned(),
    };
    let own = answer(400, "application/json", "{}");
    ensure!(check("jwt", "GET", &own).is_ok() && check("onyx", "GET", &own).is_ok(), "our own is refused");
    let strangers = [
        ("jwt", "GET", answer(500, "application/json", "{}")),
        ("jwt", "GET", answer(400, "application/json", "{")),
        ("jwt", "GET", answer(400, "application/json", "")),
        ("jwt", "GET", answer(400, "text/plain; charset=utf-8", "Parse error")),
        ("jwt", "GET", answer(404, "text/plain; charset=utf-8", "404 page not found")),
        ("jwt", "HEAD", own.clone()),
        ("vitja", "GET", own.clone()),
        ("basic", "GET", own.clone()),
        ("basic", "GET", answer(401, "text/plain", "")),
        ("basic", "GET", answer(404, "text/plain", "No dialect answers here.\n")),
        ("amadis", "GET", answer(404, "text/html", "<html>")),
        ("onyx", "GET", answer(500, "text/html", "<html>")),
        ("onyx", "POST", answer(200, "text/html", "")),
    ];
    for (dialect, method, stranger) in strangers {
        ensure!(check(dialect, method, &stranger).is_err(), "{dialect} owns {}", shown(&stranger));
    }
    Ok(())
}
