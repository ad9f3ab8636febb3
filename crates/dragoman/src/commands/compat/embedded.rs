//! The registers and the last run, as they were when this program was built.

use std::path::Path;

use anyhow::Result;
use dragoman_exchange::register::Register;
use dragoman_exchange::run::Run;

/// In the order of [`crate::dialects::ALL`].
const REGISTERS: [(&str, &str); 5] = [
    ("dialects/onyx/contract.toml", include_str!("../../../../../dialects/onyx/contract.toml")),
    ("dialects/basic/contract.toml", include_str!("../../../../../dialects/basic/contract.toml")),
    ("dialects/vitja/contract.toml", include_str!("../../../../../dialects/vitja/contract.toml")),
    ("dialects/amadis/contract.toml", include_str!("../../../../../dialects/amadis/contract.toml")),
    ("dialects/jwt/contract.toml", include_str!("../../../../../dialects/jwt/contract.toml")),
];
const RUN: &str = include_str!("../../../../../dialects/run.json");

pub(super) fn registers() -> Result<Vec<Register>> {
    REGISTERS.iter().map(|(file, text)| Register::read_str(text, Path::new(file))).collect()
}

pub(super) fn run() -> Result<Run> {
    Run::read_str(RUN, Path::new("dialects/run.json"))
}
