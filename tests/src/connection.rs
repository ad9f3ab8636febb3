//! A connection that is kept as long as the server keeps it.

use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use dragoman_exchange::Request;

/// Whoever says nothing for so long is stuck.
const PATIENCE: Duration = Duration::from_secs(60);

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// With this status.
    Answer(u16),
    /// With the connection, before there was an answer.
    Closed,
}

/// One client's connection to one origin.
#[derive(Debug)]
pub struct Connection {
    address: String,
    stream: Option<BufReader<TcpStream>>,
}

impl Connection {
    /// To this origin; nothing is opened yet.
    ///
    /// # Errors
    /// An origin that is none.
    pub fn to(origin: &str) -> Result<Self> {
        let address = origin.strip_prefix("http://").context("an origin without http://")?.to_owned();
        Ok(Self { address, stream: None })
    }

    /// Sends one request with a certain end, and reads its answer. To a HEAD the answer has no body.
    /// Where the server has closed a kept connection meanwhile, a new one is tried.
    ///
    /// # Errors
    /// When nothing comes for a minute, or something that is no HTTP.
    pub fn ask(&mut self, bytes: &[u8], head: bool) -> Result<Reply> {
        let kept = self.stream.is_some();
        let reply = self.try_once(bytes, head)?;
        if kept && reply == Reply::Closed { self.try_once(bytes, head) } else { Ok(reply) }
    }

    fn try_once(&mut self, bytes: &[u8], head: bool) -> Result<Reply> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => BufReader::new(self.open()?),
        };
        // A server that has seen enough answers before it has read everything; then writing fails, and reading may not.
        let written = stream.get_mut().write_all(bytes);
        let answer = match answer(&mut stream, head) {
            Ok(answer) => answer,
            Err(error) if broke_off(&error) => None,
            Err(error) => return Err(error),
        };
        let Some((status, keeps)) = answer else { return Ok(Reply::Closed) };
        if keeps && written.is_ok() {
            self.stream = Some(stream);
        }
        Ok(Reply::Answer(status))
    }

    /// Sends these bytes on a connection of their own, says that no more will come, and reads to the end.
    ///
    /// # Errors
    /// When nothing comes for a minute.
    pub fn shout(&self, bytes: &[u8]) -> Result<Vec<u8>> {
        let mut stream = self.open()?;
        drop(stream.write_all(bytes).and_then(|()| stream.shutdown(Shutdown::Write)));
        let mut received = Vec::new();
        match stream.read_to_end(&mut received) {
            Err(error) if !is_end(error.kind()) => Err(error).context("the server is silent"),
            Ok(_) | Err(_) => Ok(received),
        }
    }

    fn open(&self) -> Result<TcpStream> {
        let stream =
            TcpStream::connect(&self.address).with_context(|| format!("cannot connect to {}", self.address))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(stream)
    }
}

/// The request line and the header fields, without the empty line that ends them.
#[must_use]
pub fn head(request: &Request) -> Vec<u8> {
    let Request { method, target, headers, .. } = request;
    let mut head = format!("{method} {target} HTTP/1.1\r\n");
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("Host")) {
        head.push_str("Host: localhost\r\n");
    }
    headers.iter().for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
    head.into_bytes()
}

/// The whole request, with the length of its body.
#[must_use]
pub fn message(request: &Request) -> Vec<u8> {
    let mut bytes = head(request);
    if let Some(body) = &request.body {
        bytes.extend_from_slice(format!("Content-Length: {}\r\n", body.len()).as_bytes());
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(request.body.as_deref().unwrap_or_default());
    bytes
}

fn broke_off(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| is_end(error.kind()))
}

fn is_end(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::UnexpectedEof)
}

/// The status of the next answer, and whether another may follow; `None` where the connection ends before one.
fn answer(stream: &mut BufReader<TcpStream>, head: bool) -> Result<Option<(u16, bool)>> {
    loop {
        let first = line(stream)?;
        if first.is_empty() {
            return Ok(None);
        }
        let Some(Ok(status)) = first.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)).map(str::parse) else {
            bail!("no HTTP: {first:?}");
        };
        let ending = fields(stream)?;
        match (status, ending) {
            (100..=199, _) => {}
            (204 | 304, Ending { keeps, .. }) => return Ok(Some((status, keeps))),
            (_, Ending { keeps, .. }) if head => return Ok(Some((status, keeps))),
            (_, Ending { length: Some(length), keeps, .. }) => {
                let read = std::io::copy(&mut stream.by_ref().take(length), &mut std::io::sink())?;
                return Ok(Some((status, keeps && read == length)));
            }
            (_, Ending { chunked: true, keeps, .. }) => {
                skip_chunks(stream)?;
                return Ok(Some((status, keeps)));
            }
            _ => {
                std::io::copy(stream, &mut std::io::sink())?;
                return Ok(Some((status, false)));
            }
        }
    }
}

struct Ending {
    length: Option<u64>,
    chunked: bool,
    keeps: bool,
}

fn fields(stream: &mut BufReader<TcpStream>) -> Result<Ending> {
    let mut ending = Ending { length: None, chunked: false, keeps: true };
    loop {
        let line = line(stream)?.to_ascii_lowercase();
        let Some((name, value)) = line.trim_end().split_once(':') else { return Ok(ending) };
        match (name, value.trim()) {
            ("content-length", value) => ending.length = Some(value.parse()?),
            ("transfer-encoding", "chunked") => ending.chunked = true,
            ("connection", "close") => ending.keeps = false,
            _ => {}
        }
    }
}

fn skip_chunks(stream: &mut BufReader<TcpStream>) -> Result<()> {
    loop {
        let size = u64::from_str_radix(line(stream)?.trim_end(), 16).context("a chunk without a size")?;
        std::io::copy(&mut stream.by_ref().take(size + 2), &mut std::io::sink())?;
        if size == 0 {
            return Ok(());
        }
    }
}

fn line(stream: &mut BufReader<TcpStream>) -> Result<String> {
    let mut line = Vec::new();
    stream.read_until(b'\n', &mut line)?;
    Ok(String::from_utf8_lossy(&line).into_owned())
}
