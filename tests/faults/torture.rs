//! Every system call fails once, and every promise is kept.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::files::killed_writer;
use super::limits::Promises;
use super::place::Place;
use super::run::Run;
use crate::program::{NAME, PASSWORD, Program, encoded};
use crate::server::database::DatabaseServer as _;
use crate::server::mariadb::Mariadb;

/// More calls of one kind than any of the three makes.
const MOST: u32 = 300;

/// What a call can say; `KILL` ends the process there.
const EVERYWHERE: &[(&str, &[&str])] = &[
    ("openat", &["error=EIO", "error=EMFILE", "error=EACCES"]),
    ("read", &["error=EIO", "error=EINTR"]),
    (
        "write",
        &["error=EIO", "error=ENOSPC", "error=EINTR", "signal=KILL"],
    ),
    ("mmap", &["error=ENOMEM"]),
    ("brk", &["error=ENOMEM"]),
    ("clone3", &["error=EAGAIN"]),
    ("getrandom", &["error=EIO", "error=ENOSYS", "error=EINTR"]),
    ("statx", &["error=EIO"]),
];

const IN_A_FILE: &[(&str, &[&str])] = &[
    ("pread64", &["error=EIO", "error=EINTR"]),
    (
        "pwrite64",
        &["error=EIO", "error=ENOSPC", "error=EINTR", "signal=KILL"],
    ),
    ("fsync", &["error=EIO", "signal=KILL"]),
    ("fcntl", &["error=EIO", "error=EAGAIN", "error=EINTR"]),
    ("unlink", &["error=EIO", "signal=KILL"]),
    ("newfstatat", &["error=EIO"]),
    ("lseek", &["error=EIO"]),
];

const ON_A_LINK: &[(&str, &[&str])] = &[
    ("socket", &["error=EMFILE"]),
    (
        "connect",
        &[
            "error=EIO",
            "error=EINTR",
            "error=EAGAIN",
            "error=ECONNREFUSED",
        ],
    ),
    ("setsockopt", &["error=EIO"]),
    (
        "sendto",
        &[
            "error=EIO",
            "error=EINTR",
            "error=EAGAIN",
            "error=ECONNRESET",
            "signal=KILL",
        ],
    ),
    (
        "recvfrom",
        &[
            "error=EIO",
            "error=EINTR",
            "error=EAGAIN",
            "error=ECONNRESET",
            "signal=KILL",
        ],
    ),
];

struct Torture {
    place: Place,
    /// After each run.
    is_sound: fn(&Place),
    statuses: BTreeMap<(&'static str, u16), u32>,
}

impl Torture {
    /// Runs `program` with the `number`-th call failing so; `None` if there are not that many.
    fn run(&self, program: &Program, call: &str, fault: &str, number: u32) -> Option<Run> {
        let trace = self.place.path("trace");
        let inject = format!("inject={call}:{fault}:when={number}");
        let strace = [
            "strace",
            "-f",
            "-qq",
            "-e",
            &format!("trace={call}"),
            "-e",
            &inject,
            "-o",
        ];
        let strace = [&strace[..], &[trace.to_str().unwrap()]].concat();
        let run = Run::of(&program.under(&strace));
        let traced = fs::read_to_string(trace).unwrap();
        let injected = traced.contains("(INJECTED)") || traced.contains("SIGKILL");
        injected.then_some(run)
    }

    /// Every call of this kind, in each of the three.
    fn torture(&mut self, call: &str, fault: &str) {
        for number in 1..MOST {
            let mut any = false;
            for name in ["protected", "login", "logout"] {
                let promises = Promises::new(&self.place);
                let program = match name {
                    "protected" => self.place.protected(promises.token()),
                    "login" => self.place.sign_in(),
                    _ => self.place.sign_out(promises.token()),
                };
                let run = self.run(&program, call, fault, number);
                any |= run.is_some();
                if let Some(run) = run {
                    // The last one printed is the one that failed.
                    eprintln!("{name}: {call} {number} {fault}: {}", run.status());
                    match name {
                        "protected" => Promises::kept_by_check(&run),
                        "login" => promises.kept_by_sign_in(&self.place, &run),
                        _ => promises.kept_by_sign_out(&self.place, &run),
                    }
                    *self.statuses.entry((name, run.status())).or_default() += 1;
                }
                (self.is_sound)(&self.place);
            }
            if !any {
                assert!(number > 1, "{call} is never called: another name?");
                return;
            }
        }
        panic!("{call} has no end");
    }

