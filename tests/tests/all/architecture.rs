//! The house's rules, read from what Cargo and the file system say.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use dragoman_tests::{program, root};

use crate::trials::Trials;

const ADAPTERS: [&str; 5] = ["dragoman-onyx", "dragoman-basic", "dragoman-vitja", "dragoman-amadis", "dragoman-jwt"];
const LINES: usize = 400;

pub(crate) fn register(trials: &mut Trials) {
    trials.once("the dependencies of the crates point one way", dependencies_point_one_way);
    trials.once("no source file is longer than 400 lines", files_are_short);
    trials.once("both databases have the same migrations", migrations_are_the_same);
}

fn dependencies_point_one_way() -> Result<()> {
    let crates = dependencies()?;
    let of = |name: &str| crates.get(name).with_context(|| format!("there is no crate {name}"));
    for adapter in ADAPTERS {
        let others = ADAPTERS.into_iter().filter(|other| *other != adapter);
        let machinery = ["dragoman", "diesel", "diesel_migrations", "r2d2", "bcrypt", "jsonwebtoken"];
        apart(adapter, of(adapter)?, others.chain(machinery))?;
    }
    apart("dragoman-http", of("dragoman-http")?, ADAPTERS.into_iter().chain(["dragoman", "diesel"]))?;
    for (name, below) in [
        ("dragoman-core", &["dragoman-bcrypt-lanes", "dragoman-hashes"][..]),
        ("dragoman-hashes", &["dragoman-bcrypt-lanes"]),
        ("dragoman-exchange", &[]),
        ("dragoman-bcrypt-lanes", &[]),
        ("dragoman-tables", &[]),
    ] {
        let upward = |other: &&String| other.starts_with("dragoman") && !below.contains(&other.as_str());
        let found = of(name)?.iter().find(upward);
        ensure!(found.is_none(), "{name} depends on {found:?}");
    }
    apart("dragoman-core", of("dragoman-core")?, ["actix-web", "actix-http", "actix-rt"].into_iter())
}

fn apart<'a>(name: &str, dependencies: &[String], forbidden: impl Iterator<Item = &'a str>) -> Result<()> {
    let found: Vec<&str> = forbidden.filter(|forbidden| dependencies.iter().any(|name| name == forbidden)).collect();
    ensure!(found.is_empty(), "{name} depends on {}", found.join(", "));
    Ok(())
}

/// The direct dependencies of each crate of the workspace, those of its tests too.
fn dependencies() -> Result<BTreeMap<String, Vec<String>>> {
    let output = program::cargo().args(["metadata", "--format-version=1", "--no-deps", "--locked"]).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let name = |value: &serde_json::Value| value.get("name")?.as_str().map(str::to_owned);
    let package = |package: &serde_json::Value| {
        let dependencies = package.get("dependencies")?.as_array()?;
        Some((name(package)?, dependencies.iter().filter_map(name).collect()))
    };
    let packages = metadata.get("packages").and_then(serde_json::Value::as_array).context("no packages")?;
    Ok(packages.iter().filter_map(package).collect())
}

fn files_are_short() -> Result<()> {
    let mut long = Vec::new();
    for folder in ["crates", "tests", "examples"].map(|folder| root().join(folder)) {
        if folder.is_dir() {
            collect_long_files(&folder, &mut long)?;
        }
    }
    ensure!(long.is_empty(), "longer than {LINES} lines: {}", long.join(", "));
    Ok(())
}

fn collect_long_files(folder: &Path, long: &mut Vec<String>) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "target" && name != "node_modules") {
            collect_long_files(&path, long)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let lines = std::fs::read_to_string(&path)?.lines().count();
            if lines > LINES {
                long.push(format!("{} ({lines})", path.display()));
            }
        }
    }
    Ok(())
}

fn migrations_are_the_same() -> Result<()> {
    let names = |database: &str| -> Result<Vec<_>> {
        let folders = std::fs::read_dir(root().join("migrations").join(database))?;
        let mut names = folders.map(|entry| Ok(entry?.file_name())).collect::<Result<Vec<_>>>()?;
        names.sort();
        Ok(names)
    };
    let (sqlite, postgres) = (names("sqlite")?, names("postgres")?);
    ensure!(sqlite == postgres, "{sqlite:?} are not {postgres:?}");
    Ok(())
}
