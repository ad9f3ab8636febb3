//! For the plot: how many answers more clients get.

use anyhow::Result;

use super::site::Site;
use crate::bench::Bench;
use crate::clients::Dialect;
use crate::figure::{Curve, Findings};
use crate::load::Load;
use crate::target::Options;

const USERS: u32 = 100_000;
const COST: u32 = 4;
const CONNECTIONS: [u32; 8] = [1, 2, 4, 8, 16, 32, 64, 128];

/// Throughput by the number of connections; a second of each is enough for a picture.
pub fn measure(bench: &Bench, findings: &mut Findings) -> Result<()> {
    let site = Site::open(bench, &bench.sqlite(USERS, COST)?, Options::default())?;
    let loads = [site.ceiling(Dialect::Vitja)?, site.reads(Dialect::Vitja)?, site.reads(Dialect::Jwt)?, site.pages()?];
    for load in loads {
        bench.say(&format!("{} by the number of connections", load.name));
        let mut points = Vec::new();
        for connections in CONNECTIONS {
            let rate = Load { connections, ..load.clone() }.run(1)?.rate();
            points.push((connections.into(), rate));
        }
        findings.throughput.push(Curve { name: load.name, points });
    }
    Ok(())
}