    fn all(&mut self, calls: &[(&str, &[&str])]) {
        for (call, faults) in calls {
            for fault in *faults {
                self.torture(call, fault);
            }
        }
    }
}

#[test]
#[ignore = "needs strace: tests/run installs it"]
fn on_sqlite_every_call_may_fail() {
    let mut torture = Torture {
        place: Place::sqlite(),
        is_sound: |place| {
            place.is_sound();
            place.execute("DELETE FROM sessions");
        },
        statuses: BTreeMap::new(),
    };
    torture.all(EVERYWHERE);
    torture.all(IN_A_FILE);
    eprintln!("{:?}", torture.statuses);
    let token = torture.place.token();
    torture.place.works(&token);
}

#[test]
#[ignore = "needs mariadbd and strace: tests/run installs and runs them"]
fn on_mariadb_every_call_may_fail() {
    let database = Mariadb::shared().database();
    let mut torture = Torture {
        place: Place::server(&database, &database.url()),
        is_sound: |_| {},
        statuses: BTreeMap::new(),
    };
    torture.all(ON_A_LINK);
    eprintln!("{:?}", torture.statuses);
    let token = torture.place.token();
    torture.place.works(&token);
}

/// No weaker source: no session, no cookie. Whoever has one is served, unless the standard library,
/// whose hash tables want two numbers, has given up.
#[test]
#[ignore = "needs strace: tests/run installs it"]
fn without_randomness_nobody_signs_in() {
    let place = Place::sqlite();
    let token = place.token();
    let strace = [
        "strace",
        "-f",
        "-qq",
        "-o",
        "/dev/null",
        "-e",
        "inject=getrandom:error=EIO",
    ];
    let run = |program: &Program| Run::of(&program.under(&strace));

    let sign_in = run(&place.sign_in());
    let check = run(&place.protected(&token));
    let sign_out = run(&place.sign_out(&token));

    eprintln!("{sign_in:?}\n{check:?}\n{sign_out:?}");
    assert!([500, 503].contains(&sign_in.status()), "{sign_in:?}");
    assert!(sign_in.token().is_none());
    assert!([200, 500].contains(&check.status()), "{check:?}");
    assert!([303, 500].contains(&sign_out.status()), "{sign_out:?}");
    assert_eq!(place.sessions(), usize::from(sign_out.status() == 500));
}

type Visit = fn(&Place, &str) -> Program;

/// A disk that takes its time: the deadline wins against a write and a sync that do not end. When the
/// process is gone cannot be seen here: strace holds it until its delay is over.
#[test]
#[ignore = "needs strace: tests/run installs it"]
fn a_slow_disk_is_left_to_the_deadline() {
    let visits: [Visit; 4] = [
        Place::protected,
        |place, _| place.sign_in(),
        Place::sign_out,
        // A check that has to write before it can read.
        |place, token| {
            killed_writer(place);
            place.protected(token)
        },
    ];
    std::thread::scope(|scope| {
        for call in ["pwrite64", "fsync"] {
            for make in visits {
                scope.spawn(move || {
                    // One each, or they would wait for each other.
                    let place = Place::sqlite();
                    let token = place.token();
                    let inject = format!("inject={call}:delay_enter=8000000:when=1");
                    let strace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", &inject];
                    answers_in_five_seconds(&make(&place, &token).under(&strace));
                    place.is_sound();
                    place.works(&token);
                });
            }
        }
    });
}

#[track_caller]
fn answers_in_five_seconds(program: &Program) {
    let began = Instant::now();
    let mut command = program.command();
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::null()).spawn().unwrap();
    // The body, where there is one; a program that has none does not read it.
    let body = encoded(&[("login_name", NAME), ("password", PASSWORD)]);
    let _ = child.stdin.take().unwrap().write_all(body.as_bytes());
    let mut start = [0; 12];
    child.stdout.take().unwrap().read_exact(&mut start).unwrap();
    let took = began.elapsed();
    assert_eq!(start, *b"Status: 503 ", "after {took:?}");
    assert!(took > Duration::from_millis(4900) && took < Duration::from_secs(6));
    child.wait().unwrap();
}
