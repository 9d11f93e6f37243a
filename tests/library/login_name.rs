//! Login names: one spelling of each, the same on every store (RFC 8265, 3.3: UsernameCaseMapped).

use cgi_session::model::{LOGIN_NAME_MAX, LoginName};
use proptest::prelude::{ProptestConfig, any, prop_oneof, proptest};

fn mapped(text: &str) -> Option<String> {
    LoginName::parse(text).map(|name| name.as_str().to_owned())
}

#[test]
fn spellings_of_one_name_are_one_name() {
    let table: &[(&str, &[&str])] = &[
        ("demo", &["Demo", "DEMO", "ｄｅｍｏ", "ＤＥＭＯ"]),
        // Composed and combining.
        ("andré", &["ANDRÉ", "andre\u{301}", "ANDRE\u{301}"]),
        ("ångström", &["ÅNGSTRÖM", "A\u{30a}ngstro\u{308}m"]),
        // A final sigma is lower case as it stands (RFC 8265, 3.5, example 8).
        ("σ", &["Σ"]),
        ("ς", &["ς"]),
        ("用户", &["用户"]),
        ("カ", &["ｶ"]),
        ("i\u{307}", &["\u{130}"]),
        ("ı", &["ı"]),
        ("ß", &["ß"]),
        ("juliet@example.com", &["Juliet@Example.Com"]),
        ("x'or'1'='1", &["X'OR'1'='1"]),
        ("\"--;%_", &["\"--;%_"]),
    ];
    for (name, spellings) in table {
        for spelling in *spellings {
            assert_eq!(mapped(spelling).as_deref(), Some(*name), "{spelling:?}");
        }
        assert_eq!(mapped(name).as_deref(), Some(*name));
    }
    // Look-alikes are others: Cyrillic, dotless, Kelvin's cousin.
    for (one, other) in [
        ("demo", "dеmo"),
        ("i", "ı"),
        ("ss", "ß"),
        ("paypal", "paypaӏ"),
    ] {
        assert_ne!(mapped(one), mapped(other), "{one} {other}");
    }
}

#[test]
fn what_is_no_name_is_refused() {
    let refused = [
        "",
        " ",
        "a b",
        " a",
        "a ",
        "a\u{a0}b",
        "a\u{3000}b",
        "a\tb",
        "a\n",
        "a\0",
        "\0",
        "a\u{7f}",
        "a\u{85}",
        "a\u{200b}b",
        "a\u{200d}b",
        "a\u{feff}",
        "\u{202e}a",
        "a\u{2028}",
        "😀",
        "♚",
        "a\u{fffd}",
        "a\u{ffff}",
        "\u{e000}",
        "ﬁ",
        "ⅷ",
        "①",
        "\u{212b}",
        "a\u{ad}b",
        "\u{10ffff}",
    ];
    for text in refused {
        assert_eq!(mapped(text), None, "{text:?}");
    }
    let longest = "a".repeat(LOGIN_NAME_MAX);
    assert_eq!(mapped(&longest).as_deref(), Some(longest.as_str()));
    assert_eq!(mapped(&format!("{longest}a")), None);
    assert_eq!(
        mapped(&"用".repeat(LOGIN_NAME_MAX))
            .unwrap()
            .chars()
            .count(),
        LOGIN_NAME_MAX
    );
    assert_eq!(mapped(&"a".repeat(1 << 20)), None);
    assert_eq!(mapped(&"e\u{301}".repeat(1 << 19)), None);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn what_is_stored_is_found_again(text in prop_oneof![any::<String>(), "\\w{1,12}", "[\\p{L}\\p{M}\\p{N}]{1,8}"]) {
        if let Some(name) = LoginName::parse(&text) {
            assert_eq!(LoginName::parse(name.as_str()).as_ref(), Some(&name), "{text:?}");
            assert!(!name.as_str().is_empty());
            assert!(!name.as_str().chars().any(|c| c.is_whitespace() || c.is_control()), "{name:?}");
            let upper = text.to_uppercase();
            assert!(!text.is_ascii() || LoginName::parse(&upper).as_ref() == Some(&name));
        }
    }
}
