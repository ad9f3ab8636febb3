//! One function a route of `/api`, named like the route.

use std::collections::HashMap;

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dragoman_core::{Accounts, Changes, Error, Facts, Filter, Login, NewUser, Password, Roles, User, UserId, is_email};
use dragoman_http::form::Form;
use dragoman_http::{Allowed, Hazard, Mount, body, list, path};
use futures_util::TryStreamExt as _;
use secrecy::ExposeSecret as _;

use crate::auth::{Admin, Resetter};
use crate::error::{ApiError, DataApi, Failure, UserApi, framework_answer};
use crate::oauth::uncached;
use crate::wire::{Done, Registered, ResetBody, Success, UserList, UserPatch, UserRow, as_php_hash, decoy_hash};
use crate::{client, php};

/// POST /api/user/v1/register
pub(crate) async fn register(
    req: HttpRequest,
    payload: Payload,
    accounts: Data<Accounts>,
) -> Result<HttpResponse, ApiError<UserApi>> {
    let form = Form::read(&req, payload.into_inner()).await?;
    let secret = STANDARD.encode(accounts.new_secret());
    let user = accounts.register(new_user(&form, &secret)?).await?;
    let data = Registered { id: user.number, user_id: user.uuid.to_string(), user_secret: secret };
    Ok(uncached(php::answer(StatusCode::CREATED, &Success::with(data))))
}

fn new_user(form: &Form, secret: &str) -> Result<NewUser, Failure> {
    let name = required(form, "name")?;
    let email = valid_email(required(form, "email")?)?;
    let password = required(form, "password")?;
    Ok(NewUser {
        username: None,
        email: Some(email.to_owned()),
        name: name.to_owned(),
        password: Password::from(password.to_owned()),
        roles: Roles::USER,
        facts: Facts::new(),
        client_secret: Some(Password::from(secret.to_owned())),
    })
}

fn required<'a>(form: &'a Form, field: &'static str) -> Result<&'a str, Failure> {
    client::given(form, field).ok_or(Failure::Required(field))
}

fn valid_email(email: &str) -> Result<&str, Failure> {
    if is_email(email) { Ok(email) } else { Err(Failure::NoEmail) }
}

/// The arguments of a PATCH, wherever the client put them. The document says "Arguments" for one
/// of these routes and "Body" for the other; Laravel reads both, and the body goes first (R3).
struct Arguments {
    body: Form,
    query: Form,
}

impl Arguments {
    async fn read(req: &HttpRequest, payload: Payload) -> Result<Self, Failure> {
        let body = Form::read(req, payload.into_inner()).await?;
        let query = Form::parse_urlencoded(req.query_string().as_bytes())?;
        Ok(Self { body, query })
    }

    fn required(&self, field: &'static str) -> Result<&str, Failure> {
        required(&self.body, field).or_else(|_| required(&self.query, field))
    }
}

/// PATCH /api/user/v1/changepassword
pub(crate) async fn change_password(
    req: HttpRequest,
    payload: Payload,
    accounts: Data<Accounts>,
) -> Result<HttpResponse, ApiError<UserApi>> {
    let arguments = Arguments::read(&req, payload).await?;
    let login = Login::Email(arguments.required("email")?.to_owned());
    let [old, new] = [arguments.required("oldpassword")?, arguments.required("newpassword")?]
        .map(|password| Password::from(password.to_owned()));
    accounts.change_password(login, old, new).await?;
    Ok(php::answer(StatusCode::OK, &Success::BARE))
}

/// PATCH /api/user/v1/resetpassword
pub(crate) async fn reset_password(
    _: Resetter,
    req: HttpRequest,
    payload: Payload,
    accounts: Data<Accounts>,
) -> Result<HttpResponse, ApiError<UserApi>> {
    let arguments = Arguments::read(&req, payload).await?;
    let user = accounts.by_email(arguments.required("email")?).await?;
    let password = accounts.reset_password(user.id).await?;
    let email = user.email.unwrap_or_default();
    let data = ResetBody { email: &email, password: password.expose_secret() };
    Ok(uncached(php::answer(StatusCode::OK, &Success::with(data))))
}

/// GET /api/datamanagement/v1/User
pub(crate) async fn list(
    _: Admin<DataApi>,
    req: HttpRequest,
    accounts: Data<Accounts>,
) -> Result<HttpResponse, ApiError<DataApi>> {
    let exposed = Mount::of(&req).gives(Hazard::ExposePasswordHash);
    let pages = accounts.list(Filter::default()).and_then(move |users| rows(exposed, accounts.clone(), users));
    let pages = pages.map_ok(|rows| php::encode(&rows).unwrap_or_default());
    Ok(list::respond(&req, php::builder(StatusCode::OK), UserList::ENVELOPE, pages).await?)
}

/// GET /api/datamanagement/v1/User/{id}
pub(crate) async fn show(
    _: Admin<DataApi>,
    req: HttpRequest,
    accounts: Data<Accounts>,
) -> Result<HttpResponse, ApiError<DataApi>> {
    let user = accounts.by_number(number(&req)?).await?;
    let rows = rows(Mount::of(&req).gives(Hazard::ExposePasswordHash), accounts, vec![user]).await?;
    Ok(php::answer(StatusCode::OK, &UserList::from(rows)))
}

async fn rows(exposed: bool, accounts: Data<Accounts>, users: Vec<User>) -> Result<Vec<UserRow>, Error> {
    let mut hashes = stored_hashes(exposed, &accounts, &users).await?;
    let rows = users.into_iter().map(|user| {
        let shown = hashes.remove(&user.id).map(as_php_hash);
        let shown = shown.unwrap_or_else(|| decoy_hash(&accounts.disguise(&user)));
        UserRow::new(user, shown)
    });
    Ok(rows.collect())
}

