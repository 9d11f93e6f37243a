//! Each system call fails once in each way, and is the last one once.

use std::collections::BTreeMap;
use std::time::Instant;

use super::ground::{FILE, Ground, LARGE, Rows, row_of};
use super::is_whole;
use super::trace::{Fault, KILL, calls, faults, inject};
use crate::harness::Program;
use crate::harness::Run;

/// A sample has so many faults.
const SAMPLE: usize = 500;

/// The system calls that change a store. Even in a sample, each is the last one once.
const WRITES: [&str; 6] = ["fsync", "pwrite64", "sendto", "unlink", "write", "writev"];

/// In a sample, every so manieth fault is followed by a sign-in; in the whole, each one is.
const SIGN_IN_EVERY: usize = 10;

/// What tells of a commit, or asks for it: SQLite lets go of its locks then, MariaDB has it sent to it
/// and answers. Who fails in one of these cannot know whether it was done, and says that it failed.
const COMMITS: [&str; 3] = ["fcntl", "recvfrom", "sendto"];

/// More calls of one kind than any program makes in a thread.
const MOST: usize = 1000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Visit {
    SignIn,
    Form,
    SignOut,
    Check,
    CheckThatTouches,
    CheckOfNobody,
    File,
    LargeFile,
    Script,
    ScriptOfNobody,
}

use Visit::{
    Check, CheckOfNobody, CheckThatTouches, File, Form, LargeFile, Script, ScriptOfNobody, SignIn,
    SignOut,
};

const VISITS: [Visit; 10] = [
    SignIn,
    Form,
    SignOut,
    Check,
    CheckThatTouches,
    CheckOfNobody,
    File,
    LargeFile,
    Script,
    ScriptOfNobody,
];

impl Visit {
    /// The request, and the token that it comes with or is about.
    fn prepare(self, ground: &Ground) -> (Program, String) {
        let site = &ground.site;
        let token = match self {
            Check | File | LargeFile | Script => ground.fresh_token(),
            _ => site.token(),
        };
        let program = match self {
            SignIn => site.login(),
            Form => ground.form(),
            SignOut => site.logout(&token),
            Check | CheckThatTouches => site.protected(&token),
            CheckOfNobody => {
                ground.end(&token);
                site.protected(&token)
            }
            File => ground.file("small.txt", &token),
            LargeFile => ground.file("large.txt", &token),
            Script => ground.script().cookie(&token),
            ScriptOfNobody => {
                ground.end(&token);
                ground.script().cookie(&token)
            }
        };
        (program, token)
    }

    /// Right, or an error, or not a byte: what else there is would be a lie.
    fn may_say(self, status: u16) -> bool {
        let right = match self {
            SignIn | SignOut => 303,
            Form | Check | CheckThatTouches | File | LargeFile | Script => 200,
            CheckOfNobody | ScriptOfNobody => 401,
        };
        // If the folder cannot be opened for Landlock, the kernel keeps the file closed.
        let is_closed = matches!(self, File | LargeFile) && status == 403;
        is_closed || [right, 0, 500, 503].contains(&status)
    }

    /// What was done is what was said, and nothing else was done. Whether a row was left that nobody
    /// has the token of, or ended that nobody was told of.
    #[track_caller]
    fn is_kept(self, token: &str, run: &Run, before: &Rows, after: &Rows) -> bool {
        assert!(self.may_say(run.status()), "{run:?}");
        let mut expected = before.clone();
        let new = after
            .sessions
            .iter()
            .find(|row| !before.sessions.contains(row));
        let gone = !after.sessions.contains(&row_of(token));
        let mut silent = false;
        match self {
            SignIn => {
                expected.sessions.extend(new.cloned());
                expected.sessions.sort();
                let told = run.token().map(|token| row_of(&token));
                assert!(told.is_none() || told.as_ref() == new, "{run:?}");
                assert_eq!(told.is_some(), run.status() == 303, "{run:?}");
                silent = told.is_none() && new.is_some();
            }
            SignOut if gone => {
                expected.sessions.retain(|row| *row != row_of(token));
                silent = run.status() != 303;
            }
            SignOut => assert_ne!(run.status(), 303, "{run:?}"),
            // Of a file, nothing or the beginning.
            File | LargeFile if run.status() == 200 => {
                let sent = &run.answer.as_ref().unwrap().body;
                assert!(FILE.repeat(LARGE).starts_with(sent), "{run:?}");
            }
            _ => assert!(run.token().is_none(), "{run:?}"),
        }
        assert_eq!(*after, expected, "{run:?}");
        silent
    }
}

