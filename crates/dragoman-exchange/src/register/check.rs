//! Whether a register and the exchanges of its dialect speak of the same clauses. What is wrong comes as lines.

use crate::exchange::{Exchange, Profile};

use super::{Clause, Register};

/// The clauses that no exchange shows in one of the profiles, or in any.
#[must_use]
pub fn not_shown(register: &Register, exchanges: &[Exchange]) -> Vec<String> {
    let shown = |(clause, profile): &(&Clause, Profile)| {
        exchanges.iter().any(|exchange| exchange.runs_in(*profile) && shows(exchange, clause))
    };
    let complaint = |(clause, profile): (&Clause, Profile)| {
        format!("{} {}: no exchange shows it in the {} profile", register.dialect, clause.id, profile.name())
    };
    sides(register.clauses.iter()).filter(|side| !shown(side)).map(complaint).collect()
}

/// The clauses that exchanges name and the register does not.
#[must_use]
pub fn unknown(register: &Register, exchanges: &[Exchange]) -> Vec<String> {
    let named = exchanges.iter().flat_map(|exchange| exchange.clauses.iter().map(move |clause| (exchange, clause)));
    let strange = named.filter(|(_, clause)| register.clause(clause).is_none());
    let complaint = |(exchange, clause): (&Exchange, &String)| {
        let Exchange { file, line, .. } = exchange;
        format!("{}:{line}: {} has no clause {clause}", file.display(), register.dialect)
    };
    strange.map(complaint).collect()
}

/// The clauses with an answer for each profile that no exchange of that profile alone shows.
#[must_use]
pub fn half_answered(register: &Register, exchanges: &[Exchange]) -> Vec<String> {
    let answers = register.clauses.iter().filter(|clause| clause.answers().is_some());
    let shown = |(clause, profile): &(&Clause, Profile)| {
        exchanges.iter().any(|exchange| exchange.profile == Some(*profile) && shows(exchange, clause))
    };
    let complaint = |(clause, profile): (&Clause, Profile)| {
        let Register { dialect, .. } = register;
        format!("{dialect} {}: no exchange shows the answer of the {} profile", clause.id, profile.name())
    };
    sides(answers).filter(|side| !shown(side)).map(complaint).collect()
}

/// The clauses with a hazard that no exchange shows with the hazard turned on.
#[must_use]
pub fn never_turned_on(register: &Register, exchanges: &[Exchange]) -> Vec<String> {
    let hazards = register.clauses.iter().filter_map(|clause| Some((clause, clause.hazard.as_ref()?)));
    let shown = |(clause, hazard): &(&Clause, &String)| {
        exchanges.iter().any(|exchange| exchange.hazards.contains(hazard) && shows(exchange, clause))
    };
    let complaint = |(clause, hazard): (&Clause, &String)| {
        format!("{} {}: no exchange shows it with {hazard} turned on", register.dialect, clause.id)
    };
    hazards.filter(|hazard| !shown(hazard)).map(complaint).collect()
}

/// Each clause in each profile.
fn sides<'a>(clauses: impl Iterator<Item = &'a Clause>) -> impl Iterator<Item = (&'a Clause, Profile)> {
    clauses.flat_map(|clause| Profile::ALL.map(|profile| (clause, profile)))
}

fn shows(exchange: &Exchange, clause: &Clause) -> bool {
    exchange.clauses.contains(&clause.id)
}
