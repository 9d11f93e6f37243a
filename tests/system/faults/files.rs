//! SQLite's file: left by a killed writer, locked, read-only, damaged.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::thread;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, ffi};

use crate::harness::user;
use crate::harness::{Run, Site, at_once};

impl Site {
    /// The journal that a writer keeps while it writes.
    fn journal(&self) -> std::path::PathBuf {
        self.path("state/sessions.sqlite-journal")
    }
}

/// A writer that is killed has written some pages, and leaves their former contents in its journal. Copies of its files
/// in the middle of a transaction, which have no lock, are the same.
pub fn killed_writer(site: &Site) {
    for _ in 0..50 {
        site.token();
    }
    let writer = Connection::open(site.file()).unwrap();
    // So little that it writes before it commits.
    writer
        .execute_batch(
            "PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN; \
            UPDATE users SET password = 'half', password_changed_at = 0; \
            UPDATE sessions SET user_agent = hex(randomblob(2000)), expires_at = 0;",
        )
        .unwrap();
    let files = [site.file(), site.journal()];
    let copies = files.map(|file| fs::read(file).unwrap());
    drop(writer);
    fs::write(site.file(), &copies[0]).unwrap();
    fs::write(site.journal(), &copies[1]).unwrap();
}

#[test]
fn a_killed_writer_is_rolled_back_by_whoever_comes_next() {
    for what in 0..3 {
        let site = Site::with_many_tries();
        let token = site.token();
        killed_writer(&site);
        assert!(journal_is_hot(&site));

        let [first, second] = match what {
            0 => [site.protected(&token), site.login()],
            1 => [site.login(), site.protected(&token)],
            _ => [site.logout(&token), site.login()],
        };
        let run = Run::of(&first);
        run.is(if what == 0 { 200 } else { 303 });
        Run::of(&second).is(if what == 1 { 200 } else { 303 });

        assert!(!site.journal().exists());
        site.is_sound();
    }
}

/// Without write access, nobody can repair it.
fn journal_is_hot(site: &Site) -> bool {
    let reader = Connection::open_with_flags(site.file(), OpenFlags::SQLITE_OPEN_READ_ONLY);
    let read = reader
        .unwrap()
        .query_row("SELECT 1 FROM users", [], |_| Ok(()));
    let why = read.expect_err("there is nothing to roll back");
    why.sqlite_error().unwrap().extended_code == ffi::SQLITE_READONLY_ROLLBACK
}

/// A process that may not write cannot roll it back, and says so.
#[test]
fn a_killed_writer_and_a_read_only_folder_are_a_fault() {
    let site = Site::with_many_tries();
    let token = site.token();
    killed_writer(&site);
    site.give();
    user::give(&site.journal(), 0o600);
    let before = fs::read(site.file()).unwrap();
    mode(&site.file(), 0o400);
    mode(&site.path("state"), 0o500);

    let run = Run::of(&site.as_www_data(&site.protected(&token), "protected"));

    run.is_unavailable();
    mode(&site.path("state"), 0o700);
    mode(&site.file(), 0o600);
    assert_eq!(fs::read(site.file()).unwrap(), before);
    site.works(&token);
}

/// All three requests wait for a lock, but for at most three seconds.
#[test]
fn a_busy_file_is_waited_for_three_seconds() {
    let site = Site::with_many_tries();
    let token = site.token();
    let other = Connection::open(site.file()).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    for run in site.is_unavailable(&token) {
        run.took_from_to(2900, 4200);
    }
    other.execute_batch("COMMIT").unwrap();
    site.works(&token);

    // One writer keeps others from writing, and nobody from reading.
    let token = site.token();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    site.is_read_only(&token);
    drop(other);
    site.works(&token);
}

#[test]
fn a_file_that_is_free_in_time_is_no_fault() {
    let site = Site::with_many_tries();
    let (token, other_token) = (site.token(), site.token());
    let other = Connection::open(site.file()).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let letting_go = thread::spawn(move || {
        thread::sleep(Duration::from_secs(1));
        drop(other);
    });
    let [protected, sign_in, sign_out] = site.three_with(&token, &other_token);
    letting_go.join().unwrap();
    protected.is(200);
    sign_in.is(303);
    sign_out.is(303);
}

/// Two waits would take six seconds, so that the deadline comes first.
#[test]
fn a_file_that_is_busy_twice_is_left_to_the_deadline() {
    let site = Site::with_many_tries();
    let token = site.token();
    let other = Connection::open(site.file()).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let letting_readers_in = thread::spawn(move || {
        thread::sleep(Duration::from_millis(2500));
        other.execute_batch("COMMIT; BEGIN IMMEDIATE").unwrap();
        other
    });
    let programs = [site.protected(&token), site.login()];
    let [protected, sign_in] = at_once(&programs).try_into().unwrap();
    drop(letting_readers_in.join().unwrap());
    sign_in.is_unavailable();
    sign_in.took_from_to(4900, 6000);
    // A visit's time is not worth the second wait.
    protected.is(200);
    protected.logs(&["event=touch_failed"]);
    protected.took_from_to(2500, 4500);
    site.works(&token);
}

