//! The server that is being replaced, as somebody who can be asked whether a password is right.
//!
//! It is asked about those alone who have no password here. How it is asked is for whoever makes an
//! [`OldServer`]; what its word is worth is decided here and in `accounts/taking_over.rs`.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use secrecy::ExposeSecret as _;
use uuid::Uuid;

use crate::user::{Facts, Login};
use crate::{NAME_LIMIT, Password};

/// No person types a longer password, and no server has to be told one.
const LONGEST_PASSWORD: usize = 1024;

/// What an old server tells about somebody whose password was right. What the user may do is not among it:
/// nobody becomes an administrator by the word of another server.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Profile {
    /// The integer id there.
    pub number: Option<i64>,
    /// The UUID there.
    pub uuid: Option<Uuid>,
    /// The name to sign in with there.
    pub username: Option<String>,
    /// The e-mail address there.
    pub email: Option<String>,
    /// The name for people; may be empty.
    pub name: String,
    /// Facts that only the realm knows.
    pub facts: Facts,
}

/// Why an old server says neither yes nor no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoWord {
    /// It cannot be reached, or what it says is no answer. Whoever asked can do nothing for it.
    Unreachable,
    /// It is there and would not look at this question, for what it is or for how many there are. That counts as a
    /// guess, because otherwise nothing would bound who asks such questions.
    Refused,
}

/// Whom the word of an old server lets in, beside users who came from it and have no password yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trust {
    /// People who are not here yet; they become users without further rights.
    pub newcomers: bool,
    /// Users who are administrators here: then whoever speaks for the old server has the whole gateway.
    pub administrators: bool,
}

/// A profile where the password is right, `None` where it is wrong or nobody has the name.
pub type Word = Result<Option<Profile>, NoWord>;

type Asking = Pin<Box<dyn Future<Output = Word> + Send>>;

/// A server that knows the passwords of people who have none here.
#[derive(Clone)]
pub struct OldServer {
    ask: Arc<dyn Fn(Login, Password) -> Asking + Send + Sync>,
    pub(crate) trust: Trust,
}

impl OldServer {
    /// One that is asked like this, and trusted so far.
    pub fn new<F>(trust: Trust, ask: impl Fn(Login, Password) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Word> + Send + 'static,
    {
        Self { ask: Arc::new(move |login, password| Box::pin(ask(login, password))), trust }
    }

    /// What it says of this login. What nobody can have is not passed on, so that its answers to nonsense are not
    /// taken for those of a broken server.
    pub(crate) async fn ask(&self, login: &Login, password: &Password) -> Word {
        let (Login::Username(name) | Login::Email(name)) = login;
        let text = password.expose_secret();
        let is_name = !name.is_empty() && name.len() <= NAME_LIMIT && !name.chars().any(char::is_control);
        let is_password = !text.is_empty() && text.len() <= LONGEST_PASSWORD && !text.contains('\0');
        if !(is_name && is_password) {
            return Ok(None);
        }
        (self.ask)(login.clone(), password.clone()).await
    }
}

impl fmt::Debug for OldServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OldServer").field("trust", &self.trust).finish_non_exhaustive()
    }
}
