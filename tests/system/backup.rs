//! The commands of `cgi-session help backup`, run as they stand there, while people sign in.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use mysql::prelude::Queryable as _;
use tempfile::TempDir;

use crate::harness::Site;
use crate::harness::database::DatabaseServer as _;
use crate::harness::database::mariadb::Mariadb;
use crate::harness::readme::{help_blocks, substitute};

/// Runs a block. Each of its commands must succeed, without a word on stderr.
fn run(block: &str) {
    let mut shell = Command::new("bash");
    shell.args(["-o", "pipefail", "-euc", block]);
    let output = shell.output().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.success() && errors.is_empty(),
        "{block}{errors}"
    );
}

/// Runs `block` at least so many times, while two users sign in as fast as they can, twenty times or more in all.
/// Returns the statuses of their answers.
///
/// `forget` empties the table of tries now and then, because an account may sign in only so often.
fn beside_sign_ins(
    site: &Site,
    forget: &(dyn Fn() + Sync),
    times: usize,
    block: &dyn Fn(usize),
) -> Vec<u16> {
    let (stop, done) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        let visitors = [(); 2].map(|()| {
            scope.spawn(|| {
                let mut answers = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    if answers.len() % 10 == 9 {
                        forget();
                    }
                    answers.push(site.login().answer_whatever_is_logged().status);
                    done.fetch_add(1, Ordering::Relaxed);
                }
                answers
            })
        });
        let ran = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let enough = |n: usize| n >= times && done.load(Ordering::Relaxed) >= 20;
            let mut n = 0;
            while !enough(n) {
                block(n);
                n += 1;
            }
        }));
        stop.store(true, Ordering::Relaxed);
        let answers = visitors
            .into_iter()
            .flat_map(|visitor| visitor.join().unwrap());
        let answers = answers.collect();
        ran.unwrap();
        answers
    })
}

/// `cgi-session --config FILE`, for a block.
fn program(site: &Site) -> String {
    let program = env!("CARGO_BIN_EXE_cgi-session");
    format!(
        "{program} --config {} ",
        site.path("cgi-session.toml").display()
    )
}

/// Asserts that the session that ended after the copy is not back, and that everything works.
fn nobody_is_back(site: &Site, token: &str) {
    assert!(!site.has(token), "a session that was ended is back");
    assert_eq!(site.sessions(), 0);
    site.works(&site.token());
}

fn served(answers: &[u16]) {
    let refused = answers.iter().filter(|status| **status != 303).count();
    eprintln!("{} sign-ins, {refused} refused", answers.len());
    assert!(refused == 0 && answers.len() >= 20, "{answers:?}");
}

#[test]
fn sqlite_is_copied_and_put_back_while_people_sign_in() {
    let [copy, back, _, _] = help_blocks("backup");
    let site = Site::with_many_tries();
    let forget = || site.execute("DELETE FROM attempts");
    let folder = TempDir::new().unwrap();
    let backup = |n: usize| folder.path().join(format!("{n}.sqlite"));
    let ours = |block: &str, copy: &Path| {
        let file = site.file().display().to_string();
        substitute(
            block,
            &[
                ("/var/lib/cgi-session/sessions.sqlite", &*file),
                ("/var/backups/sessions.sqlite", copy.to_str().unwrap()),
            ],
        )
    };
    let token = site.token();

    let answers = beside_sign_ins(&site, &forget, 10, &|n| run(&ours(&copy, &backup(n))));
    served(&answers);
    site.logout(&token).answer_whatever_is_logged();
    assert!(!site.has(&token));
    let back = substitute(
        &ours(&back, &backup(0)),
        &[("cgi-session ", &program(&site))],
    );
    let answers = beside_sign_ins(&site, &forget, 3, &|_| run(&back));
    served(&answers);

    run(&back);
    nobody_is_back(&site, &token);
}

#[test]
#[ignore = "needs mariadbd: tests/run installs and runs it"]
fn mariadb_is_copied_and_put_back_while_people_sign_in() {
    let [_, _, copy, back] = help_blocks("backup");
    let mariadb = Mariadb::shared();
    let database = mariadb.database();
    let site = Site::on(&database, &database.url());
    let root = format!(
        "mysql://root@localhost/?socket={}",
        mariadb.socket().display()
    );
    let name = database.sql("SELECT DATABASE()");
    let forget = || {
        let mut root = mysql::Conn::new(&*root).unwrap();
        // While a copy is put back it may be gone.
        let _ = root.query_drop(format!("DELETE FROM {}.attempts", name.trim()));
    };
    let folder = TempDir::new().unwrap();
    let backup: PathBuf = folder.path().join("site.sql");
    let options = format!(
        "--no-defaults --user=root --socket={}",
        mariadb.socket().display()
    );
    let copy = substitute(
        &copy,
        &[
            ("mariadb-dump ", &format!("mariadb-dump {options} ")),
            (" site ", &format!(" {} ", name.trim())),
            ("/var/backups/site.sql", backup.to_str().unwrap()),
        ],
    );
    let back = substitute(
        &back,
        &[
            (
                "mariadb site ",
                &format!("mariadb {options} {} ", name.trim()),
            ),
            ("/var/backups/site.sql", backup.to_str().unwrap()),
            ("cgi-session ", &program(&site)),
        ],
    );
    let token = site.token();

    let answers = beside_sign_ins(&site, &forget, 10, &|_| run(&copy));
    served(&answers);
    site.logout(&token).answer_whatever_is_logged();
    assert!(!site.has(&token));
    // For a moment tables are missing, or there and empty.
    let answers = beside_sign_ins(&site, &forget, 2, &|_| run(&back));
    assert!(
        answers
            .iter()
            .all(|status| matches!(status, 303 | 401 | 503)),
        "{answers:?}"
    );

    run(&back);
    nobody_is_back(&site, &token);
}
