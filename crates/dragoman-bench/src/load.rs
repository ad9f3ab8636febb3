//! The load generator: wrk, with requests that were prepared beforehand.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};
use dragoman_exchange::Request;
use serde::Deserialize;

use crate::procfs;

const SCRIPT: &str = include_str!("load.lua");
const MICROS: f64 = 1e6;

/// Requests that a load repeats, in a file where wrk finds them.
#[derive(Debug, Clone)]
pub struct Requests {
    script: PathBuf,
    file: PathBuf,
}

impl Requests {
    /// Writes them down; `name` is a file name in the folder.
    pub fn write(folder: &Path, name: &str, requests: impl IntoIterator<Item = Request>) -> Result<Self> {
        let (script, file) = (folder.join("load.lua"), folder.join(format!("{name}.requests")));
        std::fs::write(&script, SCRIPT)?;
        let texts: Vec<Vec<u8>> = requests.into_iter().map(|request| text(&request)).collect();
        ensure!(!texts.is_empty(), "a load without requests");
        std::fs::File::create(&file)?.write_all(&texts.join(&0))?;
        Ok(Self { script, file })
    }
}

/// A request as it goes over the wire (RFC 9112, 2.1).
pub fn text(request: &Request) -> Vec<u8> {
    let Request { method, target, headers, body } = request;
    let mut text = format!("{method} {target} HTTP/1.1\r\nHost: localhost\r\n");
    for (name, value) in headers {
        text += &format!("{name}: {value}\r\n");
    }
    let body = body.as_deref().unwrap_or_default();
    if !body.is_empty() {
        text += &format!("Content-Length: {}\r\n", body.len());
    }
    [format!("{text}\r\n").as_bytes(), body].concat()
}

/// One server under one load.
#[derive(Debug, Clone)]
pub struct Load {
    /// What it is called in the report.
    pub name: String,
    /// Where it goes.
    pub origin: String,
    /// What is asked.
    pub requests: Requests,
    /// How many wait for an answer at any time.
    pub connections: u32,
    /// The process whose CPU time is counted.
    pub pid: u32,
}

/// What a load led to.
#[derive(Debug, Clone, PartialEq)]
pub struct Measure {
    /// Answers below 400.
    pub answers: u64,
    /// Answers of 400 and above.
    pub refusals: u64,
    /// How long it took.
    pub seconds: f64,
    /// CPU seconds that the server used meanwhile.
    pub cpu_seconds: f64,
    /// Anonymous memory of the server at the end, in bytes.
    pub anonymous: u64,
    /// Latencies in milliseconds, by the share in per cent of the answers that took no longer.
    pub percentiles: Vec<(f64, f64)>,
}

impl Measure {
    /// Answers a second, whatever they say: where refusals are a mistake there are none.
    pub fn rate(&self) -> f64 {
        (self.answers + self.refusals) as f64 / self.seconds
    }

    /// CPU time of the server by answer, in microseconds.
    pub fn cpu_micros(&self) -> f64 {
        self.cpu_seconds * MICROS / (self.answers + self.refusals).max(1) as f64
    }

    /// The latency that this share (in per cent) of the answers did not exceed, in milliseconds.
    pub fn latency(&self, share: f64) -> f64 {
        let known = self.percentiles.iter().find(|(known, _)| (known - share).abs() < f64::EPSILON);
        known.map_or(f64::NAN, |(_, millis)| *millis)
    }
}

impl Load {
    /// Runs the load to its end; a refusal is a mistake of the benchmark.
    pub fn run(&self, seconds: u64) -> Result<Measure> {
        let measure = self.begin(seconds)?.finish()?;
        ensure!(measure.refusals == 0, "{}: {} answers were refusals", self.name, measure.refusals);
        Ok(measure)
    }

    /// Starts the load, which goes on beside other things.
    pub fn begin(&self, seconds: u64) -> Result<Running> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        // A few connections keep one thread of the generator busy; more threads only take turns with the server.
        let threads = usize::try_from(self.connections)?.div_ceil(8).min(cores);
        let cpu_before = procfs::cpu_seconds(self.pid)?;
        let child = Command::new("wrk")
            .args(["--timeout", "60s"])
            .args([format!("-t{threads}"), format!("-c{}", self.connections), format!("-d{seconds}s")])
            .arg("-s")
            .arg(&self.requests.script)
            .args([&self.origin, "--"])
            .arg(&self.requests.file)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("wrk does not run")?;
        Ok(Running { child, pid: self.pid, cpu_before })
    }
}

