//! A server that stands between a client and a gateway. It hands on every request as it comes,
//! and every answer but for what is planted in it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use dragoman_tests::wire::{self, Answer};

use super::Deviation;

const PATIENCE: Duration = Duration::from_secs(30);

/// A running proxy; dropping it ends it.
pub(crate) struct Proxy {
    pub(crate) url: String,
    shared: Arc<Mutex<State>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct State {
    planted: Option<&'static Deviation>,
    changed: usize,
    /// The last request that could not be handed on, and why.
    trouble: Option<anyhow::Error>,
    ends: bool,
}

impl Proxy {
    /// Stands before the server with this origin.
    pub(crate) fn before(origin: &str) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let url = format!("http://{}", listener.local_addr()?);
        let shared = Arc::<Mutex<State>>::default();
        let (state, origin) = (Arc::clone(&shared), origin.to_owned());
        let thread = std::thread::spawn(move || serve(&listener, &origin, &state));
        Ok(Self { url, shared, thread: Some(thread) })
    }

    /// Plants a deviation where another was.
    pub(crate) fn plant(&self, deviation: &'static Deviation) {
        let mut state = lock(&self.shared);
        (state.planted, state.changed) = (Some(deviation), 0);
    }

    /// How many answers what is planted has changed so far.
    ///
    /// # Errors
    /// When the proxy did not do its work: what the client then saw says nothing about the exchanges.
    pub(crate) fn changed(&self) -> Result<usize> {
        let mut state = lock(&self.shared);
        state.trouble.take().map_or(Ok(state.changed), Err)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        lock(&self.shared).ends = true;
        let woken = self.url.strip_prefix("http://").map(TcpStream::connect);
        if let (Some(Ok(_)), Some(thread)) = (woken, self.thread.take()) {
            drop(thread.join()); // a panic of it was printed already
        }
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One connection after the other, each for one request: that is how the client asks.
fn serve(listener: &TcpListener, origin: &str, state: &Mutex<State>) {
    for stream in listener.incoming() {
        if lock(state).ends {
            return;
        }
        if let Err(error) = stream.map_err(Into::into).and_then(|stream| hand_on(&stream, origin, state)) {
            lock(state).trouble = Some(error);
        }
    }
}

fn hand_on(stream: &TcpStream, origin: &str, state: &Mutex<State>) -> Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let request = Request::read(stream)?;
    let mut answer = wire::send(origin, &request.bytes)?.context("the gateway does not answer")?;
    lock(state).spoil(&request, &mut answer);
    write(stream, &request.method, &answer)
}

impl State {
    fn spoil(&mut self, request: &Request, answer: &mut Answer) {
        let fits = |deviation: &&Deviation| deviation.fits(&request.method, &request.target, answer.status);
        if let Some(deviation) = self.planted.filter(fits)
            && deviation.change.apply(answer)
        {
            self.changed += 1;
        }
    }
}

struct Request {
    method: String,
    target: String,
    bytes: Vec<u8>,
}

impl Request {
    fn read(stream: &TcpStream) -> Result<Self> {
        let mut reader = BufReader::new(stream);
        let mut bytes = Vec::new();
        let mut length = 0;
        loop {
            let mut line = Vec::new();
            reader.read_until(b'\n', &mut line)?;
            bytes.extend_from_slice(&line);
            let line = String::from_utf8_lossy(&line).trim_end().to_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse()?;
            }
        }
        reader.take(length).read_to_end(&mut bytes)?;
        let first = String::from_utf8_lossy(bytes.split(|&byte| byte == b'\r').next().unwrap_or_default()).into_owned();
        let [method, target, _] = first.split(' ').collect::<Vec<_>>()[..] else { bail!("no HTTP: {first}") };
        Ok(Self { method: method.to_owned(), target: target.to_owned(), bytes })
    }
}

/// The answer again, with a length of its own.
fn write(mut stream: &TcpStream, method: &str, answer: &Answer) -> Result<()> {
    let mut head = format!("HTTP/1.1 {} \r\nconnection: close\r\n", answer.status);
    // An answer to HEAD tells the length that GET would have; one without content tells none.
    let has_content = method != "HEAD" && answer.status != 204;
    let handed_on = |name: &str| match name {
        "connection" | "transfer-encoding" => false,
        "content-length" => method == "HEAD",
        _ => true,
    };
    for (name, value) in answer.headers.iter().filter(|(name, _)| handed_on(name)) {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let body = if has_content { answer.body.as_slice() } else { &[] };
    if has_content {
        head.push_str(&format!("content-length: {}\r\n", body.len()));
    }
    stream.write_all(&[head.as_bytes(), b"\r\n", body].concat())?;
    Ok(())
}
