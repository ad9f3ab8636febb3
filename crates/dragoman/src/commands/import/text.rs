//! The report for people, on a terminal.

use dragoman_core::{Clash, Clashes, Decider, Example};

use super::report::{Outcome, Report, SourceReport};
use super::words::{NOBODY_ADMINISTERS, advice, fate, place, records, taken, title};
use crate::commands::{columns, counted, number, visible};

/// Examples of each kind, and administrators, that are shown; the other reports have more.
const SHOWN: usize = 5;

pub(super) fn report(report: &Report) -> String {
    let mut text = sources(report);
    text.push('\n');
    text.push_str(&totals(report));
    for (clash, clashes) in report.clashes() {
        text.push('\n');
        text.push_str(&kind(report, clash, clashes));
    }
    text.push('\n');
    if !report.administered {
        text.push_str(&format!("{NOBODY_ADMINISTERS}\n\n"));
    }
    text.push_str(closing(report.outcome, report.findings.is_decided()));
    text
}

fn sources(report: &Report) -> String {
    let line = |source: &SourceReport| {
        let name = visible(source.file.name());
        let records = records(source.records);
        match (source.standing.run, source.standing.is_finished, source.standing.position) {
            (Some(run), true, _) => format!("{name}: in already, by run {run}; nothing is to be done\n"),
            (Some(run), false, 0) => format!("{name}: {records}, run {run}\n"),
            (Some(run), false, position) => {
                format!("{name}: {records}, run {run} goes on behind record {}\n", number(position))
            }
            (None, _, _) => format!("{name}: {records}\n"),
        }
    };
    report.sources.iter().map(line).collect()
}

fn totals(report: &Report) -> String {
    let found = &report.findings;
    let rows = [
        ("become users", found.made),
        ("are linked to users who are here", found.linked),
        ("stay out", found.skipped),
        ("wait for a decision", found.refused),
    ];
    let rows = rows.map(|(what, count)| [format!("  {what}"), number(count)]);
    let mut text = columns(&rows);
    if found.left_out > 0 {
        let kept = number(found.left_out);
        text.push_str(&format!("  of those who stay out {kept} are kept as they came, for an export\n"));
    }
    if found.administrators > 0 {
        let named = found.administrators_named.iter().take(SHOWN).map(|one| visible(&one.name));
        let named = named.collect::<Vec<_>>().join(", ");
        let more = found.administrators.saturating_sub(SHOWN as u64);
        let more = if more > 0 { format!(" and {} more", number(more)) } else { String::new() };
        let them = counted(found.administrators, "of them administers", "of them administer");
        text.push_str(&format!("  {them} here: {named}{more}\n"));
    }
    text
}

fn kind(report: &Report, clash: Clash, clashes: &Clashes) -> String {
    let mut text = format!("{}: {} ({})\n", clash.name(), number(clashes.count), title(clash));
    let fates = clashes.actions.iter().map(|(action, count)| format!("{}: {}", fate(*action), number(*count)));
    text.push_str(&format!("  {}\n", fates.collect::<Vec<_>>().join("; ")));
    text.push_str(&columns(&clashes.examples.iter().take(SHOWN).map(example).collect::<Vec<_>>()));
    if clashes.count > SHOWN as u64 {
        text.push_str(&format!("    and {} more\n", number(clashes.count - SHOWN as u64)));
    }
    if clashes.names_taken > 0 {
        text.push_str(&format!("  {}\n", taken(clash, clashes.names_taken, report.dialect)));
    }
    match (clash.decider(), report.policy(clash)) {
        (Decider::Option(option), _) if clashes.undecided > 0 => {
            text.push_str(&format!("  decide with {option}: {}\n", advice(clash)));
        }
        (Decider::Option(option), Some(policy)) => text.push_str(&format!("  decided by {option} {policy}\n")),
        (Decider::Option(_), None) | (Decider::Nobody, _) => text.push_str(&format!("  {}\n", advice(clash))),
    }
    text
}

fn example(example: &Example) -> [String; 3] {
    let place = format!("    {}", place(&example.place));
    let with = if example.with.is_empty() { String::new() } else { format!("({})", example.with) };
    let new_name = example.new_name.as_ref().map(|name| format!(" → {name}")).unwrap_or_default();
    [place, format!("{}{new_name}", example.arrival), with]
}

const fn closing(outcome: Outcome, decided: bool) -> &'static str {
    match (outcome, decided) {
        (Outcome::DryRun, true) => "Nothing was written: this was a dry run. Everything is decided.\n",
        (Outcome::DryRun, false) => "Nothing was written: this was a dry run. An import would be refused.\n",
        (Outcome::Undecided, _) => "Nothing was written.\n",
        (Outcome::Done, _) => "Done.\n",
    }
}
