//! What a program reads of its environment: the variables of CGI/1.1 and where its configuration is. With
//! everything else that libraries are known to read, it answers the same and makes the same system calls.

use std::fs;

use crate::harness::Site;
use crate::harness::database::DatabaseServer as _;
use crate::harness::database::mariadb::Mariadb;
use crate::harness::{Answer, Program};

/// What a shell, an administrator's profile or a server's configuration may have set, each to what would show.
const OTHERS: [(&str, &str); 31] = [
    ("TZ", "Asia/Shanghai"),
    ("LANG", "zh_CN.UTF-8"),
    ("LC_ALL", "zh_CN.UTF-8"),
    ("RUST_BACKTRACE", "full"),
    ("RUST_LIB_BACKTRACE", "1"),
    ("RUST_LOG", "trace"),
    ("RUST_MIN_STACK", "7340032"),
    ("MYSQL_HOME", "/nonexistent"),
    ("MYSQL_HOST", "192.0.2.1"),
    ("MYSQL_PWD", "hunter2"),
    ("MYSQL_TCP_PORT", "1"),
    ("MYSQL_UNIX_PORT", "/nonexistent"),
    ("MYSQL_TEST_LOGIN_FILE", "/nonexistent"),
    ("SQLITE_TMPDIR", "/nonexistent"),
    ("SQLITE_HISTORY", "/nonexistent"),
    ("TMPDIR", "/nonexistent"),
    ("HOME", "/nonexistent"),
    ("PATH", "/nonexistent"),
    ("USER", "root"),
    ("LD_PRELOAD", "/nonexistent.so"),
    ("LD_LIBRARY_PATH", "/nonexistent"),
    ("LD_DEBUG", "all"),
    ("LD_BIND_NOW", "1"),
    ("NIS_PATH", "/nonexistent"),
    ("HTTP_PROXY", "http://192.0.2.1:1"),
    ("http_proxy", "http://192.0.2.1:1"),
    ("https_proxy", "http://192.0.2.1:1"),
    ("ALL_PROXY", "http://192.0.2.1:1"),
    ("SSL_CERT_FILE", "/nonexistent"),
    ("SSLKEYLOGFILE", "/nonexistent"),
    ("CARGO", "/nonexistent"),
];

/// The C library reads them before a program begins, as of any program; they steer its heap alone.
const HEAP: [(&str, &str); 6] = [
    ("GLIBC_TUNABLES", "glibc.malloc.top_pad=10000000"),
    ("MALLOC_TOP_PAD_", "10000000"),
    ("MALLOC_MMAP_THRESHOLD_", "4096"),
    ("MALLOC_ARENA_MAX", "1"),
    ("MALLOC_PERTURB_", "85"),
    ("MALLOC_CHECK_", "3"),
];

/// The C library's resolver reads them where it looks a host's name up, and only there.
const NAMES: [(&str, &str); 4] = [
    ("RES_OPTIONS", "attempts:9 debug"),
    ("LOCALDOMAIN", "evil.example"),
    ("HOSTALIASES", "/nonexistent"),
    ("RESOLV_HOST_CONF", "/nonexistent"),
];

/// Calls that ask for memory.
const MEMORY: [&str; 6] = ["brk", "mmap", "munmap", "mprotect", "mremap", "madvise"];

/// Sets the variables for the program alone, not for strace; or as many others of the same length, since what
/// is there at all is copied.
fn options(variables: &[(&str, &str)], real: bool) -> Vec<String> {
    let name = |name: &str| {
        if real {
            name.to_owned()
        } else {
            format!("Q{}", &name[1..])
        }
    };
    let set = variables
        .iter()
        .map(|(key, value)| format!("{}={value}", name(key)));
    set.flat_map(|set| ["-E".to_owned(), set]).collect()
}

