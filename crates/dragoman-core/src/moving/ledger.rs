//! What the database says about a batch of arrivals, kept up to date while they are decided one after the other.

mod books;
mod plan;
mod settle;

use std::collections::{HashMap, HashSet};

use super::decide::{Claim, Holder, IdState, There, View};
use super::keys::{Keys, Name};
use super::record::RecordDigest;
use crate::Result;
use crate::db::imports::{self, HolderRow, NameRow, ThereRow};
use crate::rows::administers;
use crate::text::fold;
pub(crate) use books::Books;
pub(crate) use plan::{Move, Plan, holder_row, move_row, there_row};

pub(crate) struct Ledger {
    realm: &'static str,
    /// The last id that this gateway gave before it began to leave room for those of old servers.
    own: i64,
    /// The last id that was made up here.
    made_up: i64,
    asked: HashSet<String>,
    names: HashMap<String, Vec<(String, i64)>>,
    /// Names that were somebody's in this realm and are to be had.
    buried: HashSet<String>,
    holders: HashMap<i64, HolderRow>,
    there: HashMap<i64, Vec<ThereRow>>,
    numbers: HashMap<i64, Option<i64>>,
    uuids: HashMap<String, Option<i64>>,
    given_uuids: HashMap<String, i64>,
    /// With which records users came from this old server.
    records: HashMap<i64, RecordDigest>,
}

impl Ledger {
    /// Everything that the batch may meet, in a few queries. `made_up` is the last id that was made up so far.
    pub(crate) fn open(
        books: &mut Books<'_>,
        realm: &'static str,
        own: i64,
        made_up: i64,
        batch: &[Keys],
    ) -> Result<Self> {
        let mut ledger = Self {
            realm,
            own,
            made_up,
            asked: HashSet::new(),
            names: HashMap::new(),
            buried: HashSet::new(),
            holders: HashMap::new(),
            there: HashMap::new(),
            numbers: HashMap::new(),
            uuids: HashMap::new(),
            given_uuids: HashMap::new(),
            records: HashMap::new(),
        };
        ledger.ask_ids(books, batch)?;
        let names = batch.iter().flat_map(|keys| [&keys.username, &keys.email]).flatten();
        ledger.ask_names(books, names.flat_map(|name| [name.folded.clone(), name.given.clone()]))?;
        ledger.ask_records(books, batch)?;
        Ok(ledger)
    }

    pub(crate) fn made_up(&self) -> i64 {
        self.made_up
    }

    fn ask_ids(&mut self, books: &mut Books<'_>, batch: &[Keys]) -> Result<()> {
        let realm = self.realm;
        let numbers: Vec<i64> = batch.iter().filter_map(|keys| keys.number).collect();
        let uuids: Vec<String> = batch.iter().filter_map(|keys| keys.uuid.clone()).collect();
        let mut rows = Vec::new();
        if !numbers.is_empty() {
            rows = books.ask(|conn| imports::identities_by_number(conn, realm, &numbers))?;
        }
        if !uuids.is_empty() {
            rows.extend(books.ask(|conn| imports::identities_by_uuid(conn, realm, &uuids))?);
            let holders = books.ask(|conn| imports::holders_of_uuids(conn, &uuids))?;
            self.given_uuids.extend(holders.iter().map(|holder| (holder.uuid.clone(), holder.id)));
        }
        for row in &rows {
            self.numbers.extend(row.number.map(|number| (number, row.user_id)));
            self.uuids.extend(row.uuid.clone().map(|uuid| (uuid, row.user_id)));
        }
        let given = numbers.into_iter().filter(|&number| number <= self.own);
        let known: Vec<i64> =
            rows.iter().filter_map(|row| row.user_id).chain(self.given_uuids.values().copied()).chain(given).collect();
        self.ask_holders(books, &known)
    }

    fn ask_names(&mut self, books: &mut Books<'_>, folded: impl Iterator<Item = String>) -> Result<()> {
        let new: Vec<String> = folded.filter(|name| self.asked.insert(name.clone())).collect();
        if new.is_empty() {
            return Ok(());
        }
        // PostgreSQL would not even look for a NUL; nobody's name has one.
        let askable: Vec<String> = new.into_iter().filter(|name| !name.contains('\0')).collect();
        let rows: Vec<NameRow> = books.ask(|conn| imports::names(conn, &askable))?;
        let holders: Vec<i64> = rows.iter().filter_map(|(_, _, user)| *user).collect();
        for (folded, realm, user) in rows {
            match user {
                Some(user) => self.names.entry(folded).or_default().push((realm, user)),
                None if realm == self.realm && !self.is_given_anew(&folded) => drop(self.buried.insert(folded)),
                None => {}
            }
        }
        self.ask_holders(books, &holders)
    }

    /// Whether the rehearsal has given the name to somebody, which the database does not know.
    fn is_given_anew(&self, folded: &str) -> bool {
        self.names.get(folded).is_some_and(|rows| rows.iter().any(|(_, user)| *user < 0))
    }

