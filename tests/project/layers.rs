//! The layers as a test: imports go down only, and what a visitor can reach stays small enough to read.

use std::fs;
use std::path::{Path, PathBuf};

/// Each module lists all it may name; the list is the design.
///
/// `bin, cgi-bin -> run -> page -> auth -> store -> model -> cgi, config, deadline, log, ownership, sandbox,
/// error`, and `cgi` and `model` know nothing of each other's subject.
const MAY_USE: &[(&str, &[&str])] = &[
    ("error", &[]),
    ("ownership", &[]),
    ("sandbox", &[]),
    ("log", &["sandbox"]),
    ("deadline", &["error"]),
    ("texts", &[]),
    ("config", &["error", "log", "ownership", "texts"]),
    ("cgi", &["error"]),
    ("model", &["error"]),
    (
        "store",
        &[
            "config",
            "deadline",
            "error",
            "model",
            "ownership",
            "sandbox",
        ],
    ),
    (
        "auth",
        &[
            "cgi",
            "config",
            "deadline",
            "error",
            "log",
            "model",
            "ownership",
            "store",
        ],
    ),
    (
        "page",
        &[
            "auth",
            "cgi",
            "config",
            "deadline",
            "error",
            "log",
            "model",
            "ownership",
            "sandbox",
            "store",
            "texts",
        ],
    ),
    (
        "run",
        &[
            "cgi", "config", "deadline", "error", "log", "model", "page", "sandbox", "store",
        ],
    ),
];

/// Words that one file of the library may hold, or two.
const ONLY_IN: &[(&str, &str)] = &[
    ("stderr()", "src/log.rs"),
    ("stdin()", "src/run/stdin.rs"),
    ("stdout()", "src/run/stdout.rs"),
    ("process::exit", "src/run.rs and src/run/stdin.rs"),
    ("env::var(", "src/run.rs"),
    ("env::var_os(", "src/run.rs and src/run/guard.rs"),
    ("env::args", "src/run/guard.rs"),
    // By `vars_os` alone: `vars` panics where a header is not UTF-8.
    ("env::vars_os", "src/cgi/variables.rs"),
    ("SysRng", "src/auth/new_token.rs"),
];

/// Lines of code that `login`, `logout` and `protected` reach together. The aim is 3,000; see below.
const REACHED_MAX: usize = 7_200;

/// Folders and files of the library that `login`, `logout` and `protected` do not reach.
const NOT_REACHED: &[&str] = &[
    // The administration's.
    "src/store/administration/",
    "src/store/mysql/administration.rs",
    "src/store/mysql/migration.rs",
    "src/store/mysql/server_check.rs",
    "src/store/mysql/socket_listener.rs",
    "src/store/mysql/table_check.rs",
    "src/store/sqlite/administration.rs",
    "src/store/sqlite/integrity_check.rs",
    "src/store/sqlite/migration.rs",
    "src/auth/new_password.rs",
    "src/auth/throttle/all_rows.rs",
    "src/log/administration.rs",
    "src/log/fields.rs",
    // For pages of one's own: only they check a form token, and choose an error's status.
    "src/auth/form_token.rs",
    "src/auth/session_data.rs",
    "src/auth/session_data/",
    "src/cgi/response/contents.rs",
    "src/cgi/variables/pairs.rs",
    "src/error/data_fault.rs",
    "src/error/own.rs",
    "src/model/session/questions.rs",
    "src/model/session_data.rs",
    "src/page/own/",
    "src/store/session_data.rs",
    "src/texts/data_fault.rs",
    "src/texts/told.rs",
    // For guarded files and scripts.
    "src/auth/rules.rs",
    "src/cgi/guarded_request.rs",
    "src/cgi/url_path.rs",
    "src/config/guarded.rs",
    "src/config/wrong.rs",
    "src/model/group_name.rs",
    "src/page/guarded",
    "src/store/groups.rs",
    // For files.
    "cgi-bin/files.rs",
    "src/config/files.rs",
    "src/cgi/file_range.rs",
    "src/cgi/response/file.rs",
    "src/page/files",
    "src/run/send_file.rs",
    "src/sandbox/copying.rs",
    // For scripts that are not ours.
    "src/auth/session_key.rs",
    "src/cgi/cookie_removal.rs",
    "src/page/script.rs",
    "src/page/script_variables.rs",
    "src/run/guard.rs",
    "src/run/interpreter_line.rs",
];

struct Source {
    /// From the project's folder on.
    path: String,
    /// Without tests, comments and blank lines, numbered.
    lines: Vec<(usize, String)>,
}

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files of a folder and of those in it, but for tests, and for crates that stand in for others.
pub fn rust_files(folder: &str) -> Vec<PathBuf> {
    let mut folders = vec![root().join(folder)];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if !path.ends_with("src/regex") && !path.ends_with("src/webpki-roots") {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs")
                && !path.ends_with("tests.rs")
            {
                files.push(path);
            }
        }
    }
    files.sort();
    assert!(!files.is_empty());
    files
}

