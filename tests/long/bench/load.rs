//! Asks a web server the same over many connections and checks every answer; `tests/long/bench/run` measures
//! with it. Its task is JSON on stdin, what it saw is JSON on stdout, and the first answer that is not the
//! expected one ends it.

mod client;

use std::io;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use client::{Client, Outcome};
use serde::{Deserialize, Serialize};

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
                kind.ask(&mut client)
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
        kind.ask(&mut client)
            .inspect_err(|_| failed.store(true, Ordering::Relaxed))?;
        next += pause;
    }
    Ok(())
}

impl Kind {
    /// One request of this kind, whose answer must be the right one.
    fn ask(&self, client: &mut Client) -> Outcome<()> {
        let request = self.request()?;
        let began = Instant::now();
        let answer = client.ask(request)?;
        let micros = u64::try_from(began.elapsed().as_micros())?;
        if answer.status != self.status || !answer.body.contains(&self.contains) {
            return Err(format!(
                "{}: expected {} with {:?} in it, and got {}:\n{}{}",
                self.name, self.status, self.contains, answer.status, answer.head, answer.body
            )
            .into());
        }
        let mut kept = self.micros.lock().map_err(|_| "a thread panicked")?;
        kept.push(micros);
        Ok(())
    }

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
