//! What follows from a decision: names, ids, and what later arrivals find.

use std::collections::HashSet;

use super::Ledger;
use super::books::Books;
use super::plan::{Move, NameClaim, Plan, holder_row, move_row, there_row};
use crate::Result;
use crate::db::imports::{HolderRow, ThereRow};
use crate::moving::decide::{Decision, Holder, Linking, Making, Moved, NameThere, There};
use crate::moving::keys::{Keys, Name};
use crate::text::{NAME_LIMIT, fold};

impl Ledger {
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
            credentials: true,
        })
    }

    fn linking(&mut self, keys: &Keys, linking: &Linking) -> Plan {
        let other = |holder: &HolderRow, name: &Name| holder.username.as_ref() != Some(&name.given);
        let holder = self.holders.get(&linking.user);
        let username = keys.username.as_ref().filter(|name| holder.is_some_and(|holder| other(holder, name)));
        let spelled = |holder: &HolderRow, name: &Name| holder.email.as_ref() != Some(&name.given);
        let email = keys.email.as_ref().filter(|name| holder.is_some_and(|holder| spelled(holder, name)));
        // The e-mail by which it was found may be the user's on another old server alone.
        let own = |name: &Name| {
            let names = holder.into_iter().flat_map(|holder| [&holder.username, &holder.email]).flatten();
            names.into_iter().any(|own| fold(own) == name.folded)
        };
        let apart = email.filter(|name| !own(name)).map(|name| there_alone(&name.folded, linking.user));
        let claims = username.into_iter().flat_map(|name| self.claimed(name, linking.username, linking.user));
        let claims = distinct(claims.filter(|claim| claim.there_alone).chain(apart).collect());
        Plan {
            user: linking.user,
            made: false,
            username: None,
            email: None,
            there: There {
                username: username.map(|name| name.given.clone()),
                email: email.map(|name| name.given.clone()),
            },
            claims,
            moves: self.moves(linking.moved),
            credentials: linking.credentials,
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
            self.buried.remove(&claim.key);
            let rows = self.names.entry(claim.key.clone()).or_default();
            rows.retain(|(other, _)| other != realm);
            rows.push((realm.to_owned(), claim.user));
        }
        if plan.made {
            self.holders.insert(plan.user, holder_row(keys, plan));
        }
        self.records.extend(keys.record.map(|record| (plan.user, record)));
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
