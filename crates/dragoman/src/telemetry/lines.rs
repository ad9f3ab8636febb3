//! Log lines on their way out.
//!
//! A line that each request hands to another thread would wake it each time, and be written by a system call
//! of its own; that costs more than to read a user. So lines gather for a moment and leave together.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

/// How long the first line waits for others.
const GATHERED: Duration = Duration::from_millis(10);

/// Bytes from which on whoever logs waits for whoever reads: no line is left out.
const MOST: usize = 8 * 1024 * 1024;

/// Where lines gather. Clones are the same place.
#[derive(Clone)]
pub struct Lines(Arc<Shared>);

struct Shared {
    gathered: Mutex<Gathered>,
    changed: Condvar,
}

#[derive(Default)]
struct Gathered {
    bytes: Vec<u8>,
    ended: bool,
}

/// The thread that writes the lines. When it is dropped, all are out.
pub struct Writer {
    lines: Lines,
    thread: Option<JoinHandle<()>>,
}

impl Lines {
    /// A place for lines, and the thread that carries them from there.
    ///
    /// # Errors
    /// No thread can be had.
    pub fn to(out: impl Write + Send + 'static) -> io::Result<(Self, Writer)> {
        let lines = Self(Arc::new(Shared { gathered: Mutex::default(), changed: Condvar::new() }));
        let carried = lines.clone();
        let thread = thread::Builder::new().name("log".to_owned()).spawn(move || carried.carry(out))?;
        Ok((lines.clone(), Writer { lines, thread: Some(thread) }))
    }

    fn add(&self, line: &[u8]) {
        let full = |gathered: &mut Gathered| gathered.bytes.len() >= MOST && !gathered.ended;
        let mut gathered = self.wait_while(full);
        let first = gathered.bytes.is_empty();
        gathered.bytes.extend_from_slice(line);
        drop(gathered);
        if first {
            self.0.changed.notify_all();
        }
    }

    fn carry(&self, mut out: impl Write) {
        let mut bytes = Vec::new();
        loop {
            let ended = self.wait_while(|gathered| gathered.bytes.is_empty() && !gathered.ended).ended;
            if !ended {
                thread::sleep(GATHERED);
            }
            std::mem::swap(&mut self.lock().bytes, &mut bytes);
            self.0.changed.notify_all();
            // There is nowhere to say that the log cannot be written.
            drop(out.write_all(&bytes).and_then(|()| out.flush()));
            bytes.clear();
            if ended {
                return;
            }
        }
    }

    fn wait_while(&self, condition: impl FnMut(&mut Gathered) -> bool) -> MutexGuard<'_, Gathered> {
        self.0.changed.wait_while(self.lock(), condition).unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, Gathered> {
        self.0.gathered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `tracing` hands over whole lines.
impl Write for &Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.add(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = &'a Self;

    fn make_writer(&'a self) -> &'a Self {
        self
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.lines.lock().ended = true;
        self.lines.0.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// Sends what is written, and takes as long as whoever receives it.
    struct Slow(mpsc::SyncSender<Vec<u8>>);

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.send(bytes.to_vec()).map_err(io::Error::other)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn every_line_of_every_thread_leaves_whole_and_in_its_order() {
        let (sender, receiver) = mpsc::sync_channel(0);
        let reader = thread::spawn(move || receiver.into_iter().flatten().collect::<Vec<u8>>());
        let (lines, writer) = Lines::to(Slow(sender)).unwrap();
        thread::scope(|threads| {
            for name in ["a", "b", "c"] {
                let mut lines = &lines;
                threads.spawn(move || {
                    (0..1000).for_each(|n| lines.write_all(format!("{name} {n}\n").as_bytes()).unwrap())
                });
            }
        });
        drop(writer);
        let text = String::from_utf8(reader.join().unwrap()).unwrap();
        for name in ["a", "b", "c"] {
            let of_one: Vec<_> = text.lines().filter_map(|line| line.strip_prefix(name)).collect();
            assert_eq!(of_one, (0..1000).map(|n| format!(" {n}")).collect::<Vec<_>>());
        }
    }

    #[test]
    fn who_logs_more_than_is_read_waits_and_loses_nothing() {
        let (sender, receiver) = mpsc::sync_channel(0);
        let (lines, writer) = Lines::to(Slow(sender)).unwrap();
        let line = vec![b'x'; MOST / 4];
        let logging = thread::spawn(move || (0..20).for_each(|_| lines.add(&line)));
        let reader = thread::spawn(move || receiver.into_iter().map(|bytes| bytes.len()).sum::<usize>());
        logging.join().unwrap();
        drop(writer);
        assert_eq!(reader.join().unwrap(), 20 * (MOST / 4));
    }
}
