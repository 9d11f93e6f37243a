//! A cluster with a site on it, whose programs are told of one node, or of all.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use cgi_session::model::{Digest, Token};
use mysql::Conn;
use mysql::prelude::Queryable as _;

use crate::harness::database::galera::Galera;
use crate::harness::database::{Database, DatabaseServer as _};
use crate::harness::{PASSWORD, Program, Run, Site, at_once};

/// Users of the site beside its first one, all with the same password: an account signs in 30 times in ten minutes.
const USERS: usize = 400;

/// Sign-ins of one user, and of one address, before it is the next one's turn.
const OF_USER: usize = 20;
const OF_ADDRESS: usize = 200;

/// The nodes.
pub const ALL: [usize; 3] = [0, 1, 2];

pub struct Cluster<'a> {
    pub galera: &'a Galera,
    pub site: Site,
    database: Database,
    sign_ins: AtomicUsize,
}

/// One request under load.
pub struct Visit {
    pub began: Instant,
    pub run: Run,
    /// What it must answer.
    pub expected: u16,
    /// Whether it may end in a commit whose outcome is not known.
    pub writes: bool,
}

impl<'a> Cluster<'a> {
    pub fn new(galera: &'a Galera) -> Self {
        let database = galera.node(0).database();
        let site = Site::on(&database, &database.tcp_url());
        let cluster = Self {
            galera,
            site,
            database,
            sign_ins: AtomicUsize::new(0),
        };
        cluster.write(
            0,
            &format!(
                "INSERT INTO users (login_name, password, created_at, password_changed_at) \
                WITH RECURSIVE numbers (number) AS \
                (SELECT 0 UNION ALL SELECT number + 1 FROM numbers WHERE number + 1 < {USERS}) \
                SELECT CONCAT('user', number), password, 0, 0 FROM users, numbers"
            ),
        );
        for node in ALL {
            let (node_url, strict_url) = (
                cluster.url(&[node], ""),
                cluster.url(&[node], "?sync=strict"),
            );
            cluster
                .site
                .write_configuration(&format!("node{node}"), &node_url, "");
            cluster
                .site
                .write_configuration(&format!("strict{node}"), &strict_url, "");
            // The tables are made by DDL, which other nodes apply a moment later.
            cluster.sql(
                node,
                "SET SESSION wsrep_sync_wait = 15; SELECT COUNT(*) FROM mysql.user",
            );
        }
        cluster
    }

    /// What `store` is set to.
    pub fn url(&self, order: &[usize], parameters: &str) -> String {
        format!("{}{parameters}", self.galera.url(&self.database, order))
    }

    fn through(&self, configuration: &str, program: &Program) -> Program {
        let path = self.site.path(&format!("{configuration}.toml"));
        program.set("CGI_SESSION_CONFIG", path)
    }

    /// A sign-in of the user, from the address, whose turn it is.
    fn next_sign_in(&self) -> Program {
        let number = self.sign_ins.fetch_add(1, Ordering::SeqCst);
        let user = format!("user{}", number / OF_USER % USERS);
        let address = format!("198.51.100.{}", number / OF_ADDRESS % 250 + 1);
        let form = [("login_name", user.as_str()), ("password", PASSWORD)];
        let program = self.site.program("login").post(&form);
        program.set("REMOTE_ADDR", address)
    }

    /// Signs in through a node; the token.
    #[track_caller]
    pub fn sign_in(&self, node: usize) -> String {
        let run = Run::of(&self.through(&format!("node{node}"), &self.next_sign_in()));
        run.is(303);
        run.token().expect("a cookie")
    }

    /// A sign-in that replaces the session of `token`.
    pub fn sign_in_with(&self, node: usize, token: &str) -> Program {
        self.through(&format!("node{node}"), &self.next_sign_in().cookie(token))
    }

    pub fn check(&self, node: usize, token: &str) -> Program {
        self.through(&format!("node{node}"), &self.site.protected(token))
    }

    /// With `sync=strict`.
    pub fn strict_check(&self, node: usize, token: &str) -> Program {
        self.through(&format!("strict{node}"), &self.site.protected(token))
    }

    pub fn sign_out(&self, node: usize, token: &str) -> Program {
        self.through(&format!("node{node}"), &self.site.logout(token))
    }

    /// How long it takes until all nodes say 401; at most `most`, and 0 where they say so when first asked.
    #[track_caller]
    pub fn ends_everywhere(&self, token: &str, most: Duration) -> Duration {
        let began = Instant::now();
        let mut asked = Duration::ZERO;
        loop {
            let runs = at_once(&ALL.map(|node| self.check(node, token)));
            if runs.iter().all(|run| run.status() == 401) {
                return asked;
            }
            asked = began.elapsed();
            assert!(asked < most, "still signed in after {asked:?}");
        }
    }

    /// A session that was seen long ago: its next check writes. Known to all nodes.
    pub fn old_session(&self) -> String {
        let token = self.site.token();
        for node in ALL {
            Run::of(&self.check(node, &token)).is(200);
        }
        let digest = Digest::from_token(&Token::parse(&token).unwrap());
        let back = format!(
            "UPDATE sessions SET seen_at = seen_at - 600 WHERE session = '{}'",
            digest.as_str()
        );
        self.write(0, &back);
        token
    }

