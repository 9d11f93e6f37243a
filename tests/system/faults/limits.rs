//! Limits of the process: it answers, or answers 503, or not at all, but never in half.

use crate::harness::Program;
use crate::harness::Run;
use crate::harness::Site;

/// What must hold under any limit: a valid token is never told to sign in, a right password never that it is wrong, and
/// no answer claims what did not happen.
pub struct Promises {
    token: String,
    before: usize,
}

impl Promises {
    pub fn new(site: &Site) -> Self {
        Self {
            token: site.token(),
            before: site.sessions(),
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
    pub fn kept_by_sign_in(&self, site: &Site, run: &Run) {
        assert!([0, 303, 500, 503].contains(&run.status()), "{run:?}");
        let new = site.sessions() - self.before;
        match run.token() {
            Some(token) => assert!(site.has(&token) && new == 1, "{run:?}"),
            // Of a commit that nobody heard of there is a row, of which nobody has the token.
            None => assert!(run.status() != 303 && new <= 1, "{run:?}"),
        }
    }

    #[track_caller]
    pub fn kept_by_sign_out(&self, site: &Site, run: &Run) {
        assert!([0, 303, 500, 503].contains(&run.status()), "{run:?}");
        assert!(run.status() != 303 || !site.has(&self.token), "{run:?}");
    }
}

/// Runs the three under a limit, one after the other, and returns their statuses.
fn under(site: &Site, limit: &str) -> [u16; 3] {
    let run = |program: &Program| Run::of(&program.under(&["prlimit", limit]));
    let promises = Promises::new(site);
    let check = run(&site.protected(promises.token()));
    Promises::kept_by_check(&check);
    let sign_in = run(&site.login());
    promises.kept_by_sign_in(site, &sign_in);
    let sign_out = run(&site.logout(promises.token()));
    promises.kept_by_sign_out(site, &sign_out);
    site.is_sound();
    site.execute("DELETE FROM sessions");
    [check.status(), sign_in.status(), sign_out.status()]
}

#[test]
fn little_memory_signs_nobody_in_by_mistake() {
    let site = Site::with_many_tries();
    let mut seen = Vec::new();
    for megabytes in (2..40).step_by(3).chain((40..200).step_by(20)) {
        let statuses = under(&site, &format!("--as={}", megabytes << 20));
        eprintln!("{megabytes} MB: {statuses:?}");
        seen.push(statuses);
    }
    assert_eq!(seen[0], [0, 0, 0], "not limited");
    assert_eq!(seen.last(), Some(&[200, 303, 303]), "limited");
}

#[test]
fn few_files_sign_nobody_in_by_mistake() {
    let site = Site::with_many_tries();
    let mut seen = Vec::new();
    for files in 0..16 {
        let statuses = under(&site, &format!("--nofile={files}"));
        eprintln!("{files} files: {statuses:?}");
        seen.push(statuses);
    }
    assert!(
        !seen[3].contains(&200) && !seen[3].contains(&303),
        "not limited"
    );
    assert_eq!(seen.last(), Some(&[200, 303, 303]), "limited");
}

/// The kernel kills a process that writes beyond the limit, in the middle of a transaction.
#[test]
fn small_files_sign_nobody_in_by_mistake() {
    let site = Site::with_many_tries();
    for bytes in [
        0, 1, 511, 512, 4095, 4096, 4608, 5000, 8192, 9000, 20_000, 60_000,
    ] {
        let statuses = under(&site, &format!("--fsize={bytes}"));
        eprintln!("{bytes} bytes: {statuses:?}");
    }
    let token = site.token();
    site.works(&token);
}

/// Deep recursion would crash on a small stack: none of the three recurses deeply.
#[test]
fn a_small_stack_is_enough() {
    let site = Site::with_many_tries();
    assert_eq!(under(&site, "--stack=262144"), [200, 303, 303]);
}
