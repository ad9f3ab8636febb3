//! Every answer of the profile `documented`, as it came over the wire, held against the dialect's OpenAPI document.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result, ensure};
use dragoman_exchange::{Exchange, Observer, Request, Response};
use dragoman_tests::openapi::{Document, Judgement};

/// The answers of one exchange.
#[derive(Clone, Default)]
pub(crate) struct Answers(Arc<Mutex<Vec<(Request, Response)>>>);

impl Answers {
    /// Whoever sees the answers puts them in here.
    pub(crate) fn observer(&self) -> Observer {
        let Self(seen) = self.clone();
        Arc::new(move |request, response| {
            seen.lock().unwrap_or_else(PoisonError::into_inner).push((request.clone(), response.clone()));
        })
    }

    /// Fails with every answer that the document does not describe, and counts them all.
    pub(crate) fn keep_to(&self, document: &Document, exchange: &Exchange, tally: &Tally) -> Result<()> {
        let mut violations = Vec::new();
        for (request, response) in &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            let judgement = document.judge(request, response).context("the OpenAPI document cannot be used")?;
            tally.count(&judgement);
            if let Judgement::Broken(found) = judgement {
                violations.extend(found);
            }
        }
        let place = exchange.file.display();
        ensure!(
            violations.is_empty(),
            "{place}: {}\nis not what openapi.yaml describes:\n{}",
            exchange.name,
            violations.join("\n")
        );
        Ok(())
    }
}

/// How many answers were held against the documents.
#[derive(Default)]
pub(crate) struct Tally {
    kept: AtomicUsize,
    broken: AtomicUsize,
    in_prose: AtomicUsize,
}

impl Tally {
    fn count(&self, judgement: &Judgement) {
        let counter = match judgement {
            Judgement::Kept => &self.kept,
            Judgement::Broken(_) => &self.broken,
            Judgement::InProse => &self.in_prose,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [kept, broken, in_prose] = [&self.kept, &self.broken, &self.in_prose].map(|n| n.load(Ordering::Relaxed));
        write!(
            f,
            "{} answers validated against the OpenAPI documents: {broken} break them; {in_prose} more, to unknown paths \
             and wrong methods, are described in prose alone",
            kept + broken
        )
    }
}
