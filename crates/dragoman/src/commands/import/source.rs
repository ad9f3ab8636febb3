//! A file with users in it.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use dragoman_core::{Fact, Incoming, Place, Source};
use dragoman_tables::{Format, Row, Rows};
use sha2::{Digest as _, Sha256};

use super::progress;
use super::row::{incoming, unreadable};
use crate::cli::{ImportUsersArgs, PolicyArgs, ReadingArgs};
use crate::dialects::Dialect;
use crate::moving::{ColumnMap, better_origin};

/// Bytes that are read at once.
const PORTION: usize = 1 << 20;

/// A file that is to be taken in.
pub(super) struct SourceFile {
    path: PathBuf,
    name: Arc<str>,
    digest: [u8; 32],
    options: String,
    format: Option<Format>,
    table: Option<String>,
    reading: Reading,
}

/// How rows become users.
#[derive(Clone)]
struct Reading {
    dialect: &'static Dialect,
    given: Vec<(String, Fact)>,
    scheme: Option<&'static str>,
}

impl SourceFile {
    pub(super) fn open(path: &Path, args: &ImportUsersArgs, dialect: &'static Dialect) -> Result<Self> {
        let name = path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into());
        ensure_file(path)?;
        let digest = digest(path, &name).with_context(|| format!("cannot read {}", path.display()))?;
        Ok(Self {
            path: path.to_owned(),
            name: name.into(),
            digest,
            options: options(&args.policies, &args.reading),
            format: args.reading.format.0,
            table: args.reading.table.clone(),
            reading: Reading { dialect, given: args.reading.map.columns.clone(), scheme: args.reading.hash_scheme },
        })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) const fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    pub(super) fn hex(&self) -> String {
        self.digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    pub(super) fn options(&self) -> &str {
        &self.options
    }

    pub(super) fn source(&self) -> Source {
        Source { name: self.name.to_string(), digest: self.digest, options: self.options.clone() }
    }

    /// Its records behind the first so many.
    pub(super) fn records(&self, behind: u64) -> Result<Opened> {
        let rows = Rows::open(&self.path, self.format, self.table.as_deref());
        let rows = rows.with_context(|| format!("cannot read {}", self.path.display()))?;
        let (name, reading) = (Arc::clone(&self.name), self.reading.clone());
        let mut opened = Opened { rows, name, reading, columns: None, map: None, record: 0, broken: None };
        // The map is that of the first row, also where that one is done already.
        for _ in 0..behind {
            opened.next();
        }
        Ok(opened)
    }
}

/// A source is read to know it again, to decide about it, and to take it in; a pipe can be read once.
fn ensure_file(path: &Path) -> Result<()> {
    let piped = path == Path::new("-") || path.metadata().is_ok_and(|found| !found.is_file());
    ensure!(!piped, "{} is no regular file, and is read several times: save it as one first", path.display());
    Ok(())
}

/// What makes another import of the same file another run, spelled as on the command line.
fn options(policies: &PolicyArgs, reading: &ReadingArgs) -> String {
    let mut words = vec![
        format!("--on-same-email {}", policies.on_same_email.name()),
        format!("--on-same-name {}", policies.on_same_name.name()),
        format!("--on-same-id {}", policies.on_same_id.name()),
        format!("--on-unknown-hash {}", policies.on_unknown_hash.name()),
        format!("--on-unusable {}", policies.on_unusable.name()),
    ];
    words.extend(policies.keep_hashes.then(|| "--keep-hashes".to_owned()));
    words.extend(reading.format.0.map(|format| format!("--format {}", format.name())));
    words.extend(Some(&reading.map.text).filter(|map| !map.is_empty()).map(|map| format!("--map {map}")));
    words.extend(reading.hash_scheme.map(|scheme| format!("--hash-scheme {scheme}")));
    words.extend(reading.table.as_ref().map(|table| format!("--table {table}")));
    words.join(" ")
}

fn digest(path: &Path, name: &str) -> std::io::Result<[u8; 32]> {
    let mut file = File::open(path)?;
    let bar = progress::bytes(&format!("reading {name}"), file.metadata()?.len());
    let (mut sha256, mut portion, mut done) = (Sha256::new(), vec![0; PORTION], 0);
    loop {
        let read = file.read(&mut portion)?;
        if read == 0 {
            return Ok(sha256.finalize().into());
        }
        sha256.update(portion.get(..read).unwrap_or_default());
        done += read as u64;
        bar.set(done);
    }
}

/// A file that is being read.
pub(super) struct Opened {
    rows: Rows<File>,
    name: Arc<str>,
    reading: Reading,
    /// The columns of its first row.
    columns: Option<Arc<[String]>>,
    /// What its columns mean, once there was a row.
    map: Option<ColumnMap>,
    record: u64,
    /// What is wrong with the file as a whole.
    broken: Option<anyhow::Error>,
}

impl Opened {
    /// The next records, up to so many; nothing at the end.
    pub(super) fn batch(&mut self, most: usize) -> Option<Vec<Incoming>> {
        let batch: Vec<Incoming> = self.by_ref().take(most).collect();
        (!batch.is_empty()).then_some(batch)
    }

    /// The dialect whose original has these columns, where that is clearly another one and nobody has said what they mean.
    pub(super) fn fits_better(&self) -> Option<&'static str> {
        let columns = self.columns.as_ref().filter(|_| self.reading.given.is_empty())?;
        let of_lines = self.map.as_ref().is_none_or(ColumnMap::is_of_lines) && self.rows.format() == Format::JsonLines;
        better_origin(self.reading.dialect, columns, of_lines).map(|dialect| dialect.name)
    }

    /// Bytes of the file.
    pub(super) fn progress(&self) -> u64 {
        self.rows.progress().total()
    }

    /// Bytes of it that were read.
    pub(super) fn position(&self) -> u64 {
        self.rows.progress().position()
    }

    /// Whether the file was read to its end.
    pub(super) fn ensure_whole(&mut self) -> Result<()> {
        match self.broken.take() {
            None => Ok(()),
            Some(error) => Err(error).with_context(|| format!("cannot read {}", self.name)),
        }
    }

    fn incoming(&mut self, row: Row, place: Place) -> Result<Incoming> {
        let Reading { dialect, given, scheme } = &self.reading;
        self.columns.get_or_insert_with(|| Arc::clone(row.columns()));
        let map = match &mut self.map {
            Some(map) => map,
            none => none.insert(ColumnMap::of(dialect, self.rows.format(), row.columns(), given)?),
        };
        Ok(incoming(row, map, *scheme, place))
    }

    /// In JSON Lines and CSV a record that is wrong is one record; in anything else the rest of the file is lost.
    fn has_lines(&self) -> bool {
        matches!(self.rows.format(), Format::JsonLines | Format::Csv)
    }
}

impl Iterator for Opened {
    type Item = Incoming;

    fn next(&mut self) -> Option<Incoming> {
        if self.broken.is_some() {
            return None;
        }
        let row = self.rows.next()?;
        self.record += 1;
        let place = Place { source: Arc::clone(&self.name), record: self.record };
        match row {
            Ok(row) => self.incoming(row, place).map_err(|error| self.broken = Some(error)).ok(),
            Err(fault) if self.has_lines() => Some(unreadable(place, fault.to_string())),
            Err(fault) => {
                self.broken = Some(fault.into());
                None
            }
        }
    }
}
