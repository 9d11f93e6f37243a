//! What a program gives up: limits, rights, core dumps, and with its store open every file that it does not need;
//! and what of its environment it does not read.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
#[cfg(feature = "mysql")]
use std::os::unix::net::UnixListener;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use cgi_session::sandbox::{Confined, Need, confine};
use rustix::process::{Pid, Signal, kill_process};

use crate::harness::{Deployment, user};
use crate::harness::{PASSWORD, Program, Row, Site, has_landlock};

/// The user `nobody`.
const NEIGHBOUR: u32 = 65_534;

const STRACE: &str = "/usr/bin/strace";

/// `login` as the web server's user, waiting for a body that does not come.
fn waiting(site: &Deployment, before: &str) -> Child {
    site.configure(&site.sqlite_url(), "");
    let program = Program::new("login").body("login_name=x");
    let variables: Vec<_> = program
        .command()
        .get_envs()
        .map(|(name, value)| (name.to_owned(), value.unwrap().to_owned()))
        .collect();
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", &format!("{before} exec \"$0\"")])
        .arg(site.path("cgi-bin/login"))
        .env_clear()
        .envs(variables)
        .env("CGI_SESSION_CONFIG", site.config())
        .current_dir(site.path("state"))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let child = user::become_it(&mut command).spawn().unwrap();
    // Its thread is there when it waits.
    let tasks = format!("/proc/{}/task", child.id());
    let began = Instant::now();
    while fs::read_dir(&tasks).unwrap().count() < 2 {
        assert!(
            began.elapsed() < Duration::from_secs(10),
            "no second thread"
        );
        thread::sleep(Duration::from_millis(1));
    }
    child
}

fn pid(child: &Child) -> Pid {
    Pid::from_child(child)
}

/// Soft and hard limit of a line of /proc/PID/limits.
fn limits(child: &Child, name: &str) -> (String, String) {
    let text = fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let mut words = line.unwrap_or_else(|| panic!("{text}")).split_whitespace();
    let mut next = || words.next().unwrap().to_owned();
    (next(), next())
}

#[test]
fn a_program_limits_itself_before_it_reads_anything() {
    let site = Deployment::new();
    let mut child = waiting(&site, "ulimit -c unlimited 2>/dev/null;");
    for (name, most) in [
        ("Max core file size", "0"),
        ("Max address space", "536870912"),
        ("Max cpu time", "10"),
        ("Max open files", "64"),
    ] {
        let both = (most.to_owned(), most.to_owned());
        assert_eq!(limits(&child, name), both, "{name}");
    }
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    assert!(status.contains("NoNewPrivs:\t1\n"), "{status}");
    // Of what cannot be dumped, /proc is root's: whoever runs as the same user reads nothing of it.
    let about = fs::metadata(format!("/proc/{}/environ", child.id())).unwrap();
    assert_eq!(about.uid(), 0, "dumpable");
    let own = fs::metadata("/proc/self/environ").unwrap().uid();
    assert_eq!(
        own,
        rustix::process::geteuid().as_raw(),
        "this test is dumpable"
    );
    drop(child.stdin.take());
    child.wait().unwrap();
}

/// A limit that was lower at the start stays lower.
#[test]
fn a_program_takes_no_more_than_it_was_given() {
    let site = Deployment::new();
    let mut child = waiting(&site, "ulimit -S -n 20; ulimit -t 7;");
    let both = |soft: &str, hard: &str| (soft.to_owned(), hard.to_owned());
    assert_eq!(limits(&child, "Max open files"), both("20", "64"));
    assert_eq!(limits(&child, "Max cpu time"), both("7", "7"));
    drop(child.stdin.take());
    child.wait().unwrap();
}

