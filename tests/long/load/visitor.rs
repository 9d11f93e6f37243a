//! One visitor on one connection, who remembers every session they had and whose it was.

use std::ops::AddAssign;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::client::{Answer, Client};
use super::{ACCOUNTS_EACH, PASSWORD, login_name};
use crate::harness::encoded;

#[derive(Debug, Default, Clone, Copy)]
pub struct Tally {
    pub checks: usize,
    pub sign_ins: usize,
    pub sign_outs: usize,
    /// Checks with a session that was ended.
    pub refused: usize,
    longest: Duration,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.checks += other.checks;
        self.sign_ins += other.sign_ins;
        self.sign_outs += other.sign_outs;
        self.refused += other.refused;
        self.longest = self.longest.max(other.longest);
    }
}

/// A session that was opened.
#[derive(Clone)]
struct Opened {
    token: String,
    user: String,
}

pub struct Visitor {
    client: Client,
    number: usize,
    open: Vec<Opened>,
    ended: Vec<String>,
    pub tally: Tally,
}

impl Visitor {
    /// Of a hundred requests, two sign in, two sign out, four come with a session that is over. Who
    /// signs in has the slot meanwhile.
    pub fn stay(client: Client, number: usize, slot: &Mutex<()>, until: Instant) -> Self {
        let mut visitor = Self {
            client,
            number,
            open: Vec::new(),
            ended: Vec::new(),
            tally: Tally::default(),
        };
        let mut turn = number * 3;
        while Instant::now() < until {
            let signs_in = visitor.open.is_empty() || turn.is_multiple_of(50);
            match turn % 50 {
                _ if signs_in => {
                    let _mine = slot.lock().unwrap();
                    visitor.sign_in();
                }
                25 => visitor.sign_out(),
                10 | 40 if !visitor.ended.is_empty() => {
                    let token = visitor.ended[turn % visitor.ended.len()].clone();
                    visitor.is_refused(&token);
                }
                _ => {
                    let session = visitor.open[turn % visitor.open.len()].clone();
                    visitor.is_let_in(&session);
                }
            }
            turn += 1;
        }
        visitor
    }

    /// Every session that was opened and not ended is signed in, every other is not; how many are.
    #[track_caller]
    pub fn is_told_the_truth(&mut self) -> usize {
        for session in self.open.clone() {
            self.is_let_in(&session);
        }
        for token in self.ended.clone() {
            self.is_refused(&token);
        }
        self.open.len()
    }

    #[track_caller]
    fn is_let_in(&mut self, session: &Opened) {
        let answer = self.ask("GET", "protected", &session.token, "");
        is(&answer, 200);
        assert!(answer.body.contains(&session.user), "{}", answer.body);
        self.tally.checks += 1;
    }

    #[track_caller]
    fn is_refused(&mut self, token: &str) {
        is(&self.ask("GET", "protected", token, ""), 401);
        self.tally.refused += 1;
    }

    #[track_caller]
    fn sign_in(&mut self) {
        // One after the other, so that no account signs in too often.
        let account = self.tally.sign_ins % ACCOUNTS_EACH;
        let user = login_name(self.number, account);
        let fields = encoded(&[("login_name", &user), ("password", PASSWORD)]);
        let answer = self.ask("POST", "login", "", &fields);
        is(&answer, 303);
        let cookie = answer
            .head
            .split("set-cookie: cgi-session=")
            .nth(1)
            .unwrap();
        let (token, _) = cookie.split_once(';').unwrap();
        assert_eq!(token.len(), 40, "{}", answer.head);
        self.open.push(Opened {
            token: token.to_owned(),
            user,
        });
        self.tally.sign_ins += 1;
    }

    #[track_caller]
    fn sign_out(&mut self) {
        let session = self.open.remove(0);
        is(&self.ask("POST", "logout", &session.token, ""), 303);
        self.ended.push(session.token);
        self.tally.sign_outs += 1;
    }

    fn ask(&mut self, method: &str, program: &str, token: &str, body: &str) -> Answer {
        let cookie = if token.is_empty() {
            String::new()
        } else {
            format!("Cookie: cgi-session={token}\r\n")
        };
        let about = if method == "POST" {
            let length = body.len();
            format!(
                "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n"
            )
        } else {
            String::new()
        };
        // Nor does a client sign in too often.
        let (visitor, turn) = (self.number, self.tally.sign_ins % ACCOUNTS_EACH);
        let request = format!(
            "{method} /cgi-bin/{program} HTTP/1.1\r\nHost: localhost\r\n\
             X-Forwarded-For: 10.{visitor}.{turn}.1\r\n{cookie}{about}\r\n{body}"
        );
        let began = Instant::now();
        let answer = self.client.ask(&request).unwrap();
        self.tally.longest = self.tally.longest.max(began.elapsed());
        answer
    }
}

#[track_caller]
fn is(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{}{}", answer.head, answer.body);
}
