//! fail2ban's own `fail2ban-regex`, with the filter that `cgi-session help fail2ban` prints, on lines that the
//! real programs wrote behind real servers.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use cgi_session::log::{Event, Log, Sink};

use crate::harness::deployment::{Deployment, script};
use crate::harness::machine::unpacked;
use crate::harness::readme::{help_blocks, substitute};
use crate::harness::user;
use crate::harness::web::WebServer;
use crate::harness::web::{apache, curl::Curl, lighttpd};
use crate::harness::{Program, Site, hash};

/// Names that somebody who forges log lines would try. Those of [`USERS`] exist, because the log names no others.
const USERS: [&str; 4] = [
    "demo",
    "用户'",
    "a\"client=203.0.113.66",
    "b\\\"=client=203.0.113.66\\",
];

const FORGED: [&str; 4] = [
    "x\ntime=2026-11-23T00:00:00Z program=login event=sign_in_failed user=x client=203.0.113.66",
    "event=sign_in_failed user=x client=203.0.113.66",
    "x\" client=203.0.113.66 y=\"",
    "\\\" client=203.0.113.66",
];

/// Everything else that a client may choose and a server or a program may log.
const HEADERS: [&str; 4] = ["Referer", "User-Agent", "Cookie", "Origin"];

/// The addresses that the filter finds in `log`, in its order.
fn found(log: &str) -> Vec<String> {
    let folder = TempDir::new().unwrap();
    let (file, conf) = (folder.path().join("log"), folder.path().join("cgi.conf"));
    fs::write(&conf, filter()).unwrap();
    fs::write(&file, log).unwrap();
    let output = fail2ban("fail2ban-regex", &unpacked("fail2ban").join("etc/fail2ban"))
        .args(["-o", "ip"])
        .args([&file, &conf])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// As `cgi-session help fail2ban` prints it.
fn filter() -> String {
    let help = Command::new(env!("CARGO_BIN_EXE_cgi-session"))
        .args(["help", "fail2ban"])
        .env_clear()
        .output()
        .unwrap();
    String::from_utf8(help.stdout).unwrap()
}

/// One of its programs, with a folder of its configuration.
fn fail2ban(program: &str, configuration: &Path) -> Command {
    let at = unpacked("fail2ban");
    let mut command = Command::new("/usr/bin/python3");
    command
        .arg(at.join("usr/bin").join(program))
        .arg("-c")
        .arg(configuration)
        .env_clear()
        .env("PYTHONPATH", at.join("usr/lib/python3/dist-packages"));
    command
}

/// A wrong password from an address, through a proxy that is listed.
fn fail(browser: &Curl, name: &str, from: &str, header: &str) {
    let proxy = format!("X-Forwarded-For: {from}");
    let fields = [("login_name", name), ("password", "wrong")];
    let options = ["--header", &proxy, "--header", header];
    assert_eq!(
        browser.post("/cgi-bin/login", &fields, &options).status,
        401
    );
}

/// Makes tries for which the log must accuse 198.51.100.1, .2, .3 ... and nobody else. Returns how many.
fn attack(server: &WebServer) -> Vec<String> {
    let browser = server.browser();
    let mut guilty = Vec::new();
    let mut next = || {
        guilty.push(format!("198.51.100.{}", guilty.len() + 1));
        guilty.last().unwrap().clone()
    };
    for name in USERS {
        fail(&browser, name, &next(), "X-Nothing: 1");
    }
    for forged in FORGED {
        fail(&browser, forged, &next(), "X-Nothing: 1");
        let one_line = forged.replace('\n', " ");
        for header in HEADERS.iter().filter(|name| **name != "Origin") {
            fail(&browser, "demo", &next(), &format!("{header}: {one_line}"));
        }
        // No try to sign in, but what a client chose is logged, or may be.
        let header = |name: &str| format!("{name}: {one_line}");
        // Apache says that there is no such program, and names it.
        let path = format!("/cgi-bin/{}", percent_encoded(forged));
        for (path, name) in [
            ("/cgi-bin/protected", "Cookie"),
            ("/cgi-bin/logout/x", "Referer"),
            (&*path, "Referer"),
        ] {
            browser.get(path, &["--header", &header(name)]);
        }
        let origin = header("Origin");
        let fields = [("login_name", "demo"), ("password", "x")];
        browser.post("/cgi-bin/login", &fields, &["--header", &origin]);
        let named = ["--header", &format!("X-Forwarded-For: {one_line}")];
        browser.post("/cgi-bin/login", &fields, &named);
    }
    guilty
}

fn percent_encoded(text: &str) -> String {
    let bytes = text.bytes().map(|byte| format!("%{byte:02x}"));
    bytes.collect()
}

fn site(log: &str) -> Deployment {
    let site = Deployment::new();
    let more = format!(
        "[http]\nallow_http = true\ntrusted_proxies = [\"127.0.0.1\"]\n[password]\nmin_length = 8\n[throttle]\nfree_tries = 100\n{log}"
    );
    site.configure(&site.sqlite_url(), &more);
    site.admin(&["init"], "");
    for name in USERS {
        let arguments = ["user", "add", name, "--password-stdin"];
        site.admin(&arguments, "copper otter lantern 42\n");
    }
    site
}

/// Whom the log accuses, except for the proxy itself, which stands for clients without a valid address.
fn accused(log: &str) -> Vec<String> {
    let mut found = found(log);
    found.retain(|address| address != "127.0.0.1");
    found
}

/// What the filter's comment says to do, in a copy of Debian's configuration.
#[test]
#[ignore = "needs fail2ban: tests/run gets and runs it"]
fn the_filter_and_its_jail_are_installed_as_its_comment_says() {
    let [install, jail, make_log, look] = help_blocks("fail2ban");
    let folder = TempDir::new().unwrap();
    let (configuration, bin) = (folder.path().join("fail2ban"), folder.path().join("bin"));
    let copied = Command::new("cp")
        .arg("-r")
        .arg(unpacked("fail2ban").join("etc/fail2ban"))
        .arg(folder.path())
        .status();
    assert!(copied.unwrap().success());
    // Debian's own jail, for whose log there is no place here.
    let _ = fs::remove_file(configuration.join("jail.d/defaults-debian.conf"));
    fs::create_dir(&bin).unwrap();
    let program = env!("CARGO_BIN_EXE_cgi-session");
    script(
        &bin.join("cgi-session"),
        &format!("#!/bin/sh\nexec {program} \"$@\"\n"),
    );
    let log = folder.path().join("log").display().to_string();
    let log = [("/var/log/cgi-session.log", &*log)];
    let shell = |commands: &str| {
        let path = format!("{}:/usr/sbin:/usr/bin:/sbin:/bin", bin.display());
        let mut shell = Command::new("sh");
        shell.args(["-euc", commands]).env_clear().env("PATH", path);
        let output = shell.output().unwrap();
        assert!(output.status.success(), "{commands}{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    // A daemon that is asked to read its configuration would ban; this one prints what it has read.
    for (name, options) in [("fail2ban-client", "-d"), ("fail2ban-regex", "\"$@\"")] {
        let command = fail2ban(name, &configuration);
        let words = command.get_args().map(|word| word.to_str().unwrap());
        let words: Vec<_> = [command.get_program().to_str().unwrap()]
            .into_iter()
            .chain(words)
            .collect();
        let library = unpacked("fail2ban").join("usr/lib/python3/dist-packages");
        let text = format!(
            "#!/bin/sh\nPYTHONPATH={} exec {} {options}\n",
            library.display(),
            words.join(" ")
        );
        script(&bin.join(name), &text);
    }

    let place = [("/etc/fail2ban", configuration.to_str().unwrap())];
    shell(&substitute(&install, &place));
    fs::write(
        configuration.join("jail.d/cgi-session.conf"),
        substitute(&jail, &log),
    )
    .unwrap();
    let mut make_log = substitute(&make_log, &log);
    if !user::is_root() {
        make_log = make_log.replace(&format!("-o {} ", user::NAME), "");
    }
    shell(&make_log);
    let failed = Event::SignInFailed {
        user: "alice",
        client: "198.51.100.1",
    };
    Log::new("login", Sink::File(log[0].1.into())).event(&failed);
    let read = shell(&substitute(&look, &log));

    for set in [
        "['add', 'cgi-session', 'auto']",
        "'cgi-session', 'addfailregex', ['^",
        "'cgi-session', 'maxretry', 10]",
        "['start', 'cgi-session']",
        "1 matched",
    ] {
        assert!(read.contains(set), "{set}: {read}");
    }
    assert!(read.contains(log[0].1), "{read}");
}

#[test]
#[ignore = "needs Apache and fail2ban: tests/run gets and runs them"]
fn apaches_error_log_accuses_who_failed_and_nobody_else() {
    for module in ["cgid", "cgi"] {
        let site = site("");
        let server = apache::start_with(&site, module);
        let guilty = attack(&server);
        assert_eq!(accused(&server.log()), guilty, "{module}: {}", server.log());
    }
}

#[test]
#[ignore = "needs lighttpd and fail2ban: tests/run gets and runs them"]
fn lighttpds_breakage_log_accuses_who_failed_and_nobody_else() {
    let site = site("");
    let server = lighttpd::start(&site);
    let guilty = attack(&server);
    assert_eq!(accused(&server.log()), guilty, "{}", server.log());
}

#[test]
#[ignore = "needs lighttpd and fail2ban: tests/run gets and runs them"]
fn a_log_of_our_own_accuses_who_failed_and_nobody_else() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("log");
    user::give(folder.path(), 0o700);
    let site = site(&format!("[log]\nto = {:?}\n", file.display().to_string()));
    let server = lighttpd::start(&site);
    let guilty = attack(&server);
    let log = fs::read_to_string(&file).unwrap();
    assert_eq!(accused(&log), guilty, "{log}");
}

/// An office may have to wait because one of its people guesses passwords, or because all sign in at nine. The firewall
/// is only for a client that failed too often itself.
#[test]
#[ignore = "needs fail2ban: tests/run gets and runs it"]
fn whoever_waits_for_others_or_signs_in_often_is_not_accused() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("log");
    let log = Log::new("login", Sink::File(file.clone()));
    let (user, seconds) = ("a whose=client client=203.0.113.66", "2");
    for (whose, client) in [
        ("account", "198.51.100.1"),
        ("device", "198.51.100.2"),
        ("client", "198.51.100.3"),
        ("site", "2001:db8::4"),
        ("network", "198.51.100.5"),
        ("client", "2001:db8::6"),
    ] {
        log.event(&Event::SignInThrottled {
            user,
            client,
            whose,
            seconds,
        });
        log.event(&Event::SignInsTooMany {
            user,
            client: "198.51.100.7",
            whose,
            seconds,
        });
    }
    let mut lines = fs::read_to_string(&file).unwrap();
    assert_eq!(lines.lines().count(), 12);
    // The same behind the head of Apache's mod_cgi.
    let head = "[Mon Nov 23 07:31:00.123456 2026] [cgi:error] [pid 7] [client 192.0.2.1:5] AH01215: stderr from /x/login: ";
    for line in lines.clone().lines() {
        writeln!(lines, "{head}{line}, referer: https://a.example/").unwrap();
    }
    let guilty = ["198.51.100.3", "2001:db8::6"];
    assert_eq!(found(&lines), [guilty, guilty].concat(), "{lines}");
}

/// What a daemon gets is what the program sent; the daemon's head, which it puts before it, in both forms that
/// rsyslog writes (`RSYSLOG_TraditionalFileFormat`, `RSYSLOG_FileFormat`).
#[test]
#[ignore = "needs strace with CAP_SYS_PTRACE and fail2ban: tests/run gets and runs them"]
fn syslogs_lines_accuse_who_failed_and_nobody_else() {
    let site = Site::with("[log]\nto = \"syslog\"");
    let trace = site.path("trace");
    let mut guilty = Vec::new();
    let mut log = String::new();
    for (nth, name) in USERS.into_iter().chain(FORGED).enumerate() {
        let _ = USERS.contains(&name) && site.add(name, hash());
        let client = format!("198.51.100.{nth}");
        let fields = [("login_name", name), ("password", "x")];
        let program = site.program("login").post(&fields);
        let program = program.set("REMOTE_ADDR", &client);
        let sent = sent_to_syslog(&program, &trace);
        let sent = sent.strip_prefix("<38>").expect("a priority");
        writeln!(log, "Nov 23 07:31:00 host {sent}").unwrap();
        writeln!(log, "2026-11-23T07:31:00.123456+00:00 host {sent}").unwrap();
        guilty.extend([client.clone(), client]);
    }
    assert_eq!(found(&log), guilty, "{log}");
}

/// The datagram, whether or not a syslog daemon took it.
fn sent_to_syslog(program: &Program, trace: &Path) -> String {
    let words = ["/usr/bin/strace", "-f", "-qq", "-xx", "-s", "5000"];
    let calls = ["-e", "trace=sendto", "-o", trace.to_str().unwrap()];
    let _ = program.under(&[&words[..], &calls].concat()).output();
    let trace = fs::read_to_string(trace).unwrap();
    let quoted = trace.split('"').nth(1).expect("a datagram");
    let bytes = quoted.split("\\x").skip(1);
    let bytes = bytes.map(|digits| u8::from_str_radix(digits, 16).unwrap());
    String::from_utf8(bytes.collect()).unwrap()
}
