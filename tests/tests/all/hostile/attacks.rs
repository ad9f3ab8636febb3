//! The attacks, as a table.

use dragoman_http::Endpoint;

use super::BODY_LIMIT;

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data; boundary=b";

/// One request that no honest client sends.
pub(super) struct Attack {
    /// What is wrong with it.
    pub(super) name: String,
    /// Not even HTTP: then a bare 400 or a closed connection is an answer, too.
    pub(super) breaks_http: bool,
    target: Vec<u8>,
    headers: Vec<u8>,
    body: Vec<u8>,
    credentials: bool,
}

impl Attack {
    fn new(name: impl Into<String>, target: impl Into<Vec<u8>>) -> Self {
        let (headers, body) = (Vec::new(), Vec::new());
        Self { name: name.into(), breaks_http: false, target: target.into(), headers, body, credentials: true }
    }

    fn header(mut self, line: impl AsRef<[u8]>) -> Self {
        self.headers.extend_from_slice(line.as_ref());
        self.headers.extend_from_slice(b"\r\n");
        self
    }

    fn body(self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        let announced =
            self.header(format!("Content-Type: {content_type}")).header(format!("Content-Length: {}", body.len()));
        Self { body, ..announced }
    }

    fn no_http(self) -> Self {
        Self { breaks_http: true, ..self }
    }

    fn without_credentials(self) -> Self {
        Self { credentials: false, ..self }
    }

    /// The request as it goes over the wire.
    pub(super) fn bytes(&self, method: &str, authorization: &str) -> Vec<u8> {
        let credentials = if self.credentials { format!("Authorization: {authorization}\r\n") } else { String::new() };
        let before = format!(" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{credentials}");
        [method.as_bytes(), b" ", &self.target, before.as_bytes(), &self.headers, b"\r\n", &self.body].concat()
    }
}

/// Every attack on a route.
pub(super) fn on(dialect: &str, endpoint: &Endpoint) -> Vec<Attack> {
    let stranger = if dialect == "jwt" { "45b5fbd3-755f-4379-8f07-a58d4a30fa2f" } else { "987654321" };
    let target = fill(endpoint.path, stranger);
    let mut attacks = on_headers(&target);
    attacks.extend(on_query(&target));
    if endpoint.path.contains('{') {
        attacks.extend(on_path(endpoint.path));
    }
    if !matches!(endpoint.method, "HEAD" | "OPTIONS") {
        attacks.extend(on_body(&target));
        attacks.extend(on_framing(&target));
    }
    if dialect == "basic" && endpoint.method == "PUT" {
        attacks.extend(on_new_usernames(endpoint.path));
    }
    attacks
}

/// The path with its parameter filled.
fn fill(pattern: &str, value: &str) -> String {
    let (before, rest) = pattern.split_once('{').unwrap_or((pattern, ""));
    let after = rest.split_once('}').map_or("", |(_, after)| after);
    if rest.is_empty() { before.to_owned() } else { format!("{before}{value}{after}") }
}

fn on_path(pattern: &str) -> Vec<Attack> {
    let long = "a".repeat(300);
    let digits = "9".repeat(1_000);
    let values = [
        "99999999999999999999",
        "9223372036854775808",
        "-1",
        "-9223372036854775808",
        "0",
        "1e3",
        "0x1",
        "1.0",
        "%31%00",
        "%ff",
        "%c0%af",
        "%ed%a0%80",
        "%00",
        "a%00b",
        "%0a",
        "%0d%0aX:%20y",
        "%zz",
        "%",
        "%2",
        "%2e%2e",
        "%2F",
        "..%2f..",
        "%20",
        "+",
        "{id}",
        "'%20OR%201=1--",
        "%25s%25n",
        "null",
        "[]",
        "%F0%9F%8D%B5",
        "a:b",
        "a%3Ab",
        &long,
        &digits,
    ];
    let mut attacks: Vec<Attack> =
        values.iter().map(|value| Attack::new(format!("the id {value:.40}"), fill(pattern, value))).collect();
    let (before, _) = pattern.split_once('{').unwrap_or((pattern, ""));
    for (name, id) in
        [("raw UTF-8", "é".as_bytes()), ("a raw byte", b"\xff"), ("a raw NUL", b"a\0b"), ("a raw space", b"a b")]
    {
        attacks.push(Attack::new(format!("the id is {name}"), [before.as_bytes(), id].concat()).no_http());
    }
    attacks
}

