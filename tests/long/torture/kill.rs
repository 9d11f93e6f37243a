//! Requests end at random moments: by SIGKILL, by SIGTERM, or because their answer's reader is gone. Four run at a
//! time, so that one is killed while others wait for it.

use std::collections::BTreeMap;
use std::io::{PipeReader, Read as _, Write as _};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use cgi_session::model::{Digest, Time, Token};
use rustix::process::{Pid, Signal, kill_process};

use super::ground::{Ground, row_of};
use super::is_whole;
use crate::harness::Run;
use crate::harness::{Answer, NAME, PASSWORD, encoded};

/// So many of each kind.
const SAMPLE: usize = 100;
const WHOLE: usize = 1000;

const AT_ONCE: usize = 4;

/// Rows past their end, for whom prunes.
const EXPIRED: usize = 30;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    SignIn,
    SignOut,
    Touch,
    Prune,
}

use Kind::{Prune, SignIn, SignOut, Touch};

const KINDS: [Kind; 4] = [SignIn, SignOut, Touch, Prune];

#[derive(Debug, Clone, Copy)]
enum End {
    Kill,
    Terminate,
    /// Its stdout is closed: SIGPIPE, or EPIPE where that is ignored.
    NobodyReads,
}

struct Job {
    kind: Kind,
    end: End,
    token: String,
    /// Of its usual time.
    share: f64,
}

/// What became of one.
struct Done {
    kind: Kind,
    token: String,
    answer: Option<Answer>,
}

/// Numbers that look random (Steele and others, `SplitMix64`), the same in each run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to 1.
    fn share(&mut self) -> f64 {
        f64::from(u32::try_from(self.next() >> 32).unwrap()) / f64::from(u32::MAX)
    }
}

fn command(ground: &Ground, kind: Kind, token: &str) -> Command {
    let site = &ground.site;
    match kind {
        SignIn => site.login().command(),
        SignOut => site.logout(token).command(),
        Touch => site.protected(token).command(),
        Prune => {
            let mut command = Command::new(env!("CARGO_BIN_EXE_cgi-session"));
            command
                .arg("--config")
                .arg(site.path("cgi-session.toml"))
                .args(["session", "prune"])
                .env_clear();
            command
        }
    }
}

/// The form of a sign-in, which all may read.
fn body() -> PipeReader {
    let (reader, mut writer) = std::io::pipe().unwrap();
    let fields = encoded(&[("login_name", NAME), ("password", PASSWORD)]);
    writer.write_all(fields.as_bytes()).unwrap();
    reader
}

/// Starts it, and ends it after a while; what it had said by then.
fn run(mut command: Command, after: Duration, end: End) -> Vec<u8> {
    let mut child = command
        .stdin(body())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut said = Vec::new();
    let mut stdout = child.stdout.take().unwrap();
    thread::sleep(after);
    match end {
        End::NobodyReads => drop(stdout),
        End::Kill | End::Terminate => {
            let signal = if matches!(end, End::Kill) {
                Signal::KILL
            } else {
                Signal::TERM
            };
            // It is not waited for yet, so the number is its own even where it has ended.
            let _ = kill_process(Pid::from_child(&child), signal);
            stdout.read_to_end(&mut said).unwrap();
        }
    }
    child.wait().unwrap();
    said
}

/// The median time of a request that is not ended, while others run.
fn usual(ground: &Ground) -> BTreeMap<Kind, Duration> {
    let time = |kind| {
        let commands: Vec<_> = (0..3 * AT_ONCE)
            .map(|_| command(ground, kind, &ground.site.token()))
            .collect();
        let commands = Mutex::new(commands);
        let times = Mutex::new(Vec::new());
        thread::scope(|scope| {
            for _ in 0..AT_ONCE {
                scope.spawn(|| {
                    while let Some(mut command) = pop(&commands) {
                        let began = Instant::now();
                        assert!(command.stdin(body()).output().unwrap().status.success());
                        times.lock().unwrap().push(began.elapsed());
                    }
                });
            }
        });
        let mut times = times.into_inner().unwrap();
        times.sort();
        (kind, times[times.len() / 2])
    };
    KINDS.into_iter().map(time).collect()
}

/// The lock is let go of before the last one is worked on.
fn pop<T>(left: &Mutex<Vec<T>>) -> Option<T> {
    left.lock().unwrap().pop()
}

/// Half of them at any moment, half near the end, where the writing is.
fn jobs(ground: &Ground, each: usize) -> Vec<Job> {
    let mut random = Random(1);
    let mut jobs = Vec::new();
    for _ in 0..each {
        for kind in KINDS {
            let end = match random.next() % 3 {
                0 => End::Kill,
                1 => End::Terminate,
                _ => End::NobodyReads,
            };
            let share = match random.next() % 2 {
                0 => random.share() * 1.6,
                _ => 0.7 + random.share() * 0.9,
            };
            jobs.push(Job {
                kind,
                end,
                token: ground.site.token(),
                share,
            });
        }
    }
    jobs
}

/// Rows of sessions that are over, and whose tokens nobody has.
fn expire(ground: &Ground) {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let now = Time::now().0;
    let rows: Vec<_> = (0..EXPIRED)
        .map(|_| {
            let mut random = [0xee; 32];
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            random[..8].copy_from_slice(&number.to_le_bytes());
            let row = Digest::from_token(&Token::from_random(&random));
            format!(
                "('{}', 1, {}, {1}, {}, 0)",
                row.as_str(),
                now - 9000,
                now - 1000
            )
        })
        .collect();
    ground.execute(&format!(
        "INSERT INTO sessions (session, user_id, created_at, seen_at, expires_at, remember) VALUES {}",
        rows.join(", ")
    ));
}

