//! Who calls, and may they: administration is for administrators (A5).

use std::marker::PhantomData;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use dragoman_core::{Accounts, Error, Kind, Login, Tokens, User};
use dragoman_http::{Hazard, Mount, basic_auth};

use crate::error::{ApiError, Failure, Shape, UserApi};

/// An administrator, by Bearer token or HTTP Basic; with the hazard `open-administration`, anybody.
/// A refusal is spelled as the family of routes `S` does.
#[derive(Debug)]
pub(crate) struct Admin<S>(PhantomData<S>);

/// Who may reset passwords: an administrator; with the hazard `plaintext-reset`, anybody.
#[derive(Debug)]
pub(crate) struct Resetter;

type Extraction<T, S> = Pin<Box<dyn Future<Output = Result<T, ApiError<S>>>>>;

impl<S: Shape> FromRequest for Admin<S> {
    type Error = ApiError<S>;
    type Future = Extraction<Self, S>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move {
            admin_unless(&req, &[Hazard::OpenAdministration]).await?;
            Ok(Self(PhantomData))
        })
    }
}

impl FromRequest for Resetter {
    type Error = ApiError<UserApi>;
    type Future = Extraction<Self, UserApi>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        let opening = &[Hazard::OpenAdministration, Hazard::PlaintextReset];
        Box::pin(async move {
            admin_unless(&req, opening).await?;
            Ok(Self)
        })
    }
}

/// Asks for an administrator, but for nobody where the mount allows one of these hazards.
async fn admin_unless(req: &HttpRequest, opening: &[Hazard]) -> Result<(), Failure> {
    let mount = Mount::of(req);
    // All of them are told of, not only the first.
    if opening.iter().filter(|&&hazard| mount.gives(hazard)).count() > 0 {
        return Ok(());
    }
    if caller(req).await?.is_admin() { Ok(()) } else { Err(Error::Forbidden.into()) }
}

async fn caller(req: &HttpRequest) -> Result<User, Failure> {
    if let Some(token) = bearer_token(req) {
        let verified = part::<Tokens>(req)?.verify(token, Kind::Access).await;
        return verified.map(|bearer| bearer.user).map_err(unauthenticated);
    }
    let (name, password) = basic_auth::credentials(req).ok_or(Failure::Unauthenticated)?;
    part::<Accounts>(req)?.authenticate(login(name), password).await.map_err(unauthenticated)
}

/// The token of an `Authorization: Bearer …` header; the scheme's case does not matter.
fn bearer_token(req: &HttpRequest) -> Option<&str> {
    let header = req.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Administrators have a username in other dialects and an e-mail in this one; here they use either.
pub(crate) fn login(name: String) -> Login {
    if name.contains('@') { Login::Email(name) } else { Login::Username(name) }
}

/// Whatever is wrong with the credentials, the answer is the same.
fn unauthenticated(error: Error) -> Failure {
    match error {
        Error::UserNotFound
        | Error::BadCredentials
        | Error::Disabled
        | Error::Forbidden
        | Error::BadToken(_)
        | Error::Taken(_)
        | Error::Invalid { .. }
        | Error::LastAdmin => Failure::Unauthenticated,
        Error::Busy | Error::TooManyAttempts { .. } | Error::Storage(_) => Failure::Core(error),
    }
}

/// What the mount was given at start.
fn part<T: 'static>(req: &HttpRequest) -> Result<Data<T>, Failure> {
    let part = req.app_data::<Data<T>>().cloned();
    part.ok_or_else(|| Error::storage("the amadis mount lacks its accounts or tokens").into())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn token_of(header: &str) -> Option<String> {
        let req = TestRequest::default().insert_header((AUTHORIZATION, header)).to_http_request();
        bearer_token(&req).map(str::to_owned)
    }

    #[test]
    fn a_bearer_token_comes_with_its_scheme_in_any_case() {
        assert_eq!(token_of("Bearer a.b.c").as_deref(), Some("a.b.c"));
        assert_eq!(token_of("bearer  a.b.c").as_deref(), Some("a.b.c"));
        for header in ["a.b.c", "Bearer", "Basic YTpi", ""] {
            assert_eq!(token_of(header), None, "{header}");
        }
    }

    #[test]
    fn a_name_with_an_at_sign_is_an_email() {
        assert_eq!(login("a@b.c".into()), Login::Email("a@b.c".into()));
        assert_eq!(login("admin".into()), Login::Username("admin".into()));
    }
}
