//! Some hundred users of a run, of whom it is decided in one go who stays.

use std::collections::{HashMap, HashSet};

use super::{Kept, Stays, Undone};
use crate::Result;
use crate::audit::{Detail, Event, Person, Scribe};
use crate::db;
use crate::db::connection::AnyConnection;
use crate::db::imports::{holders, identities_by_number, identities_by_uuid};
use crate::db::undo::{BroughtRow, delete_identities, delete_users, linked_by_others, locked, others_administer};
use crate::db::users::UserRow;
use crate::identities::take_back;
use crate::moving::lent::Lent;
use crate::records::Administrators;
use crate::rows::administers;
use crate::tokens;
use crate::user::{Realm, UserId};

/// On behalf of a run.
#[derive(Clone)]
pub(super) struct Undoing {
    pub(super) realm: Realm,
    pub(super) run: i64,
    pub(super) scribe: Scribe,
}

/// An identity, and the user whose it is.
type Found = (BroughtRow, UserRow);

impl Undoing {
    /// Takes back these identities: users that the run made go, links that it made are no more.
    pub(super) fn take_back(&self, conn: &mut AnyConnection, brought: Vec<BroughtRow>) -> Result<Undone> {
        let guarded = Guarded::of(conn, &brought)?;
        let (made, linked): (Vec<Found>, Vec<Found>) = found(conn, brought)?.into_iter().partition(|(row, _)| row.made);
        let (leaving, staying) = self.parted(conn, made, &guarded)?;
        self.delete(conn, &leaving)?;
        let mut set_since = Vec::new();
        for (row, user) in &linked {
            // Whoever signed in as this user by the link's password is somebody else once the link was a mistake.
            db::users::set_session_epoch(conn, user.id, user.session_epoch + 1)?;
            tokens::delete_all(conn, UserId(user.id), None)?;
            if !row.keeps_password {
                set_since.push(kept(user, Stays::PasswordSet));
            }
            let lent = row.linked.as_deref().map(Lent::of_stored).transpose()?.unwrap_or_default();
            lent.take_back(conn, user.id)?;
        }
        let linked: Vec<UserRow> = linked.into_iter().map(|(_, user)| user).collect();
        take_back(conn, self.realm, &linked)?;
        Ok(Undone {
            deleted: leaving.len() as u64,
            unlinked: linked.len() as u64,
            kept: staying.len() as u64,
            kept_named: staying.into_iter().chain(set_since).collect(),
        })
    }

    /// Who goes, and who stays and why.
    fn parted(&self, conn: &mut AnyConnection, made: Vec<Found>, guarded: &Guarded) -> Result<(Vec<Found>, Vec<Kept>)> {
        let ids: Vec<i64> = made.iter().map(|(_, user)| user.id).collect();
        let linked: HashSet<i64> = linked_by_others(conn, &ids, self.run)?.into_iter().collect();
        let (mut leaving, mut staying) = (Vec::new(), Vec::new());
        for (row, user) in made {
            // Whoever was made an administrator a moment ago was changed by that.
            let unguarded = is_administrator(&user) && !guarded.0;
            if unguarded || !row.keeps_password || row.updated != user.updated {
                staying.push(kept(&user, Stays::Changed));
            } else if linked.contains(&user.id) {
                staying.push(kept(&user, Stays::Linked));
            } else {
                leaving.push((row, user));
            }
        }
        staying.extend(keep_an_administrator(conn, &mut leaving)?);
        Ok((leaving, staying))
    }

    fn delete(&self, conn: &mut AnyConnection, leaving: &[Found]) -> Result<()> {
        delete_identities(conn, &leaving.iter().map(|(row, _)| row.id).collect::<Vec<_>>())?;
        delete_users(conn, &leaving.iter().map(|(_, user)| user.id).collect::<Vec<_>>())?;
        for (_, user) in leaving.iter().filter(|(_, user)| is_administrator(user)) {
            let detail = Detail::from([("run", self.run.to_string())]);
            self.scribe.tell(conn, Event::Deletion, Some(user.into()), detail)?;
        }
        Ok(())
    }
}

/// Whether this transaction has the lock under which administrators may become fewer. It is taken before the users' rows
/// are, as everywhere, and only where one of them administers: to count administrators reads all users.
struct Guarded(bool);

impl Guarded {
    fn of(conn: &mut AnyConnection, brought: &[BroughtRow]) -> Result<Self> {
        let made: Vec<i64> = brought.iter().filter(|row| row.made).map(|row| row.user_id).collect();
        let administers = holders(conn, &made)?.iter().any(|holder| holder.enabled && administers(&holder.roles));
        if administers {
            Administrators::lock_alone(conn)?;
        }
        Ok(Self(administers))
    }
}

/// Where nobody else would be left to administer, one of those who leave stays.
fn keep_an_administrator(conn: &mut AnyConnection, leaving: &mut Vec<Found>) -> Result<Option<Kept>> {
    let administrators = leaving.iter().filter(|(_, user)| is_administrator(user)).map(|(_, user)| user.id);
    let administrators: Vec<i64> = administrators.collect();
    let Some(last) = administrators.last() else { return Ok(None) };
    if others_administer(conn, &administrators)? {
        return Ok(None);
    }
    let at = leaving.iter().position(|(_, user)| user.id == *last);
    Ok(at.map(|at| kept(&leaving.remove(at).1, Stays::LastAdministrator)))
}

fn kept(user: &UserRow, because: Stays) -> Kept {
    Kept { user: UserId(user.id), name: Person::from(user).name, because }
}

fn is_administrator(user: &UserRow) -> bool {
    user.enabled && administers(&user.roles)
}

/// The identities with their users, who do not change until this transaction ends.
fn found(conn: &mut AnyConnection, brought: Vec<BroughtRow>) -> Result<Vec<Found>> {
    let ids: Vec<i64> = brought.iter().map(|row| row.user_id).collect();
    let mut users: HashMap<i64, UserRow> = locked(conn, &ids)?.into_iter().map(|user| (user.id, user)).collect();
    Ok(brought.into_iter().filter_map(|row| users.remove(&row.user_id).map(|user| (row, user))).collect())
}

/// Those of these users whose own ids are nobody else's in the realm have them again.
pub(super) fn give_back(conn: &mut AnyConnection, realm: Realm, moved: Vec<BroughtRow>) -> Result<()> {
    let mut moved: Vec<UserRow> = found(conn, moved)?.into_iter().map(|(_, user)| user).collect();
    let ids: Vec<i64> = moved.iter().map(|user| user.id).collect();
    let uuids: Vec<String> = moved.iter().map(|user| user.uuid.clone()).collect();
    let numbers = identities_by_number(conn, realm.name(), &ids)?.into_iter().filter_map(|row| row.number);
    let numbers: HashSet<i64> = numbers.collect();
    let others = identities_by_uuid(conn, realm.name(), &uuids)?.into_iter().filter_map(|row| row.uuid);
    let others: HashSet<String> = others.collect();
    moved.retain(|user| !numbers.contains(&user.id) && !others.contains(&user.uuid));
    take_back(conn, realm, &moved)
}
