//! The curves as pictures.

use std::path::Path;

use anyhow::{Result, anyhow};
use plotters::coord::Shift;
use plotters::prelude::*;

use crate::figure::{Curve, Findings};

const SIZE: (u32, u32) = (1120, 600);
/// What the curves leave for their names.
const NAMES: i32 = 320;
const TITLE: (&str, u32) = ("sans-serif", 24);
const TEXT: (&str, u32) = ("sans-serif", 16);

/// Okabe and Ito's, which most of the colour-blind tell apart.
const COLOURS: [RGBColor; 8] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(120, 94, 60),
    RGBColor(80, 80, 80),
];

/// How values become places on an axis.
#[derive(Debug, Clone, Copy)]
enum Scale {
    Linear,
    /// Doubling is a step.
    Log2,
    /// A factor of ten is a step.
    Log10,
    /// 90, 99 and 99.9 per cent are a step apart.
    Nines,
}

impl Scale {
    fn place(self, value: f64) -> f64 {
        match self {
            Self::Linear => value,
            Self::Log2 => value.log2(),
            Self::Log10 => value.max(f64::MIN_POSITIVE).log10(),
            Self::Nines => -(1.0 - value / 100.0).log10(),
        }
    }

    fn label(self, place: f64) -> String {
        match self {
            Self::Linear => number(place),
            Self::Log2 => number(place.exp2()),
            Self::Log10 => number(two_digits(10_f64.powf(place))),
            Self::Nines => format!("{} %", number(100.0 * (1.0 - 10_f64.powf(-place)))),
        }
    }
}

/// Rounded: between the powers of ten lie numbers without end.
fn two_digits(value: f64) -> f64 {
    let unit = 10_f64.powf(value.log10().floor() - 1.0);
    (value / unit).round() * unit
}

/// Without zeros that say nothing.
fn number(value: f64) -> String {
    let digits = if value >= 100.0 || value == 0.0 { 0 } else { 2 };
    let text = format!("{value:.digits$}");
    if digits == 0 { text } else { text.trim_end_matches('0').trim_end_matches('.').to_owned() }
}

/// What a picture of some curves is called.
struct Plot<'a> {
    file: &'a str,
    title: &'a str,
    x: (&'a str, Scale),
    y: (&'a str, Scale),
}

/// Writes a picture of each kind of curve that there is.
pub fn write(folder: &Path, findings: &Findings) -> Result<()> {
    let latency = Plot {
        file: "latency.svg",
        title: "Latency of token reads",
        x: ("share of the answers", Scale::Nines),
        y: ("ms", Scale::Log10),
    };
    let throughput = Plot {
        file: "throughput.svg",
        title: "Throughput by concurrency",
        x: ("connections", Scale::Log2),
        y: ("answers a second", Scale::Linear),
    };
    let memory = Plot {
        file: "memory.svg",
        title: "Anonymous memory while 100,000 users are listed",
        x: ("seconds", Scale::Linear),
        y: ("MiB more than before", Scale::Linear),
    };
    let plots = [(latency, &findings.latency), (throughput, &findings.throughput), (memory, &findings.memory)];
    plots.iter().filter(|(_, curves)| !curves.is_empty()).try_for_each(|(plot, curves)| draw_file(folder, plot, curves))
}

fn draw_file(folder: &Path, plot: &Plot<'_>, curves: &[Curve]) -> Result<()> {
    let path = folder.join(plot.file);
    let area = SVGBackend::new(&path, SIZE).into_drawing_area();
    draw(&area, plot, curves).map_err(|error| anyhow!("cannot draw {}: {error}", path.display()))
}

fn draw<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    plot: &Plot<'_>,
    curves: &[Curve],
) -> Result<(), DrawingAreaErrorKind<B::ErrorType>> {
    let ((x_name, x_scale), (y_name, y_scale)) = (plot.x, plot.y);
    let places: Vec<Vec<(f64, f64)>> = curves.iter().map(|curve| placed(curve, x_scale, y_scale)).collect();
    let xs = range(places.iter().flatten().map(|(x, _)| *x), x_scale);
    let ys = range(places.iter().flatten().map(|(_, y)| *y), y_scale);
    area.fill(&WHITE)?;
    let (left, right) = area.split_horizontally(i32::try_from(SIZE.0).unwrap_or_default() - NAMES);
    let mut chart = ChartBuilder::on(&left)
        .caption(plot.title, TITLE)
        .margin(16)
        .x_label_area_size(48)
        .y_label_area_size(80)
        .build_cartesian_2d(xs, ys)?;
    let label = |scale: Scale| move |place: &f64| scale.label(*place);
    let mut mesh = chart.configure_mesh();
    mesh.x_desc(x_name).y_desc(y_name).label_style(TEXT).axis_desc_style(TEXT).max_light_lines(0);
    mesh.x_label_formatter(&label(x_scale)).y_label_formatter(&label(y_scale)).draw()?;
    for (((curve, points), colour), at) in curves.iter().zip(places).zip(COLOURS.into_iter().cycle()).zip(0..) {
        chart.draw_series(LineSeries::new(points, colour.stroke_width(2)))?;
        let y = 60 + 26 * at;
        right.draw(&PathElement::new([(0, y), (24, y)], colour.stroke_width(4)))?;
        right.draw(&Text::new(curve.name.as_str(), (32, y - 8), TEXT))?;
    }
    area.present()
}

/// A share of 100 % lies infinitely far to the right: it is left out.
fn placed(curve: &Curve, x: Scale, y: Scale) -> Vec<(f64, f64)> {
    let points = curve.points.iter().map(|(at, value)| (x.place(*at), y.place(*value)));
    points.filter(|(at, value)| at.is_finite() && value.is_finite()).collect()
}

/// From the smallest place to the largest; a linear axis begins at nothing.
fn range(places: impl Iterator<Item = f64>, scale: Scale) -> std::ops::Range<f64> {
    let (low, high) = places.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), at| (low.min(at), high.max(at)));
    let low = if matches!(scale, Scale::Linear) { low.min(0.0) } else { low };
    // An axis without length cannot be drawn.
    if high > low { low..high } else { low.min(0.0)..low.max(0.0) + 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_says_the_value_that_was_placed() {
        for (scale, value, label) in [
            (Scale::Linear, 0.25, "0.25"),
            (Scale::Log2, 64.0, "64"),
            (Scale::Log10, 1000.0, "1000"),
            (Scale::Nines, 99.9, "99.9 %"),
        ] {
            assert_eq!(scale.label(scale.place(value)), label, "{scale:?}");
        }
    }

    #[test]
    fn only_curves_that_are_there_are_drawn() {
        let folder = tempfile::tempdir().unwrap();
        let curve = Curve { name: "a curve".to_owned(), points: vec![(50.0, 1.0), (99.0, 20.0), (100.0, 30.0)] };
        write(folder.path(), &Findings { latency: vec![curve], ..Findings::default() }).unwrap();
        let svg = std::fs::read_to_string(folder.path().join("latency.svg")).unwrap();
        assert!(svg.contains("a curve") && svg.contains("polyline"), "{svg}");
        assert!(!folder.path().join("memory.svg").exists());
    }

    #[test]
    fn an_axis_has_a_length() {
        assert_eq!(range([].into_iter(), Scale::Linear), 0.0..1.0);
        assert_eq!(range([3.0, 3.0].into_iter(), Scale::Log10), 0.0..4.0);
        assert_eq!(range([3.0, 5.0].into_iter(), Scale::Linear), 0.0..5.0);
    }
}