/// Asserts that an answer shows nothing from inside, except for a new session's cookie.
#[track_caller]
fn tells_nothing(ground: &Ground, run: &Run, token: &str) {
    let Some(answer) = &run.answer else { return };
    let folder = ground.site.path("");
    // The host's own name, which a page without a title shows.
    let mut told = answer.shown().replace("site.example", "");
    for (name, value) in &answer.headers {
        if name != "set-cookie" {
            told += value;
        }
    }
    for inside in [
        folder.to_str().unwrap(),
        token,
        &row_of(token),
        ".sqlite",
        "site",
        "secret",
    ] {
        assert!(!told.contains(inside), "{inside}: {told}");
    }
}

#[derive(Default)]
struct Tally {
    faults: usize,
    statuses: BTreeMap<(Visit, u16), usize>,
    /// Sign-ins and sign-outs that were done and not told.
    silent: BTreeMap<(Visit, u16), Vec<String>>,
}

impl Tally {
    /// `false` if there is no such call to fail.
    fn torture(&mut self, ground: &Ground, visit: Visit, fault: &Fault) -> bool {
        let (program, token) = visit.prepare(ground);
        let before = ground.rows();
        // The last one printed is the one that failed.
        eprint!("{visit:?} {fault:?}");
        let run = inject(&program, &ground.site.path("trace"), fault);
        if let Some(run) = &run {
            eprintln!(" {}", run.status());
            self.faults += 1;
            ground.serves();
            if is_whole() || self.faults.is_multiple_of(SIGN_IN_EVERY) {
                ground.signs_in();
            }
            tells_nothing(ground, run, &token);
            if visit.is_kept(&token, run, &before, &ground.rows()) {
                let Fault { call, how, number } = fault;
                let said_to_have_failed = run.status() >= 500;
                // The kernel cannot fail to tell a limit: a debug build of `rustix` panics there, no other does.
                let cannot_fail = cfg!(debug_assertions) && call == "prlimit64";
                assert!(
                    !said_to_have_failed || cannot_fail || COMMITS.contains(&call.as_str()),
                    "done, and said to have failed: {run:?}"
                );
                let silent = self.silent.entry((visit, run.status())).or_default();
                silent.push(format!("{call} {number} {how}"));
            }
            *self.statuses.entry((visit, run.status())).or_default() += 1;
            ground.is_whole();
        } else {
            eprintln!(" -");
        }
        ground.clean();
        run.is_some()
    }
}

/// Each call that a trace shows, failing in each way, until there is no further one.
fn torture_all(ground: &Ground) -> Tally {
    let mut tally = Tally::default();
    for visit in VISITS {
        let (program, _) = visit.prepare(ground);
        for call in calls(&program, &ground.site.path("trace")).into_keys() {
            for how in faults(&call) {
                let fault = |number| Fault {
                    call: call.clone(),
                    how,
                    number,
                };
                let end = (1..MOST).find(|&number| !tally.torture(ground, visit, &fault(number)));
                assert!(end.is_some(), "{call} has no end");
            }
        }
    }
    tally
}

/// As many of them as are soon done, the same in each run and of every kind, and the end in each write.
fn torture_some(ground: &Ground) -> Tally {
    let mut every = Vec::new();
    for visit in VISITS {
        let (program, _) = visit.prepare(ground);
        for (call, count) in calls(&program, &ground.site.path("trace")) {
            for how in faults(&call) {
                every.extend((1..=count).map(|number| {
                    let call = call.clone();
                    (visit, Fault { call, how, number })
                }));
            }
        }
    }
    let mut tally = Tally::default();
    let every_so_many = every.len().div_ceil(SAMPLE);
    for (index, (visit, fault)) in every.iter().enumerate() {
        let ends_in_a_write = fault.how == KILL && WRITES.contains(&fault.call.as_str());
        if ends_in_a_write || index.is_multiple_of(every_so_many) {
            tally.torture(ground, *visit, fault);
        }
    }
    // A thread may make a call less in another run.
    assert!(tally.faults > SAMPLE / 2, "{} faults", tally.faults);
    tally
}

fn torture(store: &str, ground: &Ground) {
    let began = Instant::now();
    let tally = if is_whole() {
        torture_all(ground)
    } else {
        torture_some(ground)
    };
    println!(
        "{store}: {} faults in {:?}; answers {:?}; done and not told {:#?}",
        tally.faults,
        began.elapsed(),
        tally.statuses,
        tally.silent
    );
    ground.signs_in();
}

#[test]
#[ignore = "needs strace with CAP_SYS_PTRACE: tests/run installs it"]
fn on_sqlite_every_call_may_fail() {
    torture("SQLite", &Ground::sqlite());
}

#[test]
#[ignore = "needs mariadbd and strace with CAP_SYS_PTRACE: tests/run installs and runs them"]
fn on_mariadb_every_call_may_fail() {
    torture("MariaDB", &Ground::mariadb());
}