/// Names that may not become a user even where everything else about the request is right.
fn on_new_usernames(pattern: &str) -> Vec<Attack> {
    let long = "a".repeat(256);
    let names = ["%ff", "%00", "a%00b", "%0a", "a%7Fb", "a%3Ab", "%ed%a0%80", &long];
    let good = r#"{"value":{"password":"stringst"}}"#;
    let attack = |name: &&str| Attack::new(format!("the username {name:.40}"), fill(pattern, name)).body(JSON, good);
    names.iter().map(attack).collect()
}

fn on_query(target: &str) -> Vec<Attack> {
    let long = format!("s={}", "a".repeat(5_000));
    let queries = [
        "s=%ff",
        "s=%00",
        "s=%",
        "s=%zz",
        "s=%25&s=_",
        "page=99999999999999999999",
        "page=-1&rows=-1",
        "rows=%00",
        "page=%ff",
        "page=9223372036854775807&rows=100",
        "orderBy=%ff",
        "orderBy=%00,ASC",
        "orderBy=name,,,",
        "user_id=%00",
        "user_id=%ff",
        "name=%00",
        "name=%ff",
        "email=%00",
        "email=%ff%40x",
        "start_created_date=99999-99-99",
        "end_created_date=%00",
        "user=%7B",
        "user=%7B%22username%22%3A%22a%5Cu0000b%22%2C%22password%22%3A%22secret12%22%7D",
        "user=%ff",
        "email=a%00b&oldpassword=%00&newpassword=%ff",
        "&&==&",
        "=",
        "a[]=1&a[b]=%",
        &long,
    ];
    queries.iter().map(|query| Attack::new(format!("the query {query:.60}"), format!("{target}?{query}"))).collect()
}

fn on_headers(target: &str) -> Vec<Attack> {
    let long = format!("Bearer {}", "a".repeat(8_000));
    let deep = format!("Bearer eyJhbGciOiJIUzI1NiJ9.{}.AA", "W1tb".repeat(1_500));
    let values: [&[u8]; 24] = [
        b"",
        b"Basic",
        b"Basic ",
        b"Basic !!!",
        b"Basic bm9jb2xvbg==",
        b"Basic /zr/",
        b"Basic YQBiOmMAZA==",
        b"Basic Og==",
        b"Basic YTo=",
        b"Bearer",
        b"Bearer ",
        b"Bearer a.b.c",
        b"Bearer ..",
        b"Bearer eyJhbGciOiJub25lIn0.e30.",
        b"Bearer eyJhbGciOiJIUzI1NiJ9.bnVsbA.AA",
        b"Bearer eyJhbGciOiJIUzI1NiJ9.W10.AA",
        b"Bearer bnVsbA.bnVsbA.AA",
        b"Bearer \xff\xfe",
        b"\xff",
        b"Digest username=\"admin\"",
        b"Bearer a, Basic b",
        b"a.b.c",
        long.as_bytes(),
        deep.as_bytes(),
    ];
    let attack = |name: &str, value: &[u8]| {
        let shown: String = value.escape_ascii().to_string().chars().take(40).collect();
        Attack::new(format!("{name}: {shown}"), target).header([name.as_bytes(), b": ", value].concat())
    };
    let mut attacks: Vec<Attack> =
        values.iter().map(|value| attack("Authorization", value).without_credentials()).collect();
    for name in ["Authentication", "Content-Type", "Cookie", "Accept", "Origin", "Accept-Language", "X-Forwarded-For"] {
        attacks.push(attack(name, b"\xff\xfe"));
        attacks.push(attack(name, b"a\0b").no_http());
    }
    attacks.push(attack("Host", b"\xff").no_http());
    attacks.push(Attack::new("a header without a colon", target).header("nonsense").no_http());
    attacks
}

