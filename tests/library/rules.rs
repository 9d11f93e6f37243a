//! Who may reach a guarded path, by the rules of the configuration.

use cgi_session::auth::rules::{Member, Rules, Verdict, verdict};
use cgi_session::cgi::UrlPath;
use cgi_session::config::Config;
use cgi_session::model::GroupName;
use tempfile::TempDir;

use crate::harness::write_with_mode;

/// The rules of a configuration of which `text` is the end.
fn read(text: &str) -> Result<Rules, String> {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("c.toml");
    write_with_mode(&file, &format!("store = \"sqlite:/x\"\n{text}"), 0o600);
    let rules = Config::load(&file).and_then(|config| Rules::from_config(&config));
    let folder = folder.path().display().to_string() + "/";
    rules.map_err(|why| why.to_string().replace(&folder, ""))
}

fn path(text: &str) -> UrlPath {
    UrlPath::from_decoded(text.as_bytes()).unwrap()
}

fn groups(names: &[&str]) -> Vec<GroupName> {
    names
        .iter()
        .map(|name| GroupName::parse(name).unwrap())
        .collect()
}

/// Alice of the board, Bob of no group, and somebody who is signed out.
fn verdicts(rules: &Rules, at: &str) -> [Verdict; 3] {
    let rule = rules.counting(&path(at));
    let board = groups(&["board", "staff"]);
    let alice = Member {
        login_name: "alice",
        groups: &board,
    };
    let bob = Member {
        login_name: "bob",
        groups: &[],
    };
    [Some(alice), Some(bob), None].map(|member| verdict(rule, member))
}

#[test]
fn the_longest_path_that_fits_counts_and_no_other() {
    use Verdict::{Allowed, Forbidden, SignInFirst};
    let rules = read(
        r#"
        [[rule]]
        path = "/private"
        allow = ["signed-in"]
        [[rule]]
        path = "/private/board/"
        allow = ["group:board"]
        [[rule]]
        path = "/private/board/minutes"
        allow = ["user:bob"]
        [[rule]]
        path = "//private/./board/press"
        allow = ["everyone"]
        [[rule]]
        path = "/private/old"
        allow = ["nobody"]
        [[rule]]
        path = "/董事 会"
        allow = ["group:other", "user:ALICE"]
        "#,
    )
    .unwrap();
    for (at, expected) in [
        // Without a rule: any signed-in user.
        ("/", [Allowed, Allowed, SignInFirst]),
        ("/privately", [Allowed, Allowed, SignInFirst]),
        ("/private", [Allowed, Allowed, SignInFirst]),
        ("/private/x", [Allowed, Allowed, SignInFirst]),
        ("/private/board", [Allowed, Forbidden, SignInFirst]),
        ("/private/board/x/y", [Allowed, Forbidden, SignInFirst]),
        ("/private/boards", [Allowed, Allowed, SignInFirst]),
        // A shorter rule that would allow Alice does not count.
        (
            "/private/board/minutes/1",
            [Forbidden, Allowed, SignInFirst],
        ),
        ("/private/board/press/1", [Allowed, Allowed, Allowed]),
        ("/private/old/x", [Forbidden, Forbidden, Forbidden]),
        ("/董事 会/x", [Allowed, Forbidden, SignInFirst]),
        // Names differ by case.
        ("/private/OLD/x", [Allowed, Allowed, SignInFirst]),
    ] {
        assert_eq!(verdicts(&rules, at), expected, "{at}");
    }
}

#[test]
fn a_rule_for_the_root_is_for_all() {
    let rules = read("[[rule]]\npath = \"/\"\nallow = [\"nobody\"]\n").unwrap();
    for at in ["/", "/x", "/x/y"] {
        assert_eq!(verdicts(&rules, at), [Verdict::Forbidden; 3], "{at}");
    }
    let rules = read("").unwrap();
    assert!(rules.counting(&path("/x")).is_none());
}

#[test]
fn groups_are_needed_only_by_a_rule_that_names_one() {
    let rules = read(
        "[[rule]]\npath = \"/a\"\nallow = [\"user:bob\", \"group:board\"]\n\
         [[rule]]\npath = \"/b\"\nallow = [\"user:group\", \"everyone\"]\n",
    )
    .unwrap();
    let a = rules.counting(&path("/a")).unwrap();
    let b = rules.counting(&path("/b")).unwrap();
    assert!(a.names_group() && !b.names_group());
    assert!(b.is_for_everyone() && !a.is_for_everyone());
}

