//! Everything, each round of it, as JSON.

use anyhow::Result;
use serde::Serialize;

/// The whole report.
pub fn text(report: &impl Serialize) -> Result<String> {
    Ok(serde_json::to_string_pretty(report)? + "\n")
}