fn on_body(target: &str) -> Vec<Attack> {
    let long = "a".repeat(300);
    let password = "p".repeat(73);
    let deep_lists = "[".repeat(BODY_LIMIT - 1);
    let deep_objects = r#"{"value":"#.repeat(1_500);
    let deep_data = r#"{"data":"#.repeat(1_500);
    let long_names = format!(
        r#"{{"name":"{long}","email":"{long}@example.com","password":"secret12","passwordConfirm":"secret12"}}"#
    );
    let long_user = format!(r#"{{"username":"{long}","email":"{long}@example.com","password":"secret12"}}"#);
    let long_password =
        format!(r#"{{"name":"n","email":"n@example.com","password":"{password}","passwordConfirm":"{password}"}}"#);
    let long_form =
        format!("username={long}&email={long}%40example.com&password=secret12&verifpassword=secret12&name={long}");
    let long_form_password =
        format!("username=n&email=n%40example.com&password={password}&verifpassword={password}&name=n");
    let too_much = format!("\"{}\"", "a".repeat(BODY_LIMIT));
    let bodies: [(&str, &str, &[u8]); 44] = [
        ("nothing where JSON is announced", JSON, b""),
        ("JSON that is cut off", JSON, br#"{"name":"x","username":"x","value":{"password":"lon"#),
        ("JSON that is cut off in an escape", JSON, br#"{"name":"\u00"#),
        ("a form that calls itself JSON", JSON, b"username=a&email=b&password=c"),
        ("a list", JSON, b"[1,2,3]"),
        ("a string", JSON, br#""text""#),
        ("null", JSON, b"null"),
        ("a number", JSON, b"42"),
        ("a number without end", JSON, br#"{"id":1e999999,"value":1e999999,"data":-1e999999,"isAdmin":1e999999}"#),
        ("wrong types", JSON, br#"{"username":1,"email":{},"name":[],"password":true,"passwordConfirm":1,"value":"x","data":7,"roles":{}}"#),
        ("wrong types within", JSON, br#"{"value":{"password":1,"current_password":[]},"data":{"name":{},"email":1},"roles":[1,null],"enabled":"x"}"#),
        ("nulls", JSON, br#"{"username":null,"email":null,"name":null,"password":null,"passwordConfirm":null,"value":null,"data":null}"#),
        ("deep lists", JSON, deep_lists.as_bytes()),
        ("deep objects", JSON, deep_objects.as_bytes()),
        ("deep data", JSON, deep_data.as_bytes()),
        ("JSON that is no UTF-8", JSON, b"{\"username\":\"\xff\xfe\",\"name\":\"\xff\",\"email\":\"\xff\",\"password\":\"\xff\",\"value\":{\"password\":\"\xff\"}}"),
        ("JSON with raw NUL", JSON, b"{\"username\":\"a\0b\",\"name\":\"a\0b\",\"value\":{\"password\":\"a\0bcdefgh\"},\"data\":{\"name\":\"\0\"}}"),
        ("JSON with escaped NUL", JSON, br#"{"username":"a\u0000b","email":"a\u0000b@example.com","name":"\u0000","password":"a\u0000bcdefg","value":{"password":"a\u0000bcdefg"},"data":{"name":"a\u0000"}}"#),
        ("an e-mail with NUL", JSON, br#"{"name":"n","email":"a\u0000b@example.com","password":"secret12","passwordConfirm":"secret12"}"#),
        ("a username with NUL", JSON, br#"{"username":"a\u0000b","password":"secret12"}"#),
        ("a name with NUL", JSON, br#"{"name":"a\u0000b","email":"nul-name@example.com","password":"secret12","passwordConfirm":"secret12"}"#),
        ("a password with NUL", JSON, br#"{"name":"n","email":"nul@example.com","password":"a\u0000bcdefg","passwordConfirm":"a\u0000bcdefg"}"#),
        ("a lone surrogate", JSON, br#"{"name":"\ud800","data":{"name":"\ud800"},"value":{"password":"\ud800"}}"#),
        ("duplicate keys of two types", JSON, br#"{"username":"a","username":1,"name":"a","name":1,"email":"a","email":1,"password":"p","password":1,"value":{},"value":2,"data":{},"data":1}"#),
        ("overlong names in JSON", JSON, long_names.as_bytes()),
        ("an overlong username in JSON", JSON, long_user.as_bytes()),
        ("an overlong password in JSON", JSON, long_password.as_bytes()),
        ("a byte order mark", JSON, b"\xef\xbb\xbf{}"),
        ("overlong names in a form", FORM, long_form.as_bytes()),
        ("an overlong password in a form", FORM, long_form_password.as_bytes()),
        ("a form that is no UTF-8", FORM, b"username=%ff&email=%ff%40x.y&password=%fe%fe%fe%fe%fe%fe%fe%fe&verifpassword=%fe%fe%fe%fe%fe%fe%fe%fe&name=%ff&grant_type=%ff&lastpassword=%ff"),
        ("a form with raw bytes", FORM, b"username=\xff\xfe&email=\0&password=\x80&name=\xc0"),
        ("a form with NUL", FORM, b"username=a%00b&email=a%00b%40example.com&password=a%00bcdefg&verifpassword=a%00bcdefg&name=a%00&grant_type=password&client_id=%00&client_secret=%00&oldpassword=%00&newpassword=%00"),
        ("a form with broken escapes", FORM, b"username=%zz&email=%&password=%4&verifpassword=%"),
        ("a form value that holds broken JSON", FORM, b"user=%7B%22username%22%3A%5B&user=%ff"),
        ("a form value that holds NUL", FORM, b"user=%7B%22username%22%3A%22a%5Cu0000b%22%2C%22password%22%3A%22secret12%22%7D"),
        ("empty fields", FORM, b"=&&username&email=&password=&verifpassword=&name="),
        ("parts without an end", MULTIPART, b"--b\r\nContent-Disposition: form-data; name=\"username\"\r\n\r\nx"),
        ("parts without a name", MULTIPART, b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n"),
        ("a part with a name that is no text", MULTIPART, b"--b\r\nContent-Disposition: form-data; name=\"\xff\"\r\n\r\n\xff\r\n--b--\r\n"),
        ("no parts at all", MULTIPART, b"garbage"),
        ("parts without a boundary", "multipart/form-data", b"--b\r\n\r\n--b--\r\n"),
        ("XML", "application/xml", b"<user><username>x</username></user>"),
        ("more than the limit", JSON, too_much.as_bytes()),
    ];
    let attack = |(name, content_type, body): (&str, &str, &[u8])| Attack::new(name, target).body(content_type, body);
    let strange_types = [
        "///;;",
        "application/json; charset=utf-16",
        "text/plain",
        "application/x-www-form-urlencoded; charset=\"",
        "multipart/form-data; boundary=\"\"",
    ];
    let strange = strange_types.map(|content_type| {
        Attack::new(format!("the content type {content_type}"), target).body(content_type, "{\"a\":")
    });
    bodies.into_iter().map(attack).chain(strange).collect()
}

fn on_framing(target: &str) -> Vec<Attack> {
    let framed = |name: &str, headers: &[&str], body: &str| {
        let attack =
            headers.iter().fold(Attack::new(name, target).header("Content-Type: application/json"), |attack, line| {
                attack.header(line)
            });
        Attack { body: body.as_bytes().to_vec(), ..attack }.no_http()
    };
    vec![
        framed("less than announced", &["Content-Length: 1000"], r#"{"name":"#),
        framed("a length that is no number", &["Content-Length: many"], "{}"),
        framed("a negative length", &["Content-Length: -1"], "{}"),
        framed("two lengths", &["Content-Length: 2", "Content-Length: 3"], "{}"),
        framed("a length and chunks", &["Content-Length: 2", "Transfer-Encoding: chunked"], "0\r\n\r\n"),
        framed("a chunk that is none", &["Transfer-Encoding: chunked"], "zz\r\n{}\r\n0\r\n\r\n"),
        framed("chunks without an end", &["Transfer-Encoding: chunked"], "8\r\n{\"name\":\r\n"),
        framed(
            "too many chunks",
            &["Transfer-Encoding: chunked"],
            &"400\r\n"
                .to_owned()
                .chars()
                .chain("a".repeat(1024).chars())
                .chain("\r\n".chars())
                .collect::<String>()
                .repeat(20),
        ),
        framed("an encoding that nobody knows", &["Content-Encoding: br, \x7f", "Content-Length: 2"], "{}"),
        framed("gzip that is none", &["Content-Encoding: gzip", "Content-Length: 2"], "{}"),
    ]
}
