//! The configuration: what is wrong with it is in the log, with file, line, key and cure; and nowhere else.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::Path;
use std::process::Command;

use cgi_session::config::{Config, TEMPLATE};

use crate::harness::deployment::place;
use crate::harness::user;
use crate::harness::{Answer, PASSWORD, Program, Row, Site, write_with_mode};

/// Settings behind `store` and `state`, so from line 3; and what the log says behind the file's name.
const WRONG: &[(&str, &str)] = &[
    ("sotre = \"x\"", ":3: sotre: unknown field"),
    ("[sesion]\nidle = \"1h\"", ":3: unknown field"),
    ("[session]\nidel = \"1h\"", ":4: idel: unknown field"),
    (
        "[session]\nidle = \"59s\"",
        ":4: idle: must be a time from \\\"1m\\\" to at most \\\"30d\\\"",
    ),
    ("[session]\nidle = \"31d\"", ":4: idle: must be a time"),
    ("[session]\nidle = \"0\"", ":4: idle: must be a time"),
    ("[session]\nidle = \"-5m\"", ":4: idle: must be a time"),
    ("[session]\nidle = \"1h30m\"", ":4: idle: must be a time"),
    (
        "[session]\nidle = \"9999999999999999d\"",
        ":4: idle: must be a time",
    ),
    (
        "[session]\nidle = 1800",
        ":4: idle: must be a text in quotes",
    ),
    (
        "[session]\nabsolute = \"1w\"",
        ":4: absolute: must be a time",
    ),
    (
        "[session]\n\nremember = \"401d\"",
        ":5: remember: must be a time from \\\"0\\\" (no box) to at most \\\"400d\\\"",
    ),
    (
        "[session]\nidle = \"13h\"",
        ":3: session.idle is longer than session.absolute: make it at most that",
    ),
    (
        "[session]\nmax_per_user = -1",
        ":4: max_per_user: must be a number",
    ),
    (
        "[session]\nmax_per_user = \"x\"",
        ":4: max_per_user: must be a number",
    ),
    (
        "[http]\nlogin = \"cgi-bin/login\"",
        ":4: login: must be \\\"\\\" or the path of `login`",
    ),
    (
        "[http]\nlogin = \"/cgi-bin/\"",
        ":4: login: must be \\\"\\\" or the path of `login`",
    ),
    (
        "[http]\nlogin = \"/cgi-bin/signin\"",
        ":4: login: must be \\\"\\\" or the path of `login`",
    ),
    (
        "[http]\nlogin = \"//x/login\"",
        ":4: login: must be \\\"\\\" or the path of `login`",
    ),
    (
        "[rule]\npath = \"/x\"\nallow = []",
        ":3: must be [[rule]], with two brackets on each side",
    ),
    (
        "[guard]\ncross_origin = 1",
        ":4: cross_origin: must be true",
    ),
    (
        "[password]\nmin_length = 7",
        ":4: min_length: must be a number of 8 to 64",
    ),
    (
        "[throttle]\nfree_tries = 0",
        ":4: free_tries: must be a number of 1 to 100",
    ),
    (
        "[http]\nallow_http = \"true\"",
        ":4: allow_http: must be true or false",
    ),
    (
        "[http]\nallow_http = yes",
        ":4: allow_http: must be a text in quotes, a number, true or false",
    ),
    (
        "[session]\nmax_per_user = five",
        ":4: max_per_user: must be a text in quotes, a number, true or false",
    ),
    (
        "[session]\nidle = 30m",
        ":4: idle: must be a text in quotes, a number, true or false",
    ),
    (
        "[http]\norigin = \"www.example.org\"",
        ":4: origin: must be \\\"\\\" or an origin as in",
    ),
    (
        "[http]\norigin = \"https://www.example.org/\"",
        ":4: origin: must be",
    ),
    (
        "[http]\ntrusted_proxies = [\"proxy.example\"]",
        ":4: trusted_proxies: must be addresses or networks",
    ),
    (
        "[http]\ntrusted_proxies = \"10.0.0.0/8\"",
        ":4: trusted_proxies: must be a list",
    ),
    (
        "[http]\nmax_body = \"17m\"",
        ":4: max_body: must be a size of \\\"1k\\\" to \\\"16m\\\"",
    ),
    (
        "[http]\nmax_body = \"65536\"",
        ":4: max_body: must be a size",
    ),
    (
        "[page]\nwhen_signed_out = \"Redirect\"",
        ":4: when_signed_out: unknown variant",
    ),
    ("[page]\nlogo = \"https://HOST/x\"", ":4: logo: must be"),
    (
        "[page]\nlogo = \"http://cdn.example/x\"",
        ":4: logo: must be \\\"\\\", a path as in",
    ),
    ("[page]\nlogo = \"/x; script-src *\"", ":4: logo: must be"),
    (
        "[page]\nstylesheet = \"//cdn.example/x\"",
        ":4: stylesheet: must be",
    ),
    (
        "[page]\nlanguage = \"de\"",
        ":4: language: must be \\\"\\\", \\\"en\\\" or \\\"zh-CN\\\"",
    ),
    (
        "[log]\nto = \"log\"",
        ":4: to: must be \\\"stderr\\\", \\\"syslog\\\" or a file\\'s absolute path",
    ),
    ("[log]\nto = \"\"", ":4: to: must be"),
    (
        "[log]\nformat = \"xml\"",
        ":4: format: unknown variant `xml`, expected `logfmt` or `json`",
    ),
    (
        "secret = \"abc\"",
        ":3: secret: must be 64 hex digits, as `cgi-session init` makes them",
    ),
    ("secret = 12345678", ":3: secret: must be a text in quotes"),
    (
        "secret = \"a\"\nsecret = \"b\"",
        ":4: secret: duplicate key",
    ),
    ("= 1", ":3:"),
    ("[session", ":3:"),
    ("store", ":3:"),
];

