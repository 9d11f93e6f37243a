//! A folder of the user's own: which of its files answer, and what they are told.

use std::fs;
use std::os::unix::fs::symlink;

use super::{QUIET, SHOW, Server, command, site, status};
use crate::harness::deployment::script;

/// A server whose `--cgi-bin` holds a program `report.sh`.
fn start(folder: &tempfile::TempDir) -> Server {
    fs::create_dir(folder.path().join("own")).unwrap();
    let report = folder.path().join("own/report.sh");
    script(&report, &format!("#!/bin/sh\n{SHOW}\n"));
    let mut command = command(folder.path());
    command.arg("--cgi-bin").arg(folder.path().join("own"));
    Server::of(&mut command)
}

// As lighttpd does, but for the link: a script that is guarded must be the file that SCRIPT_FILENAME names.
#[test]
fn a_script_of_the_users_is_told_its_own_file_and_the_rest_of_the_path() {
    let folder = site(QUIET);
    let server = start(&folder);
    symlink("report.sh", folder.path().join("own/by-a-link")).unwrap();
    let own = folder.path().join("own").canonicalize().unwrap();
    let own = own.display();
    for name in ["report.sh", "by-a-link"] {
        let path = format!("/cgi-bin/{name}/a%20b?x=1");

        let answer = server.ask(&format!("GET {path}"), "");

        for line in [
            &*format!("SCRIPT_FILENAME={own}/report.sh"),
            &*format!("SCRIPT_NAME=/cgi-bin/{name}"),
            "PATH_INFO=/a b",
            &*format!("REQUEST_URI={path}"),
            "QUERY_STRING=x=1",
            &*format!("arguments=0 folder={own}"),
        ] {
            assert!(answer.lines().any(|l| l == line), "{line}\n{answer}");
        }
    }
}

#[test]
fn only_executables_of_that_folder_answer() {
    let folder = site(QUIET);
    let server = start(&folder);
    let own = |name: &str| folder.path().join("own").join(name);
    fs::write(own("notes.txt"), "secret").unwrap();
    fs::create_dir(own("folder")).unwrap();
    script(&own("folder/inside"), "#!/bin/sh\necho secret\n");
    script(&own(".hidden"), "#!/bin/sh\necho secret\n");
    script(&own("login"), "#!/bin/sh\necho secret\n");
    for (path, expected) in [
        ("report.sh", "200"),
        ("notes.txt", "403"),
        ("folder", "404"),
        ("folder/inside", "404"),
        (".hidden", "404"),
        ("..%2fcgi-session", "404"),
        ("../cgi-session", "404"),
        ("cgi-session", "404"),
        ("", "404"),
        ("%ff", "404"),
        // Nobody's program takes the place of ours.
        ("login", "200"),
        // The examples answer under cargo.
        ("hello", "404"),
    ] {
        let answer = server.ask(&format!("GET /cgi-bin/{path}"), "");
        assert_eq!(status(&answer), expected, "{path}: {answer}");
        assert!(!answer.contains("secret"), "{path}: {answer}");
    }
}

#[test]
fn a_folder_that_is_not_there_is_refused() {
    let folder = site(QUIET);
    let file = folder.path().join("login");
    for (named, why) in [
        (folder.path().join("nowhere"), "No such file"),
        (file, "is not a folder: --cgi-bin names one"),
    ] {
        let mut command = command(folder.path());
        let output = command.arg("--cgi-bin").arg(named).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && said.contains(why), "{said}");
    }
}
