//! One run under a fault: what came back, how long it took, what was logged.

use std::fmt;
use std::thread;
use std::time::{Duration, Instant};

use super::{Answer, PASSWORD, Program};

/// How long a process lives at most, whatever hangs: 5 s, and some more on a busy machine.
pub const OLDEST: Duration = Duration::from_secs(6);

pub struct Run {
    /// `None`: not a byte was written, for which a server says 500.
    pub answer: Option<Answer>,
    pub log: String,
    pub took: Duration,
}

/// Shows what a failing test needs: a page is mostly style sheet.
impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} after {:?}", self.status(), self.took)?;
        if let Some(answer) = &self.answer {
            let body = answer.body.split("<main>").nth(1).unwrap_or(&answer.body);
            write!(f, " {:?} {body:?}", answer.header("Set-Cookie").is_some())?;
        }
        write!(f, "\nlog: {}", self.log)
    }
}

impl Run {
    /// Runs it. What is written must be nothing, or one whole answer, which [`Answer`] checks.
    #[track_caller]
    pub fn of(program: &Program) -> Self {
        let began = Instant::now();
        let output = program.output();
        let took = began.elapsed();
        let log = String::from_utf8(output.stderr).expect("the log is text");
        let answer = (!output.stdout.is_empty()).then(|| {
            let text = output.stdout.clone();
            if let Some(file) = Answer::of_a_file(&text, &log) {
                return file;
            }
            Answer::read(text, log.clone(), false).unwrap_or_else(|why| panic!("{why}\n{log}"))
        });
        let run = Self { answer, log, took };
        assert!(took < OLDEST, "{run:?}");
        run.keeps_its_secrets();
        run
    }

    /// The answer's status; 0 where there is none.
    pub fn status(&self) -> u16 {
        self.answer.as_ref().map_or(0, |answer| answer.status)
    }

    #[track_caller]
    pub fn is(&self, status: u16) {
        assert_eq!(self.status(), status, "{self:?}");
    }

    /// The token of the cookie, if one is set and not removed.
    pub fn token(&self) -> Option<String> {
        let (token, _) = self.answer.as_ref()?.cookie()?;
        (!token.is_empty()).then(|| token.to_owned())
    }

    /// Asserts that the log has exactly these lines, each with this text in it.
    #[track_caller]
    pub fn logs(&self, expected: &[&str]) {
        let lines: Vec<_> = self.log.lines().collect();
        assert_eq!(lines.len(), expected.len(), "{self:?}");
        for (line, expected) in lines.iter().zip(expected) {
            assert!(line.contains(expected), "no {expected:?}: {self:?}");
        }
    }

    /// Asserts a 503 that leaves the cookie alone, and one line of log with the id that the page shows.
    #[track_caller]
    pub fn is_unavailable(&self) {
        self.is(503);
        self.logs(&["event=failed id="]);
        let answer = self.answer.as_ref().unwrap();
        let wait = answer.header("Retry-After").unwrap();
        assert!(wait.bytes().all(|b| b.is_ascii_digit()), "{self:?}");
        assert!(answer.header("Set-Cookie").is_none(), "{self:?}");
        let (_, rest) = self.log.split_once("id=").unwrap();
        let id = rest.split(' ').next().unwrap();
        assert!(answer.body.contains(id), "{self:?}");
        let why = rest.split_once("why=").unwrap().1.trim();
        assert!(!answer.body.contains(why.trim_matches('"')), "{self:?}");
    }

    #[track_caller]
    pub fn says_not_signed_out(&self) {
        let body = &self.answer.as_ref().unwrap().body;
        assert!(body.contains("You are not signed out yet"), "{self:?}");
    }

    #[track_caller]
    pub fn took_from_to(&self, from: u64, to: u64) {
        let range = Duration::from_millis(from)..Duration::from_millis(to);
        assert!(range.contains(&self.took), "not {range:?}: {self:?}");
    }

    /// Asserts that no password of a user or of the database, no token and no digest is in the log or, except for the
    /// cookie, in the answer.
    #[track_caller]
    fn keeps_its_secrets(&self) {
        let body = self.answer.as_ref().map_or("", |answer| &answer.body);
        for (place, text) in [("log", self.log.as_str()), ("body", body)] {
            for secret in [PASSWORD, "secret@/:%", "secret%40", "$argon2id"] {
                assert!(!text.contains(secret), "{place} has {secret}: {self:?}");
            }
            // Paths of the standard library in the log have the compiler's commit in them.
            let mut words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '/'));
            let secret =
                |word: &str| word.len() > 32 && word.bytes().all(|b| b.is_ascii_hexdigit());
            assert!(!words.any(secret), "{place}: {self:?}");
        }
    }
}

/// Runs all programs at once, and returns their runs in the same order.
pub fn at_once(programs: &[Program]) -> Vec<Run> {
    thread::scope(|scope| {
        let runs: Vec<_> = programs
            .iter()
            .map(|program| scope.spawn(|| Run::of(program)))
            .collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    })
}
