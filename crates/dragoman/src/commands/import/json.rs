//! The report for scripts. Its keys may grow in number; they do not change meaning.

use anyhow::Result;
use dragoman_core::{Administrator, Clash, Clashes, Decider, Example};
use serde_json::{Value, json};

use super::report::{Report, SourceReport};

pub(super) fn report(report: &Report) -> Result<String> {
    let found = &report.findings;
    let document = json!({
        "dialect": report.dialect,
        "outcome": report.outcome.name(),
        "sources": report.sources.iter().map(source).collect::<Vec<_>>(),
        "records": found.records,
        "made": found.made,
        "linked": found.linked,
        "skipped": found.skipped,
        "left_out": found.left_out,
        "undecided": found.refused,
        "clashes": report.clashes().map(|(clash, clashes)| kind(report, clash, clashes)).collect::<Vec<_>>(),
        "administrators": {
            "count": found.administrators,
            "named": found.administrators_named.iter().map(administrator).collect::<Vec<_>>(),
        },
        "administered": report.administered,
    });
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

fn source(source: &SourceReport) -> Value {
    json!({
        "file": source.file.name(),
        "sha256": source.file.hex(),
        "records": source.records,
        "run": source.standing.run,
        "behind": source.standing.position,
        "finished_before": source.standing.is_finished,
    })
}

fn kind(report: &Report, clash: Clash, clashes: &Clashes) -> Value {
    let option = match clash.decider() {
        Decider::Option(option) => Some(option),
        Decider::Nobody => None,
    };
    let actions = clashes.actions.iter().map(|(action, count)| (action.name().to_owned(), Value::from(*count)));
    json!({
        "kind": clash.name(),
        "count": clashes.count,
        "undecided": clashes.undecided,
        "option": option,
        "policy": report.policy(clash),
        "names_taken": clashes.names_taken,
        "actions": actions.collect::<serde_json::Map<_, _>>(),
        "examples": clashes.examples.iter().map(example).collect::<Vec<_>>(),
    })
}

fn example(example: &Example) -> Value {
    json!({
        "file": &*example.place.source,
        "record": example.place.record,
        "name": example.arrival,
        "new_name": example.new_name,
        "with": example.with,
        "action": example.action.name(),
    })
}

fn administrator(one: &Administrator) -> Value {
    json!({ "file": &*one.place.source, "record": one.place.record, "name": one.name })
}
