//! Asks a web server the same over many connections and checks every answer; `tests/bench/run` measures
//! with it. Its task is JSON on stdin, what it saw is JSON on stdout, and the first answer that is not the
//! expected one ends it.

use std::error::Error;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Deserialize)]
struct Task {
    address: SocketAddr,
    connections: usize,
    seconds: f64,
    kinds: Vec<Kind>,
}

/// Requests that are counted together.
#[derive(Deserialize)]
struct Kind {
    name: String,
    /// So many of a hundred requests are of this kind.
    #[serde(default)]
    share: usize,
    /// Instead of a share: one at a time, in every so many seconds.
    #[serde(default)]
    every: f64,
    /// The right answer's status, and a part of its body.
    status: u16,
    contains: String,
    /// Whole requests, sent in turn.
    requests: Vec<String>,
    /// Whether a request makes sense once only.
    #[serde(default)]
    once: bool,
    #[serde(skip)]
    next: AtomicUsize,
    #[serde(skip)]
    micros: Mutex<Vec<u64>>,
}

#[derive(Serialize)]
struct Seen<'a> {
    name: &'a str,
    answers: usize,
    per_second: f64,
    p50_us: u64,
    p99_us: u64,
    max_us: u64,
}

fn main() -> Outcome<()> {
    let task: Task = serde_json::from_reader(io::stdin().lock())?;
    let (turn, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let began = Instant::now();
    let until = began + Duration::from_secs_f64(task.seconds);
    thread::scope(|scope| {
        let shared =
            (0..task.connections).map(|_| scope.spawn(|| shared(&task, &turn, until, &failed)));
        let regular = task.kinds.iter().filter(|kind| kind.every > 0.0);
        let regular = regular.map(|kind| scope.spawn(|| regularly(&task, kind, until, &failed)));
        let threads: Vec<_> = shared.chain(regular).collect();
        threads.into_iter().try_for_each(|thread| {
            let ended = thread
                .join()
                .unwrap_or_else(|_| Err("a thread panicked".into()));
            ended.inspect_err(|_| failed.store(true, Ordering::Relaxed))
        })
    })?;
    let seconds = began.elapsed().as_secs_f64();
    let seen: Vec<_> = task.kinds.iter().map(|kind| kind.seen(seconds)).collect();
    serde_json::to_writer(io::stdout().lock(), &seen)?;
    Ok(())
}

/// One connection's requests, of every kind that has a share.
fn shared(task: &Task, turn: &AtomicUsize, until: Instant, failed: &AtomicBool) -> Outcome<()> {
    let mut client = Client::new(task.address);
    while Instant::now() < until && !failed.load(Ordering::Relaxed) {
        // 37 and 100 have no common divisor: the kinds take turns without coming in a row.
        let mut place = turn.fetch_add(1, Ordering::Relaxed) * 37 % 100;
        for kind in &task.kinds {
            if place < kind.share {
                client
                    .ask(kind)
                    .inspect_err(|_| failed.store(true, Ordering::Relaxed))?;
                break;
            }
            place -= kind.share;
        }
    }
    Ok(())
}

fn regularly(task: &Task, kind: &Kind, until: Instant, failed: &AtomicBool) -> Outcome<()> {
    let mut client = Client::new(task.address);
    let pause = Duration::from_secs_f64(kind.every);
    let mut next = Instant::now() + pause / 2;
    while next < until && !failed.load(Ordering::Relaxed) {
        thread::sleep(next.saturating_duration_since(Instant::now()));
        client
            .ask(kind)
            .inspect_err(|_| failed.store(true, Ordering::Relaxed))?;
        next += pause;
    }
    Ok(())
}

impl Kind {
    fn request(&self) -> Outcome<&str> {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        if self.once && turn >= self.requests.len() {
            return Err(format!("{}: more than {turn} requests are needed", self.name).into());
        }
        let request = self.requests.get(turn % self.requests.len().max(1));
        Ok(request.ok_or("no request")?)
    }

    fn seen(&self, seconds: f64) -> Seen<'_> {
        let mut micros = self
            .micros
            .lock()
            .map(|micros| micros.clone())
            .unwrap_or_default();
        micros.sort_unstable();
        let at = |percent: usize| {
            let rank = (micros.len() * percent).div_ceil(100).max(1) - 1;
            micros.get(rank).copied().unwrap_or_default()
        };
        #[expect(clippy::cast_precision_loss, reason = "a count of requests")]
        let answers = micros.len() as f64;
        Seen {
            name: &self.name,
            answers: micros.len(),
            per_second: answers / seconds,
            p50_us: at(50),
            p99_us: at(99),
            max_us: at(100),
        }
    }
}

