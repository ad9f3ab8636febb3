//! As whom an arrival comes in, and how later ones find it.

use crate::db::imports::{HolderRow, ThereRow};
use crate::moving::decide::There;
use crate::moving::keys::Keys;
use crate::user::Role;

/// As whom an arrival comes in, with every name decided. Ids of users that are not written yet are negative.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) user: i64,
    pub(crate) made: bool,
    pub(crate) username: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) there: There,
    /// Names that are claimed from now on, by whom: where somebody has one there, it is handed over.
    pub(crate) claims: Vec<NameClaim>,
    pub(crate) moves: Vec<Move>,
    /// Whether a linked arrival brings its own password and its program's secret.
    pub(crate) credentials: bool,
}

impl Plan {
    /// The username, where it is another than the arrival came with.
    pub(crate) fn new_name(&self, keys: &Keys) -> Option<&str> {
        let name = self.username.as_deref()?;
        keys.login().is_some_and(|login| login.given != name).then_some(name)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NameClaim {
    /// The folded name, or its exact spelling there.
    pub(crate) key: String,
    /// Whether it counts in the arrival's own dialect alone.
    pub(crate) there_alone: bool,
    pub(crate) user: i64,
}

/// A user who gets new ids in the arrival's dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Move {
    pub(crate) user: i64,
    pub(crate) number: Option<i64>,
    pub(crate) uuid: bool,
    /// Whether the user has an identity there already.
    pub(crate) known_there: bool,
}

/// The user that a plan makes, as the next ones find it.
pub(crate) fn holder_row(keys: &Keys, plan: &Plan) -> HolderRow {
    HolderRow {
        id: plan.user,
        // Nobody has been told the UUID that it will have here.
        uuid: plan.user.to_string(),
        username: plan.username.clone(),
        email: plan.email.clone(),
        roles: if keys.admin { Role::Admin.name() } else { Role::User.name() }.to_owned(),
        enabled: keys.enabled,
    }
}

/// The identity that a plan makes, as the next ones find it.
pub(crate) fn there_row(realm: &str, keys: &Keys, plan: &Plan) -> ThereRow {
    ThereRow {
        realm: realm.to_owned(),
        user_id: Some(plan.user),
        number: keys.number,
        uuid: keys.uuid.clone(),
        username: plan.there.username.clone(),
        email: plan.there.email.clone(),
    }
}

/// The ids of a user who gave others up, as the next ones find them.
pub(crate) fn move_row(realm: &str, moved: &Move) -> ThereRow {
    ThereRow {
        realm: realm.to_owned(),
        user_id: Some(moved.user),
        number: moved.number,
        uuid: moved.uuid.then(|| format!("moved {}", moved.user)),
        username: None,
        email: None,
    }
}
