//! The three requests under a fault: a check, a sign-in and a sign-out, and what all of them must say.

use crate::harness::{Run, Site, at_once};

impl Site {
    /// All three at once, in this order.
    pub fn three(&self, token: &str) -> [Run; 3] {
        self.three_with(token, token)
    }

    /// The same, where `other` may be signed out in the meantime.
    pub fn three_with(&self, token: &str, other: &str) -> [Run; 3] {
        let programs = [self.protected(token), self.login(), self.logout(other)];
        at_once(&programs).try_into().unwrap()
    }

    /// Asserts that none of the three gets an answer from the store, and returns what they say.
    #[track_caller]
    pub fn is_unavailable(&self, token: &str) -> [Run; 3] {
        let runs = self.three(token);
        for run in &runs {
            run.is_unavailable();
        }
        runs[2].says_not_signed_out();
        runs
    }

    /// Asserts what the three say if the store can only be read.
    #[track_caller]
    pub fn is_read_only(&self, token: &str) {
        let [protected, sign_in, sign_out] = self.three(token);
        protected.is(200);
        protected.logs(&["event=touch_failed"]);
        sign_in.is_unavailable();
        sign_out.is_unavailable();
        sign_out.says_not_signed_out();
    }

    /// Asserts that everything works once the fault is over, with the cookie from before it.
    #[track_caller]
    pub fn works(&self, token: &str) {
        Run::of(&self.protected(token)).is(200);
        let signed_in = Run::of(&self.login());
        signed_in.is(303);
        let new = signed_in.token().expect("a cookie");
        Run::of(&self.protected(&new)).is(200);
        Run::of(&self.logout(token)).is(303);
        Run::of(&self.protected(token)).is(401);
        Run::of(&self.protected(&new)).is(200);
    }
}