/// A connection that is kept for as long as the server keeps it.
struct Client {
    address: SocketAddr,
    stream: Option<TcpStream>,
}

impl Client {
    fn new(address: SocketAddr) -> Self {
        Self {
            address,
            stream: None,
        }
    }

    fn ask(&mut self, kind: &Kind) -> Outcome<()> {
        let request = kind.request()?;
        let began = Instant::now();
        let kept = self.stream.is_some();
        let answer = match self.exchange(request) {
            // A server may close a kept connection at any time.
            Err(_) if kept => self.exchange(request)?,
            other => other?,
        };
        let micros = u64::try_from(began.elapsed().as_micros())?;
        if answer.status != kind.status || !answer.body.contains(&kind.contains) {
            return Err(format!(
                "{}: expected {} with {:?} in it, and got {}:\n{}",
                kind.name, kind.status, kind.contains, answer.status, answer.body
            )
            .into());
        }
        if !answer.keep {
            self.stream = None;
        }
        kind.micros
            .lock()
            .map_err(|_| "a thread panicked")?
            .push(micros);
        Ok(())
    }

    fn exchange(&mut self, request: &str) -> Outcome<Answer> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => connect(self.address)?,
        };
        stream.write_all(request.as_bytes())?;
        let answer = Answer::read(&mut stream)?;
        self.stream = Some(stream);
        Ok(answer)
    }
}

fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

struct Answer {
    status: u16,
    body: String,
    keep: bool,
}

impl Answer {
    fn read(from: &mut impl Read) -> Outcome<Self> {
        let mut bytes = Vec::new();
        let head = loop {
            if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                break end;
            }
            more(from, &mut bytes)?;
        };
        let rest = bytes.split_off(head + 4);
        let head = String::from_utf8(bytes)?.to_ascii_lowercase();
        let status = head.split(' ').nth(1).ok_or("no status")?.parse()?;
        let header = |name: &str| {
            let mut fields = head.lines().filter_map(|line| line.split_once(':'));
            fields
                .find(|(key, _)| *key == name)
                .map(|(_, value)| value.trim())
        };
        let body = if status == 204 {
            rest
        } else if header("transfer-encoding") == Some("chunked") {
            chunked(from, rest)?
        } else {
            sized(
                from,
                rest,
                header("content-length").ok_or("no length")?.parse()?,
            )?
        };
        Ok(Self {
            status,
            body: String::from_utf8(body)?,
            keep: header("connection") != Some("close"),
        })
    }
}

fn more(from: &mut impl Read, bytes: &mut Vec<u8>) -> Outcome<()> {
    let mut chunk = [0; 16 << 10];
    let length = from.read(&mut chunk)?;
    if length == 0 {
        return Err("the server closed the connection".into());
    }
    bytes.extend_from_slice(chunk.get(..length).unwrap_or_default());
    Ok(())
}

fn sized(from: &mut impl Read, mut bytes: Vec<u8>, length: usize) -> Outcome<Vec<u8>> {
    while bytes.len() < length {
        more(from, &mut bytes)?;
    }
    Ok(bytes)
}

fn chunked(from: &mut impl Read, mut bytes: Vec<u8>) -> Outcome<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let Some(line) = bytes.windows(2).position(|two| two == b"\r\n") else {
            more(from, &mut bytes)?;
            continue;
        };
        let size = std::str::from_utf8(bytes.get(..line).unwrap_or_default())?;
        let size = usize::from_str_radix(size.trim(), 16)?;
        let start = line + 2;
        bytes = sized(from, bytes, start + size + 2)?;
        body.extend_from_slice(bytes.get(start..start + size).unwrap_or_default());
        bytes.drain(..start + size + 2);
        if size == 0 {
            return Ok(body);
        }
    }
}
