//! What a start makes, and what it refuses.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Command, Output};
use std::thread;

use super::{QUIET, Server, ask, command, serve, site, status};
use crate::harness::deployment::script;

#[test]
fn a_first_start_makes_the_folder_and_a_second_keeps_it() {
    let folder = site(QUIET);
    let first = Server::start(folder.path());
    let login = first.login.clone();
    first.stop();
    let second = Server::start(folder.path());

    assert_eq!(second.login, login);
    let password = login.strip_prefix("demo / ").unwrap();
    assert!(password.len() >= 20, "{password}");
    let var = folder.path().join("var");
    assert_eq!(
        fs::read_to_string(var.join("password")).unwrap().trim_end(),
        password
    );
    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o7777;
    assert_eq!(mode(&var), 0o700);
    assert_eq!(mode(&var.join("password")), 0o600);
    assert_eq!(mode(&var.join("cgi-session.toml")), 0o600);
}

#[test]
fn two_first_starts_in_one_folder_make_one_user() {
    let folder = site(QUIET);

    let (a, b) = thread::scope(|scope| {
        let a = scope.spawn(|| Server::start(folder.path()));
        let b = scope.spawn(|| Server::start(folder.path()));
        (a.join().unwrap(), b.join().unwrap())
    });

    assert_eq!(a.login, b.login);
    assert_ne!(a.address, b.address);
}

/// A start that must fail.
#[track_caller]
fn refused(command: &mut Command) -> String {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    assert_eq!((status.code(), stdout), (Some(1), vec![]));
    String::from_utf8(stderr).unwrap()
}

#[test]
fn missing_programs_and_a_taken_port_say_what_to_do() {
    let folder = site(QUIET);
    let server = Server::start(folder.path());
    let listen = ["--listen", &server.address];
    let taken = refused(command(folder.path()).env_remove("CARGO").args(listen));
    let in_a_clone = refused(command(folder.path()).env("CARGO", "cargo").args(listen));
    fs::remove_file(folder.path().join("logout")).unwrap();
    let missing = refused(command(folder.path()).args(["--listen", "127.0.0.1:0"]));

    assert!(
        taken.ends_with("; take another port: cgi-session serve --listen 127.0.0.1:8081\n"),
        "{taken}"
    );
    assert!(
        in_a_clone.ends_with("; take another port: cargo run -- serve --listen 127.0.0.1:8081\n"),
        "{in_a_clone}"
    );
    assert!(
        missing.starts_with("cgi-session: no `logout` in /"),
        "{missing}"
    );
    assert!(missing.contains("`cargo build --bins`"), "{missing}");
}

/// The server speaks no TLS: where others reach it, they can read along.
#[test]
fn an_address_that_others_reach_is_warned_of() {
    let folder = site(QUIET);
    for (address, warned) in [
        ("0.0.0.0:0", true),
        ("[::]:0", true),
        ("127.0.0.1:0", false),
        ("127.0.0.2:0", false),
        ("[::1]:0", false),
        ("[::ffff:127.0.0.1]:0", false),
    ] {
        let mut command = command(folder.path());
        let server = Server::at(address, &mut command);
        let log = server.stop();
        let says = log.contains("passwords cross it in the clear");
        assert_eq!(says, warned, "{address}: {log}");
    }
}

/// The real programs: from what is printed to a signed-in page, and out again.
#[test]
fn the_printed_login_signs_in() {
    let data = tempfile::tempdir().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_cgi-session"));
    let server = Server::of(&mut serve(program, data.path()));
    let login = server.login.clone();
    let (name, password) = login.split_once(" / ").unwrap();
    let form = format!("login_name={name}&password={password}");
    let kind = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length:";

    let before = server.ask("GET /cgi-bin/protected", "");
    let answer = server.ask(
        "POST /cgi-bin/login",
        &format!("{kind} {}\r\n\r\n{form}", form.len()),
    );
    let cookie = answer.split_once("set-cookie: ").unwrap().1;
    let cookie = format!("Cookie: {}\r\n", cookie.split_once(';').unwrap().0);
    let signed_in = server.ask("GET /cgi-bin/protected", &cookie);
    let out = server.ask("POST /cgi-bin/logout", &format!("{cookie}{kind} 0\r\n"));
    let after = server.ask("GET /cgi-bin/protected", &cookie);

    let all = [&before, &answer, &signed_in, &out, &after].map(|answer| status(answer));
    assert_eq!(all, ["401", "303", "200", "303", "401"]);
    assert!(signed_in.contains("demo"), "{signed_in}");
    let log = server.stop();
    assert!(log.contains("event=sign_in_succeeded"), "{log}");
    assert!(!log.contains(password), "{log}");
}

