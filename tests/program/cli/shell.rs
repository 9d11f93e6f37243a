//! What a terminal and a shell get from the program, and what it takes from them.

use std::fs::File;
use std::process::{Command, Stdio};

use cgi_session::auth::password::{Password, Verdict, verify};
use cgi_session::model::{LoginName, Time};

use super::{add, mode, parsed};
use crate::harness::permit;
use crate::harness::{ADMINISTRATION, Site, run};

#[test]
fn an_error_is_one_printable_line() {
    let mut command = Command::new(ADMINISTRATION);
    command.args(["--config", "/nowhere/\u{1b}]0;x\u{7}\n\u{202e}b", "user"]);
    command.arg("list");

    let done = run(command, "");

    assert_eq!(done.code, 1);
    let one_line = done.err.strip_suffix('\n').unwrap();
    assert!(!one_line.contains(char::is_control), "{one_line:?}");
    assert!(
        one_line.contains("/nowhere/\\u{1b}]0;x\\u{7}\\n\\u{202e}b"),
        "{one_line:?}"
    );
}

#[test]
fn json_is_printable_and_means_the_same() {
    let site = Site::made_by_init();
    add(&site, "alice");
    let agent = "\u{9b}2J\u{202e}b\u{7f}c\u{e0001}\u{1b}\n\"\\ 错误 😀";
    site.open_session("alice", agent, Time(1_900_000_000));

    let json = site.good(&["session", "list", "--json"], "");

    let written = r#""\u009b2J\u202eb\u007fc\udb40\udc01\u001b\n\"\\ 错误 😀""#;
    assert!(json.contains(written), "{json:?}");
    assert_eq!(parsed(&json)[0]["user_agent"], agent);
}

#[test]
fn init_reads_each_url_from_a_line_of_its_own() {
    let site = Site::empty();
    let urls = format!("{}\r\nmysql://root:hidden@localhost/site\n", site.url());

    let done = site.run(&["init", "--store", "-", "--admin-url", "-"], &urls);

    // Both were understood: they do not fit together.
    let wanted = "--admin-url is for MySQL, and the store is sqlite:";
    assert!(done.code == 1 && done.err.contains(wanted), "{done:?}");
}

#[test]
fn a_password_is_one_line_without_control_characters() {
    let site = Site::made_by_init();
    for (input, why) in [
        ("correct horse\nbattery staple\n", "more than one line"),
        ("correct horse battery staple\n\n", "more than one line"),
        ("correct horse\rbattery staple\n", "a control character"),
        ("correct horse\u{1b}[A battery\n", "a control character"),
        ("correct horse\u{9b}battery\n", "a control character"),
        ("correct horse\0battery\n", "a control character"),
    ] {
        let (code, text) = site.refused(&["user", "add", "alice", "--password-stdin"], input);
        assert!(code == 1 && text.contains(why), "{input:?}: {text}");
    }
    let right = "correct horse \u{202e}错误 staple";
    // As editors of that system write a file, with a byte order mark.
    let dos = format!("\u{feff}{right}\r\n");
    site.good(&["user", "add", "alice", "--password-stdin"], &dos);
    let alice = LoginName::parse("alice").unwrap();
    let stored = site.store().credentials(&alice).unwrap().unwrap().password;
    let right = Password::parse(right).unwrap();
    assert_eq!(
        verify(&right, Some(&stored), &permit()).unwrap(),
        Verdict::Right
    );
}

// Through a folder that only root may enter, the web server would reach nothing.
#[test]
fn only_the_last_new_folder_is_private() {
    let site = Site::empty();
    let store = site.path("new/a b;id's/store");
    let mut command = Command::new("/bin/sh");
    command.args([
        "-c",
        "umask 022; exec \"$0\" \"$@\"",
        ADMINISTRATION,
        "--config",
    ]);
    command.arg(site.path("cgi-session.toml"));
    command.args(["init", "--store"]);
    command.arg(format!("sqlite:{}/sessions.sqlite", store.display()));

    let done = run(command, "");

    assert_eq!((done.code, &*done.err), (0, ""), "{}", done.out);
    let modes = ["new", "new/a b;id's", "new/a b;id's/store"].map(|name| mode(&site.path(name)));
    assert_eq!(modes, [0o755, 0o755, 0o700]);
    if rustix::process::geteuid().is_root() {
        let new = site.path("new").display().to_string();
        let chown = format!("chown -R www-data: '{new}/a b;id'\\''s/store'  (or");
        assert!(done.out.contains(&chown), "{}", done.out);
    }
}

#[test]
fn what_cannot_be_written_is_a_failure() {
    let site = Site::made_by_init();
    add(&site, "alice");
    for arguments in [
        &["user", "list", "--json"][..],
        &["user", "list"],
        &["session", "list"],
        &["config", "check"],
        &["help"],
        &["help", "config"],
        &["help", "threats"],
    ] {
        let full = File::create("/dev/full").unwrap();
        let mut command = site.command(arguments);
        let done = command.stdin(Stdio::null()).stdout(full).output().unwrap();
        let err = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(1), "{arguments:?}: {err}");
        let wanted = "cgi-session: cannot write to standard output: No space left on device";
        assert!(err.starts_with(wanted), "{arguments:?}: {err}");
    }
}

#[test]
fn a_login_name_that_is_none_is_told_what_one_is() {
    let site = Site::made_by_init();
    for name in ["a b", "😀", "", "a\u{a0}b"] {
        let (code, why) = site.refused(&["user", "add", name], "");
        assert_eq!(code, 2, "{name}");
        let wanted = "a login name is letters and digits of any language and signs such as . - _ @: \
            no blanks, no emoji, at most 255 characters";
        assert!(why.contains(wanted), "{why}");
        assert!(!why.contains("RFC"), "{why}");
    }
    add(&site, "o.brien-1_x@site.example");
}