#[track_caller]
fn refused(program: &Program, why: &str) -> Answer {
    let answer = program.logs(&["event=failed"]).answer();
    assert!(answer.log.contains(why), "no {why:?} in {}", answer.log);
    assert_eq!(answer.status, 500);
    answer.tells_only_its_id();
    answer
}

#[test]
fn what_is_wrong_is_logged_with_file_line_key_and_cure_and_the_client_learns_nothing() {
    let site = Site::new();
    let token = site.session(Row::FRESH);
    let file = site.path("cgi-session.toml").display().to_string();
    for (settings, why) in WRONG {
        site.configure(&settings.replace("HOST", &"h".repeat(261)));
        let expected = format!("why=\"{file}{why}");
        let answer = refused(&site.program("protected").cookie(&token), &expected);
        assert!(!answer.log.contains("12345678"), "{}", answer.log);
    }
    for name in ["login", "logout", "protected"] {
        refused(&site.program(name), &file);
        let json = site.program(name).json().logs(&["status=500"]).answer();
        assert_eq!(
            (json.status, json.json()["status"].as_u64()),
            (500, Some(500))
        );
    }
    let before = site.dump();
    refused(&site.try_to_sign_in(PASSWORD), &file);
    refused(&site.program("logout").cookie(&token).post(&[]), &file);
    assert_eq!(site.dump(), before);
}

#[test]
fn a_store_that_is_none_is_an_error_and_its_password_is_never_said() {
    let site = Site::new();
    let file = site.path("cgi-session.toml");
    let stores = [
        ("postgres://u:hunter2@h/d", "1: store: need"),
        (
            "mysql://u:hunter2@h",
            "1: store: need /DATABASE behind the host",
        ),
        (
            "mysql://u:hunter2/d",
            "1: store: need USER:PASSWORD@ before the host",
        ),
        (
            "mysql://u:hunter2@h:x/d",
            "1: store: need a port of 1 to 65535",
        ),
        ("mysql://u:hunter2@h:99999/d", "1: store: need a port"),
        ("mysql://u:hunter2@h:0/d", "1: store: need a port"),
        ("mysql://u:hunter2@[::1]3307/d", "1: store: need a port"),
        ("mysql://u:hunter2@/d", "1: store: need a host"),
        (
            "mysql://:hunter2@h/d",
            "1: store: need a user and a database",
        ),
        (
            "mysql://u:hunter2@h/",
            "1: store: need a user and a database",
        ),
        (
            "mysql://u:hunter2@h/d?sokcet=/x",
            "1: store: need nothing behind the ? but socket=, tls=, ",
        ),
        (
            "mysql://u:hunter2%FF@h/d",
            "1: store: need UTF-8 behind the percent signs",
        ),
        ("sqlite:relative-hunter2", "1: store: need an absolute path"),
        ("", "1: store: need"),
        ("mysql://u:hunter2@h/d\" x", "1: "),
        ("mysql://u:hunter2@h/d\\q", "1: "),
        ("mysql://u:hunter2@h/d\nx", ""),
    ];
    for (store, why) in stores {
        if cfg!(not(feature = "mysql")) && store.starts_with("mysql") {
            continue;
        }
        write_with_mode(&file, &format!("store = \"{store}\"\n"), 0o600);
        let why = format!("cgi-session.toml:{why}");
        let answer = refused(&site.program("login"), &why);
        assert!(!answer.log.contains("hunter2"), "{}", answer.log);
    }
    for (text, why) in [
        ("", "missing field `store`"),
        ("store = 5", "1: store: must be a text in quotes"),
        (
            "store = [\"mysql://u:hunter2@h/d\"]",
            "must be a text in quotes",
        ),
        ("secret = \"hunter2\"", "must be 64 hex digits"),
    ] {
        write_with_mode(&file, text, 0o600);
        let answer = refused(&site.program("login"), why);
        assert!(!answer.log.contains("hunter2"), "{}", answer.log);
    }
    fs::write(&file, b"store = \"sqlite:/x\"\n# \xff").unwrap();
    refused(
        &site.program("login"),
        "cannot read: stream did not contain valid UTF-8",
    );
    let debugged = Config::parse(
        "store = \"mysql://u:hunter2@localhost/d\"\n",
        Path::new("x"),
    );
    assert!(debugged.is_err() || cfg!(feature = "mysql"));
    assert!(!format!("{debugged:?}").contains("hunter2"));
}

