//! Something that listens where an old vitja server should be.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use anyhow::Result;

/// What it does with whoever comes.
#[derive(Debug, Clone)]
pub(super) enum Mode {
    /// Hangs up without a word.
    Closes,
    /// Says that the password is wrong.
    SaysNo,
    /// Says that it is right, whatever it is.
    SaysYes,
    /// Says nothing until it is to do something else.
    Waits,
    /// Says nothing for ever.
    Silent,
    /// Begins an answer, and goes on for as long as somebody listens.
    Endless(&'static str),
    /// Says exactly this.
    Says(String),
    /// Says exactly this to whoever is called odd, and that the password is wrong to all others.
    Dislikes(String),
}

const NO: &str = r#"{"message":"Wrong username or password."}"#;
const YES: &str = r#"{"token":"a.b.c"}"#;

impl Mode {
    /// Everything that is no answer to a login.
    pub(super) fn nonsense(elsewhere: &str) -> Vec<Self> {
        let moved = format!("HTTP/1.1 307 X\r\nLocation: {elsewhere}/api/v1/login\r\nContent-Length: 0\r\n\r\n");
        vec![
            Self::Closes,
            Self::Silent,
            Self::Endless("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"token\":\""),
            Self::Endless("HTTP/1.1 200 OK\r\nX: "),
            Self::Says("SSH-2.0-OpenSSH_9.2p1\r\n".to_owned()),
            Self::Says(http("200 OK", "<!DOCTYPE html><title>Under construction</title>")),
            Self::Says(http("200 OK", "")),
            Self::Says(http("200 OK", &format!("{{\"token\":\"{}\"}}", "x".repeat(1 << 20)))),
            Self::Says(http("500 Internal Server Error", NO)),
            Self::Says(http("401 Unauthorized", "<html>a proxy's own realm</html>")),
            Self::Says(http("503 Service Unavailable", YES)),
            Self::Says("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"token\":\"cut off".to_owned()),
            Self::Says(moved),
            // Before it has no logins at all, or lets in everybody.
            Self::SaysYes,
        ]
    }
}

/// An answer of any kind, with these header fields as well.
pub(super) fn answering(status: &str, fields: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{fields}Content-Length: 0\r\n\r\n")
}

impl Mode {
    /// What it does with this request.
    fn towards(&self, request: &str) -> Self {
        let Self::Dislikes(text) = self else { return self.clone() };
        if request.contains("username=odd") { Self::Says(text.clone()) } else { Self::SaysNo }
    }
}

fn http(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

/// It listens until the tests end.
pub(super) struct Fake {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    mode: Mode,
    heard: usize,
    now: usize,
    most: usize,
}

impl Fake {
    pub(super) fn start(mode: Mode) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let state = Mutex::new(State { mode, heard: 0, now: 0, most: 0 });
        let shared = Arc::new(Shared { state, changed: Condvar::new() });
        let there = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&there);
                std::thread::spawn(move || shared.serve(stream));
            }
        });
        Ok(Self { address, shared })
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Does something else from now on.
    pub(super) fn turns(&self, mode: Mode) {
        self.shared.state().mode = mode;
        self.shared.changed.notify_all();
    }

    /// How many questions came.
    pub(super) fn heard(&self) -> usize {
        self.shared.state().heard
    }

    /// How many it had at the same time, at the most.
    pub(super) fn most_at_once(&self) -> usize {
        self.shared.state().most
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, mut stream: TcpStream) {
        let mode = {
            let mut state = self.state();
            state.heard += 1;
            state.now += 1;
            state.most = state.most.max(state.now);
            let waits = |state: &mut State| matches!(state.mode, Mode::Waits);
            self.changed.wait_while(state, waits).unwrap_or_else(PoisonError::into_inner).mode.clone()
        };
        let request = read_request(&mut stream);
        // Whoever is answered may be gone before this thread goes on.
        self.state().now -= 1;
        if let Some(request) = request {
            answer(&mut stream, &mode.towards(&request));
        }
    }
}

/// Reads a request with a body of a known length, if one comes.
fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&request).to_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.split("content-length:").nth(1).and_then(|rest| rest.split("\r\n").next());
            if length.and_then(|length| length.trim().parse().ok()).is_none_or(|length: usize| body.len() >= length) {
                return Some(text);
            }
        }
        match stream.read(&mut buffer) {
            Ok(read) if read > 0 => request.extend(buffer.iter().take(read)),
            Ok(_) | Err(_) => return None,
        }
    }
}

/// Whoever has gone hears nothing.
fn answer(stream: &mut TcpStream, mode: &Mode) {
    let said = match mode {
        Mode::Closes | Mode::Waits | Mode::Dislikes(_) => return,
        Mode::SaysNo => http("401 Unauthorized", NO),
        Mode::SaysYes => http("200 OK", YES),
        Mode::Silent => {
            drop(stream.read(&mut [0; 1]));
            return;
        }
        Mode::Endless(beginning) => {
            let mut going_on = stream.write_all(beginning.as_bytes());
            while going_on.is_ok() {
                going_on = stream.write_all(b"x");
            }
            return;
        }
        Mode::Says(text) => text.clone(),
    };
    drop(stream.write_all(said.as_bytes()));
}