    /// For how long each other node still has a row that was deleted through this node.
    pub fn lags(&self, node: usize, token: &str) -> Vec<Duration> {
        let digest = Digest::from_token(&Token::parse(token).unwrap());
        let row = format!("FROM sessions WHERE session = '{}'", digest.as_str());
        let others: Vec<_> = ALL.iter().filter(|other| **other != node).collect();
        let mut others: Vec<_> = others.into_iter().map(|other| self.root(*other)).collect();
        let mut own = self.root(node);
        // It has the row, too.
        own.query_drop("SET SESSION wsrep_sync_wait = 15").unwrap();
        own.query_drop(format!("DELETE {row}")).unwrap();
        assert_eq!(own.affected_rows(), 1);
        let began = Instant::now();
        let count = format!("SELECT COUNT(*) {row}");
        let lag = |other: &mut Conn| {
            while other.query_first(&count).unwrap() == Some(1) {
                assert!(began.elapsed() < Duration::from_secs(10), "still there");
            }
            began.elapsed()
        };
        others.iter_mut().map(lag).collect()
    }

    /// Statements as `root`, through a node.
    pub fn sql(&self, node: usize, statements: &str) -> String {
        self.galera.node(node).sql(statements)
    }

    /// In the site's database.
    pub fn write(&self, node: usize, statement: &str) {
        self.sql(node, &format!("USE {};{statement}", self.database.name));
    }

    fn root(&self, node: usize) -> Conn {
        let socket = self.galera.node(node).socket();
        let place = format!(
            "localhost/{}?socket={}",
            self.database.name,
            socket.display()
        );
        Conn::new(format!("mysql://root@{place}").as_str()).unwrap()
    }

    /// Until the answer is dropped, the node applies nothing of what the others commit.
    pub fn stop_applying(&self, node: usize) -> Conn {
        let mut connection = self.root(node);
        connection
            .query_drop("FLUSH TABLES WITH READ LOCK")
            .unwrap();
        connection
    }

    /// Until the answer is dropped, the row of `token` is another's on this node.
    pub fn hold(&self, node: usize, token: &str) -> Conn {
        let digest = Digest::from_token(&Token::parse(token).unwrap());
        let mut connection = self.root(node);
        connection.query_drop("START TRANSACTION").unwrap();
        let lock = format!(
            "SELECT * FROM sessions WHERE session = '{}' FOR UPDATE",
            digest.as_str()
        );
        connection.query_drop(lock).unwrap();
        connection
    }

    pub fn wait_for_a_lock(&self, node: usize) {
        let mut root = self.root(node);
        let waiting = "SELECT COUNT(*) FROM information_schema.innodb_trx \
            WHERE trx_state = 'LOCK WAIT' AND trx_query LIKE 'UPDATE sessions%'";
        let began = Instant::now();
        while root.query_first(waiting).unwrap() == Some(0) {
            // InnoDB refreshes this table only if it was not read for 100 ms.
            thread::sleep(Duration::from_millis(120));
            assert!(began.elapsed() < Duration::from_secs(10), "nobody waits");
        }
    }

    /// Writes and deletes rows through a node, many at once; how many.
    pub fn writes_until(&self, node: usize, done: &AtomicBool) -> u64 {
        let mut connection = self.root(node);
        let digests = (0..50).map(|row| format!("SHA2('load {node}.{row}', 256)"));
        let digests: Vec<_> = digests.collect();
        let insert = format!(
            "INSERT INTO sessions (session, created_at, seen_at, expires_at, remember) \
             VALUES ({}, 0, 0, 1, 0)",
            digests.join(", 0, 0, 1, 0), (")
        );
        let delete = format!(
            "DELETE FROM sessions WHERE session IN ({})",
            digests.join(", ")
        );
        let mut written = 0;
        while !done.load(Ordering::SeqCst) {
            for statement in [&delete, &insert] {
                // Another node's rows may lie in between: a conflict, and no concern of this test.
                if connection.query_drop(statement).is_ok() {
                    written += connection.affected_rows();
                }
                // Two cores, three nodes: without it, the nodes are ever further behind.
                thread::sleep(Duration::from_millis(10));
            }
        }
        written
    }

    /// Visits of a signed-in user. Every few rounds they sign in a second time, and sign that session out.
    pub fn visits_until(&self, token: &str, done: &AtomicBool) -> Vec<Visit> {
        let mut visits = Vec::new();
        let mut visit = |program: &Program, expected, writes| {
            let began = Instant::now();
            let run = Run::of(program);
            let new = run.token();
            visits.push(Visit {
                began,
                run,
                expected,
                writes,
            });
            new
        };
        let mut round = 0;
        while !done.load(Ordering::SeqCst) {
            visit(&self.site.protected(token), 200, false);
            if round % 8 == 0
                && let Some(new) = visit(&self.next_sign_in(), 303, true)
            {
                visit(&self.site.protected(&new), 200, false);
                visit(&self.site.logout(&new), 303, true);
            }
            round += 1;
        }
        visits
    }
}

/// Says that it is done when it is dropped. A failing test drops it, too; otherwise its threads would never end.
pub struct Done<'a>(pub &'a AtomicBool);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

pub fn median(times: &[Duration]) -> Duration {
    let mut times = times.to_vec();
    times.sort();
    times[times.len() / 2]
}
