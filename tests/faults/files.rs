//! SQLite's file: left by a killed writer, locked, read-only, damaged.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::thread;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, ffi};

use super::place::{Place, at_once};
use super::run::Run;
use crate::server::user;

impl Place {
    /// The journal that a writer keeps while it writes.
    fn journal(&self) -> std::path::PathBuf {
        self.path("state/sessions.sqlite-journal")
    }
}

/// A writer that is killed has written some pages, and leaves what was in them in its journal. Its
/// files are copied while it is at it, with no lock on the copies: the same as if it had died.
pub fn killed_writer(place: &Place) {
    for _ in 0..50 {
        place.token();
    }
    let writer = Connection::open(place.file()).unwrap();
    // So little that it writes before it commits.
    writer
        .execute_batch(
            "PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN; \
            UPDATE users SET password = 'half', password_changed_at = 0; \
            UPDATE sessions SET user_agent = hex(randomblob(2000)), expires_at = 0;",
        )
        .unwrap();
    let files = [place.file(), place.journal()];
    let copies = files.map(|file| fs::read(file).unwrap());
    drop(writer);
    fs::write(place.file(), &copies[0]).unwrap();
    fs::write(place.journal(), &copies[1]).unwrap();
}

#[test]
fn a_killed_writer_is_rolled_back_by_whoever_comes_next() {
    for what in 0..3 {
        let place = Place::sqlite();
        let token = place.token();
        killed_writer(&place);
        assert!(journal_is_hot(&place));

        let [first, second] = match what {
            0 => [place.protected(&token), place.sign_in()],
            1 => [place.sign_in(), place.protected(&token)],
            _ => [place.sign_out(&token), place.sign_in()],
        };
        let run = Run::of(&first);
        run.is(if what == 0 { 200 } else { 303 });
        Run::of(&second).is(if what == 1 { 200 } else { 303 });

        assert!(!place.journal().exists());
        place.is_sound();
    }
}

/// What a reader alone could do about it: nothing.
fn journal_is_hot(place: &Place) -> bool {
    let reader = Connection::open_with_flags(place.file(), OpenFlags::SQLITE_OPEN_READ_ONLY);
    let read = reader
        .unwrap()
        .query_row("SELECT 1 FROM users", [], |_| Ok(()));
    let why = read.expect_err("there is nothing to roll back");
    why.sqlite_error().unwrap().extended_code == ffi::SQLITE_READONLY_ROLLBACK
}

/// A reader who may not write cannot, and says so.
#[test]
fn a_killed_writer_and_a_read_only_folder_are_a_fault() {
    let place = Place::sqlite();
    let token = place.token();
    killed_writer(&place);
    place.give();
    user::give(&place.journal(), 0o600);
    let before = fs::read(place.file()).unwrap();
    mode(&place.file(), 0o400);
    mode(&place.path("state"), 0o500);

    let run = Run::of(&place.as_www_data(&place.protected(&token), "protected"));

    run.is_unavailable();
    mode(&place.path("state"), 0o700);
    mode(&place.file(), 0o600);
    assert_eq!(fs::read(place.file()).unwrap(), before);
    place.works(&token);
}

/// All three wait for another's lock, but not longer than three seconds.
#[test]
fn a_busy_file_is_waited_for_three_seconds() {
    let place = Place::sqlite();
    let token = place.token();
    let other = Connection::open(place.file()).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    for run in place.is_unavailable(&token) {
        run.took_from_to(2900, 4200);
    }
    other.execute_batch("COMMIT").unwrap();
    place.works(&token);

    // One writer keeps others from writing, and nobody from reading.
    let token = place.token();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    place.is_read_only(&token);
    drop(other);
    place.works(&token);
}