#[test]
fn a_file_that_others_may_read_or_a_group_may_write_is_refused() {
    let site = Site::new();
    let file = site.path("cgi-session.toml");
    let set =
        |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    for mode in [0o644, 0o604, 0o602, 0o606, 0o660, 0o620, 0o666, 0o777] {
        set(&file, mode);
        let why = format!("mode {mode:04o} lets others read or write it: use 0640, or 0600");
        refused(&site.program("login"), &why);
    }
    for mode in [0o600, 0o640, 0o400, 0o440] {
        set(&file, mode);
        assert_eq!(site.program("login").answer().status, 200, "{mode:o}");
    }
    // The store's file holds every password's hash.
    let token = site.session(Row::FRESH);
    let store = site.file();
    for mode in [0o644, 0o604, 0o602, 0o606, 0o666] {
        set(&store, mode);
        let why =
            format!("sessions.sqlite: mode {mode:04o} lets others read or write it: use 0600");
        refused(&site.program("protected").cookie(&token), &why);
        refused(&site.try_to_sign_in(PASSWORD), &why);
        refused(&site.program("logout").cookie(&token).post(&[]), &why);
    }
    for mode in [0o600, 0o660, 0o640] {
        set(&store, mode);
        assert!(site.is_signed_in(&token), "{mode:o}");
    }
}

/// Alice's programs run as alice, and cannot read root's. Only root can try it.
fn the_main_sites_file_keeps_nobody_from_their_own() {
    if !user::is_root() {
        eprintln!("NOT TRIED: not root");
        return;
    }
    let main = Site::with("[page]\ntitle = \"Main\"");
    let alice = Site::with("[page]\ntitle = \"Alice\"");
    for site in [&main, &alice] {
        fs::create_dir(site.path("html")).unwrap();
        fs::set_permissions(site.path(""), fs::Permissions::from_mode(0o755)).unwrap();
    }
    fs::set_permissions(
        main.path("cgi-session.toml"),
        fs::Permissions::from_mode(0o640),
    )
    .unwrap();
    user::give(&alice.path("cgi-session.toml"), 0o600);
    let program = alice.path("cgi-session");
    place(Path::new(env!("CARGO_BIN_EXE_cgi-session")), &program);
    let mut check = Command::new(&program);
    check
        .args(["config", "check"])
        .env_clear()
        .env("DOCUMENT_ROOT", main.path("html"))
        .env("CONTEXT_DOCUMENT_ROOT", alice.path("html"));
    let output = user::become_it(&mut check).output().unwrap();
    let found = format!(
        "configuration  {}: good\n",
        alice.path("cgi-session.toml").display()
    );
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.starts_with(&found), "{said}");
}

