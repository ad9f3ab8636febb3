//! Everything, each round of it, as JSON.

use anyhow::Result;

use crate::bench::Report;

/// The whole report.
pub fn text(report: &Report) -> Result<String> {
    Ok(serde_json::to_string_pretty(report)? + "\n")
}
