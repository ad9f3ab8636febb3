//! Finds the setting that somebody meant.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::Value;

use super::{Legacy, Mount, Settings, Tls, default_listen};

/// Keys that are never written out, and so cannot be found by writing the settings out.
const SECRET: [&str; 1] = ["amadis.client_secret"];

/// One line that names the unknown key and the nearest known one.
pub(super) fn complaint(key: &str, settings: &Settings) -> String {
    let known = known(settings);
    let plain = without_indices(key);
    let place = mount(key).map(|number| format!(" of mount {number}")).unwrap_or_default();
    match known.iter().max_by(|a, b| likeness(a, &plain).total_cmp(&likeness(b, &plain))) {
        Some(nearest) => format!("unknown setting `{plain}`{place}: did you mean `{nearest}`?"),
        None => format!("unknown setting `{plain}`{place}"),
    }
}

/// Which `[[mount]]` a key stands in, counted from one as everywhere.
fn mount(key: &str) -> Option<usize> {
    let index: usize = key.strip_prefix("mount.")?.split('.').next()?.parse().ok()?;
    Some(index + 1)
}

/// A key looks like another if its last part does; where it stands counts too.
fn likeness(known: &str, key: &str) -> f64 {
    let last = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
    strsim::jaro_winkler(&last(known), &last(key)) + strsim::jaro_winkler(known, key)
}

/// `mount.0.prefx` becomes `mount.prefx`; a section that may be left out has a step of its own, `mount.0.tls.?.kee`.
fn without_indices(key: &str) -> String {
    let named = key.split('.').filter(|part| *part != "?" && part.parse::<usize>().is_err());
    named.collect::<Vec<_>>().join(".")
}

/// Every section and key that there is, dotted.
fn known(settings: &Settings) -> BTreeSet<String> {
    let mut complete = settings.clone();
    let tls = Some(Tls { certificate: PathBuf::new(), key: PathBuf::new() });
    complete.server.tls.clone_from(&tls);
    complete.operations.tls.clone_from(&tls);
    let legacy = Some(Legacy { ca: Some(PathBuf::new()), ..Legacy::default() });
    complete.mounts = vec![Mount { tls, legacy, ..Mount::new("onyx", default_listen()) }];
    let mut keys = BTreeSet::from(SECRET.map(str::to_owned));
    collect(&mut keys, "", &serde_json::to_value(complete).unwrap_or_default());
    keys
}

fn collect(keys: &mut BTreeSet<String>, path: &str, value: &Value) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                keys.insert(path.clone());
                collect(keys, &path, value);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(keys, path, item)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
