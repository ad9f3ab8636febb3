//! What the database says about a batch of arrivals, kept up to date while they are decided one after the other.

use std::collections::{HashMap, HashSet};

use super::decide::{Claim, Decision, Holder, IdState, Linking, Making, Moved, NameThere, There, View};
use super::keys::{Keys, Name};
use crate::Result;
use crate::db::connection::AnyConnection;
use crate::db::imports::{self, HolderRow, NameRow, ThereRow};
use crate::text::{NAME_LIMIT, fold};
use crate::user::Role;

/// Where is looked: in the database, and before it in the scratch file of a rehearsal.
pub(crate) struct Books<'a> {
    pub(crate) database: &'a mut AnyConnection,
    pub(crate) scratch: Option<&'a mut AnyConnection>,
}

impl Books<'_> {
    fn ask<T>(&mut self, query: impl Fn(&mut AnyConnection) -> diesel::result::QueryResult<Vec<T>>) -> Result<Vec<T>> {
        // What the scratch file says of a name comes first: it is what became of it.
        let mut rows = self.scratch.as_mut().map_or_else(|| Ok(Vec::new()), |scratch| query(scratch))?;
        rows.extend(query(self.database)?);
        Ok(rows)
    }
}

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
    /// Whether a linked arrival brings its own password.
    pub(crate) password: bool,
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

