//! Shows how far an import is, how fast it goes, and how long it will take.

use indicatif::{ProgressBar, ProgressStyle};

/// A line on standard error where that is a terminal, and nothing elsewhere; it goes with this.
pub(super) struct Bar(ProgressBar);

impl Bar {
    pub(super) fn set(&self, position: u64) {
        self.0.set_position(position);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// Of records.
pub(super) fn records(message: &str, total: u64) -> Bar {
    bar("{msg} {bar:30} {human_pos}/{human_len} {per_sec:.0}, {eta} left", message, total)
}

/// Of bytes, where nobody knows yet how many records there are.
pub(super) fn bytes(message: &str, total: u64) -> Bar {
    bar("{msg} {bar:30} {bytes}/{total_bytes} {bytes_per_sec}, {eta} left", message, total)
}

fn bar(template: &str, message: &str, total: u64) -> Bar {
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::new(total).with_style(style.progress_chars("=> "));
    Bar(bar.with_message(message.to_owned()))
}