#[test]
fn the_file_is_looked_for_in_one_order_and_never_where_a_neighbour_put_it() {
    let site = Site::with("[page]\ntitle = \"Named\"");
    let beside = Site::with("[page]\ntitle = \"Beside\"");
    fs::create_dir(beside.path("htdocs")).unwrap();
    let root = beside.path("htdocs").display().to_string();
    let bare = Program::new("login");
    let named = site.program("login").set("DOCUMENT_ROOT", &root);
    assert!(
        named.answer().body.contains("Named"),
        "what the server names comes first"
    );
    let found = bare.set("DOCUMENT_ROOT", &root);
    assert!(found.answer().body.contains("Beside"));
    assert!(
        found
            .set("CGI_SESSION_CONFIG", "")
            .answer()
            .body
            .contains("Beside"),
        "empty is absent"
    );
    // Apache: the root of the part that was asked for, as of /~alice.
    let of_alice = Site::with("[page]\ntitle = \"Alice\"");
    fs::create_dir(of_alice.path("public_html")).unwrap();
    let context = of_alice.path("public_html").display().to_string();
    let there = bare.set("CONTEXT_DOCUMENT_ROOT", &context);
    assert!(there.answer().body.contains("Alice"));
    let elsewhere = there.set("DOCUMENT_ROOT", "/var/www/html");
    assert!(elsewhere.answer().body.contains("Alice"));
    let both = there.set("DOCUMENT_ROOT", &root);
    assert!(both.answer().body.contains("Beside"), "the site's own");
    the_main_sites_file_keeps_nobody_from_their_own();
    // A name that leads nowhere is an error, not a reason to look on.
    let astray = found.set("CGI_SESSION_CONFIG", "/nonexistent/cgi-session.toml");
    refused(
        &astray,
        "/nonexistent/cgi-session.toml: cannot open: No such file or directory (os error 2); `cgi-session init` makes one",
    );
    let system = Path::new("/etc/cgi-session.toml");
    assert!(
        !system.exists(),
        "this machine has a configuration: the rest cannot be tried"
    );
    for root in ["", "/", "/nonexistent/htdocs", "relative"] {
        refused(
            &bare.set("DOCUMENT_ROOT", root),
            "/etc/cgi-session.toml: cannot open",
        );
    }
    refused(&bare, "/etc/cgi-session.toml: cannot open");
    // Only root can give a file away.
    if rustix::process::geteuid().is_root() {
        chown(beside.path("cgi-session.toml"), Some(4242), None).unwrap();
        refused(&found, "/etc/cgi-session.toml: cannot open");
        assert!(both.answer().body.contains("Alice"), "a neighbour's");
        chown(of_alice.path("cgi-session.toml"), Some(4242), None).unwrap();
        refused(&both, "/etc/cgi-session.toml: cannot open");
    }
    // What works where the server drops our variable, and no more than can be known.
    let own = rustix::process::geteuid().as_raw();
    let suexec = bare
        .set("DOCUMENT_ROOT", "/nonexistent/www/html")
        .set("CONTEXT_DOCUMENT_ROOT", "/nonexistent/alice/public_html/");
    let places = format!(
        "; `cgi-session init` makes one; where suEXEC drops CGI_SESSION_CONFIG: \
         /nonexistent/www/cgi-session.toml or /nonexistent/alice/cgi-session.toml, owned by root or user {own}\""
    );
    refused(&suexec, &places);
    let answer = suexec.set("CGI_SESSION_CONFIG", "/nonexistent/x").output();
    let log = String::from_utf8(answer.stderr).unwrap();
    assert!(!log.contains("suEXEC"), "{log}");
    let folder = site
        .program("login")
        .set("CGI_SESSION_CONFIG", site.path(""));
    refused(&folder, "not a file");
}

/// There is no account until somebody adds one, and no secret that all installations share.
#[test]
fn nobody_can_sign_in_until_a_user_is_added() {
    let site = Site::new();
    site.execute("DELETE FROM users");
    for name in ["demo", "admin", "root", "test", "guest", ""] {
        for password in ["", "demo", "admin", "password", PASSWORD] {
            let program = site
                .program("login")
                .post(&[("login_name", name), ("password", password)]);
            assert_eq!(program.logs(&["event=sign_in_failed"]).answer().status, 401);
        }
    }
    for sql in [
        include_str!("../../sql/sqlite/001_tables.sql"),
        include_str!("../../sql/mysql/001_tables.sql"),
    ] {
        assert!(
            !sql.to_uppercase().contains("INSERT"),
            "the tables come empty"
        );
    }
    assert!(
        TEMPLATE.contains("secret = \"{secret}\""),
        "made anew by `init`"
    );
    assert_eq!(site.count("SELECT COUNT(*) FROM sessions"), 0);
}