pub(crate) struct Ledger {
    realm: &'static str,
    /// The last id that this gateway gave before it began to leave room for those of old servers.
    own: i64,
    /// The last id that was made up here.
    made_up: i64,
    asked: HashSet<String>,
    names: HashMap<String, Vec<(String, i64)>>,
    holders: HashMap<i64, HolderRow>,
    there: HashMap<i64, Vec<ThereRow>>,
    numbers: HashMap<i64, Option<i64>>,
    uuids: HashMap<String, Option<i64>>,
    given_uuids: HashMap<String, i64>,
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
            holders: HashMap::new(),
            there: HashMap::new(),
            numbers: HashMap::new(),
            uuids: HashMap::new(),
            given_uuids: HashMap::new(),
        };
        ledger.ask_ids(books, batch)?;
        let names = batch.iter().flat_map(|keys| [&keys.username, &keys.email]).flatten();
        ledger.ask_names(books, names.flat_map(|name| [name.folded.clone(), name.given.clone()]))?;
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
        let holders: Vec<i64> = rows.iter().map(|(_, _, user)| *user).collect();
        for (folded, realm, user) in rows {
            self.names.entry(folded).or_default().push((realm, user));
        }
        self.ask_holders(books, &holders)
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

    /// What is known about one of them now.
    pub(crate) fn view(&self, keys: &Keys) -> View {
        let claim = |name: Option<&Name>| name.map(|name| self.claim(&name.folded)).unwrap_or_default();
        View {
            username: claim(keys.login()),
            email: claim(keys.email.as_ref()),
            number: keys.number.map(|number| self.number(number)).unwrap_or_default(),
            uuid: keys.uuid.as_deref().map(|uuid| self.uuid(uuid)).unwrap_or_default(),
        }
    }

    fn claim(&self, folded: &str) -> Claim {
        let rows = self.names.get(folded).map(Vec::as_slice).unwrap_or_default();
        let of = |realm: &str| rows.iter().find(|(other, _)| other == realm).map(|(_, user)| *user);
        let Some(user) = of("").or_else(|| of(self.realm)).or_else(|| rows.first().map(|(_, user)| *user)) else {
            return Claim::default();
        };
        let holder = self.holder(user);
        // Whoever has another name there leaves this one free there.
        let known_by_it = holder.there.as_ref().is_some_and(|there| {
            let other = |name: &Option<String>| name.as_ref().is_some_and(|name| fold(name) != folded);
            !other(&there.username) && !other(&there.email)
        });
        let taken_there = of(self.realm).is_some() || known_by_it;
        Claim { as_email: self.is_email_of(user, folded), holder: Some(holder), taken_there }
    }

    fn is_email_of(&self, user: i64, folded: &str) -> bool {
        let apart = self.there.get(&user).into_iter().flatten().filter_map(|row| row.email.as_deref());
        let own = self.holders.get(&user).and_then(|row| row.email.as_deref());
        own.into_iter().chain(apart).any(|email| fold(email) == folded)
    }

    fn holder(&self, user: i64) -> Holder {
        let there = self.row_there(user).map(|row| There { username: row.username.clone(), email: row.email.clone() });
        let Some(row) = self.holders.get(&user) else { return Holder { id: user, there, ..Holder::default() } };
        Holder {
            id: user,
            username: row.username.clone(),
            email: row.email.clone(),
            admin: row.roles.split(',').any(|role| role == Role::Admin.name()),
            enabled: row.enabled,
            there,
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

    /// Carries a decision out as far as later ones depend on it.
    pub(crate) fn settle(&mut self, books: &mut Books<'_>, keys: &Keys, decision: Decision) -> Result<Option<Plan>> {
        let plan = match decision {
            Decision::Make(making) => self.making(books, keys, &making)?,
            Decision::Link(linking) => self.linking(keys, &linking),
            Decision::Skip | Decision::Refuse => return Ok(None),
        };
        self.enter(keys, &plan);
        Ok(Some(plan))
    }

    fn making(&mut self, books: &mut Books<'_>, keys: &Keys, making: &Making) -> Result<Plan> {
        let given = |name: &Option<Name>| name.as_ref().map(|name| name.given.clone());
        let own = |there: NameThere| there == NameThere::None;
        let username = match keys.login() {
            Some(name) if own(making.username) => Some(name.given.clone()),
            Some(name) => Some(self.free_name(books, &name.given)?),
            None => None,
        };
        let user = self.make_up();
        let mut claims = Vec::new();
        claims.extend(username.as_deref().map(|username| everywhere(&fold(username), user)));
        for (name, there) in [(keys.login(), making.username), (keys.email.as_ref(), making.email)] {
            claims.extend(name.into_iter().flat_map(|name| self.claimed(name, there, user)));
        }
        Ok(Plan {
            user,
            made: true,
            username,
            email: given(&keys.email).filter(|_| own(making.email)),
            there: There {
                username: given(&keys.username).filter(|_| !own(making.username)),
                email: given(&keys.email).filter(|_| !own(making.email)),
            },
            claims: distinct(claims),
            moves: self.moves(making.moved),
            password: true,
        })
    }

    fn linking(&mut self, keys: &Keys, linking: &Linking) -> Plan {
        let other = |holder: &HolderRow, name: &Name| holder.username.as_ref() != Some(&name.given);
        let holder = self.holders.get(&linking.user);
        let username = keys.username.as_ref().filter(|name| holder.is_some_and(|holder| other(holder, name)));
        let claims = username.into_iter().flat_map(|name| self.claimed(name, linking.username, linking.user));
        let claims = claims.filter(|claim| claim.there_alone).collect();
        Plan {
            user: linking.user,
            made: false,
            username: None,
            email: None,
            there: There { username: username.map(|name| name.given.clone()), email: None },
            claims,
            moves: self.moves(linking.moved),
            password: linking.password,
        }
    }

    fn claimed(&self, name: &Name, there: NameThere, user: i64) -> Vec<NameClaim> {
        match there {
            NameThere::None => vec![everywhere(&name.folded, user)],
            NameThere::Folded => vec![there_alone(&name.folded, user)],
            NameThere::Exact => self.exact(name, user),
        }
    }

    /// Of two whose names differ there in spelling alone, each is found by its own spelling. What is spelled as it is
    /// compared goes to whoever spells it so, and the one who had it is found by its own spelling from now on. Those
    /// who spell it alike cannot be told apart: the later one has its new name only.
    fn exact(&self, name: &Name, user: i64) -> Vec<NameClaim> {
        let of = |key: &str, realm: &str| {
            let rows = self.names.get(key)?;
            rows.iter().find(|(other, _)| other == realm).map(|(_, user)| *user)
        };
        if name.given != name.folded {
            let is_free = of(&name.given, self.realm).is_none();
            return if is_free { vec![there_alone(&name.given, user)] } else { Vec::new() };
        }
        let Some(holder) = of(&name.folded, self.realm).or_else(|| of(&name.folded, "")) else { return Vec::new() };
        match self.spelling(holder, &name.folded) {
            Some(spelled) if spelled != name.given => {
                vec![there_alone(&spelled, holder), there_alone(&name.folded, user)]
            }
            Some(_) | None => Vec::new(),
        }
    }

    /// How the user spells a name there.
    fn spelling(&self, user: i64, folded: &str) -> Option<String> {
        let Holder { username, email, there, .. } = self.holder(user);
        let there = there.unwrap_or_default();
        let names = [there.username, there.email, username, email];
        names.into_iter().flatten().find(|name| fold(name) == folded)
    }

    fn moves(&mut self, moved: Moved) -> Vec<Move> {
        let known_there = |user| self.row_there(user).is_some();
        let mut moves: Vec<Move> = Vec::new();
        for (user, uuid) in [(moved.number, false), (moved.uuid, true)] {
            let Some(user) = user else { continue };
            match moves.iter_mut().find(|one| one.user == user) {
                Some(same) => same.uuid |= uuid,
                None => moves.push(Move { user, number: None, uuid, known_there: known_there(user) }),
            }
        }
        for one in &mut moves {
            one.number = (moved.number == Some(one.user)).then(|| self.make_up());
        }
        moves
    }

    fn make_up(&mut self) -> i64 {
        self.made_up -= 1;
        self.made_up
    }

    /// The name with the realm's behind it, and with a count where somebody has that, too.
    fn free_name(&mut self, books: &mut Books<'_>, given: &str) -> Result<String> {
        let mut count = 1_u64;
        loop {
            let suffix = if count == 1 { format!("-{}", self.realm) } else { format!("-{}-{count}", self.realm) };
            let fits = given.floor_char_boundary(given.len().min(NAME_LIMIT.saturating_sub(suffix.len())));
            let name = given.get(..fits).unwrap_or_default().to_owned() + &suffix;
            let folded = fold(&name);
            self.ask_names(books, std::iter::once(folded.clone()))?;
            if !self.names.contains_key(&folded) {
                return Ok(name);
            }
            count += 1;
        }
    }

    /// What later arrivals of the batch will find.
    fn enter(&mut self, keys: &Keys, plan: &Plan) {
        for claim in &plan.claims {
            let realm = if claim.there_alone { self.realm } else { "" };
            let rows = self.names.entry(claim.key.clone()).or_default();
            rows.retain(|(other, _)| other != realm);
            rows.push((realm.to_owned(), claim.user));
        }
        if plan.made {
            self.holders.insert(plan.user, holder_row(keys, plan));
        }
        let row = there_row(self.realm, keys, plan);
        self.enter_identity(row);
        for moved in &plan.moves {
            let row = move_row(self.realm, moved);
            self.enter_identity(row);
        }
    }

    fn enter_identity(&mut self, row: ThereRow) {
        self.numbers.extend(row.number.map(|number| (number, row.user_id)));
        self.uuids.extend(row.uuid.clone().map(|uuid| (uuid, row.user_id)));
        if let Some(user) = row.user_id {
            self.there.entry(user).or_default().push(row);
        }
    }
}

fn everywhere(folded: &str, user: i64) -> NameClaim {
    NameClaim { key: folded.to_owned(), there_alone: false, user }
}

fn there_alone(key: &str, user: i64) -> NameClaim {
    NameClaim { key: key.to_owned(), there_alone: true, user }
}

fn distinct(mut claims: Vec<NameClaim>) -> Vec<NameClaim> {
    let mut seen = HashSet::new();
    claims.retain(|claim| seen.insert((claim.key.clone(), claim.there_alone)));
    claims
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