/// Each with the line and the key that its error must name, and the words behind them.
#[test]
fn a_rule_that_cannot_be_right_is_refused_by_line_and_key() {
    let rule = |path: &str, allow: &str| format!("[[rule]]\npath = {path}\nallow = {allow}\n");
    let good = rule("\"/good\"", "[\"signed-in\"]");
    for (rules, expected) in [
        (
            rule("\"private\"", "[\"everyone\"]"),
            "c.toml:6: path: must be a path",
        ),
        (
            rule("\"\"", "[\"everyone\"]"),
            "c.toml:6: path: must be a path",
        ),
        (
            rule("\"/..\"", "[\"everyone\"]"),
            "c.toml:6: path: must be a path",
        ),
        (
            rule("'/a\\b'", "[\"everyone\"]"),
            "c.toml:6: path: must be a path",
        ),
        (
            rule("\"/a\\u0000\"", "[\"everyone\"]"),
            "c.toml:6: path: must be a path",
        ),
        (
            rule("\"/a%20b\"", "[\"everyone\"]"),
            "c.toml:6: path: must be decoded",
        ),
        (
            rule("\"/a?x=1\"", "[\"everyone\"]"),
            "c.toml:6: path: must be decoded",
        ),
        (
            rule("\"/good/\"", "[\"everyone\"]"),
            "c.toml:6: path: there is a rule for this path already",
        ),
        (rule("\"/a\"", "[]"), "c.toml:7: allow: must name somebody"),
        (
            rule("\"/a\"", "[\"nobody\", \"user:alice\"]"),
            "c.toml:7: allow: \"nobody\" must stand alone",
        ),
        (
            rule("\"/a\"", "[\"all\"]"),
            "c.toml:7: allow: \"all\" must be \"group:NAME\"",
        ),
        (
            rule("\"/a\"", "[\"Everyone\"]"),
            "c.toml:7: allow: \"Everyone\" must be",
        ),
        (
            rule("\"/a\"", "[\"everyone\", \"grop:board\"]"),
            "c.toml:7: allow: \"grop:board\" must be",
        ),
        (
            rule("\"/a\"", "[\"user:\"]"),
            "c.toml:7: allow: \"user:\" must be `user:` and a login name",
        ),
        (
            rule("\"/a\"", "[\"user:a b\"]"),
            "c.toml:7: allow: \"user:a b\" must be `user:` and a login name",
        ),
        (
            rule("\"/a\"", "[\"group:a b\"]"),
            "c.toml:7: allow: \"group:a b\" must be `group:` and",
        ),
        (
            rule("\"/a\"", "[\"group:a,b\"]"),
            "c.toml:7: allow: \"group:a,b\" must be `group:` and",
        ),
        (
            rule("\"/a\"", "[\"group:-a\"]"),
            "c.toml:7: allow: \"group:-a\" must be `group:` and",
        ),
        (
            rule("\"/a\"", "\"everyone\""),
            "c.toml:7: allow: must be a list",
        ),
        (rule("\"/a\"", "[7]"), "c.toml:7: allow: must be a text"),
        (
            rule("7", "[\"everyone\"]"),
            "c.toml:6: path: must be a text",
        ),
        ("[[rule]]\npath = \"/a\"\n".to_owned(), "c.toml:5"),
        ("[[rule]]\nallow = [\"everyone\"]\n".to_owned(), "c.toml:5"),
        (
            "[[rule]]\npath = \"/a\"\nallow = [\"everyone\"]\ndeny = []\n".to_owned(),
            "c.toml:8: deny",
        ),
        (
            "[[rules]]\npath = \"/a\"\nallow = [\"everyone\"]\n".to_owned(),
            "c.toml:5",
        ),
    ] {
        let why = read(&(good.clone() + &rules)).unwrap_err();
        assert!(why.starts_with(expected), "{rules}: {why}");
    }
    let why = read("[rule]\npath = \"/a\"\nallow = [\"everyone\"]\n").unwrap_err();
    assert!(why.contains("[[rule]]"), "{why}");
}

#[test]
fn the_name_of_a_group_has_no_sign_that_separates() {
    let long = "g".repeat(64);
    for (text, name) in [
        ("board", "board"),
        ("Board", "board"),
        ("ｂｏａｒｄ", "board"),
        ("r-and-d_2.x@site", "r-and-d_2.x@site"),
        ("董事会", "董事会"),
        ("हिन्दी", "हिन्दी"),
        (&long, &long),
    ] {
        let parsed = GroupName::parse(text);
        assert_eq!(parsed.as_ref().map(GroupName::as_str), Some(name), "{text}");
    }
    let longer = "g".repeat(65);
    for text in [
        "",
        " ",
        "a b",
        "a\tb",
        "a\u{a0}b",
        "a\u{3000}b",
        "a,b",
        "a:b",
        "a;b",
        "+a",
        "-a",
        "a/b",
        "a\0",
        "a\n",
        "a\"b",
        "a'b",
        "$a",
        "a*",
        "🙂",
        &longer,
    ] {
        assert_eq!(GroupName::parse(text), None, "{text:?}");
    }
}
