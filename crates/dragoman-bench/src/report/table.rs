//! The figures beside their targets, as Markdown that a terminal shows well too.

use crate::bench::Report;
use crate::figure::{Figure, Goal, Side, Unit};
use crate::machine::Machine;
use crate::ratio::Spread;

/// The machine, the figures, and what stands behind them.
pub fn text(report: &Report) -> String {
    let findings = &report.findings;
    let figures = rows(&["figure", "case", "median (min – max)", "target", ""], &findings.figures, figure);
    let heads = ["group", "measured", "answers/s", "p50 ms", "p99 ms", "p99.9 ms", "CPU µs/answer", "anonymous MiB"];
    let sides = rows(&heads, &findings.sides, side);
    let notes: String = findings.figures.iter().filter_map(note).collect();
    format!("{}\n\n{figures}\n{notes}\n{sides}", machine(&report.machine))
}

/// The machine, in a line.
pub fn machine(machine: &Machine) -> String {
    let Machine { date, commit, processor, cores, memory_gibibytes, kernel, rustc, load_before } = machine;
    format!(
        "{date}, {commit}; {cores} × {processor}, {memory_gibibytes:.0} GiB, Linux {kernel}, {rustc}; load before: {load_before}"
    )
}

fn figure(figure: &Figure) -> Vec<String> {
    let measured = figure.spread.map_or("not measured".to_owned(), |spread| measured(spread, figure.unit));
    let goal = match figure.goal {
        None => String::new(),
        Some(Goal::AtLeast(least)) => format!("≥ {}{}", number(least), figure.unit.symbol()),
        Some(Goal::AtMost(most)) => format!("≤ {}{}", number(most), figure.unit.symbol()),
    };
    let verdict = match figure.reached {
        None => "",
        Some(true) => "reached",
        Some(false) => "not reached",
    };
    vec![figure.name.clone(), figure.case.clone(), measured, goal, verdict.to_owned()]
}

fn measured(Spread { median, min, max }: Spread, unit: Unit) -> String {
    if min.total_cmp(&max).is_eq() {
        return format!("{}{}", number(median), unit.symbol());
    }
    format!("{}{} ({} – {})", number(median), unit.symbol(), number(min), number(max))
}

fn note(figure: &Figure) -> Option<String> {
    let case = if figure.case.is_empty() { String::new() } else { format!(" ({})", figure.case) };
    figure.note.as_ref().map(|note| format!("- {}{case}: {note}\n", figure.name))
}

fn side(side: &Side) -> Vec<String> {
    let median = |spread: Option<Spread>| spread.map_or(String::new(), |spread| number(spread.median));
    let rate = side.rate.map_or(String::new(), |rate| measured(rate, Unit::Count));
    let rest = [side.p50, side.p99, side.p999, side.cpu_micros, side.anonymous_mebibytes].map(median);
    [side.group.to_owned(), side.name.clone(), rate].into_iter().chain(rest).collect()
}

/// As many digits as mean something.
pub fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 || value.fract() == 0.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// A table of these items, one in a line.
pub fn rows<T>(heads: &[&str], items: &[T], cells: impl Fn(&T) -> Vec<String>) -> String {
    let head: Vec<String> = heads.iter().map(|&head| head.to_owned()).collect();
    let table: Vec<Vec<String>> = std::iter::once(head).chain(items.iter().map(cells)).collect();
    let width = |column: usize| table.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..heads.len()).map(|column| width(column).unwrap_or_default()).collect();
    let line = |row: &Vec<String>| {
        let cells: Vec<_> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
    let rule = format!("|-{}-|\n", rule.join("-|-"));
    let mut lines = table.iter().map(line);
    lines.next().into_iter().chain([rule]).chain(lines).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_stands_beside_its_target_and_the_verdict() {
        let figures = [
            Figure::new("reads", "vitja", Unit::Ratio, Some(Goal::AtLeast(0.3)), vec![0.311, 0.29, 0.32]),
            Figure::new("first byte", "", Unit::Milliseconds, Some(Goal::AtMost(20.0)), vec![25.0]),
            Figure::missing("by id", "10 M", Some(Goal::AtMost(2.5)), "only with --large"),
        ];
        let table = rows(&["figure", "case", "measured", "target", ""], &figures, figure);
        let expected = "\
| figure     | case  | measured           | target  |             |
|------------|-------|--------------------|---------|-------------|
| reads      | vitja | 0.31 (0.29 – 0.32) | ≥ 0.30  | reached     |
| first byte |       | 25 ms              | ≤ 20 ms | not reached |
| by id      | 10 M  | not measured       | ≤ 2.50  |             |
";
        assert_eq!(table, expected);
        assert_eq!(figures.iter().filter_map(note).collect::<String>(), "- by id (10 M): only with --large\n");
    }

    #[test]
    fn a_number_has_as_many_digits_as_mean_something() {
        assert_eq!([0.3, 1.0, 12.34, 123.4, 64_000.7].map(number), ["0.30", "1", "12.3", "123", "64001"]);
    }
}