/// The lines of a file, numbered, but for its tests: the module that they are at its end, or the two lines that name
/// a file of them.
pub fn code_of(path: &Path) -> impl Iterator<Item = (String, usize)> {
    let text = fs::read_to_string(path).unwrap();
    let mut lines: Vec<(String, usize)> = text.lines().map(str::to_owned).zip(1..).collect();
    if let Some(at) = lines.iter().position(|(line, _)| line == "#[cfg(test)]") {
        if lines[at + 1].0.ends_with(';') {
            lines.drain(at..at + 2);
        } else {
            lines.truncate(at);
        }
    }
    lines.into_iter()
}

fn sources(folder: &str) -> Vec<Source> {
    rust_files(folder).iter().map(|path| source(path)).collect()
}

fn source(path: &Path) -> Source {
    let code = code_of(path).filter(|(line, _)| {
        let line = line.trim_start();
        !line.is_empty() && !line.starts_with("//")
    });
    let path = path.strip_prefix(root()).unwrap();
    Source {
        path: path.to_str().unwrap().to_owned(),
        lines: code.map(|(line, number)| (number, line)).collect(),
    }
}

/// `auth` of `src/auth/session_cookie.rs`, `run` of `src/run.rs`.
pub fn module(path: &str) -> &str {
    let path = path.strip_prefix("src/").unwrap();
    path.split(['/', '.']).next().unwrap()
}

/// The library: `src` but for the programs in it.
fn library() -> Vec<Source> {
    let mut sources = sources("src");
    sources.retain(|source| !source.path.starts_with("src/bin/") && source.path != "src/lib.rs");
    sources
}

/// What stands behind each `crate::` of a line.
fn names(line: &str) -> impl Iterator<Item = &str> {
    let word = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
    line.split("crate::")
        .skip(1)
        .map(move |rest| rest.split(word).next().unwrap_or_default())
}

#[test]
fn imports_go_down_only() {
    for source in library() {
        let from = module(&source.path);
        let allowed = MAY_USE.iter().find(|(module, _)| *module == from);
        let (_, allowed) = allowed.unwrap_or_else(|| panic!("{from} is in no layer"));
        for (number, line) in &source.lines {
            for to in names(line) {
                assert!(
                    !to.is_empty(),
                    "{}:{number}: `use crate::{{`: one line a module, so that a diff shows each edge",
                    source.path
                );
                assert!(
                    to == from || allowed.contains(&to),
                    "{}:{number}: `crate::{to}` is not below `{from}`",
                    source.path
                );
            }
        }
    }
}

/// A step up by `super` would pass the test above unseen.
#[test]
fn super_stays_inside_its_module() {
    for source in library() {
        let is_module = usize::from(source.path.ends_with("/mod.rs"));
        let depth = source.path.matches('/').count() - 1 - is_module;
        for (number, line) in &source.lines {
            let ups = usize::from(line.contains("super::"))
                + usize::from(line.contains("super::super::"));
            assert!(
                ups <= depth,
                "{}:{number}: `super` leaves the module: write `crate::`",
                source.path
            );
        }
    }
}

#[test]
fn one_file_each_touches_the_process() {
    for source in library() {
        for (number, line) in &source.lines {
            for (word, only) in ONLY_IN {
                assert!(
                    !line.contains(word) || only.split(" and ").any(|only| source.path == only),
                    "{}:{number}: `{word}` belongs to {only}",
                    source.path
                );
            }
        }
    }
}

/// A page never names a store, and nothing but the store names a driver.
#[test]
fn drivers_are_named_in_the_store_only() {
    for source in library() {
        let allowed = source.path.starts_with("src/store/");
        for (number, line) in &source.lines {
            for driver in ["mysql::", "rusqlite", "sqlite::"] {
                assert!(
                    allowed || !line.contains(driver),
                    "{}:{number}: `{driver}`",
                    source.path
                );
            }
        }
    }
}

#[test]
fn a_program_that_a_server_runs_only_names_its_page() {
    for source in sources("cgi-bin") {
        let lines = source.lines.len();
        assert!(lines <= 8, "{} has {lines} lines", source.path);
        for (number, line) in &source.lines {
            for name in line.split("cgi_session::").skip(1) {
                assert!(
                    name.starts_with("run(") || name.starts_with("page::"),
                    "{}:{number}: {line}",
                    source.path
                );
            }
        }
    }
}

/// Printed, since the README says it: `cargo test layers -- --nocapture`.
#[test]
fn what_a_visitor_reaches_is_read_in_an_afternoon() {
    let mut reached = sources("src");
    reached.extend(sources("cgi-bin"));
    reached.retain(|source| {
        let is_in = |place: &&str| source.path.starts_with(place);
        !source.path.starts_with("src/bin/") && !NOT_REACHED.iter().any(is_in)
    });
    let lines: usize = reached.iter().map(|source| source.lines.len()).sum();
    eprintln!("login, logout and protected reach {lines} lines of code");
    assert!(lines < REACHED_MAX, "{lines} lines of code");
    let most = format!("{},{:03}", REACHED_MAX / 1000, REACHED_MAX % 1000);
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    assert!(
        readme.contains(&format!("under {most} lines")),
        "the README says otherwise"
    );
}
