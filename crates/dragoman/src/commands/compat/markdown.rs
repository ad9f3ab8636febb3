//! The matrix as Markdown, as code forges show it.

use dragoman_exchange::conform::Verdict;
use dragoman_exchange::register::{Clause, Grade};
use dragoman_exchange::run::Row;

use super::matrix::{Column, Count, Line, Matrix, Section};

/// What the matrix of our own run begins with.
const INTRODUCTION: &str = include_str!("introduction.md");

/// The introduction and the tables.
pub(super) fn introduced(matrix: &Matrix<'_>) -> String {
    format!("{INTRODUCTION}\n{}", tables(matrix))
}

/// How much holds, then a table a dialect.
pub(super) fn tables(matrix: &Matrix<'_>) -> String {
    let sections: String = matrix.sections.iter().map(section).collect();
    format!("{}{sections}", summary(matrix))
}

fn summary(matrix: &Matrix<'_>) -> String {
    let columns = matrix.columns();
    let heading = ["dialect", "clauses"].map(str::to_owned).into_iter().chain(columns.iter().map(title)).collect();
    let row = |section: &Section<'_>| {
        let name = &section.register.dialect;
        let held = |column| section.count(column).map_or_else(|| "–".to_owned(), counted);
        let own = [format!("[{name}](#{name})"), section.lines.len().to_string()];
        own.into_iter().chain(columns.iter().map(held)).collect()
    };
    format!("## Summary\n\n{}", table(heading, matrix.sections.iter().map(row)))
}

fn counted(count: Count) -> String {
    match count {
        Count { holds, differs: 0, .. } => format!("{holds} hold"),
        Count { holds, differs, .. } => format!("{holds} hold, **{differs} differ**"),
    }
}

fn section(section: &Section<'_>) -> String {
    let register = section.register;
    let own = ["clause", "promise", "grade"].map(str::to_owned);
    let heading = own.into_iter().chain(section.columns.iter().map(title)).collect();
    let rows = table(heading, section.lines.iter().map(line));
    format!("\n## {}\n\n{}\n\n{rows}", register.dialect, escaped(&register.seed))
}

fn title(column: &Column<'_>) -> String {
    format!("{}, {}", column.profile.name(), escaped(column.place.name()))
}

fn line(line: &Line<'_>) -> Vec<String> {
    let grades: Vec<&str> = line.clause.grades.iter().map(|grade| Grade::name(*grade)).collect();
    let own = [line.clause.id.clone(), promise(line.clause), grades.join(", ")];
    own.into_iter().chain(line.cells.iter().map(|cell| verdict(*cell))).collect()
}

fn promise(clause: &Clause) -> String {
    let mut text = escaped(&clause.says);
    for (profile, answer) in clause.answers().into_iter().flatten() {
        text += &format!("<br>*{}:* {}", profile.name(), escaped(answer));
    }
    if let Some(hazard) = &clause.hazard {
        text += &format!("<br>*hazard:* {}", escaped(hazard));
    }
    text
}

fn verdict(cell: Option<&Row>) -> String {
    let Some(row) = cell else { return "–".to_owned() };
    match &row.verdict {
        Verdict::Holds => format!("holds ({})", row.held),
        Verdict::Differs => format!("**differs** ({} of {})", row.deviated, row.held + row.deviated),
        Verdict::NotReachable(reason) => format!("not reachable: {}", escaped(reason)),
    }
}

fn table(heading: Vec<String>, rows: impl Iterator<Item = Vec<String>>) -> String {
    let rule = heading.iter().map(|_| "---".to_owned()).collect();
    [heading, rule].into_iter().chain(rows).map(|cells| format!("| {} |\n", cells.join(" | "))).collect()
}

/// Text that means nothing to Markdown, in one line.
fn escaped(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        // Between letters an underscore is one, so `access_token` can stay readable.
        let inside = before.is_alphanumeric() && rest.peek().is_some_and(|after| after.is_alphanumeric());
        if "\\`*<>[]|&~$".contains(c) || (c == '_' && !inside) {
            out.push('\\');
        }
        out.push(c);
        before = c;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn text_means_nothing_to_markdown() {
        let escape = [
            ("a|b  <c>\n*d* [e](f) `g` $h$ ~i~ &amp; \\", r"a\|b \<c\> \*d\* \[e\](f) \`g\` \$h\$ \~i\~ \&amp; \\"),
            (r#"{"access_token": "…"}"#, r#"{"access_token": "…"}"#),
            ("_one_ two_", r"\_one\_ two\_"),
        ];
        for (text, expected) in escape {
            assert_eq!(escaped(text), expected);
        }
    }
}
