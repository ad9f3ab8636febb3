//! `dragoman routes`

use anyhow::Result;

use crate::commands::{columns, last_word};
use crate::mounts::{self, Placement};
use crate::settings::Settings;
use crate::telemetry;
use crate::tls::Certificates;

/// Prints every route of every mount, and the hazards that are turned on. Where `serve` would refuse the settings, so does
/// this: it needs neither database nor key file, and takes no port.
pub(crate) fn run(settings: &Settings) -> Result<()> {
    let placements = mounts::resolve(settings)?;
    telemetry::filter(&settings.log)?;
    Certificates::default().check(settings, &placements)?;
    let heading = ["LISTENER", "HOST", "METHOD", "PATH", "DIALECT", "WHO MAY CALL"].map(str::to_owned);
    let rows: Vec<_> = [heading].into_iter().chain(placements.iter().flat_map(rows)).collect();
    last_word(&(columns(&rows) + &hazards(&placements) + &old_servers(&placements)))
}

/// One line for each legacy harm that a person turned on; usually none.
fn hazards(placements: &[Placement]) -> String {
    let lines = placements.iter().flat_map(|placement| {
        let name = placement.to_string();
        placement.hazards.iter().map(move |hazard| format!("hazard turned on: {hazard} ({name})\n"))
    });
    lines.collect()
}

/// One line for each mount that asks the server that it replaces.
fn old_servers(placements: &[Placement]) -> String {
    let line = |placement: &Placement| {
        let legacy = placement.legacy.as_ref()?;
        Some(format!("asks about people without a password here: {} ({placement})\n", legacy.url))
    };
    placements.iter().filter_map(line).collect()
}

fn rows(placement: &Placement) -> impl Iterator<Item = [String; 6]> {
    placement.dialect.endpoints.iter().map(|endpoint| {
        [
            placement.listen.to_string(),
            placement.host.clone().unwrap_or_else(|| "*".to_owned()),
            endpoint.method.to_owned(),
            placement.path(endpoint.path),
            placement.dialect.name.to_owned(),
            endpoint.caller.to_owned(),
        ]
    })
}