#[test]
fn a_program_that_crashes_leaves_no_core() {
    let site = Deployment::new();
    // Not QUIT: what a shell starts in the background, these tests perhaps, ignores it.
    for signal in [Signal::SEGV, Signal::ABORT, Signal::SYS] {
        let mut child = waiting(&site, "ulimit -c unlimited 2>/dev/null;");
        // The standard library's handler looks at the first one itself.
        let began = Instant::now();
        let status = loop {
            let _ = kill_process(pid(&child), signal);
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            assert!(
                began.elapsed() < Duration::from_secs(10),
                "survives {signal:?}"
            );
            thread::sleep(Duration::from_millis(5));
        };
        assert_eq!(status.signal(), Some(signal.as_raw()));
        assert!(!status.core_dumped(), "{signal:?}");
        let left: Vec<_> = fs::read_dir(site.path("state")).unwrap().collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

/// The largest body, and the hash that asks for most memory: neither is refused for the limit's sake.
#[test]
fn what_a_program_may_be_asked_for_fits_into_its_limits() {
    use argon2::password_hash::PasswordHasher as _;
    use argon2::{Algorithm, Argon2, Params, Version};
    let site = Site::with("[http]\nmax_body = \"16m\"");
    let params = Params::new(128 * 1024, 1, 1, None).unwrap();
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let hash = argon2.hash_password(PASSWORD.as_bytes()).unwrap();
    assert!(site.add("costly", &hash.to_string()));
    let filler = "x".repeat((16 << 20) - 200);
    let fields = [
        ("login_name", "costly"),
        ("password", PASSWORD),
        ("filler", &filler),
    ];
    let program = site.program("login").post(&fields);
    let answer = program
        .logs(&["event=sign_in_succeeded user=costly"])
        .answer();
    assert_eq!(answer.status, 303);
}

/// In a thread, which alone is held.
fn held(needs: Vec<Need>, then: impl FnOnce() + Send) {
    let run = move || {
        rustix::thread::set_no_new_privs(true).unwrap();
        match confine(&needs) {
            Ok(Confined::Wholly) => then(),
            other => eprintln!("NOT TRIED, this kernel: {other:?}"),
        }
    };
    thread::scope(|scope| scope.spawn(run).join().unwrap());
}

#[test]
fn whoever_is_confined_reaches_what_it_needs_and_nothing_else() {
    let folder = tempfile::TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("in")).unwrap();
    for name in ["in/old", "out", "log"] {
        fs::write(at(name), "old").unwrap();
    }
    let (here, elsewhere) = (listener(), listener());
    let port = |of: &TcpListener| of.local_addr().unwrap().port();
    let needs = vec![
        Need::Folder(at("in")),
        Need::Write(at("log")),
        Need::Read("/etc/hosts".into()),
        Need::Read(at("not there")),
        Need::Port(port(&here)),
    ];
    held(needs, || {
        fs::write(at("in/new"), "new").unwrap();
        fs::write(at("in/old"), "").unwrap();
        fs::remove_file(at("in/new")).unwrap();
        fs::read_dir(at("in")).unwrap();
        fs::read("/etc/hosts").unwrap();
        let mut append = File::options();
        append.append(true).open(at("log")).unwrap();
        TcpStream::connect(here.local_addr().unwrap()).unwrap();
        let refused = [
            ("a file", fs::read("/etc/passwd").map(drop)),
            ("a file beside", fs::read(at("out")).map(drop)),
            ("to read what is written", fs::read(at("log")).map(drop)),
            ("to make", fs::write(at("made"), "")),
            ("to remove", fs::remove_file(at("out"))),
            ("a link", symlink("/etc/passwd", at("in/link"))),
            ("a folder", fs::create_dir(at("in/folder"))),
            ("another folder", fs::read_dir("/").map(drop)),
            ("/proc", fs::read("/proc/self/environ").map(drop)),
            ("to execute", Command::new("/bin/true").status().map(drop)),
            (
                "a port",
                TcpStream::connect(elsewhere.local_addr().unwrap()).map(drop),
            ),
            ("to listen", TcpListener::bind("127.0.0.1:0").map(drop)),
        ];
        for (what, done) in refused {
            let why = done.expect_err(what).kind();
            assert_eq!(why, ErrorKind::PermissionDenied, "{what}");
        }
    });
}

fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").unwrap()
}

