//! A real Chromium before scripts behind the guard: one that nobody here wrote, and one that other sites attack.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::chromium::{pictures, script};
use crate::harness::Deployment;
use crate::harness::machine::unpacked;
use crate::harness::user;
use crate::harness::web::{WebServer, apache, lighttpd};
use crate::system::guard::running::{PASSWORD, Running, Start};

/// With gitweb's settings, and the types of what its pages load, as in Debian's configurations.
const SERVERS: [(&str, Start); 2] = [
    ("lighttpd", |site| {
        let types = TYPES.map(|(suffix, kind)| format!("\".{suffix}\" => \"{kind}\""));
        let lines = format!(
            "mimetype.assign = ( {} )\n$HTTP[\"url\"] =~ \"^/cgi-bin/gitweb\" {{\nsetenv.set-environment = \
             ( \"CGI_SESSION_CONFIG\" => \"{}\", \"GITWEB_CONFIG\" => \"{}\" )\n}}\n",
            types.join(", "),
            site.config().display(),
            settings(site).display(),
        );
        lighttpd::start_with(site, &lines)
    }),
    ("Apache", |site| {
        let types = TYPES.map(|(suffix, kind)| format!("AddType {kind} .{suffix}\n"));
        let settings = settings(site);
        let lines = format!(
            "SetEnv GITWEB_CONFIG {}\n{}",
            settings.display(),
            types.concat()
        );
        apache::start_guarding(site, &["cgid"], &lines)
    }),
];

const TYPES: [(&str, &str); 4] = [
    ("css", "text/css"),
    ("html", "text/html"),
    ("js", "text/javascript"),
    ("png", "image/png"),
];

/// The file of gitweb's settings.
fn settings(site: &Deployment) -> PathBuf {
    site.path("gitweb.conf")
}

/// A page whose form goes wherever its address says.
const FORM: &str = r#"<!doctype html><title>A form</title>
<form method="post"><input name="a" value="1"><button>Send</button></form>
<script>document.forms[0].action = location.hash.slice(1)</script>
"#;

/// Runs a command as the user who serves, in a folder of theirs.
fn git(site: &Deployment, words: &[&str]) {
    let mut command = Command::new(program());
    let folder = site.path("git");
    command
        .args(words)
        .current_dir(&folder)
        .env_clear()
        .env("HOME", &folder);
    for who in ["AUTHOR", "COMMITTER"] {
        command
            .env(format!("GIT_{who}_NAME"), "Ann")
            .env(format!("GIT_{who}_EMAIL"), "ann@site.example");
    }
    let done = user::become_it(&mut command).output().unwrap();
    assert!(done.status.success(), "{words:?}: {done:?}");
}

fn program() -> PathBuf {
    unpacked("gitweb").join("usr/bin/git")
}

/// Puts gitweb into `cgi-bin`, unchanged but for its first line, with a repository of one commit.
fn put_gitweb(site: &Deployment) {
    let package = unpacked("gitweb").join("usr/share/gitweb");
    let text = fs::read_to_string(package.join("gitweb.cgi")).unwrap();
    let (first, rest) = text.split_once('\n').unwrap();
    assert_eq!(first, "#!/usr/bin/perl");
    site.guarded("gitweb.cgi", "/usr/bin/perl", rest);
    let folder = site.path("git");
    fs::create_dir(&folder).unwrap();
    user::give(&folder, 0o700);
    git(site, &["init", "--quiet", "notes"]);
    fs::write(folder.join("notes/milk"), "Remember the milk\n").unwrap();
    git(site, &["-C", "notes", "add", "milk"]);
    git(
        site,
        &[
            "-C",
            "notes",
            "commit",
            "--quiet",
            "--message",
            "The first note\n\nWritten by hand.",
        ],
    );
    git(
        site,
        &[
            "clone",
            "--quiet",
            "--bare",
            "--no-hardlinks",
            "notes",
            "notes.git",
        ],
    );
    let text = format!(
        "$GIT = '{}';\n$projectroot = '{}';\n$projects_list = $projectroot;\n\
         @stylesheets = ('/gitweb/gitweb.css');\n$logo = '/gitweb/git-logo.png';\n\
         $favicon = '/gitweb/git-favicon.png';\n$javascript = '/gitweb/gitweb.js';\n1;\n",
        program().display(),
        folder.display(),
    );
    fs::write(settings(site), text).unwrap();
    let copied = Command::new("cp")
        .arg("-r")
        .arg(package.join("static"))
        .arg(site.path("www/gitweb"))
        .status();
    assert!(copied.unwrap().success());
}

/// Walks through the scripts in Chromium.
fn walks(server: &WebServer, mark: &Path, folder: &Path) {
    let home = TempDir::new().unwrap();
    let status = script("guard.mjs")
        .args([&*server.base, "alice", PASSWORD])
        .arg(mark)
        .arg(folder)
        // Chromium leaves a file of its own there now and then.
        .env("TMPDIR", home.path())
        .status()
        .expect("node");
    assert!(status.success(), "{}", server.log());
}

#[test]
#[ignore = "needs chromium, node, lighttpd, apache2 and gitweb: tests/run installs and runs them"]
fn a_person_reaches_an_old_script_and_no_other_site_starts_one() {
    for (name, start) in SERVERS {
        let running = Running::start(start, |site| {
            put_gitweb(site);
            let marks = site.path("marks");
            fs::create_dir(&marks).unwrap();
            user::give(&marks, 0o700);
            let text = format!(
                "echo ran >{}/ran\ncat >/dev/null\nprintf 'Content-Type: text/plain\\n\\nran\\n'\n",
                marks.display()
            );
            site.guarded("mark", "/bin/sh", &text);
            fs::write(site.path("www/form.html"), FORM).unwrap();
        });
        let folder = pictures(&format!("guard/{name}"));

        walks(
            &running.server,
            &running.deployment.path("marks/ran"),
            &folder,
        );

        println!("pictures: {}", folder.display());
        // What comes from no browser starts it, too.
        let alice = running.signed_in("alice");
        let reply = alice.post("/cgi-bin/mark", &[("a", "1")], &[]);
        assert_eq!(reply.status, 200, "{name}: {reply:?}");
        assert!(fs::remove_file(running.deployment.path("marks/ran")).is_ok());
    }
}

/// The other way to guard a script that must stay as it is: a wrapper of one line.
#[test]
#[ignore = "needs lighttpd, apache2 and gitweb: tests/run installs and runs them"]
fn an_old_script_runs_behind_a_wrapper_of_one_line() {
    for (name, start) in SERVERS {
        let running = Running::start(start, |site| {
            put_gitweb(site);
            let script = unpacked("gitweb").join("usr/share/gitweb/gitweb.cgi");
            site.guarded("gitweb", "/bin/sh", &format!("exec {}\n", script.display()));
        });
        let path = "/cgi-bin/gitweb?p=notes.git;a=log";
        let reply = running.signed_in("alice").get(path, &[]);
        assert_eq!(reply.status, 200, "{name}: {reply:?}");
        assert!(reply.body.contains("The first note"), "{name}: {reply:?}");
        let stranger = running.browser().get(path, &[]);
        assert_eq!(stranger.status, 401, "{name}");
        assert!(!stranger.body.contains("first note"), "{name}");
    }
}
