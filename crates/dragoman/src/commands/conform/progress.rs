//! Shows how far a run is, and lets a person break it off without leaving anything behind.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::rt::System;
use anyhow::{Context as _, Result};
use dragoman_exchange::conform::Progress;
use indicatif::{ProgressBar, ProgressStyle};

use crate::startup::Signals;

/// How often the line is drawn while a server keeps us waiting.
const TICK: Duration = Duration::from_millis(250);

pub(super) struct Watcher {
    /// Drawn on standard error where that is a terminal, and nowhere else.
    bar: ProgressBar,
    stop: Arc<AtomicBool>,
}

impl Watcher {
    /// From here on the first signal breaks off, and a second one ends the process at once.
    pub(super) fn start() -> Result<Self> {
        let bar = ProgressBar::new(0)
            .with_style(ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}")?.progress_chars("=> "));
        let stop = Arc::new(AtomicBool::new(false));
        let (listening, flag) = (std::sync::mpsc::channel(), Arc::clone(&stop));
        let (sender, ready) = listening;
        std::thread::spawn(move || System::new().block_on(listen(&sender, &flag)));
        ready.recv().context("cannot listen to signals")??;
        Ok(Self { bar, stop })
    }

    pub(super) fn goes_on(&mut self, progress: Progress<'_>) -> ControlFlow<()> {
        if self.stop.load(Ordering::Relaxed) {
            return ControlFlow::Break(());
        }
        self.bar.set_length(progress.total.try_into().unwrap_or(u64::MAX));
        self.bar.set_position(progress.done.try_into().unwrap_or(u64::MAX));
        self.bar.set_message(progress.next.to_owned());
        self.bar.enable_steady_tick(TICK);
        ControlFlow::Continue(())
    }

    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// Whatever ends the run, the line on the terminal goes.
impl Drop for Watcher {
    fn drop(&mut self) {
        self.finish();
    }
}

async fn listen(ready: &std::sync::mpsc::Sender<Result<()>>, stop: &AtomicBool) {
    let mut signals = match Signals::listen() {
        Ok(signals) => signals,
        Err(error) => return drop(ready.send(Err(error))), // nobody waits for it any more
    };
    drop(ready.send(Ok(())));
    signals.received().await;
    stop.store(true, Ordering::Relaxed);
    signals.received().await;
    std::process::exit(2);
}