/// All system calls of a program and its threads, and what it answered.
fn traced(site: &Site, program: &Program, options: &[&str]) -> (Vec<String>, Vec<u8>, String) {
    let trace = site.path("trace");
    let words = [STRACE, "-f", "-qq", "-o", trace.to_str().unwrap()];
    let output = program.under(&[&words[..], options].concat()).output();
    assert!(output.status.success(), "{output:?}");
    let calls = fs::read_to_string(trace).unwrap();
    let log = String::from_utf8(output.stderr).unwrap();
    (
        calls.lines().map(str::to_owned).collect(),
        output.stdout,
        log,
    )
}

#[test]
#[ignore = "needs strace with CAP_SYS_PTRACE: tests/run installs it"]
fn a_program_is_confined_once_its_store_is_open() {
    if !has_landlock() {
        eprintln!("NOT TRIED: this kernel has no Landlock");
        return;
    }
    let site = Site::new();
    let token = site.session(Row {
        seen: -600,
        ..Row::FRESH
    });
    for program in [
        site.program("protected").cookie(&token),
        site.try_to_sign_in(PASSWORD),
        site.program("logout").cookie(&token).post(&[]),
    ] {
        let (calls, _, _) = traced(&site, &program, &[]);
        let at = |what: &str| calls.iter().position(|call| call.contains(what));
        let opened = at("sessions.sqlite\", O_RDONLY").expect("opened");
        let confined = at("landlock_restrict_self(").expect("confined");
        let read = at("F_SETLK, {l_type=F_RDLCK").expect("read");
        assert!(opened < confined && confined < read, "{}", calls.join("\n"));
        assert!(!calls[confined].contains('-'), "{}", calls[confined]);
        let folder = site.path("").display().to_string();
        let folder = folder.trim_end_matches('/');
        // What a thread was interrupted in stands on two lines.
        let whole = calls[confined..]
            .iter()
            .filter(|call| !call.contains("resumed>"));
        for call in whole {
            let other =
                call.contains("open") && !call.contains(folder) && !call.contains("/dev/urandom");
            assert!(!other && !call.contains("EACCES"), "{call}");
        }
    }
    // Nothing is opened for whoever brings no token, and nothing is given up for them.
    let (calls, _, _) = traced(&site, &site.program("protected"), &[]);
    assert!(!calls.iter().any(|call| call.contains("landlock")));
}

/// A program that has no socket's or name's file to reach needs none at all.
#[cfg(feature = "mysql")]
#[test]
#[ignore = "needs strace with CAP_SYS_PTRACE and mariadbd: tests/run installs and runs them"]
fn a_program_is_confined_once_its_server_answers() {
    use crate::harness::database::DatabaseServer as _;
    if !has_landlock() {
        eprintln!("NOT TRIED: this kernel has no Landlock");
        return;
    }
    for ports in [0, 1] {
        let database = crate::harness::database::mariadb::Mariadb::shared().database();
        let url = if ports == 0 {
            database.url()
        } else {
            database.tcp_url()
        };
        let site = Site::on(&database, &url);
        let trace = site.path("trace");
        let words = [STRACE, "-f", "-qq", "-o", trace.to_str().unwrap()];
        let program = site.protected(&site.token());
        assert_eq!(program.under(&words).answer().status, 200);
        let calls = fs::read_to_string(trace).unwrap();
        let at = |what: &str| {
            calls
                .find(what)
                .unwrap_or_else(|| panic!("{what}: {calls}"))
        };
        let confined = at("landlock_restrict_self(");
        assert!(
            at(" connect(") < confined && confined < at("SELECT"),
            "{calls}"
        );
        assert!(!calls[confined..].contains("open"), "{calls}");
        assert_eq!(
            calls.matches("landlock_add_rule(").count(),
            ports,
            "{calls}"
        );
    }
}