#[test]
fn a_given_configuration_is_used_and_nothing_is_made() {
    let folder = site("printf 'Status: 200\\n\\n%s' \"$CGI_SESSION_CONFIG\"");
    Server::start(folder.path()).stop();
    let given = folder.path().join("var/cgi-session.toml");
    fs::remove_file(folder.path().join("var/password")).unwrap();
    let mut command = serve(
        &folder.path().join("cgi-session"),
        &folder.path().join("not-made"),
    );
    let mut child = command
        .args(["--listen", "127.0.0.1:0", "--config"])
        .arg(&given)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines.next().unwrap().unwrap();
    let page = lines.next().unwrap().unwrap();
    let address = page.split('/').nth(2).unwrap();

    let answer = ask(address, "GET /cgi-bin/login", "");
    child.kill().unwrap();
    child.wait().unwrap();

    assert!(
        answer.ends_with(given.canonicalize().unwrap().to_str().unwrap()),
        "{answer}"
    );
    assert_eq!(lines.count(), 0, "a login was printed");
    assert!(!folder.path().join("not-made").exists());
}

/// A start by `cargo run` of a package, with a stand-in for cargo.
fn by_cargo(folder: &Path, package: &str, cargo: &str) -> Command {
    let program = folder.join("cargo");
    script(&program, &format!("#!/bin/sh\n{cargo}\n"));
    let mut command = command(folder);
    command
        .env("CARGO", program)
        .env("CARGO_MANIFEST_DIR", folder)
        .env("CARGO_PKG_NAME", package);
    command
}

#[test]
fn under_cargo_the_programs_are_built_first() {
    let folder = site(QUIET);
    // What describes this package would make cargo build again what it has built.
    let cargo =
        "echo \"$PWD: $*$CARGO$CARGO_MANIFEST_DIR$CARGO_PKG_NAME\" >asked; touch login.built";

    Server::of(&mut by_cargo(folder.path(), "cgi-session", cargo)).stop();

    let asked = fs::read_to_string(folder.path().join("asked")).unwrap();
    let at = folder.path().canonicalize().unwrap();
    // The feature `sqlite` is on, or there would be no store to serve.
    let features = match (cfg!(feature = "mysql"), cfg!(feature = "tls")) {
        (true, true) => "mysql,sqlite,tls,tools",
        (true, false) => "mysql,sqlite,tools",
        (false, _) => "sqlite,tools",
    };
    // The same set as `cargo run`'s: for another one, all is built again.
    let default = if cfg!(feature = "default") {
        "default,"
    } else {
        ""
    };
    let (target, profile) = (at.parent().unwrap().display(), at.file_name().unwrap());
    assert_eq!(
        asked,
        format!(
            "{}: build --bins --no-default-features --features {default}{features} --example hello --example cart --profile {} \
             --target-dir {target}\n",
            at.display(),
            profile.display()
        )
    );
}

#[test]
fn a_build_that_fails_ends_it_and_another_package_is_not_built() {
    let folder = site(QUIET);
    let failed = refused(
        by_cargo(folder.path(), "cgi-session", "echo broken >&2; exit 101")
            .args(["--listen", "127.0.0.1:0"]),
    );
    let other = by_cargo(folder.path(), "another", "touch built");

    assert_eq!(
        failed,
        "broken\ncgi-session: `cargo build --bins` failed (exit status: 101): \
         see its messages above\n"
    );
    Server::of(&mut { other }).stop();
    assert!(!folder.path().join("built").exists());
}
