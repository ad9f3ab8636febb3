//! Users by their keys and names.

use diesel::result::QueryResult;
use uuid::Uuid;

use super::Accounts;
use crate::db;
use crate::db::connection::AnyConnection;
use crate::db::users::UserRow;
use crate::identities::Identity;
use crate::text::fold;
use crate::user::{Login, Realm, User, UserId};
use crate::{Error, Result};

impl Accounts {
    /// The user with this key of the core, as this realm sees it.
    pub async fn by_id(&self, id: UserId) -> Result<User> {
        self.one(move |conn| Ok(db::users::by_id(conn, id.0)?)).await
    }

    /// The user with this integer id in this realm.
    pub async fn by_number(&self, number: i64) -> Result<User> {
        let realm = self.realm;
        self.one(move |conn| Ok(db::users::by_number(conn, realm, number)?)).await
    }

    /// The user with this UUID in this realm.
    pub async fn by_uuid(&self, uuid: Uuid) -> Result<User> {
        let realm = self.realm;
        self.one(move |conn| Ok(db::users::by_uuid(conn, realm, uuid)?)).await
    }

    /// The user with this username, without regard to case. One that counts in this realm alone comes first.
    pub async fn by_username(&self, username: &str) -> Result<User> {
        let (realm, login) = (self.realm, Login::Username(username.into()));
        self.one(move |conn| by_login(conn, realm, &login)).await
    }

    /// The user with this e-mail, without regard to case.
    pub async fn by_email(&self, email: &str) -> Result<User> {
        let (realm, login) = (self.realm, Login::Email(email.into()));
        self.one(move |conn| by_login(conn, realm, &login)).await
    }

    /// Everybody with this integer id, UUID, username or e-mail in this realm: a username may look like somebody
    /// else's id.
    pub async fn find(&self, any: &str) -> Result<Vec<User>> {
        let realm = self.realm;
        let (number, uuid, any) = (any.parse::<i64>().ok(), Uuid::parse_str(any).ok(), any.to_owned());
        let found = self.database.read(move |conn| {
            let by_number = number.map(|number| db::users::by_number(conn, realm, number)).transpose()?.flatten();
            let by_uuid = uuid.map(|uuid| db::users::by_uuid(conn, realm, uuid)).transpose()?.flatten();
            let key = db::login_names::key(conn, realm, &any, &fold(&any))?;
            Ok([by_number, by_uuid, named(&key, || db::users::by_login_name(conn, realm, &key))?])
        });
        let mut rows: Vec<UserRow> = found.await?.into_iter().flatten().collect();
        rows.sort_by_key(|row| row.id);
        rows.dedup_by_key(|row| row.id);
        self.users(rows)
    }

    async fn one(
        &self,
        query: impl Fn(&mut AnyConnection) -> Result<Option<UserRow>> + Send + 'static,
    ) -> Result<User> {
        self.user(self.database.read(query).await?.ok_or(Error::UserNotFound)?)
    }
}

/// What a query finds for this folded name. Nobody's has a NUL in it, which PostgreSQL would not even look for.
pub(super) fn named<T>(folded: &str, query: impl FnOnce() -> QueryResult<Option<T>>) -> Result<Option<T>> {
    if folded.contains('\0') { Ok(None) } else { Ok(query()?) }
}

/// The user with this login's own key, or with its other name where it lacks that key.
pub(crate) fn by_login(conn: &mut AnyConnection, realm: Realm, login: &Login) -> Result<Option<UserRow>> {
    let folded = login.folded();
    let key = db::login_names::key(conn, realm, login.given(), &folded)?;
    let Some(row) = named(&key, || db::users::by_login_name(conn, realm, &key))? else { return Ok(None) };
    let fits = login.fits(&row, &row.identity(realm)?, &folded);
    Ok(Some(row).filter(|_| fits))
}

impl Login {
    pub(super) fn given(&self) -> &str {
        let (Self::Username(given) | Self::Email(given)) = self;
        given
    }

    pub(super) fn folded(&self) -> String {
        fold(self.given())
    }

    /// Whether it is the user's name of this kind; one that the user lacks fits. Where a realm knows the user by
    /// a username of its own, the common one is none the less the user's.
    pub(super) fn fits(&self, row: &UserRow, known: &Identity, folded: &str) -> bool {
        let own = match self {
            Self::Username(_) => [&known.username, &row.username],
            Self::Email(_) => [&known.email, &row.email],
        };
        own.iter().all(|name| name.is_none()) || own.into_iter().flatten().any(|name| fold(name) == folded)
    }
}
