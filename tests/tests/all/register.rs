//! The clause registers, held against the exchanges and the adapters. That each check can fail is shown beside the
//! checks, on made-up registers.

use anyhow::{Context as _, Result, ensure};
use dragoman::dialects;
use dragoman_exchange::Exchange;
use dragoman_exchange::register::{Register, half_answered, never_turned_on, not_shown, unknown};

use crate::exchanges;
use crate::record::registers;
use crate::trials::Trials;

pub(crate) fn register(trials: &mut Trials) {
    trials.once("every register names its dialect, and each clause once", registers_can_be_read);
    trials.once("every clause is shown in both profiles", || hold(not_shown));
    trials.once("every clause that an exchange names is registered", || hold(unknown));
    trials.once("every clause with two answers is shown to give each", || hold(half_answered));
    trials.once("every clause with a hazard is shown with it turned on", || hold(never_turned_on));
    trials.once("every hazard of a clause is one that a mount may turn on", hazards_can_be_turned_on);
}

/// A register with an id that is there twice cannot be read.
fn registers_can_be_read() -> Result<()> {
    let named: Vec<String> = registers()?.into_iter().map(|register| register.dialect).collect();
    let expected: Vec<&str> = dialects::ALL.iter().map(|dialect| dialect.name).collect();
    ensure!(named == expected, "{named:?} are not {expected:?}");
    Ok(())
}

fn hold(check: fn(&Register, &[Exchange]) -> Vec<String>) -> Result<()> {
    let of_register = |register: &Register| Ok(check(register, &exchanges::of_dialect(&register.dialect)?));
    let complaints = registers()?.iter().map(of_register).collect::<Result<Vec<_>>>()?.concat();
    ensure!(complaints.is_empty(), "{}", complaints.join("\n"));
    Ok(())
}

fn hazards_can_be_turned_on() -> Result<()> {
    for Register { dialect, clauses, .. } in registers()? {
        let known = dialects::Dialect::by_name(&dialect).with_context(|| format!("no dialect is called {dialect}"))?;
        for clause in clauses {
            let Some(hazard) = clause.hazard else { continue };
            let there = hazard.parse().is_ok_and(|hazard| known.hazards.contains(&hazard));
            ensure!(there, "{dialect} {}: {hazard} is no hazard of this dialect", clause.id);
        }
    }
    Ok(())
}