/// Ends requests one after the other until none is left. Every so often one is not ended.
fn work(
    ground: &Mutex<Ground>,
    usual: &BTreeMap<Kind, Duration>,
    jobs: &Mutex<Vec<Job>>,
) -> Vec<Done> {
    let mut done = Vec::new();
    loop {
        let Some(job) = pop(jobs) else {
            return done;
        };
        let command = {
            let ground = ground.lock().unwrap();
            match job.kind {
                // Tries that were cut off are not to be counted against the next.
                SignIn => ground.execute("DELETE FROM attempts"),
                Prune => expire(&ground),
                SignOut | Touch => (),
            }
            if done.len() % 25 == 0 {
                ground.serves();
            }
            command(&ground, job.kind, &job.token)
        };
        let said = run(command, usual[&job.kind].mul_f64(job.share), job.end);
        let whole = (!said.is_empty() && job.kind != Prune)
            .then(|| Answer::read(said, String::new(), false).unwrap());
        done.push(Done {
            kind: job.kind,
            token: job.token,
            answer: whole,
        });
    }
}

/// What was said is so, and what was not said is wholly so or not at all.
#[track_caller]
fn is_true(done: &[Done], sessions: &[String]) {
    let mut known = Vec::new();
    for Done {
        kind,
        token,
        answer,
    } in done
    {
        let here = sessions.contains(&row_of(token));
        let status = answer.as_ref().map_or(0, |answer| answer.status);
        match kind {
            SignIn => {
                assert!([0, 303, 503].contains(&status), "{answer:?}");
                if status == 303 {
                    let row = row_of(answer.as_ref().unwrap().cookie().unwrap().0);
                    assert!(sessions.contains(&row), "a cookie without its session");
                }
                assert!(here, "a sign-in ended another's session");
            }
            SignOut => {
                assert!([0, 303, 503].contains(&status), "{answer:?}");
                assert!(!here || status != 303, "signed out, and still here");
            }
            Touch => {
                assert!([0, 200, 503].contains(&status), "{answer:?}");
                assert!(here, "a check ended a session");
            }
            Prune => assert!(here, "a prune ended a session that is not over"),
        }
        known.push(row_of(token));
    }
    let signed_in = done.iter().filter(|done| done.kind == SignIn).count();
    let new = sessions.iter().filter(|row| !known.contains(row)).count();
    // The bystander's is one more.
    assert!(new <= signed_in + 1, "{new} rows of {signed_in} sign-ins");
}

fn kill(store: &str, ground: Ground) {
    let each = if is_whole() { WHOLE } else { SAMPLE };
    let usual = usual(&ground);
    ground.clean();
    let jobs = Mutex::new(jobs(&ground, each));
    let ground = Mutex::new(ground);
    let began = Instant::now();
    let done: Vec<Done> = thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE)
            .map(|_| scope.spawn(|| work(&ground, &usual, &jobs)))
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap())
            .collect()
    });

    let ground = ground.into_inner().unwrap();
    // The first who comes is a program: it finds what the last one left.
    ground.serves();
    ground.signs_in();
    ground.is_whole();
    let prune = command(&ground, Prune, "").output().unwrap();
    assert!(prune.status.success(), "{prune:?}");
    let sessions = ground.rows().sessions;
    is_true(&done, &sessions);
    ends_each(&ground, &done);

    let mut answers: BTreeMap<(Kind, u16), usize> = BTreeMap::new();
    for done in &done {
        let status = done.answer.as_ref().map_or(0, |answer| answer.status);
        *answers.entry((done.kind, status)).or_default() += 1;
    }
    let is_here = |done: &&Done| sessions.contains(&row_of(&done.token));
    println!(
        "{store}: {} requests ended in {:?}, usually {usual:?}; answers {answers:?}; \
        {} sign-ins and {} sign-outs were done",
        done.len(),
        began.elapsed(),
        sessions.len() - 1 - done.iter().filter(is_here).count(),
        done.iter().filter(|done| !is_here(done)).count(),
    );
    for kind in KINDS.into_iter().filter(|kind| *kind != Prune) {
        assert!(answers[&(kind, 0)] > each / 10, "hardly any was cut off");
    }
}

/// Sessions that are there work, and can be ended. Some of them: each is two programs.
#[track_caller]
fn ends_each(ground: &Ground, done: &[Done]) {
    let cookies = done.iter().filter_map(|done| {
        let (token, _) = done.answer.as_ref()?.cookie()?;
        (done.kind == SignIn).then(|| token.to_owned())
    });
    for token in cookies.take(10) {
        Run::of(&ground.site.protected(&token)).is(200);
        Run::of(&ground.site.logout(&token)).is(303);
        Run::of(&ground.site.protected(&token)).is(401);
    }
}

#[test]
fn requests_killed_at_random_moments_leave_sqlite_whole() {
    kill("SQLite", Ground::sqlite());
}

#[test]
#[ignore = "needs mariadbd: tests/run installs and runs it"]
fn requests_killed_at_random_moments_leave_mariadb_whole() {
    kill("MariaDB", Ground::mariadb());
}