/// Root may write read-only files, so that another user runs these.
fn as_www_data_three(site: &Site, token: &str) -> Vec<Run> {
    at_once(&[
        site.as_www_data(&site.protected(token), "protected"),
        site.as_www_data(&site.login(), "login"),
        site.as_www_data(&site.logout(token), "logout"),
    ])
}

fn mode(path: &std::path::Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_read_only_file_or_folder_serves_and_never_says_signed_out() {
    for (file, folder) in [(0o400, 0o700), (0o600, 0o500), (0o400, 0o500)] {
        let site = Site::with_many_tries();
        let token = site.token();
        site.give();
        mode(&site.file(), file);
        mode(&site.path("state"), folder);
        let before = fs::read(site.file()).unwrap();

        let runs = as_www_data_three(&site, &token);

        runs[0].is(200);
        runs[0].logs(&["event=touch_failed"]);
        runs[1].is_unavailable();
        runs[2].is_unavailable();
        runs[2].says_not_signed_out();
        assert_eq!(fs::read(site.file()).unwrap(), before);
        mode(&site.path("state"), 0o700);
        mode(&site.file(), 0o600);
        site.works(&token);
    }
}

/// Not one byte of the file changes, and no file is created beside it.
#[test]
fn a_damaged_file_is_a_fault_and_never_made_again() {
    let site = Site::with_many_tries();
    let token = site.token();
    for _ in 0..50 {
        site.token();
    }
    let whole = fs::read(site.file()).unwrap();
    let with = |at: usize, bytes: &[u8]| {
        let mut damaged = whole.clone();
        damaged[at..at + bytes.len()].copy_from_slice(bytes);
        damaged
    };
    let page = usize::from(u16::from_be_bytes([whole[16], whole[17]]));
    let damages: [(&str, Vec<u8>); 8] = [
        ("no header", with(0, &[0; 100])),
        ("another format", with(0, b"SQLite format 9\0")),
        ("text", b"# not a database\n".repeat(1000)),
        (
            "no page but the first",
            with(page, &vec![0xa5; whole.len() - page]),
        ),
        ("half of it", whole[..whole.len() / 2].to_vec()),
        ("the header alone", whole[..100].to_vec()),
        ("one byte", whole[..1].to_vec()),
        ("nothing", Vec::new()),
    ];
    for (damage, bytes) in damages {
        eprintln!("{damage}");
        fs::write(site.file(), &bytes).unwrap();

        site.is_unavailable(&token);

        assert_eq!(fs::read(site.file()).unwrap(), bytes, "{damage}");
        assert_eq!(fs::read_dir(site.path("state")).unwrap().count(), 1);
    }
    fs::remove_file(site.file()).unwrap();
    site.is_unavailable(&token);
    assert!(!site.file().exists());

    fs::create_dir(site.file()).unwrap();
    mode(&site.file(), 0o700);
    site.is_unavailable(&token);
    fs::remove_dir(site.file()).unwrap();

    fs::write(site.file(), &whole).unwrap();
    mode(&site.file(), 0o600);
    site.works(&token);
}

/// If others may read the file, they can try passwords against its hashes.
#[test]
fn a_file_that_is_open_to_others_is_refused() {
    let site = Site::with_many_tries();
    let token = site.token();
    for open in [0o604, 0o602, 0o606, 0o666] {
        mode(&site.file(), open);
        for run in site.three(&token) {
            run.is(500);
            run.logs(&["use 0600"]);
        }
    }
    mode(&site.file(), 0o600);
    site.works(&token);
}

impl Site {
    /// Asserts what SQLite's own check of the file says, and that the rows fit each other.
    #[track_caller]
    pub fn is_sound(&self) {
        let connection = Connection::open(self.file()).unwrap();
        let check = "PRAGMA integrity_check";
        let found: Result<String, _> = connection.query_row(check, [], |row| row.get(0));
        assert_eq!(found.unwrap(), "ok");
        let wrong = "SELECT COUNT(*) FROM sessions WHERE user_id IS NULL OR expires_at = 0 \
            OR user_id NOT IN (SELECT id FROM users)";
        let count: i64 = connection.query_row(wrong, [], |row| row.get(0)).unwrap();
        assert_eq!(count, 0);
        let locked = connection.execute_batch("BEGIN EXCLUSIVE; COMMIT");
        let busy = locked.map_err(|why| why.sqlite_error_code());
        assert_ne!(busy, Err(Some(ErrorCode::DatabaseBusy)), "a lock is left");
    }
}
