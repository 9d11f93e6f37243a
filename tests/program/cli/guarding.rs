//! The commands about guarded places: the groups of a user, and which rule counts.

use super::{add, parsed};
use crate::harness::Site;

const RULES: &str = "[[rule]]\npath = \"/private\"\nallow = [\"signed-in\"]\n\
    [[rule]]\npath = \"/private/board\"\nallow = [\"group:board\", \"user:carol\"]\n\
    [[rule]]\npath = \"/open\"\nallow = [\"everyone\"]\n[[rule]]\npath = \"/shut\"\nallow = [\"nobody\"]\n";

#[test]
fn groups_are_added_removed_and_listed() {
    let site = Site::new();
    add(&site, "alice");
    assert_eq!(site.good(&["user", "groups", "alice"], ""), "GROUP\n");
    let said = site.good(
        &["user", "groups", "Alice", "+board", "+董事会", "-none"],
        "",
    );
    assert_eq!(said, "GROUP\nboard\n董事会\n");
    // A name may begin like an option.
    let said = site.good(&["user", "groups", "alice", "-board", "+json"], "");
    assert_eq!(said, "GROUP\njson\n董事会\n");
    let json = site.good(&["user", "groups", "--json", "alice", "-json"], "");
    assert_eq!(parsed(&json), parsed("[{\"group\": \"董事会\"}]"));
    let json = site.good(&["user", "groups", "alice", "--json"], "");
    assert_eq!(parsed(&json), parsed("[{\"group\": \"董事会\"}]"));

    let (code, why) = site.refused(&["user", "groups", "nobody", "+board"], "");
    assert!(
        code == 3 && why.contains("there is no user `nobody`"),
        "{why}"
    );
    for (change, expected) in [
        ("board", "a change is +GROUP"),
        ("+a b", "the name of a group is"),
        ("+a,b", "the name of a group is"),
        ("+", "the name of a group is"),
        ("-", "a change is +GROUP"),
    ] {
        let (code, why) = site.refused(&["user", "groups", "alice", change], "");
        assert!(code == 2 && why.contains(expected), "{change}: {why}");
    }
    let (code, why) = site.refused(&["user", "groups", "alice", "+a", "--json"], "");
    assert!(
        code == 2 && why.contains("options stand before the name"),
        "{why}"
    );
    let many: Vec<String> = (0..100).map(|number| format!("+g{number}")).collect();
    let words = ["user", "groups", "alice"]
        .into_iter()
        .chain(many.iter().map(String::as_str));
    let (code, why) = site.refused(&words.collect::<Vec<_>>(), "");
    assert!(code == 1 && why.contains("at most 100 groups"), "{why}");
}

#[test]
fn a_change_of_groups_is_logged_where_the_log_can_hold_it() {
    let site = Site::new();
    let log = site.path("log");
    std::fs::write(&log, "").unwrap();
    site.configure(&format!("[log]\nto = {:?}\n", log.display().to_string()));
    site.good(&["user", "groups", "demo", "+board", "+staff", "-none"], "");
    site.good(&["user", "groups", "demo", "+board"], "");
    site.good(&["user", "groups", "demo"], "");
    let lines = std::fs::read_to_string(&log).unwrap();
    assert_eq!(lines.lines().count(), 1, "{lines}");
    let expected = "event=groups_changed user=demo added=\"board staff\" removed=\"\" uid=";
    assert!(lines.contains(expected), "{lines}");
}

/// What a check prints, and its exit code. The texts end with what they must contain.
#[test]
fn the_rule_that_counts_is_told_and_what_a_visitor_gets() {
    let site = Site::with(RULES);
    add(&site, "alice");
    add(&site, "carol");
    site.good(&["user", "groups", "alice", "+board"], "");
    let place = |line: u32| format!("{}:{line}", site.config().display());
    for (url, user, code, out, err) in [
        (
            "/private/x",
            "demo",
            0,
            vec![
                place(4) + ", for /private: signed-in",
                "demo, in no group".into(),
                "allowed, by \"signed-in\"".into(),
            ],
            "",
        ),
        (
            "/private/x",
            "",
            1,
            vec!["visitor  signed out".into()],
            "401: ",
        ),
        (
            "https://www.example.org//private/./board/%61?x",
            "alice",
            0,
            vec![
                "path     /private/board/a".into(),
                place(7) + ", for /private/board: group:board, user:carol",
                "alice, in board".into(),
                "by \"group:board\"".into(),
            ],
            "",
        ),
        (
            "/private/board",
            "carol",
            0,
            vec!["by \"user:carol\"".into()],
            "",
        ),
        ("/private/board", "demo", 1, vec![], "403: "),
        ("/private/board", "", 1, vec![], "401: "),
        ("/open/x", "", 0, vec!["by \"everyone\"".into()], ""),
        ("/shut", "", 1, vec![], "403: "),
        (
            "/other",
            "demo",
            0,
            vec![
                "none fits: any signed-in user".into(),
                "by \"signed-in\"".into(),
            ],
            "",
        ),
        ("/other", "", 1, vec!["none fits".into()], "401: "),
    ] {
        let mut words = vec!["rule", "check", url];
        words.extend(["--user", user].iter().filter(|_| !user.is_empty()));
        let done = site.run(&words, "");
        assert_eq!(done.code, code, "{words:?}: {done:?}");
        for part in &out {
            assert!(done.out.contains(part), "{words:?}: {part}: {done:?}");
        }
        assert!(
            done.err.contains(err) && err.is_empty() == done.err.is_empty(),
            "{done:?}"
        );
    }
    site.good(&["user", "disable", "alice"], "");
    let done = site.run(&["rule", "check", "/private", "--user", "alice"], "");
    assert!(
        done.code == 1 && done.out.contains("alice, who is disabled"),
        "{done:?}"
    );
    for url in ["/private%2fx", "private", "/..", ""] {
        let (code, why) = site.refused(&["rule", "check", url], "");
        assert!(code == 1 && why.contains("400 for everybody"), "{why}");
    }
    let (code, why) = site.refused(&["rule", "check", "/private", "--user", "nobody"], "");
    assert!(code == 3 && why.contains("no user `nobody`"), "{why}");
}
