//! Limits of the process: served, or a fault, or no answer at all, but never half of one.

use super::place::Place;
use super::run::Run;
use crate::program::Program;

/// What must hold whatever happens to one of the three: the right token is never told to sign in, the
/// right password never that it is wrong, and nothing is claimed that is not so.
pub struct Promises {
    token: String,
    before: usize,
}

impl Promises {
    pub fn new(place: &Place) -> Self {
        Self {
            token: place.token(),
            before: place.sessions(),
        }
    }

    pub fn token(&self) -> &str {
        &self.token
    }

    /// Of the protected page.
    #[track_caller]
    pub fn kept_by_check(run: &Run) {
        assert!([0, 200, 500, 503].contains(&run.status()), "{run:?}");
    }

    #[track_caller]
    pub fn kept_by_sign_in(&self, place: &Place, run: &Run) {
        assert!([0, 303, 500, 503].contains(&run.status()), "{run:?}");
        let new = place.sessions() - self.before;
        match run.token() {
            Some(token) => assert!(place.has(&token) && new == 1, "{run:?}"),
            // Of a commit that nobody heard of there is a row, of which nobody has the token.
            None => assert!(run.status() != 303 && new <= 1, "{run:?}"),
        }
    }

    #[track_caller]
    pub fn kept_by_sign_out(&self, place: &Place, run: &Run) {
        assert!([0, 303, 500, 503].contains(&run.status()), "{run:?}");
        assert!(run.status() != 303 || !place.has(&self.token), "{run:?}");
    }
}

/// The three under a limit, one after the other; their statuses.
fn under(place: &Place, limit: &str) -> [u16; 3] {
    let run = |program: &Program| Run::of(&program.under(&["prlimit", limit]));
    let promises = Promises::new(place);
    let check = run(&place.protected(promises.token()));
    Promises::kept_by_check(&check);
    let sign_in = run(&place.sign_in());
    promises.kept_by_sign_in(place, &sign_in);
    let sign_out = run(&place.sign_out(promises.token()));
    promises.kept_by_sign_out(place, &sign_out);
    place.is_sound();
    place.execute("DELETE FROM sessions");
    [check.status(), sign_in.status(), sign_out.status()]
}

#[test]
fn little_memory_signs_nobody_in_by_mistake() {
    let place = Place::sqlite();
    let mut seen = Vec::new();
    for megabytes in (2..40).step_by(3).chain((40..200).step_by(20)) {
        let statuses = under(&place, &format!("--as={}", megabytes << 20));
        eprintln!("{megabytes} MB: {statuses:?}");
        seen.push(statuses);
    }
    assert_eq!(seen[0], [0, 0, 0], "not limited");
    assert_eq!(seen.last(), Some(&[200, 303, 303]), "limited");
}

#[test]
fn few_files_sign_nobody_in_by_mistake() {
    let place = Place::sqlite();
    let mut seen = Vec::new();
    for files in 0..16 {
        let statuses = under(&place, &format!("--nofile={files}"));
        eprintln!("{files} files: {statuses:?}");
        seen.push(statuses);
    }
    assert!(
        !seen[3].contains(&200) && !seen[3].contains(&303),
        "not limited"
    );
    assert_eq!(seen.last(), Some(&[200, 303, 303]), "limited");
}

/// The kernel kills who writes more: in the middle of a transaction.
#[test]
fn small_files_sign_nobody_in_by_mistake() {
    let place = Place::sqlite();
    for bytes in [
        0, 1, 511, 512, 4095, 4096, 4608, 5000, 8192, 9000, 20_000, 60_000,
    ] {
        let statuses = under(&place, &format!("--fsize={bytes}"));
        eprintln!("{bytes} bytes: {statuses:?}");
    }
    let token = place.token();
    place.works(&token);
}

/// Deep calls would end in a crash: none of the three is deep.
#[test]
fn a_small_stack_is_enough() {
    let place = Place::sqlite();
    assert_eq!(under(&place, "--stack=262144"), [200, 303, 303]);
}