#[test]
#[ignore = "needs strace: tests/run installs it"]
fn without_landlock_it_serves_and_a_form_says_so_in_the_log() {
    let site = Site::new();
    for why in ["ENOSYS", "EOPNOTSUPP", "EPERM"] {
        let inject = format!("inject=landlock_create_ruleset:error={why}");
        let inject = ["-e", &*inject];
        let token = site.session(Row::FRESH);
        for (program, status, lines) in [
            (site.program("protected").cookie(&token), "200", &[][..]),
            (
                site.try_to_sign_in(PASSWORD),
                "303",
                &["event=unconfined why=", "event=sign_in_succeeded"],
            ),
            (
                site.program("logout").cookie(&token).post(&[]),
                "303",
                &["event=unconfined why=", "event=signed_out"],
            ),
        ] {
            let (_, answer, log) = traced(&site, &program, &inject);
            let head = format!("Status: {status} ");
            assert!(answer.starts_with(head.as_bytes()), "{why}: {log}");
            assert_eq!(log.lines().count(), lines.len(), "{why}: {log}");
            for (line, part) in log.lines().zip(lines) {
                assert!(line.contains(part), "{why}: {log}");
            }
        }
    }
}

/// What `config check` says of the kernel; `before` starts it.
fn told_by_config_check(before: &[&str]) -> String {
    let site = Site::new();
    let program = [env!("CARGO_BIN_EXE_cgi-session")];
    let mut words = before.iter().chain(&program);
    let done = Command::new(words.next().unwrap())
        .args(words)
        .arg("--config")
        .arg(site.path("cgi-session.toml"))
        .args(["config", "check"])
        .env_clear()
        .output()
        .unwrap();
    assert!(done.status.success());
    let text = String::from_utf8(done.stdout).unwrap();
    let mut lines = text.lines();
    let line = lines
        .find_map(|line| line.strip_prefix("landlock "))
        .unwrap();
    line.trim().to_owned()
}

#[test]
fn config_check_says_whether_the_kernel_holds_the_programs() {
    let line = told_by_config_check(&[]);
    let holds = line.starts_with("the programs reach ");
    assert_eq!(holds, has_landlock(), "{line}");
}

#[test]
#[ignore = "needs strace: tests/run installs it"]
fn config_check_says_where_the_kernel_does_not() {
    let inject = "inject=landlock_create_ruleset:error=ENOSYS";
    let before = [STRACE, "-f", "-o", "/dev/null", "-e", inject];
    let line = told_by_config_check(&before);
    assert!(
        line.starts_with("the programs serve without it: "),
        "{line}"
    );
}

/// The log may be the first file of its folder, and the locks are in another folder than the store.
#[test]
fn a_confined_program_still_writes_its_log_and_its_store() {
    let site = Site::new();
    // Elsewhere: what lies in a folder that is needed is reached, too.
    let (store, logs) = (
        tempfile::TempDir::new().unwrap(),
        tempfile::TempDir::new().unwrap(),
    );
    let (real, log) = (store.path().join("real.sqlite"), logs.path().join("log"));
    fs::rename(site.file(), &real).unwrap();
    // The journal is beside the file, not beside the link to it.
    symlink(&real, site.file()).unwrap();
    site.configure(&format!("[log]\nto = {:?}", log.display().to_string()));
    for lines in 1..=3 {
        assert_eq!(site.try_to_sign_in(PASSWORD).answer().status, 303);
        let text = fs::read_to_string(&log).unwrap();
        assert_eq!(
            text.matches("event=sign_in_succeeded").count(),
            lines,
            "{text}"
        );
    }
    let token = site.session(Row {
        seen: -600,
        ..Row::FRESH
    });
    assert!(site.is_signed_in(&token));
    assert_eq!(
        site.count("SELECT COUNT(*) FROM sessions WHERE seen_at < unixepoch() - 60"),
        0
    );
}

