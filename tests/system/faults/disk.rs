//! A full disk: a small file system that only root can mount.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use mysql::prelude::Queryable as _;

use super::server::root;
use crate::harness::Run;
use crate::harness::Site;
use crate::harness::database::DatabaseServer as _;
use crate::harness::database::mariadb::Mariadb;
use crate::harness::user;

/// A file system in memory, which is unmounted with this value.
struct Small(PathBuf);

impl Small {
    fn mount(at: &Path, size: &str) -> Self {
        let options = format!("size={size},mode=0777");
        let mut mount = Command::new("mount");
        let mount = mount.args(["-t", "tmpfs", "-o", &options, "cgi-session-test"]);
        assert!(mount.arg(at).status().unwrap().success(), "cannot mount");
        Self(at.to_owned())
    }

    /// Fills it to the last byte.
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

/// Says that a test is skipped if it does not run as root.
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
    let site = Site::with_many_tries();
    let token = site.token();
    let whole = fs::read(site.file()).unwrap();
    let small = Small::mount(&site.path("state"), "512k");
    fs::set_permissions(&small.0, fs::Permissions::from_mode(0o700)).unwrap();
    crate::harness::write_with_mode(&site.file(), "", 0o600);
    fs::write(site.file(), &whole).unwrap();

    small.fill();
    site.is_read_only(&token);
    site.is_sound();
    small.free();

    site.works(&token);
    drop(small);
}

/// `config check` by the web server's user: what it printed, or why it failed.
fn checked(site: &Site) -> Result<String, String> {
    site.give();
    let copy = site.path("cgi-session");
    if !copy.exists() {
        crate::harness::deployment::place(Path::new(env!("CARGO_BIN_EXE_cgi-session")), &copy);
    }
    let mut check = Command::new(copy);
    check.arg("--config").arg(site.path("cgi-session.toml"));
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
#[ignore = "needs root, and a mount of a small file system: tests/run says whether it was skipped"]
fn a_check_finds_a_disk_that_takes_no_writes_and_one_that_is_nearly_full() {
    if !can_mount() {
        return;
    }
    let site = Site::with_many_tries();
    let whole = fs::read(site.file()).unwrap();
    let good = checked(&site).unwrap();
    assert!(good.contains("answers, and takes writes\n"), "{good}");
    let small = Small::mount(&site.path("state"), "2m");
    fs::set_permissions(&small.0, fs::Permissions::from_mode(0o700)).unwrap();
    crate::harness::write_with_mode(&site.file(), "", 0o600);
    fs::write(site.file(), &whole).unwrap();

    let little = checked(&site).unwrap();
    assert!(little.contains("BUT ITS DISK HAS ONLY "), "{little}");
    assert!(little.contains(" KIB LEFT: make room\n"), "{little}");
    small.fill();
    let full = checked(&site).unwrap_err();
    assert!(full.contains("cannot write, as a sign-in does"), "{full}");
    assert!(full.contains("disk is full"), "{full}");
    small.free();
    assert!(checked(&site).is_ok());
    let mut again = Command::new("mount");
    let again = again.args(["-o", "remount,ro"]).arg(&small.0).status();
    assert!(again.unwrap().success());
    let read_only = {
        let output =
            crate::harness::administer(&site.path("cgi-session.toml"), &["config", "check"], "");
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(
        read_only.contains("is on a disk that is mounted read-only"),
        "{read_only}"
    );
    drop(small);
}

/// InnoDB fills the pages that it has, and then needs another one.
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
    let site = Site::on(&database, &database.url());
    let (token, other) = (site.token(), site.token());

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
    Run::of(&site.protected(&token)).is(200);
    let mut sign_ins = 0;
    let refused = loop {
        let run = Run::of(&site.login());
        sign_ins += 1;
        match run.token() {
            Some(token) => assert!(site.has(&token) && sign_ins < 500),
            None => break run,
        }
    };
    refused.is_unavailable();
    assert!(refused.log.contains("is full"), "{refused:?}");
    let sign_out = Run::of(&site.logout(&other));
    match sign_out.status() {
        303 => assert!(!site.has(&other)),
        _ => sign_out.says_not_signed_out(),
    }
    eprintln!(
        "refused at sign-in {sign_ins}, sign-out {}",
        sign_out.status()
    );
    Run::of(&site.protected(&token)).is(200);
    small.free();

    site.works(&token);
    drop(small);
}