/// The answer, and the system calls of the main thread: names, paths, and sizes of memory. Neither what was
/// read nor what was random is compared.
fn run(at: &Site, program: &Program, options: &[String]) -> (Answer, Vec<String>) {
    let trace = at.path("trace");
    let mut words = vec![
        "/usr/bin/strace",
        "-f",
        "-qq",
        "-o",
        trace.to_str().unwrap(),
    ];
    words.extend(options.iter().map(String::as_str));
    let mut answer = program.under(&words).answer_whatever_is_logged();
    answer.headers.remove("set-cookie");
    // Which session, since when, until when.
    if let Some((before, rest)) = answer.body.split_once("name=\"ends\" value=\"") {
        let after = rest.trim_start_matches(|c: char| c.is_ascii_hexdigit());
        answer.body = format!("{before}{after}");
    }
    answer.body.retain(|c| !c.is_ascii_digit());
    answer.log.clear();
    let text = fs::read_to_string(trace).unwrap();
    let main = text.split(' ').next().unwrap().to_owned();
    let calls = text
        .lines()
        .filter_map(|line| line.strip_prefix(&main)?.trim_start().split_once('('))
        .filter(|(name, _)| !["execve", "futex"].contains(name) && !name.contains("<..."))
        .map(|(name, rest)| {
            let has_path = [
                "open",
                "openat",
                "newfstatat",
                "statx",
                "readlink",
                "connect",
            ];
            let path = rest.split('"').nth(1).filter(|_| has_path.contains(&name));
            let size = rest.split(", ").nth(1).filter(|_| name == "mmap");
            // Which of the slots is looked at first, the process's number says.
            let what = path.or(size).unwrap_or_default();
            let what = what.strip_prefix("hashing.").map_or(what, |_| "hashing");
            format!("{name} {what}")
        });
    let mut calls: Vec<_> = calls.collect();
    // What a server sends may come in one piece or in two.
    calls.dedup_by(|again, call| again == call && call.starts_with("recvfrom "));
    (answer, calls)
}

/// A page, a form that is shown, one that is wrong, one that is none and is read to its end by a thread, and
/// one that ends a session: each made anew for each run.
fn programs(site: &Site) -> [Program; 5] {
    [
        site.protected(&site.token()),
        site.program("login"),
        site.program("login")
            .post(&[("login_name", "demo"), ("password", "wrong")]),
        site.program("login")
            .body("x")
            .set("CONTENT_TYPE", "text/plain"),
        site.logout(&site.token()),
    ]
}

#[track_caller]
fn makes_no_difference(site: &Site, variables: &[(&str, &str)], kept: fn(&str) -> bool) {
    let [without, with] = [false, true].map(|real| {
        let options = options(variables, real);
        programs(site).map(|program| run(site, &program, &options))
    });
    for ((answer, calls), (other, other_calls)) in without.into_iter().zip(with) {
        assert_eq!(answer, other);
        let kept = |calls: Vec<String>| {
            let mut calls = calls;
            calls.retain(|call| kept(call.split(' ').next().unwrap()));
            calls
        };
        assert_eq!(kept(calls), kept(other_calls));
    }
}

fn makes_no_difference_on(site: &Site) {
    // The first try makes a row, the others count in it.
    for program in programs(site) {
        let _ = program.answer_whatever_is_logged();
    }
    makes_no_difference(site, &OTHERS, |_| true);
    makes_no_difference(site, &NAMES, |_| true);
    makes_no_difference(site, &HEAP, |call| !MEMORY.contains(&call));
}

#[test]
#[ignore = "needs strace with CAP_SYS_PTRACE: tests/run installs it"]
fn sqlite_no_variable_but_cgis_and_ours_is_read() {
    makes_no_difference_on(&Site::with_many_tries());
    // What is temporary has no file whose folder would be asked for.
    let library = rusqlite::Connection::open_in_memory().unwrap();
    let mut options = library.prepare("PRAGMA compile_options").unwrap();
    let options = options
        .query_map([], |row| row.get::<_, String>(0))
        .unwrap();
    assert!(
        options
            .map(Result::unwrap)
            .any(|option| option == "TEMP_STORE=3")
    );
}

#[test]
#[ignore = "needs strace with CAP_SYS_PTRACE and mariadbd: tests/run installs and runs them"]
fn mariadb_no_variable_but_cgis_and_ours_is_read() {
    let database = Mariadb::shared().database();
    let site = Site::on(&database, &database.url());
    makes_no_difference_on(&site);
    let url = database.tcp_url();
    site.point_to(&url);
    makes_no_difference_on(&site);
    // By a name, the resolver's own variables count; nobody else's do.
    site.point_to(&url.replace("127.0.0.1", "localhost"));
    makes_no_difference(&site, &OTHERS, |_| true);
}