#[test]
fn a_store_where_others_may_write_beside_it_is_refused() {
    let site = Site::new();
    let token = site.session(Row::FRESH);
    let mode = |mode| {
        fs::set_permissions(site.path("state"), fs::Permissions::from_mode(mode)).unwrap();
    };
    for (open, name, cure) in [
        (0o777, "0777", "use 0700"),
        // Like /tmp, which must stay as it is.
        (0o1777, "1777", "give the store a folder of its own"),
        (0o702, "0702", "use 0700"),
    ] {
        mode(open);
        let program = site.program("protected").cookie(&token);
        let answer = program.logs(&["event=failed"]).answer();
        assert_eq!(answer.status, 500);
        let why = format!("mode {name} lets others read or write it: {cure}");
        assert!(answer.log.contains(&why), "{}", answer.log);
        answer.tells_only_its_id();
    }
    mode(0o755);
    assert!(site.is_signed_in(&token));
}

/// Who may write beside a socket listens there while the server is away, and would be told the password.
#[cfg(feature = "mysql")]
#[test]
fn a_socket_where_others_may_put_another_is_refused() {
    let site = Site::new();
    let (folder, links) = (
        tempfile::TempDir::new().unwrap(),
        tempfile::TempDir::new().unwrap(),
    );
    let (socket, link) = (folder.path().join("s"), links.path().join("s"));
    let listener = UnixListener::bind(&socket).unwrap();
    listener.set_nonblocking(true).unwrap();
    symlink(&socket, &link).unwrap();
    let config = site.path("elsewhere.toml");
    for (named, open, mode) in [
        (&socket, &folder, 0o777),
        (&socket, &folder, 0o1777),
        (&link, &folder, 0o777),
        (&link, &links, 0o777),
    ] {
        let set = |mode| fs::set_permissions(open.path(), fs::Permissions::from_mode(mode));
        set(mode).unwrap();
        let url = format!("mysql://u:p@localhost/d?socket={}", named.display());
        crate::harness::write_with_mode(&config, &format!("store = \"{url}\"\n"), 0o600);
        let program = site.program("protected").cookie(&"0".repeat(40));
        let program = program.set("CGI_SESSION_CONFIG", &config);
        let answer = program.logs(&["event=failed"]).answer();
        assert_eq!(answer.status, 500);
        let folder = open.path().display();
        let why = format!("{folder}: mode {mode:04o} lets others listen where the server should");
        assert!(answer.log.contains(&why), "{}", answer.log);
        assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
        set(0o700).unwrap();
    }
}

/// Only root can give a file away: another user's tests see the owner's case of the configuration only.
#[test]
fn a_store_that_is_a_neighbours_is_refused() {
    if !user::is_root() {
        eprintln!("NOT TRIED: not root");
        return;
    }
    let site = Deployment::new();
    site.configure(&site.sqlite_url(), "");
    site.admin(&["init"], "");
    let file = site.file();
    let (group, folder) = (file.metadata().unwrap().gid(), site.path("state"));
    let own = file.metadata().unwrap().uid();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o660)).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o770)).unwrap();
    let asked = || {
        let mut command = Program::new("protected")
            .cookie(&"0".repeat(40))
            .set("CGI_SESSION_CONFIG", site.config())
            .command();
        let envs: Vec<_> = command
            .get_envs()
            .map(|(name, value)| (name.to_owned(), value.unwrap().to_owned()))
            .collect();
        command = Command::new(site.path("cgi-bin/protected"));
        let output = user::become_it(command.env_clear().envs(envs))
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
    };
    assert!(asked().starts_with("Status: 401 "), "{}", asked());
    for (path, what) in [(&file, "sessions.sqlite"), (&folder, "state")] {
        chown(path, Some(NEIGHBOUR), Some(group)).unwrap();
        let said = asked();
        assert!(said.starts_with("Status: 500 "), "{said}");
        let why = format!("{what}: user {NEIGHBOUR} may write it");
        assert!(said.contains(&why), "{said}");
        chown(path, Some(0), Some(group)).unwrap();
        assert!(asked().starts_with("Status: 401 "), "root's: {}", asked());
        chown(path, Some(own), Some(group)).unwrap();
    }
}
