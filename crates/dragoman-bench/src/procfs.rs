//! What the kernel says about a process: CPU time and memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};

/// `USER_HZ`, in which the kernel counts towards user space on every architecture that Rust's standard library runs on.
const TICKS_PER_SECOND: f64 = 100.0;
const KIB: u64 = 1024;

/// Memory of a process, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// All pages that it has in memory, those of files too.
    pub resident: u64,
    /// The pages that belong to no file: heap and stacks.
    pub anonymous: u64,
}

/// Seconds of CPU that a process has used, all threads together.
pub fn cpu_seconds(pid: u32) -> Result<f64> {
    let text = read(pid, "stat")?;
    cpu_ticks(&text).map(|ticks| ticks as f64 / TICKS_PER_SECOND).with_context(|| format!("/proc/{pid}/stat: {text}"))
}

/// Fields 14 and 15, utime and stime. The name in field 2 may hold spaces and parentheses.
fn cpu_ticks(stat: &str) -> Option<u64> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_ascii_whitespace().skip(11);
    let utime: u64 = fields.next()?.parse().ok()?;
    let stime: u64 = fields.next()?.parse().ok()?;
    Some(utime + stime)
}

/// The memory of a process now.
pub fn memory(pid: u32) -> Result<Memory> {
    let text = read(pid, "smaps_rollup")?;
    rollup(&text).with_context(|| format!("/proc/{pid}/smaps_rollup: {text}"))
}

fn rollup(text: &str) -> Option<Memory> {
    Some(Memory { resident: bytes(text, "Rss")?, anonymous: bytes(text, "Anonymous")? })
}

/// The most that a process had in memory until now, in bytes; none where it has ended already.
pub fn peak_resident(pid: u32) -> Option<u64> {
    bytes(&read(pid, "status").ok()?, "VmHWM")
}

fn bytes(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kib| kib * KIB)
}

fn read(pid: u32, name: &str) -> Result<String> {
    let path = format!("/proc/{pid}/{name}");
    std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))
}

/// Looks at a process's memory again and again, from a thread of its own.
pub struct Sampler {
    stopped: Arc<AtomicBool>,
    thread: JoinHandle<Result<Vec<(Duration, Memory)>>>,
}

impl Sampler {
    /// Begins.
    pub fn start(pid: u32, interval: Duration) -> Self {
        let stopped = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&stopped);
        let thread = std::thread::spawn(move || {
            let begun = Instant::now();
            let mut samples = Vec::new();
            while !flag.load(Ordering::Relaxed) {
                samples.push((begun.elapsed(), memory(pid)?));
                std::thread::sleep(interval);
            }
            Ok(samples)
        });
        Self { stopped, thread }
    }

    /// Ends, and says what was seen when.
    pub fn stop(self) -> Result<Vec<(Duration, Memory)>> {
        self.stopped.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|_| anyhow!("the sampling thread panicked"))?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_process_does_not_confuse_the_fields_after_it() {
        let stat = "4711 (we (ird) name) S 1 4711 4711 0 -1 4194304 100 0 3 0 250 50 0 0 20 0 9 0 12345 1 2 3";
        assert_eq!(cpu_ticks(stat), Some(300));
        assert_eq!(cpu_ticks("4711 (short) S 1"), None);
    }

    #[test]
    fn memory_is_read_in_bytes() {
        let text = "5581a-7ffc rollup\nRss:            5108 kB\nPss_Anon:  9 kB\nAnonymous:      1024 kB\nSwap: 0 kB\n";
        assert_eq!(rollup(text), Some(Memory { resident: 5108 * 1024, anonymous: 1024 * 1024 }));
        assert_eq!(rollup("Rss: 1 kB\n"), None);
    }

    #[test]
    fn the_peak_of_a_process_is_at_least_what_it_has_now() {
        let own = std::process::id();
        let now = memory(own).unwrap().resident;
        // The kernel counts both in portions by thread, and is behind by some pages.
        assert!(peak_resident(own).unwrap() + (4 << 20) >= now);
        assert_eq!(peak_resident(u32::MAX), None);
    }

    #[test]
    fn this_process_has_used_memory_and_can_be_watched() {
        let own = std::process::id();
        assert!(cpu_seconds(own).unwrap() >= 0.0);
        let sampler = Sampler::start(own, Duration::from_millis(1));
        std::thread::sleep(Duration::from_millis(20));
        let samples = sampler.stop().unwrap();
        assert!(samples.iter().all(|(_, memory)| memory.anonymous > 0 && memory.resident >= memory.anonymous));
    }
}