/// A load that is under way.
pub struct Running {
    child: Child,
    pid: u32,
    cpu_before: f64,
}

impl Running {
    /// Waits for its end.
    pub fn finish(self) -> Result<Measure> {
        let output = self.child.wait_with_output()?;
        let cpu_seconds = procfs::cpu_seconds(self.pid)? - self.cpu_before;
        let text = String::from_utf8_lossy(&output.stdout);
        let said = || format!("wrk: {text}{}", String::from_utf8_lossy(&output.stderr));
        ensure!(output.status.success(), said());
        let anonymous = procfs::memory(self.pid)?.anonymous;
        measure(&text, cpu_seconds, anonymous).with_context(said)
    }
}

/// The last line that `load.lua` writes.
#[derive(Debug, Deserialize)]
struct Done {
    duration_us: u64,
    requests: u64,
    status_errors: u64,
    socket_errors: u64,
    timeouts: u64,
    max_us: u64,
    percentiles_us: Vec<(f64, u64)>,
}

fn measure(output: &str, cpu_seconds: f64, anonymous: u64) -> Result<Measure> {
    let line = output.lines().rfind(|line| line.starts_with('{')).context("no result")?;
    let done: Done = serde_json::from_str(line)?;
    if done.socket_errors + done.timeouts > 0 {
        bail!("{} connections broke, {} answers did not come", done.socket_errors, done.timeouts);
    }
    let millis = |micros: u64| micros as f64 / 1000.0;
    let percentiles = done.percentiles_us.into_iter().map(|(share, micros)| (share, millis(micros)));
    Ok(Measure {
        answers: done.requests - done.status_errors,
        refusals: done.status_errors,
        seconds: done.duration_us as f64 / MICROS,
        cpu_seconds,
        anonymous,
        percentiles: percentiles.chain([(100.0, millis(done.max_us))]).collect(),
    })
}

/// Sees to it that wrk is there; on Debian and its kin it is a package.
pub fn ensure_generator() -> Result<()> {
    let there = || Command::new("wrk").arg("-v").stdout(Stdio::null()).status().is_ok();
    if there() {
        return Ok(());
    }
    let missing = "wrk is not installed: install the package `wrk`";
    let root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.starts_with(b"0"));
    let mut install = Command::new(if root { "env" } else { "sudo" });
    install.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "--no-install-recommends", "wrk"]);
    // What apt prints would stand before the table.
    let status = install.stdout(Stdio::null()).status().context(missing)?;
    ensure!(status.success() && there(), missing);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "Running 1s test\n  Requests/sec: 12\n{\"duration_us\":2000000,\"requests\":110,\"status_errors\":10,\
        \"socket_errors\":0,\"timeouts\":0,\"max_us\":9000,\"percentiles_us\":[[50,1500],[99.9,8000]]}\n";

    #[test]
    fn the_result_stands_in_the_last_line() {
        let measure = measure(OUTPUT, 0.5, 0).unwrap();
        assert_eq!((measure.answers, measure.refusals), (100, 10));
        assert_eq!(measure.rate(), 55.0);
        assert!((measure.cpu_micros() - 4545.45).abs() < 0.01);
        assert_eq!((measure.latency(50.0), measure.latency(99.9), measure.latency(100.0)), (1.5, 8.0, 9.0));
        assert!(measure.latency(12.0).is_nan());
    }

    #[test]
    fn a_broken_connection_spoils_the_result() {
        assert!(measure(&OUTPUT.replace("\"socket_errors\":0", "\"socket_errors\":1"), 0.5, 0).is_err());
        assert!(measure("Running 1s test\n", 0.5, 0).is_err());
    }

    #[test]
    fn requests_are_written_as_they_go_over_the_wire() {
        let request = Request {
            method: "POST".to_owned(),
            target: "/login".to_owned(),
            headers: vec![("Content-Type".to_owned(), "text/plain".to_owned())],
            body: Some(b"hello".to_vec()),
        };
        let expected =
            "POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello";
        assert_eq!(text(&request), expected.as_bytes());
        let folder = tempfile::tempdir().unwrap();
        let requests = Requests::write(folder.path(), "two", [request.clone(), request]).unwrap();
        let written = std::fs::read(requests.file).unwrap();
        assert_eq!(written.split(|&byte| byte == 0).collect::<Vec<_>>(), [expected.as_bytes(); 2]);
    }
}
