//! The matrix as one page that needs nothing else: no server, no network, and scripts only to filter.

use dragoman_exchange::conform::Verdict;
use dragoman_exchange::register::{Clause, Grade};
use dragoman_exchange::run::Row;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::matrix::{Column, Count, Line, Matrix, Section};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
/// Nothing is loaded from anywhere.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

pub(super) fn page(matrix: &Matrix<'_>) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                title { "Dragoman: compatibility, clause by clause" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header { (heading(matrix)) (summary(matrix)) (legend()) }
                main { (filter()) @for section in &matrix.sections { (dialect(section)) } }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string() + "\n"
}

fn heading(matrix: &Matrix<'_>) -> Markup {
    let clauses: usize = matrix.sections.iter().map(|section| section.lines.len()).sum();
    let Count { holds, differs, unreached } = Count::of(matrix.sections.iter().flat_map(Section::rows));
    html! {
        h1 { "Compatibility, clause by clause" }
        p.lead {
            "What is promised for each legacy API, where each promise comes from, and whether it holds: "
            (clauses) " clauses in " (matrix.sections.len()) " dialects. Every verdict comes from recorded requests "
            "and answers, compared byte for byte."
        }
        ul.totals {
            li.holds { strong { (holds) } " verdicts hold" }
            li.differs[differs > 0] { strong { (differs) } " differ" }
            li.unreached[unreached > 0] { strong { (unreached) } " not reachable" }
        }
    }
}

/// How many clauses of each dialect hold.
fn summary(matrix: &Matrix<'_>) -> Markup {
    let columns = matrix.columns();
    html! {
        table.summary {
            (columns_heading(&columns, &["Dialect", "Clauses"]))
            tbody {
                @for section in &matrix.sections {
                    @let name = &section.register.dialect;
                    tr {
                        th scope="row" { a href={ "#" (name) } { (name) } }
                        td { (section.lines.len()) }
                        @for column in &columns { (holding(section, column)) }
                    }
                }
            }
        }
    }
}

fn holding(section: &Section<'_>, column: &Column<'_>) -> Markup {
    let all = section.lines.len();
    html! {
        @match section.count(column) {
            Some(Count { holds, .. }) if holds == all => { td.verdict.holds { "all hold" } }
            Some(Count { holds, differs, .. }) => {
                td.verdict.differs[differs > 0].unreached[differs == 0] { (holds) " of " (all) }
            }
            None => { td.verdict { "–" } }
        }
    }
}

/// A row of profiles over a row of places, beside the columns that are there anyway.
fn columns_heading(columns: &[Column<'_>], own: &[&str]) -> Markup {
    html! {
        thead {
            tr {
                @for title in own { th scope="col" rowspan="2" { (title) } }
                @for group in columns.chunk_by(|one, other| one.profile == other.profile) {
                    @if let Some(first) = group.first() {
                        th.group scope="colgroup" colspan=(group.len()) { (first.profile.name()) }
                    }
                }
            }
            tr { @for column in columns { th.place scope="col" { (column.place.name()) } } }
        }
    }
}

fn legend() -> Markup {
    html! {
        dl.legend {
            @for grade in Grade::ALL {
                div { dt { (badge(grade)) } dd { (grade.describe()) } }
            }
            div { dt { span.badge.hazard { "hazard" } } dd { "harms users; off unless a setting turns it on" } }
        }
    }
}

fn badge(grade: Grade) -> Markup {
    html! { span class={ "badge " (grade.name()) } { (grade.name()) } }
}

/// Of use only with the script, which shows it.
fn filter() -> Markup {
    html! {
        form #filter hidden {
            label { span { "Search" } input type="search" name="text" placeholder="R4, token, 401 …"; }
            label {
                span { "Grade" }
                select name="grade" {
                    option value="" { "any" }
                    @for grade in Grade::ALL { option { (grade.name()) } }
                }
            }
            label {
                span { "Verdict" }
                select name="verdict" {
                    option value="" { "any" }
                    @for verdict in ["holds", "differs", "not reachable"] { option { (verdict) } }
                }
            }
            output name="count" {}
        }
    }
}

fn dialect(section: &Section<'_>) -> Markup {
    let register = section.register;
    html! {
        section #(register.dialect) {
            h2 { a href={ "#" (register.dialect) } { (register.dialect) } }
            p { (register.seed) }
            table.clauses {
                (columns_heading(&section.columns, &["Clause", "Promise", "Grade"]))
                tbody { @for line in &section.lines { (clause(section, line)) } }
            }
        }
    }
}

fn clause(section: &Section<'_>, line: &Line<'_>) -> Markup {
    let clause = line.clause;
    let anchor = format!("{}-{}", section.register.dialect, clause.id);
    let grades: Vec<&str> = clause.grades.iter().map(|grade| grade.name()).collect();
    let verdicts: Vec<&str> = line.cells.iter().flatten().map(|row| row.verdict.name()).collect();
    html! {
        tr id=(anchor) data-grades=(grades.join("|")) data-verdicts=(verdicts.join("|")) {
            th scope="row" { a href={ "#" (anchor) } { (clause.id) } }
            td.promise { (promise(clause)) }
            td.grades {
                @for grade in &clause.grades { (badge(*grade)) " " }
                @if let Some(hazard) = &clause.hazard { span.badge.hazard title="hazard" { (hazard) } }
            }
            @for (column, cell) in section.columns.iter().zip(&line.cells) { (verdict(column, *cell)) }
        }
    }
}

fn promise(clause: &Clause) -> Markup {
    html! {
        (clause.says)
        @if let Some(answers) = clause.answers() {
            dl.answers {
                @for (profile, answer) in answers { div { dt { (profile.name()) } dd { (answer) } } }
            }
        }
    }
}

fn verdict(column: &Column<'_>, cell: Option<&Row>) -> Markup {
    let place = format!("{}, {}", column.profile.name(), column.place.name());
    let (class, basis) = match cell.map(|row| (row, &row.verdict)) {
        Some((row, Verdict::Holds)) => ("verdict holds", exchanges(row.held)),
        Some((row, Verdict::Differs)) => {
            ("verdict differs", format!("{} of {}", row.deviated, exchanges(row.held + row.deviated)))
        }
        Some((_, Verdict::NotReachable(reason))) => ("verdict unreached", reason.clone()),
        None => ("verdict", String::new()),
    };
    html! {
        td class=(class) data-place=(place) {
            (cell.map_or("–", |row| row.verdict.name()))
            small { (basis) }
        }
    }
}

fn exchanges(count: usize) -> String {
    if count == 1 { "1 exchange".to_owned() } else { format!("{count} exchanges") }
}
