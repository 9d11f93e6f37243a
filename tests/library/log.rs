//! A line of the log: how a value is written, and how long a line gets.

use std::fs;

use cgi_session::log::{Event, Format, Log, MAX_LINE, MAX_VALUE, Sink};
use proptest::prelude::{ProptestConfig, any, proptest};

use crate::harness::NAME;

fn escaped(value: &str) -> String {
    Format::Logfmt.value(value, MAX_LINE)
}

#[test]
fn a_value_is_bare_where_that_is_unambiguous_and_else_quoted() {
    let table = [
        ("demo", "demo"),
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::1"),
        ("a@b.example", "a@b.example"),
        ("", "\"\""),
        ("a b", "\"a b\""),
        ("a=b", "\"a=b\""),
        ("a\"b\\c", "\"a\\\"b\\\\c\""),
        ("a\nb\r\tc\0", "\"a\\nb\\r\\tc\\0\""),
        ("\u{1b}[31m\u{7f}\u{9b}", "\"\\u{1b}[31m\\u{7f}\\u{9b}\""),
        ("a\u{202e}b\u{2066}", "\"a\\u{202e}b\\u{2066}\""),
        (
            "\u{200b}\u{feff}\u{2028}",
            "\"\\u{200b}\\u{feff}\\u{2028}\"",
        ),
        ("用户", "\"用户\""),
    ];
    for (value, line) in table {
        assert_eq!(escaped(value), line, "{value:?}");
    }
    assert_eq!(escaped(&"a".repeat(MAX_VALUE)), "a".repeat(MAX_VALUE));
    assert_eq!(
        escaped(&"a".repeat(1 << 20)),
        format!("\"{}…\"", "a".repeat(MAX_VALUE))
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn no_value_ends_its_line_or_its_quotes(value in any::<String>()) {
        let line = escaped(&value);
        assert!(!line.chars().any(char::is_control), "{line:?}");
        assert!(line.chars().count() <= MAX_VALUE * 10 + 3);
        let bare = !line.starts_with('"');
        assert!(!bare || line == value && !line.contains([' ', '=', '"', '\'', '\\']));
        if !bare {
            let inner = &line[1..line.len() - 1];
            let plain = inner.replace("\\\\", "").replace("\\\"", "");
            assert!(!plain.contains('"') && !plain.ends_with('\\'), "{line}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5000, failure_persistence: None, ..Default::default() })]

    /// It reads as what it was, up to where it was cut; and as text no terminal is steered by it.
    #[test]
    fn no_value_ends_its_json(value in any::<String>(), most in 16usize..2000) {
        let json = Format::Json.value(&value, most);
        assert!(json.len() <= most + 16, "{} of {most}", json.len());
        let shown = |c: char| c.escape_debug().len() == 1 || "\"'\\".contains(c);
        assert!(json.chars().all(shown), "{json:?}");
        let read: String = serde_json::from_str(&json).unwrap();
        let whole = read.strip_suffix('…').unwrap_or(&read);
        assert!(read == value || value.starts_with(whole), "{value:?} {read:?}");
    }
}

/// `PIPE_BUF`: two programs' lines do not mix in a pipe.
#[test]
fn a_line_has_at_most_4096_bytes_whatever_it_is_told() {
    let folder = tempfile::TempDir::new().unwrap();
    for (format, begins, last) in [
        (Format::Logfmt, "time=", " why="),
        (Format::Json, "{\"time\":", "\"why\":"),
    ] {
        let path = folder.path().join(begins);
        let to_file = Log::new("login", Sink::File(path.clone())).in_format(format);
        for value in ["\u{10ffff}", "\u{1b}", "用", "\n", "a"] {
            let why = &value.repeat(10_000);
            let (id, status) = (why, why);
            to_file.event(&Event::Failed { id, status, why });
        }
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().count(), 5);
        for line in text.lines() {
            assert!(line.len() < MAX_LINE && line.starts_with(begins), "{line}");
            assert!(line.contains(last), "the last one was pushed out: {line}");
            if format == Format::Json {
                serde_json::from_str::<serde_json::Value>(line).unwrap();
            }
        }
    }
}

#[test]
fn a_line_is_one_write() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("log");
    let line = |name: &'static str| {
        let log = Log::new(name, Sink::File(path.clone()));
        for _ in 0..200 {
            let (session, why) = (NAME, &"y".repeat(300));
            log.event(&Event::TouchFailed { session, why });
        }
    };
    std::thread::scope(|scope| {
        for name in ["one", "two", "three"] {
            scope.spawn(|| line(name));
        }
    });
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(text.lines().count(), 600);
    assert!(
        text.lines()
            .all(|line| line.starts_with("time=") && line.ends_with("y…\""))
    );
}