    fn ask_holders(&mut self, books: &mut Books<'_>, ids: &[i64]) -> Result<()> {
        let new: HashSet<i64> = ids.iter().copied().filter(|id| !self.holders.contains_key(id)).collect();
        if new.is_empty() {
            return Ok(());
        }
        let new: Vec<i64> = new.into_iter().collect();
        let rows = books.ask(|conn| imports::holders(conn, &new))?;
        self.holders.extend(rows.into_iter().map(|row| (row.id, row)));
        for row in books.ask(|conn| imports::identities_of(conn, &new))? {
            if let Some(user) = row.user_id {
                self.there.entry(user).or_default().push(row);
            }
        }
        Ok(())
    }

    /// Those who came from this old server before, with their records. Most imports meet nobody of them.
    fn ask_records(&mut self, books: &mut Books<'_>, batch: &[Keys]) -> Result<()> {
        let by_id = |keys: &Keys| {
            let number = keys.number.and_then(|number| self.numbers.get(&number));
            number.or_else(|| keys.uuid.as_ref().and_then(|uuid| self.uuids.get(uuid))).copied().flatten()
        };
        let known = batch.iter().filter_map(|keys| by_id(keys).or_else(|| self.namesake(keys)));
        let known: HashSet<i64> = known.collect();
        let known: Vec<i64> = known.into_iter().collect();
        self.records = books.records(self.realm, &known)?;
        Ok(())
    }

    /// Whoever came from this old server under the very name of an arrival that has no id to know it by.
    fn namesake(&self, keys: &Keys) -> Option<i64> {
        let name = keys.username.as_ref().filter(|_| keys.number.is_none() && keys.uuid.is_none())?;
        let rows = [&name.given, &name.folded].into_iter().filter_map(|key| self.names.get(key));
        rows.flatten().map(|(_, user)| *user).find(|user| self.holder(*user).is_spelled_there(name))
    }

    /// What is known about one of them now.
    pub(crate) fn view(&self, keys: &Keys) -> View {
        let claim = |name: Option<&Name>| name.map(|name| self.claim(name)).unwrap_or_default();
        View {
            username: claim(keys.login()),
            email: claim(keys.email.as_ref()),
            number: keys.number.map(|number| self.number(number)).unwrap_or_default(),
            uuid: keys.uuid.as_deref().map(|uuid| self.uuid(uuid)).unwrap_or_default(),
            namesake: self.namesake(keys).map(|user| self.holder(user)),
        }
    }

    fn claim(&self, name: &Name) -> Claim {
        let folded = name.folded.as_str();
        let buried = self.buried.contains(folded) || self.buried.contains(&name.given);
        let rows = self.names.get(folded).map(Vec::as_slice).unwrap_or_default();
        let of = |realm: &str| rows.iter().find(|(other, _)| other == realm).map(|(_, user)| *user);
        let Some(user) = of("").or_else(|| of(self.realm)).or_else(|| rows.first().map(|(_, user)| *user)) else {
            return Claim { buried, ..Claim::default() };
        };
        let holder = self.holder(user);
        // Whoever has another name there leaves this one free there.
        let taken_there = of(self.realm).is_some() || holder.is_called_there(folded);
        Claim { as_email: self.is_email_of(user, folded), holder: Some(holder), taken_there, buried }
    }

    fn is_email_of(&self, user: i64, folded: &str) -> bool {
        let apart = self.there.get(&user).into_iter().flatten().filter_map(|row| row.email.as_deref());
        let own = self.holders.get(&user).and_then(|row| row.email.as_deref());
        own.into_iter().chain(apart).any(|email| fold(email) == folded)
    }

    fn holder(&self, user: i64) -> Holder {
        let there = self.row_there(user).map(|row| There { username: row.username.clone(), email: row.email.clone() });
        let record = self.records.get(&user).copied();
        let Some(row) = self.holders.get(&user) else { return Holder { id: user, there, record, ..Holder::default() } };
        Holder {
            id: user,
            username: row.username.clone(),
            email: row.email.clone(),
            admin: administers(&row.roles),
            enabled: row.enabled,
            there,
            record,
        }
    }

    fn row_there(&self, user: i64) -> Option<&ThereRow> {
        self.there.get(&user)?.iter().find(|row| row.realm == self.realm)
    }

    fn number(&self, number: i64) -> IdState {
        if let Some(user) = self.numbers.get(&number) {
            return IdState::There(user.map(|user| self.holder(user)));
        }
        if number > self.own {
            return IdState::Free;
        }
        // Whoever has another number there has set this one free.
        if self.row_there(number).is_some_and(|row| row.number.is_some()) {
            return IdState::Free;
        }
        IdState::Given(self.holders.get(&number).map(|row| self.holder(row.id)))
    }

    fn uuid(&self, uuid: &str) -> IdState {
        if let Some(user) = self.uuids.get(uuid) {
            return IdState::There(user.map(|user| self.holder(user)));
        }
        let moved = |user| self.row_there(user).is_some_and(|row| row.uuid.is_some());
        match self.given_uuids.get(uuid) {
            Some(&user) if !moved(user) => IdState::Given(Some(self.holder(user))),
            Some(_) | None => IdState::Free,
        }
    }
}
