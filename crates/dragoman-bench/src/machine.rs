//! Where a run took place: figures without their machine say little.

use std::process::Command;

use dragoman_core::Clock;
use serde::Serialize;

/// The machine, as far as it matters here.
#[derive(Debug, Serialize)]
pub struct Machine {
    /// When the run began.
    pub date: String,
    /// What was measured.
    pub commit: String,
    /// The model of the processor.
    pub processor: String,
    /// Threads that run at the same time.
    pub cores: usize,
    /// Memory in GiB.
    pub memory_gibibytes: f64,
    /// The kernel.
    pub kernel: String,
    /// The compiler.
    pub rustc: String,
    /// How busy the machine was before the run began, over a minute: above 0 the absolute figures suffer.
    pub load_before: String,
}

impl Machine {
    /// What can be found out about this one; what cannot stays empty.
    pub fn of_this() -> Self {
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let kibibytes: f64 =
            entry(&read("/proc/meminfo"), "MemTotal").trim_end_matches(" kB").parse().unwrap_or_default();
        Self {
            date: Clock::system().now().format("%Y-%m-%d %H:%M UTC").to_string(),
            commit: said("git", &["describe", "--always", "--dirty"]),
            processor: entry(&read("/proc/cpuinfo"), "model name"),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_gibibytes: kibibytes / f64::from(1 << 20),
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            rustc: said("rustc", &["--version"]),
            load_before: read("/proc/loadavg").split(' ').next().unwrap_or_default().to_owned(),
        }
    }
}

/// The value of the first `name : value`.
fn entry(text: &str, name: &str) -> String {
    let of_line = |line: &str| {
        line.split_once(':').filter(|(key, _)| key.trim() == name).map(|(_, value)| value.trim().to_owned())
    };
    text.lines().find_map(of_line).unwrap_or_default()
}

fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_found_by_its_name() {
        let text = "processor\t: 0\nmodel name\t: A fast: one\nMemTotal:       24576 kB\n";
        assert_eq!(entry(text, "model name"), "A fast: one");
        assert_eq!(entry(text, "MemTotal"), "24576 kB");
        assert_eq!(entry(text, "flags"), "");
    }
}