#[test]
fn a_file_that_is_free_in_time_is_no_fault() {
    let place = Place::sqlite();
    let (token, other_token) = (place.token(), place.token());
    let other = Connection::open(place.file()).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let letting_go = thread::spawn(move || {
        thread::sleep(Duration::from_secs(1));
        drop(other);
    });
    let [protected, sign_in, sign_out] = place.three_with(&token, &other_token);
    letting_go.join().unwrap();
    protected.is(200);
    sign_in.is(303);
    sign_out.is(303);
}

/// Two waits make six seconds, and the deadline comes first.
#[test]
fn a_file_that_is_busy_twice_is_left_to_the_deadline() {
    let place = Place::sqlite();
    let token = place.token();
    let other = Connection::open(place.file()).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let letting_readers_in = thread::spawn(move || {
        thread::sleep(Duration::from_millis(2500));
        other.execute_batch("COMMIT; BEGIN IMMEDIATE").unwrap();
        other
    });
    let programs = [place.protected(&token), place.sign_in()];
    let [protected, sign_in] = at_once(&programs).try_into().unwrap();
    drop(letting_readers_in.join().unwrap());
    sign_in.is_unavailable();
    sign_in.took_from_to(4900, 6000);
    // A visit's time is not worth the second wait.
    protected.is(200);
    protected.logs(&["event=touch_failed"]);
    protected.took_from_to(2500, 4500);
    place.works(&token);
}

/// Root may write what nobody may, so another user runs these.
fn as_www_data_three(place: &Place, token: &str) -> Vec<Run> {
    at_once(&[
        place.as_www_data(&place.protected(token), "protected"),
        place.as_www_data(&place.sign_in(), "login"),
        place.as_www_data(&place.sign_out(token), "logout"),
    ])
}

fn mode(path: &std::path::Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_read_only_file_or_folder_serves_and_never_says_signed_out() {
    for (file, folder) in [(0o400, 0o700), (0o600, 0o500), (0o400, 0o500)] {
        let place = Place::sqlite();
        let token = place.token();
        place.give();
        mode(&place.file(), file);
        mode(&place.path("state"), folder);
        let before = fs::read(place.file()).unwrap();

        let runs = as_www_data_three(&place, &token);

        runs[0].is(200);
        runs[0].logs(&["event=touch_failed"]);
        runs[1].is_unavailable();
        runs[2].is_unavailable();
        runs[2].says_not_signed_out();
        assert_eq!(fs::read(place.file()).unwrap(), before);
        mode(&place.path("state"), 0o700);
        mode(&place.file(), 0o600);
        place.works(&token);
    }
}

/// Not one byte is written to it, and nothing is made beside it.
#[test]
fn a_damaged_file_is_a_fault_and_never_made_again() {
    let place = Place::sqlite();
    let token = place.token();
    for _ in 0..50 {
        place.token();
    }
    let whole = fs::read(place.file()).unwrap();
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
        fs::write(place.file(), &bytes).unwrap();

        place.is_unavailable(&token);

        assert_eq!(fs::read(place.file()).unwrap(), bytes, "{damage}");
        assert_eq!(fs::read_dir(place.path("state")).unwrap().count(), 1);
    }
    fs::remove_file(place.file()).unwrap();
    place.is_unavailable(&token);
    assert!(!place.file().exists());

    fs::create_dir(place.file()).unwrap();
    mode(&place.file(), 0o700);
    place.is_unavailable(&token);
    fs::remove_dir(place.file()).unwrap();

    fs::write(place.file(), &whole).unwrap();
    mode(&place.file(), 0o600);
    place.works(&token);
}

/// A file that others may read has hashes in it that others may try.
#[test]
fn a_file_that_is_open_to_others_is_refused() {
    let place = Place::sqlite();
    let token = place.token();
    for open in [0o604, 0o602, 0o606, 0o666] {
        mode(&place.file(), open);
        for run in place.three(&token) {
            run.is(500);
            run.logs(&["use 0600"]);
        }
    }
    mode(&place.file(), 0o600);
    place.works(&token);
}

impl Place {
    /// SQLite's own check of the whole file, and ours of the rows.
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
