//! The report as one page that loads nothing.

use dragoman_core::{Administrator, Clash, Clashes, Decider, Example};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::report::{Outcome, Report, SourceReport};
use super::words::{NOBODY_ADMINISTERS, advice, fate, place, records, taken, title};
use crate::commands::{number, visible};

const STYLE: &str = include_str!("page.css");
/// Nothing is loaded from anywhere.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

pub(super) fn page(report: &Report) -> String {
    let heading = format!("Import into {}", report.dialect);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                title { "Dragoman: " (heading) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header { h1 { (heading) } p.lead { (lead(report)) } (totals(report)) (contents(report)) }
                main {
                    @for (clash, clashes) in report.clashes() { (kind(report, clash, clashes)) }
                    (administrators(report))
                    (sources(report))
                }
            }
        }
    };
    page.into_string() + "\n"
}

const fn lead(report: &Report) -> &'static str {
    match report.outcome {
        Outcome::DryRun => "A dry run: nothing was written.",
        Outcome::Undecided => "Nothing was written: somebody has to decide first.",
        Outcome::Done => "Done: this is what was brought in.",
    }
}

fn totals(report: &Report) -> Markup {
    let found = &report.findings;
    html! {
        ul.totals {
            li { strong { (number(found.records)) } " records" }
            li.good { strong { (number(found.made)) } " become users" }
            li.good { strong { (number(found.linked)) } " are linked" }
            li { strong { (number(found.skipped)) } " stay out" }
            @if found.left_out > 0 { li { strong { (number(found.left_out)) } " of these are kept for an export" } }
            li.bad[found.refused > 0] { strong { (number(found.refused)) } " undecided" }
            li.open[found.administrators > 0] {
                a href="#administrators" { strong { (number(found.administrators)) } " administer" }
            }
        }
    }
}

/// Every kind in one table.
fn contents(report: &Report) -> Markup {
    if report.findings.clashes.is_empty() {
        return html! { p { "Nothing clashes." } };
    }
    html! {
        div.wide {
            table {
                thead { tr { th scope="col" { "Clash" } th scope="col" { "Records" } th scope="col" { "Decided by" } } }
                tbody {
                    @for (clash, clashes) in report.clashes() {
                        tr {
                            th scope="row" { a href={ "#" (clash.name()) } { (title(clash)) } }
                            td.count { (number(clashes.count)) }
                            td { (decision(report, clash, clashes)) }
                        }
                    }
                }
            }
        }
    }
}

fn decision(report: &Report, clash: Clash, clashes: &Clashes) -> Markup {
    html! {
        @match clash.decider() {
            Decider::Option(option) if clashes.undecided > 0 => {
                span.badge.bad { "undecided: " (number(clashes.undecided)) } " " code { (option) }
            }
            Decider::Option(option) => { code { (option) " " (report.policy(clash).unwrap_or_default()) } }
            Decider::Nobody => { span.badge { "for information" } }
        }
    }
}

fn kind(report: &Report, clash: Clash, clashes: &Clashes) -> Markup {
    let more = clashes.count.saturating_sub(clashes.examples.len() as u64);
    html! {
        section #(clash.name()) {
            h2 { (title(clash)) }
            p { (records(clashes.count)) ". " (decision(report, clash, clashes)) }
            p.advice { (advice(clash)) }
            @if clashes.names_taken > 0 { p.advice { (taken(clash, clashes.names_taken, report.dialect)) } }
            div.wide {
                table {
                    thead {
                        tr {
                            th scope="col" { "Place" } th scope="col" { "Newcomer" }
                            th scope="col" { "Clashes with" } th scope="col" { "What becomes of it" }
                        }
                    }
                    tbody { @for one in &clashes.examples { (example(one)) } }
                }
            }
            @if more > 0 { p { "and " (number(more)) " more" } }
        }
    }
}

fn example(example: &Example) -> Markup {
    html! {
        tr {
            td.place data-label="Place" { (visible(&place(&example.place))) }
            td data-label="Newcomer" {
                (visible(&example.arrival))
                @if let Some(name) = &example.new_name { " → " strong { (visible(name)) } }
            }
            td data-label="Clashes with" { (visible(&example.with)) }
            td data-label="What becomes of it" { (fate(example.action)) }
        }
    }
}

fn administrators(report: &Report) -> Markup {
    let found = &report.findings;
    let more = found.administrators.saturating_sub(found.administrators_named.len() as u64);
    html! {
        section #administrators {
            h2 { "Administrators" }
            @if !report.administered { p { strong { (NOBODY_ADMINISTERS) } } }
            @if found.administrators == 0 {
                p { "Nobody of them administers here." }
            } @else {
                p { "They administered their old server, and will administer here, in every dialect." }
                ul.people { @for one in &found.administrators_named { (administrator(one)) } }
                @if more > 0 { p { "and " (number(more)) " more" } }
            }
        }
    }
}

fn administrator(one: &Administrator) -> Markup {
    html! { li { (visible(&one.name)) " " small { (visible(&place(&one.place))) } } }
}

fn sources(report: &Report) -> Markup {
    html! {
        section #sources {
            h2 { "Sources" }
            div.wide {
                table {
                    thead { tr { th scope="col" { "File" } th scope="col" { "Records" } th scope="col" { "Run" } th scope="col" { "SHA-256" } } }
                    tbody { @for one in &report.sources { (source(one)) } }
                }
            }
        }
    }
}

fn source(source: &SourceReport) -> Markup {
    html! {
        tr {
            th scope="row" { (visible(source.file.name())) }
            td.count data-label="Records" { (number(source.records)) }
            td data-label="Run" { @match source.standing.run { Some(run) => { (run) } None => { "–" } } }
            td.place data-label="SHA-256" { (source.file.hex()) }
        }
    }
}
