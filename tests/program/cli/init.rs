//! What `init` makes, and what is left of it where it fails.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use super::mode;
use crate::harness::deployment::place;
use crate::harness::user;
use crate::harness::{ADMINISTRATION, Done, Site, run};

/// The same command under a umask.
fn under(umask: &str, site: &Site, arguments: &[&str]) -> Done {
    let mut command = Command::new("/bin/sh");
    command
        .args([
            "-c",
            &format!("umask {umask}; exec \"$@\""),
            "sh",
            ADMINISTRATION,
        ])
        .arg("--config")
        .arg(site.path("cgi-session.toml"))
        .args(arguments);
    run(command, "")
}

/// The group of the web server is given the file afterwards: it must be able to read it then.
#[test]
fn modes_are_the_same_under_any_umask() {
    for umask in ["077", "027", "022", "000"] {
        let site = Site::empty();
        let url = format!("sqlite:{}", site.path("a/b/store/s.sqlite").display());

        let done = under(umask, &site, &["init", "--store", &url]);

        assert_eq!(done.code, 0, "{umask}: {done:?}");
        for (path, wanted) in [
            ("cgi-session.toml", 0o640),
            ("a", 0o755),
            ("a/b", 0o755),
            ("a/b/store", 0o700),
            ("a/b/store/s.sqlite", 0o600),
        ] {
            let what = format!("{path} under {umask}");
            assert_eq!(mode(&site.path(path)), wanted, "{what}");
        }
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name();
    entries
        .map(|entry| name(entry).into_string().unwrap())
        .collect()
}

/// A database that cannot be had, and then one that can, by the command that is right.
#[test]
fn what_fails_leaves_nothing_that_stands_in_the_way_of_the_right_call() {
    let site = Site::empty();
    fs::create_dir(site.path("open")).unwrap();
    fs::set_permissions(site.path("open"), fs::Permissions::from_mode(0o777)).unwrap();
    fs::create_dir(site.path("text")).unwrap();
    fs::set_permissions(site.path("text"), fs::Permissions::from_mode(0o700)).unwrap();
    fs::write(site.path("text/s"), "no database at all, but a long text").unwrap();
    fs::set_permissions(site.path("text/s"), fs::Permissions::from_mode(0o600)).unwrap();
    let here = site.folder().display();
    for (store, admin) in [
        (format!("sqlite:{here}/open/s"), None),
        (format!("sqlite:{here}/text/s"), None),
        (format!("sqlite:{here}/text/s/s"), None),
        (
            format!("sqlite:{here}/new/er/s"),
            Some("mysql://root@localhost/site"),
        ),
    ] {
        let mut arguments = vec!["init", "--store", &store];
        arguments.extend(admin.iter().flat_map(|url| ["--admin-url", url]));

        let (code, why) = site.refused(&arguments, "");

        assert!(code != 0 && why.lines().count() == 1, "{why}");
        let mut left = names(site.folder());
        left.sort_unstable();
        assert_eq!(left, ["open", "text"], "{store}: {why}");
        assert_eq!(names(&site.path("open")), [""; 0]);
        assert_eq!(names(&site.path("text")), ["s"]);
    }
    // A link to a disk that is not mounted, and what lies beside it, were there.
    std::os::unix::fs::symlink("/nonexistent/disk/s", site.path("text/link")).unwrap();
    fs::write(site.path("text/link-journal"), "").unwrap();
    let (code, why) = site.refused(
        &["init", "--store", &format!("sqlite:{here}/text/link")],
        "",
    );
    assert!(code != 0, "{why}");
    let mut left = names(&site.path("text"));
    left.sort_unstable();
    assert_eq!(left, ["link", "link-journal", "s"], "{why}");
    let store = format!("sqlite:{here}/new/er/s");
    site.good(&["init", "--store", &store], "");
    // What was there before stays, whatever fails.
    let (_, why) = site.refused(&["init", "--store", "sqlite:/elsewhere/s"], "");
    assert!(
        why.contains("already exists and uses another store"),
        "{why}"
    );
    assert!(why.contains("change `store` in it"), "{why}");
    site.good(&["config", "check"], "");
}

/// Only root can try what another user may not do.
#[test]
fn a_user_without_rights_is_told_what_works_and_it_does() {
    if !user::is_root() {
        eprintln!("NOT TRIED: not root");
        return;
    }
    let site = Site::empty();
    user::give(site.folder(), 0o755);
    let program = site.path("cgi-session");
    place(Path::new(ADMINISTRATION), &program);
    let as_user = |words: &[String]| {
        let mut command = Command::new("/usr/bin/env");
        command.arg(format!("HOME={}", site.folder().display()));
        command.arg(&program).args(words).current_dir("/");
        user::become_it(&mut command);
        run(command, "")
    };
    let own = site.path("cgi-session.toml").display().to_string();

    let done = as_user(&["init".to_owned()]);

    assert_eq!((done.code, &*done.out), (1, ""));
    let told = "cgi-session: cannot write /etc/cgi-session.toml: Permission denied (os error 13); \
        run it as root, or keep all in a folder of this user: cgi-session ";
    let typed = done
        .err
        .strip_prefix(told)
        .unwrap_or_else(|| panic!("{done:?}"));
    assert_eq!(typed, format!("--config {own} init\n"));
    let words: Vec<String> = typed.split_whitespace().map(str::to_owned).collect();

    let done = as_user(&words);

    assert_eq!((done.code, &*done.err), (0, ""));
    let told = format!("runs the programs as this user (suEXEC), and finds {own}");
    assert!(done.out.contains(&told), "{done:?}");
    assert_eq!(mode(&site.path("cgi-session-data")), 0o700);
    let checked = as_user(&["--config", &own, "config", "check"].map(str::to_owned));
    assert_eq!((checked.code, &*checked.err), (0, ""));
    // A place of somebody else's that was asked for: nothing is left, and the same is proposed.
    fs::remove_file(&own).unwrap();
    let elsewhere = ["--config", &own, "init", "--store", "sqlite:/nonexistent/s"];
    let done = as_user(&elsewhere.map(str::to_owned));
    assert_eq!((done.code, &*done.out), (1, ""));
    assert!(
        done.err
            .contains("cannot make the folder /nonexistent: Permission denied"),
        "{done:?}"
    );
    assert!(done.err.ends_with(typed), "{done:?}");
    assert!(!site.path("cgi-session.toml").exists());
}

/// A folder that others may write to is nobody's to close, and one that holds other things is nobody's to give away.
#[test]
fn a_shared_folder_is_refused_and_nobody_is_told_to_change_it() {
    if !user::is_root() {
        eprintln!("NOT TRIED: not root");
        return;
    }
    for (mode, holds, told) in [
        (0o1777, "", "is a shared folder (mode 1777)"),
        (0o755, "apt", "holds other files, such as apt"),
    ] {
        let site = Site::empty();
        let lib = site.path("lib");
        fs::create_dir(&lib).unwrap();
        if !holds.is_empty() {
            fs::create_dir(lib.join(holds)).unwrap();
        }
        fs::set_permissions(&lib, fs::Permissions::from_mode(mode)).unwrap();
        let store = format!("sqlite:{}/s.sqlite", lib.display());

        let (code, why) = site.refused(&["init", "--store", &store], "");

        assert_eq!((code, why.lines().count()), (1, 1), "{why}");
        assert!(why.contains(&format!("{} {told}", lib.display())), "{why}");
        assert!(
            why.contains("as in sqlite:/var/lib/cgi-session/sessions.sqlite"),
            "{why}"
        );
        assert!(!why.contains("chmod") && !why.contains("chown"), "{why}");
        assert_eq!(names(site.folder()), ["lib"], "{why}");
        // A configuration that names such a folder all the same.
        site.write_configuration("cgi-session", &store, "");
        fs::write(lib.join("s.sqlite"), "").unwrap();
        fs::set_permissions(lib.join("s.sqlite"), fs::Permissions::from_mode(0o600)).unwrap();
        let done = site.run(&["config", "check"], "");
        for word in ["chmod", "chown"] {
            assert!(!done.err.contains(word), "{done:?}");
        }
    }
}

/// The folder that others made for the store alone is as good as one that `init` makes.
#[test]
fn an_empty_folder_and_one_of_the_stores_own_files_are_taken() {
    let site = Site::empty();
    let state = site.path("state");
    fs::create_dir(&state).unwrap();
    fs::set_permissions(&state, fs::Permissions::from_mode(0o700)).unwrap();

    let done = site.run(&["init", "--store", site.url()], "");

    assert_eq!((done.code, &*done.err), (0, ""), "{}", done.out);
    if user::is_root() {
        let chown = format!("chown -R www-data: {}  (or", state.display());
        assert!(done.out.contains(&chown), "{}", done.out);
    }
}

#[test]
fn each_new_folder_is_named() {
    let site = Site::empty();
    let url = format!("sqlite:{}", site.path("a/b/s.sqlite").display());

    let out = site.good(&["init", "--store", &url], "");

    for name in ["a", "a/b"] {
        let line = format!(
            "made            folder         {}\n",
            site.path(name).display()
        );
        assert!(out.contains(&line), "{out}");
    }
    let config = site.path("none/c.toml").display().to_string();
    let mut command = Command::new(ADMINISTRATION);
    command.args(["--config", &config, "init", "--store", &url]);
    let done = run(command, "");
    let told = format!(
        "make its folder first: mkdir {}",
        site.path("none").display()
    );
    assert!(done.code == 1 && done.err.contains(&told), "{done:?}");
}

/// What is left to do is told again until it is done.
#[test]
fn init_says_what_is_next_until_it_is_done() {
    if !user::is_root() {
        eprintln!("NOT TRIED: not root");
        return;
    }
    let site = Site::made_by_init();

    let again = site.good(&["init"], "");
    let next = again.lines().last().unwrap();
    assert!(next.starts_with("next "), "{again}");
    let commands = next.split("web server").nth(1).unwrap();
    let commands = commands.split("  (").next().unwrap();
    assert!(
        commands.contains("chgrp") && commands.contains("chown -R"),
        "{again}"
    );
    let typed = Command::new("sh")
        .args(["-euc", commands])
        .status()
        .unwrap();

    assert!(typed.success(), "{commands}");
    let again = site.good(&["init"], "");
    assert!(
        again.lines().all(|line| line.starts_with("kept ")),
        "{again}"
    );
}

/// The web server's user, as whom the programs run, is told what root forgot to type.
#[test]
fn a_forgotten_chown_is_named_and_is_no_passing_fault() {
    if !user::is_root() {
        eprintln!("NOT TRIED: not root");
        return;
    }
    let site = Site::made_by_init();
    user::give(site.folder(), 0o755);
    user::give(&site.config(), 0o600);
    let program = site.path("cgi-session");
    place(Path::new(ADMINISTRATION), &program);
    let config = site.config().display().to_string();
    let check = || {
        let mut command = Command::new(&program);
        command.args(["--config", &config, "config", "check"]);
        user::become_it(&mut command);
        run(command, "")
    };
    let state = site.path("state").display().to_string();
    let number = user::number();

    let done = check();

    assert_eq!(done.code, 1, "{done:?}");
    let told = format!(
        "cannot open the store: {state}/sessions.sqlite: Permission denied (os error 13); user {number}, who runs \
         this program, must be able to write it: as root, chown -R {number} {state}"
    );
    assert!(done.err.contains(&told), "{done:?}");
    // The programs say the same.
    let protected = site.as_www_data(&site.protected(&"a".repeat(40)), "protected");
    let answer = protected.answer_whatever_is_logged();
    assert_eq!(answer.status, 503);

    let typed = Command::new("sh")
        .args(["-euc", told.split("as root, ").nth(1).unwrap()])
        .status();
    assert!(typed.unwrap().success());
    let done = check();
    assert_eq!((done.code, &*done.err), (0, ""), "{done:?}");
    assert!(!done.out.contains("checked as root"), "{done:?}");
    // Nor may it make the log in a folder of root's.
    let log = site.path("log/cgi-session.log").display().to_string();
    fs::create_dir(site.path("log")).unwrap();
    let text = fs::read_to_string(site.config()).unwrap();
    let (from, to) = ("\nto = \"stderr\"", format!("\nto = {log:?}"));
    fs::write(site.config(), text.replace(from, &to)).unwrap();
    let install = format!("install -m 600 -o {number} /dev/null {log}");
    let told = format!(
        "log            {log}: Permission denied (os error 13); as root, {install}; lines go to"
    );
    let done = check();
    assert!(done.out.contains(&told), "{done:?}");
    let typed = Command::new("sh").args(["-euc", &install]).status();
    assert!(typed.unwrap().success());
    let done = check();
    assert!(done.out.contains(&format!("{log}: good\n")), "{done:?}");
    let as_root = site.good(&["config", "check"], "");
    let told = format!(
        "checked as root: run it as the web server's user, as in \
         `sudo -u www-data cgi-session --config {config} config check`\n"
    );
    assert!(as_root.ends_with(&told), "{as_root}");
}
