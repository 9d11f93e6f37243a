//! A disk that is full: a small file system of its own, which only root can make.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use mysql::prelude::Queryable as _;

use super::place::Place;
use super::run::Run;
use super::server::root;
use crate::server::database::DatabaseServer as _;
use crate::server::mariadb::Mariadb;
use crate::server::user;

/// A file system in memory; it goes with this value.
struct Small(PathBuf);

impl Small {
    fn mount(at: &Path, size: &str) -> Self {
        let options = format!("size={size},mode=0777");
        let mut mount = Command::new("mount");
        let mount = mount.args(["-t", "tmpfs", "-o", &options, "cgi-session-test"]);
        assert!(mount.arg(at).status().unwrap().success(), "cannot mount");
        Self(at.to_owned())
    }

    /// Leaves no byte free.
    fn fill(&self) {
        let mut filler = File::create(self.0.join("filler")).unwrap();
        for size in [4096, 1] {
            while filler.write_all(&vec![0; size]).is_ok() {}
        }
    }

    fn free(&self) {
        fs::remove_file(self.0.join("filler")).unwrap();
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg("-l").arg(&self.0).status();
        assert!(unmounted.unwrap().success() || std::thread::panicking());
    }
}

/// Says so where there is no root.
fn can_mount() -> bool {
    if !user::is_root() {
        eprintln!("SKIPPED: A FULL DISK NEEDS A SMALL FILE SYSTEM, WHICH ONLY ROOT CAN MOUNT");
    }
    user::is_root()
}

#[test]
#[ignore = "needs root, and a mount of a small file system: tests/run says whether it was skipped"]
fn sqlite_on_a_full_disk_serves_and_never_says_signed_out() {
    if !can_mount() {
        return;
    }
    let place = Place::sqlite();
    let token = place.token();
    let whole = fs::read(place.file()).unwrap();
    let small = Small::mount(&place.path("state"), "512k");
    fs::set_permissions(&small.0, fs::Permissions::from_mode(0o700)).unwrap();
    crate::program::write_with_mode(&place.file(), "", 0o600);
    fs::write(place.file(), &whole).unwrap();

    small.fill();
    place.is_read_only(&token);
    place.is_sound();
    small.free();

    place.works(&token);
    drop(small);
}

/// InnoDB fills the pages that it has; then it wants another one.
/// `config check` by the web server's user: what it printed, or why it failed.
fn checked(place: &Place) -> Result<String, String> {
    place.give();
    let copy = place.path("cgi-session");
    if !copy.exists() {
        crate::server::site::place(Path::new(env!("CARGO_BIN_EXE_cgi-session")), &copy);
    }
    let mut check = Command::new(copy);
    check.arg("--config").arg(place.path("cgi-session.toml"));
    let output = user::become_it(check.args(["config", "check"]))
        .output()
        .unwrap();
    let (out, err) = (output.stdout, String::from_utf8(output.stderr).unwrap());
    if output.status.success() {
        Ok(String::from_utf8(out).unwrap())
    } else {
        Err(err)
    }
}

#[test]
#[ignore = "needs root, who mounts a small file system: tests/run says whether it was skipped"]
fn a_check_finds_a_disk_that_takes_no_writes_and_one_that_is_nearly_full() {
    if !can_mount() {
        return;
    }
    let place = Place::sqlite();
    let whole = fs::read(place.file()).unwrap();
    let good = checked(&place).unwrap();
    assert!(good.contains("answers, and takes writes\n"), "{good}");
    let small = Small::mount(&place.path("state"), "2m");
    fs::set_permissions(&small.0, fs::Permissions::from_mode(0o700)).unwrap();
    crate::program::write_with_mode(&place.file(), "", 0o600);
    fs::write(place.file(), &whole).unwrap();

    let little = checked(&place).unwrap();
    assert!(little.contains("BUT ITS DISK HAS ONLY "), "{little}");
    assert!(little.contains(" KIB LEFT: make room\n"), "{little}");
    small.fill();
    let full = checked(&place).unwrap_err();
    assert!(full.contains("cannot write, as a sign-in does"), "{full}");
    assert!(full.contains("disk is full"), "{full}");
    small.free();
    assert!(checked(&place).is_ok());
    let mut again = Command::new("mount");
    let again = again.args(["-o", "remount,ro"]).arg(&small.0).status();
    assert!(again.unwrap().success());
    let read_only = {
        let output =
            crate::program::administer(&place.path("cgi-session.toml"), &["config", "check"], "");
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(
        read_only.contains("is on a disk that is mounted read-only"),
        "{read_only}"
    );
    drop(small);
}

#[test]
#[ignore = "needs mariadbd, root, and a mount of a small file system: tests/run says whether it was skipped"]
fn a_server_on_a_full_disk_serves_and_opens_no_session() {
    if !can_mount() {
        return;
    }
    let mariadb = Mariadb::start(&[]);
    let database = mariadb.database();
    let name = database.sql("SELECT DATABASE()");
    let folder = mariadb.socket().with_file_name("data").join(name.trim());
    let small = Small::mount(&folder, "2m");
    let place = Place::server(&database, &database.url());
    let (token, other) = (place.token(), place.token());

    small.fill();
    let mut root = root(&mariadb);
    root.query_drop(format!("USE {name}")).unwrap();
    let row = "INSERT INTO sessions (session, created_at, seen_at, expires_at, remember, user_agent) \
        VALUES (SHA2(UUID(), 256), 0, 0, 0, 0, REPEAT('x', 200))";
    let mut refused = 0;
    while refused < 50 {
        refused = root.query_drop(row).map_or(refused + 1, |()| 0);
    }

    // A touch and an end need no page; a session may find room in one, but not for long.
    Run::of(&place.protected(&token)).is(200);
    let mut sign_ins = 0;
    let refused = loop {
        let run = Run::of(&place.sign_in());
        sign_ins += 1;
        match run.token() {
            Some(token) => assert!(place.has(&token) && sign_ins < 500),
            None => break run,
        }
    };
    refused.is_unavailable();
    assert!(refused.log.contains("is full"), "{refused:?}");
    let sign_out = Run::of(&place.sign_out(&other));
    match sign_out.status() {
        303 => assert!(!place.has(&other)),
        _ => sign_out.says_not_signed_out(),
    }
    eprintln!(
        "refused at sign-in {sign_ins}, sign-out {}",
        sign_out.status()
    );
    Run::of(&place.protected(&token)).is(200);
    small.free();

    place.works(&token);
    drop(small);
}
