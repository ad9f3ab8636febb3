//! The contracts' exchanges, as they were when this program was built.

use std::path::Path;

use anyhow::{Context as _, Result};
use dragoman_exchange::{Cleanup, Exchange, read_str};
use include_dir::{Dir, include_dir};

struct Contract {
    dialect: &'static str,
    exchanges: Dir<'static>,
    cleanup: &'static str,
}

static CONTRACTS: [Contract; 5] = [
    Contract {
        dialect: "onyx",
        exchanges: include_dir!("$CARGO_MANIFEST_DIR/../../dialects/onyx/exchanges"),
        cleanup: include_str!("../../../../../dialects/onyx/cleanup.yaml"),
    },
    Contract {
        dialect: "basic",
        exchanges: include_dir!("$CARGO_MANIFEST_DIR/../../dialects/basic/exchanges"),
        cleanup: include_str!("../../../../../dialects/basic/cleanup.yaml"),
    },
    Contract {
        dialect: "vitja",
        exchanges: include_dir!("$CARGO_MANIFEST_DIR/../../dialects/vitja/exchanges"),
        cleanup: include_str!("../../../../../dialects/vitja/cleanup.yaml"),
    },
    Contract {
        dialect: "amadis",
        exchanges: include_dir!("$CARGO_MANIFEST_DIR/../../dialects/amadis/exchanges"),
        cleanup: include_str!("../../../../../dialects/amadis/cleanup.yaml"),
    },
    Contract {
        dialect: "jwt",
        exchanges: include_dir!("$CARGO_MANIFEST_DIR/../../dialects/jwt/exchanges"),
        cleanup: include_str!("../../../../../dialects/jwt/cleanup.yaml"),
    },
];

/// The exchanges of a dialect, in the order of their files.
pub(super) fn exchanges(dialect: &str) -> Result<Vec<Exchange>> {
    let mut files: Vec<_> = contract(dialect)?.exchanges.files().collect();
    files.sort_by_key(|file| file.path());
    let read = |file: &&include_dir::File<'_>| {
        let path = Path::new("dialects").join(dialect).join("exchanges").join(file.path());
        read_str(file.contents_utf8().with_context(|| format!("{} is no text", path.display()))?, &path)
    };
    Ok(files.iter().map(read).collect::<Result<Vec<_>>>()?.concat())
}

/// How users of a dialect are listed and deleted.
pub(super) fn cleanup(dialect: &str) -> Result<Cleanup> {
    Cleanup::read_str(contract(dialect)?.cleanup, &Path::new("dialects").join(dialect).join("cleanup.yaml"))
}

fn contract(dialect: &str) -> Result<&'static Contract> {
    let known = CONTRACTS.iter().find(|contract| contract.dialect == dialect);
    known.with_context(|| format!("this program holds no exchanges of {dialect}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialects;

    #[test]
    fn every_dialect_is_there_and_can_be_read() {
        for dialect in dialects::ALL {
            assert!(exchanges(dialect.name).unwrap().len() > 20, "{}", dialect.name);
            cleanup(dialect.name).unwrap();
        }
    }
}