/// Nothing, unless the mount allows the stored hashes to be seen (A6).
async fn stored_hashes(exposed: bool, accounts: &Accounts, users: &[User]) -> Result<HashMap<UserId, String>, Error> {
    if !exposed {
        return Ok(HashMap::new());
    }
    let ids: Vec<UserId> = users.iter().map(|user| user.id).collect();
    accounts.stored_hashes(&ids).await
}

/// PATCH /api/datamanagement/v1/User/{id}
pub(crate) async fn update(
    _: Admin<DataApi>,
    req: HttpRequest,
    payload: Payload,
    accounts: Data<Accounts>,
) -> Result<HttpResponse, ApiError<DataApi>> {
    let user = accounts.by_number(number(&req)?).await?;
    let body = body::read(&req, payload.into_inner()).await?;
    let changes = changes(&user.name, user.email.as_deref().unwrap_or_default(), UserPatch::parse(&body)?)?;
    accounts.update(user.id, changes).await?;
    Ok(php::answer(StatusCode::OK, &Done::OK))
}

/// What is new in the patch. A client may send back a row as it was shown, also one that has no
/// e-mail or an imported one that is none: what does not change is not checked.
fn changes(shown_name: &str, shown_email: &str, patch: UserPatch) -> Result<Changes, Failure> {
    let name = patch.name.filter(|name| name != shown_name);
    let email = patch.email.filter(|email| email != shown_email);
    if name.as_ref().is_some_and(String::is_empty) {
        return Err(Failure::Required("name"));
    }
    email.as_deref().map(valid_email).transpose()?;
    Ok(Changes { name, email, ..Changes::default() })
}

/// DELETE /api/datamanagement/v1/User/{id}
pub(crate) async fn remove(
    _: Admin<DataApi>,
    req: HttpRequest,
    accounts: Data<Accounts>,
) -> Result<HttpResponse, ApiError<DataApi>> {
    let user = accounts.by_number(number(&req)?).await?;
    accounts.remove(user.id).await?;
    Ok(php::answer(StatusCode::OK, &Done::OK))
}

/// The user's integer id at the end of the path; whatever is none belongs to nobody (R6).
fn number(req: &HttpRequest) -> Result<i64, Failure> {
    let segment = path::segment(req, 0).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    segment.and_then(|digits| digits.parse().ok()).ok_or(Failure::NoId)
}

/// R10: a path that no route has, in Laravel's words.
pub(crate) async fn unknown_path(req: HttpRequest) -> HttpResponse {
    let path = req.uri().path();
    let path = path.strip_prefix(Mount::of(&req).prefix.as_str()).unwrap_or(path).trim_matches('/');
    let path = if path.is_empty() { "/" } else { path };
    framework_answer(StatusCode::NOT_FOUND, &format!("The route {path} could not be found."))
}

/// R10: a path that has routes, but none for this method, in Laravel's words.
pub(crate) async fn wrong_method(req: HttpRequest) -> HttpResponse {
    let (method, allowed) = (req.method(), Allowed::of(&req).to_string());
    let message = format!("The {method} method is not supported for this route. Supported methods: {allowed}.");
    let mut response = framework_answer(StatusCode::METHOD_NOT_ALLOWED, &message);
    if let Ok(allow) = HeaderValue::from_str(&allowed) {
        response.headers_mut().insert(ALLOW, allow);
    }
    response
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn number_in(path: &str) -> Option<i64> {
        number(&TestRequest::with_uri(path).to_http_request()).ok()
    }

    #[test]
    fn an_id_is_digits_and_fits() {
        assert_eq!(number_in("/User/26"), Some(26));
        for path in ["/User/", "/User/x", "/User/-1", "/User/+1", "/User/1.0", "/User/99999999999999999999"] {
            assert_eq!(number_in(path), None, "{path}");
        }
    }

    fn changed(patch: &str) -> Result<(Option<String>, Option<String>), Failure> {
        let changes = changes("Ann", "no email", UserPatch::parse(patch.as_bytes()).unwrap())?;
        Ok((changes.name, changes.email))
    }

    #[test]
    fn a_row_that_is_sent_back_as_it_was_shown_changes_nothing() {
        assert_eq!(changed(r#"{"data":{"name":"Ann","email":"no email","password":"$2y$"}}"#).unwrap(), (None, None));
        assert_eq!(changed(r#"{"data":{"name":"Bea"}}"#).unwrap(), (Some("Bea".into()), None));
    }

    #[test]
    fn a_new_name_or_email_is_checked() {
        assert!(matches!(changed(r#"{"data":{"name":""}}"#), Err(Failure::Required("name"))));
        assert!(matches!(changed(r#"{"data":{"email":""}}"#), Err(Failure::NoEmail)));
        assert!(matches!(changed(r#"{"data":{"email":"other"}}"#), Err(Failure::NoEmail)));
    }

    #[test]
    fn a_new_user_needs_all_three_fields_and_an_email_that_is_one() {
        let made = |form: &str| new_user(&Form::parse_urlencoded(form.as_bytes()).unwrap(), "s");
        assert!(made("name=N&email=n%40example.com&password=p").is_ok());
        assert!(matches!(made("email=n%40example.com&password=p"), Err(Failure::Required("name"))));
        assert!(matches!(made("name=N&email=&password=p"), Err(Failure::Required("email"))));
        assert!(matches!(made("name=N&email=n&password=p"), Err(Failure::NoEmail)));
        assert!(matches!(made("name=N&email=n%40example.com"), Err(Failure::Required("password"))));
    }
}
