//! What the lines do is tried by a real shell: a function named `curl` prints the words that it gets.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use super::*;
use crate::exchange::Step;
use crate::read::read_str;

fn line(step: &str) -> Result<String> {
    let text = format!(
        "- exchange: a\n  clauses: [R1]\n  steps:\n    - send: GET /\n      expect: {{ status: 200, body: '{{{{jwt boss}}}}' }}\n    - {step}\n      expect: {{ status: 200, body: '' }}\n"
    );
    let exchange = read_str(&text, Path::new("x.yaml"))?.pop().context("no exchange")?;
    let Some(Step::Send { message, .. }) = exchange.steps.into_iter().next_back().map(|step| step.value) else {
        bail!("no request")
    };
    let values = Values::from_iter([
        ("run", "07"),
        ("admin.username", "O'Neill"),
        ("admin.password", "hush"),
        ("boss", "a.b.c"),
    ]);
    let secrets = [("admin.password", "$PASSWORD"), ("boss", "$(curl token)")];
    let secrets = secrets.map(|(name, shell)| (name.to_owned(), shell.to_owned())).into();
    let line = curl(&message, "http://127.0.0.1:1/old", &values, &secrets)?;
    ensure!(!line.contains('\n') && !line.contains("hush") && !line.contains("a.b.c"), "{line}");
    Ok(line)
}

/// The words that curl gets, beside those that are always there.
fn words(step: &str) -> Result<Vec<String>> {
    let script = format!(
        "curl() {{ if [ \"$1\" = token ]; then echo T.O.K; else printf '%s\\n' \"$@\"; fi; }}\nPASSWORD='p a$s'\n{}",
        line(step)?
    );
    let output = Command::new("sh").arg("-c").arg(script).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let words: Vec<String> = String::from_utf8(output.stdout)?.lines().map(str::to_owned).collect();
    let usual = ["-sig", "--path-as-is", "-H", "User-Agent:", "-H", "Accept:"];
    ensure!(usual.iter().all(|word| words.iter().any(|known| known == word)), "{words:?}");
    Ok(words.into_iter().skip_while(|word| word != "Accept:").skip(1).collect())
}

#[test]
fn quotes_and_what_a_shell_would_read_stay_as_they_are() -> Result<()> {
    let words = words("send: 'PUT /a/../{{run}}?x={}&y=$HOME`id`'\n      json: '{\"a\":\"it''s \\\"x\\\" $HOME\"}'")?;
    let body = r#"{"a":"it's \"x\" $HOME"}"#;
    let target = "http://127.0.0.1:1/old/a/../07?x={}&y=$HOME`id`";
    assert_eq!(words, ["-H", "Content-Type: application/json", "--data-raw", body, target]);
    Ok(())
}

#[test]
fn secrets_are_variables_that_the_shell_puts_in() -> Result<()> {
    let basic = words("send: GET /\n      basic: '{{admin.username}}:{{admin.password}}'")?;
    assert_eq!(basic, ["-u", "O'Neill:p a$s", "http://127.0.0.1:1/old/"]);
    let bearer = words("send: POST /x\n      bearer: '{{boss}}'")?;
    assert_eq!(bearer, ["-H", "Content-Length: 0", "-H", "Authorization: Bearer T.O.K", "http://127.0.0.1:1/old/x"]);
    let form = words("send: POST /x\n      form: { email: 'a b@c', password: '{{admin.password}}' }")?;
    let expected = ["--data-raw", "email=a+b%40c", "--data-urlencode", "password=p a$s", "http://127.0.0.1:1/old/x"];
    assert_eq!(form, expected);
    Ok(())
}

#[test]
fn a_header_of_the_exchange_s_own_counts_and_an_empty_one_is_sent() -> Result<()> {
    let words = words("send: POST /\n      headers: { content-type: text/x, Authorization: '' }\n      json: '{}'")?;
    assert_eq!(words.get(..4).unwrap_or_default(), ["-H", "content-type: text/x", "-H", "Authorization;"]);
    assert!(!words.iter().any(|word| word.contains("application/json")), "{words:?}");
    Ok(())
}

#[test]
fn what_cannot_stand_on_a_line_is_piped() -> Result<()> {
    let text = line("send: POST /\n      body: \"a\\n'b\"")?;
    assert!(
        text.starts_with("printf %s YQonYg== | base64 -d | curl ") && text.contains(" --data-binary @- "),
        "{text}"
    );
    let bytes = line("send: POST /\n      body_base64: '/w=='")?;
    assert!(bytes.starts_with("printf %s /w== | ") || bytes.starts_with("printf %s '/w==' | "), "{bytes}");
    assert!(bytes.contains(" -H Content-Type: "), "{bytes}");
    Ok(())
}

#[test]
fn a_head_request_does_not_wait_for_a_body_and_a_multipart_form_is_left_to_curl() -> Result<()> {
    let head = line("send: HEAD /x")?;
    assert!(head.contains(" --head ") && !head.contains("-X"), "{head}");
    let multipart = words("send: POST /x\n      multipart: { user: '@x;y' }")?;
    assert_eq!(multipart, ["--form-string", "user=@x;y", "http://127.0.0.1:1/old/x"]);
    Ok(())
}
