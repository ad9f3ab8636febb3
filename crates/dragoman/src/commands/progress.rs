//! How far a long command is.

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

/// A bar with rate and time left, on standard error where that is a terminal, and nowhere else.
pub(crate) fn bar(of: &str) -> ProgressBar {
    let template = format!("{{bar:30}} {{pos}}/{{len}} {of}  {{rate}}/s  {{eta}} left  {{wide_msg}}");
    let style = ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let rate = |state: &ProgressState, out: &mut dyn std::fmt::Write| {
        // A line on a terminal: there is nobody to tell that it cannot be drawn.
        let _unwritten = write!(out, "{:.0}", state.per_sec());
    };
    ProgressBar::new(0).with_style(style.with_key("rate", rate))
}
