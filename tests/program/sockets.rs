//! A database server's socket: who must own it before a program sends a password there.

use std::fs::{self, Permissions};
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use tempfile::TempDir;

use crate::harness::user;
use crate::harness::{Site, administer, write_with_mode};

/// A system's account, and a person's.
const SYSTEM: u32 = 27;
const PERSON: u32 = 4242;

/// What a program says of the socket in its log, and its status.
fn asked(site: &Site, socket: &Path) -> (u16, String) {
    let config = site.path("elsewhere.toml");
    let url = format!("mysql://u:p@localhost/d?socket={}", socket.display());
    write_with_mode(&config, &format!("store = \"{url}\"\n"), 0o600);
    let program = site.program("protected").cookie(&"0".repeat(40));
    let program = program.set("CGI_SESSION_CONFIG", &config);
    let answer = program.logs(&["event=failed"]).answer();
    (answer.status, answer.log)
}

#[test]
fn only_the_servers_account_may_put_a_socket_there() {
    if !user::is_root() {
        eprintln!("NOT TRIED: not root");
        return;
    }
    let site = Site::new();
    let (folder, links) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let (socket, link) = (folder.path().join("s"), links.path().join("s"));
    let listener = UnixListener::bind(&socket).unwrap();
    // Whoever gets that far hears nothing.
    thread::spawn(move || listener.incoming().map(drop).count());
    symlink(&socket, &link).unwrap();
    // Whose the folder is and its mode, who made the socket, and why it is refused.
    for (owner, mode, maker, why) in [
        (0, 0o755, 0, ""),
        (SYSTEM, 0o755, SYSTEM, ""),
        (SYSTEM, 0o700, 0, ""),
        (999, 0o755, 999, ""),
        (0, 0o775, 0, "mode 0775 lets others listen"),
        (SYSTEM, 0o770, SYSTEM, "mode 0770 lets others listen"),
        (
            PERSON,
            0o755,
            PERSON,
            "user 4242 may listen where the server should",
        ),
        (
            PERSON,
            0o700,
            0,
            "user 4242 may listen where the server should",
        ),
        (
            1000,
            0o700,
            0,
            "user 1000 may listen where the server should",
        ),
        (
            65534,
            0o700,
            0,
            "user 65534 may listen where the server should",
        ),
        (0, 0o755, SYSTEM, "user 27 made it"),
        (
            SYSTEM,
            0o755,
            33,
            "user 33 made it, in the folder of user 27",
        ),
        (SYSTEM, 0o755, PERSON, "user 4242 made it"),
    ] {
        fs::set_permissions(folder.path(), Permissions::from_mode(mode)).unwrap();
        chown(folder.path(), Some(owner), None).unwrap();
        chown(&socket, Some(maker), None).unwrap();
        for named in [&socket, &link] {
            let (status, log) = asked(&site, named);
            let what = format!("{owner} {mode:o} {maker}: {log}");
            assert_eq!(status, if why.is_empty() { 503 } else { 500 }, "{what}");
            assert!(log.contains(why), "{what}");
        }
    }
    chown(folder.path(), Some(0), None).unwrap();
    chown(&socket, Some(0), None).unwrap();
    chown(links.path(), Some(PERSON), None).unwrap();
    assert_eq!(asked(&site, &link).0, 500, "a person's link");
}

/// The files are as they should be; only the process that listens is not the server's.
#[test]
fn config_check_and_init_ask_who_listens() {
    if !user::is_root() {
        eprintln!("NOT TRIED: not root");
        return;
    }
    let site = Site::new();
    let (theirs, folder) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    user::give(theirs.path(), 0o700);
    let made = theirs.path().join("s");
    let listen = "import socket, sys; s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(); \
        print('listens', flush=True)\nwhile True: s.accept()[0].close()";
    let mut command = Command::new("python3");
    command.args(["-c", listen]).arg(&made);
    let Ok(mut child) = user::become_it(command.stdout(Stdio::piped())).spawn() else {
        eprintln!("NOT TRIED: no python3");
        return;
    };
    let mut line = String::new();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    lines.read_line(&mut line).unwrap();
    assert_eq!(line, "listens\n");
    let socket = folder.path().join("s");
    fs::rename(&made, &socket).unwrap();
    chown(&socket, Some(0), Some(0)).unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    let config = site.path("elsewhere.toml");
    let url = format!("mysql://u:p@localhost/d?socket={}", socket.display());
    let state = site.path("").display().to_string();
    write_with_mode(
        &config,
        &format!("store = \"{url}\"\nstate = {state:?}\n"),
        0o600,
    );

    let mut said = Vec::new();
    for command in [&["config", "check"][..], &["init"], &["user", "list"]] {
        let done = administer(&config, command, "");
        said.push((command, done));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    for (command, done) in said {
        let why = String::from_utf8(done.stderr).unwrap();
        assert_eq!(done.status.code(), Some(1), "{command:?}: {why}");
        assert!(
            why.contains("listens there, and none of user 0 or root"),
            "{why}"
        );
    }
}
