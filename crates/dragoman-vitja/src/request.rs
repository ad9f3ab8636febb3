//! What a request brings: an id in its path, form values, a JSON document.

use actix_web::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use actix_web::web::{Bytes, Payload};
use actix_web::{HttpMessage as _, HttpRequest, dev};
use dragoman_http::form::{Form, FormFault};
use dragoman_http::{body, path};

use crate::error::ApiError;
use crate::model::{LoginRequest, UserModel, new_password};

/// The id in the path, as Go's `ParseInt` reads it: a sign and leading zeros are fine.
pub(crate) fn id(req: &HttpRequest, from_end: usize) -> Option<i64> {
    path::segment(req, from_end)?.parse().ok()
}

/// A value in the query; an empty one counts as none. No name has a NUL, and PostgreSQL takes none.
pub(crate) fn query(req: &HttpRequest, name: &str) -> Result<Option<String>, ApiError> {
    let query = parse_query(req).map_err(|fault| ApiError::unreadable(fault, ApiError::BAD_REQUEST))?;
    match query.first(name).filter(|value| !value.is_empty()) {
        Some(value) if value.contains('\0') => Err(ApiError::BAD_REQUEST),
        value => Ok(value.map(str::to_owned)),
    }
}

fn parse_query(req: &HttpRequest) -> Result<Form, FormFault> {
    Form::parse_urlencoded(req.query_string().as_bytes())
}

/// The query and the body of a request.
pub(crate) struct Sent {
    query: Form,
    body: Body,
}

enum Body {
    /// No body, or one of a content type that the dialect does not read.
    None,
    Form(Form),
    Json(Bytes),
}

impl Sent {
    /// Reads all of it; what cannot be read is as good as none, which `none` answers.
    pub(crate) async fn read(req: &HttpRequest, payload: Payload, none: ApiError) -> Result<Self, ApiError> {
        Self::try_read(req, payload.into_inner()).await.map_err(|fault| ApiError::unreadable(fault, none))
    }

    async fn try_read(req: &HttpRequest, payload: dev::Payload) -> Result<Self, FormFault> {
        let query = parse_query(req)?;
        let content_type = req.content_type().to_ascii_lowercase();
        if content_type.starts_with("application/json") {
            return Ok(Self { query, body: Body::Json(body::read(req, payload).await?) });
        }
        let form = Form::read(req, payload).await?;
        let is_form = matches!(content_type.as_str(), "application/x-www-form-urlencoded" | "multipart/form-data");
        let body = if is_form && has_body(req) { Body::Form(form) } else { Body::None };
        Ok(Self { query, body })
    }

    /// A form value: the body's first one, else the query's; an empty one counts as none.
    fn value(&self, name: &str) -> Option<&str> {
        let sent = match &self.body {
            Body::Form(form) => form.first(name),
            Body::None | Body::Json(_) => None,
        };
        sent.or_else(|| self.query.first(name)).filter(|value| !value.is_empty())
    }

    /// The user in the form value `user`, else in a JSON body (vitja A9).
    pub(crate) fn user(&self) -> Result<UserModel, ApiError> {
        if let Some(json) = self.value("user") {
            let user = UserModel::parse(json.as_bytes()).map_err(|reason| ApiError::undecodable_user(&reason))?;
            return user.ok_or(ApiError::NO_USER_MODEL);
        }
        match &self.body {
            Body::Json(json) => UserModel::parse(json).ok().flatten().ok_or(ApiError::NO_USER_MODEL),
            Body::None | Body::Form(_) => Err(ApiError::NO_USER_MODEL),
        }
    }

    /// Name and password, from a form or a JSON body (vitja A4).
    pub(crate) fn login(&self) -> Result<LoginRequest, ApiError> {
        match &self.body {
            Body::Json(json) => LoginRequest::parse(json).map_err(|_| ApiError::NO_LOGIN),
            Body::Form(_) => {
                let value = |name| self.value(name).map(str::to_owned);
                Ok(LoginRequest::new(value("username"), value("password")))
            }
            Body::None => Err(ApiError::NO_LOGIN),
        }
    }

    /// The new password, from a form value or a JSON body (vitja R12, R13).
    pub(crate) fn password(&self) -> Result<String, ApiError> {
        let password = match (self.value("password"), &self.body) {
            (Some(password), _) => Some(password.to_owned()),
            (None, Body::Json(json)) => new_password(json).map_err(|_| ApiError::NO_PASSWORD)?,
            (None, Body::None | Body::Form(_)) => None,
        };
        password.filter(|password| !password.is_empty()).ok_or(ApiError::NO_PASSWORD)
    }
}

/// Whether there is a body, as the original sees it: a chunked one counts even if it is empty.
fn has_body(req: &HttpRequest) -> bool {
    let headers = req.headers();
    let length = headers.get(CONTENT_LENGTH).is_some_and(|length| length.as_bytes() != b"0");
    length || headers.contains_key(TRANSFER_ENCODING)
}
