//! Tests of the templates: what every page contains, and what none may contain.

use sha2::Digest;
use sha2::Sha256;

use super::*;
use crate::texts::{ENGLISH, LANGUAGES};

/// A text for every place that a visitor or the owner can fill.
const HOSTILE: &str = r#""'><script>x</script>&amp;"#;

fn every_page(texts: &'static Texts, text: &str) -> Vec<String> {
    let look = Look {
        texts,
        title: text,
        host: text,
        logo: text,
        stylesheet: text,
    };
    let login = LoginPage {
        look,
        action: text,
        moment: "1795419060123",
        next: Some(text),
        login_name: text,
        remember: Some(true),
        notice: Some(text),
        signed_in: None,
        error: Some(text),
        is_wrong: true,
    };
    let signed_in = LoginPage {
        signed_in: Some((text, text)),
        error: None,
        ..login
    };
    let sign_out = SignOutForm {
        action: text,
        ends: Some(text),
        login_name: Some(text),
    };
    let protected = ProtectedPage {
        look,
        login_name: text,
        since: text,
        until: text,
        sign_out,
    };
    let message = MessagePage {
        look,
        login: text,
        stay: Some(text),
        notice: None,
    };
    let staying = MessagePage {
        look,
        login: text,
        stay: None,
        notice: Some(text),
    };
    let logout = LogoutPage {
        look,
        sign_out,
        back: text,
        notice: Some(text),
    };
    let failure = FailurePage {
        look,
        title: text,
        detail: text,
        id: Some(text),
        link: Some((text, text)),
    };
    vec![
        login.to_string(),
        protected.to_string(),
        message.to_string(),
        staying.to_string(),
        logout.to_string(),
        failure.to_string(),
        signed_in.to_string(),
    ]
}

fn chinese() -> &'static Texts {
    Texts::tagged("zh-CN").unwrap()
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits = (0..3).fold(0, |bits, i| {
            bits << 8 | usize::from(three.get(i).copied().unwrap_or(0))
        });
        for digit in 0..=three.len() {
            let digit = bits >> (18 - 6 * digit) & 63;
            text.extend(DIGITS.get(digit).copied().map(char::from));
        }
    }
    text.extend(std::iter::repeat_n('=', (3 - bytes.len() % 3) % 3));
    text
}

// After a change of style.css, the failure of this test shows the right value.
#[test]
fn style_source_is_the_hash_of_the_style() {
    let right = format!("'sha256-{}'", base64(&Sha256::digest(STYLE)));
    assert_eq!(STYLE_SOURCE, right, "the second one belongs into html.rs");
}

// A browser hashes what is between the tags, and reads CR as LF.
#[test]
fn every_page_has_the_style_byte_for_byte_and_no_other() {
    assert!(!STYLE.contains(['<', '\r', '\0']));
    for page in every_page(&ENGLISH, "x") {
        assert_eq!(page.matches("<style").count(), 1);
        assert!(page.contains(&format!("<style>{STYLE}</style>")));
        assert!(!page.contains(" style="), "{page}");
    }
}

#[test]
fn whatever_is_echoed_is_escaped() {
    for page in every_page(chinese(), HOSTILE) {
        let rest = page.replace(STYLE, "");
        for raw in ["<script", "\"'>", "&amp;\"", "javascript:"] {
            assert!(!rest.contains(raw), "{raw} in {rest}");
        }
        assert!(rest.contains("&#60;script&#62;"), "{rest}");
    }
}

#[test]
fn no_page_has_a_script_or_what_the_owner_did_not_name() {
    let look = Look {
        texts: &ENGLISH,
        title: "",
        host: "",
        logo: "",
        stylesheet: "",
    };
    let logout = LogoutPage {
        look,
        sign_out: SignOutForm {
            action: "/cgi-bin/logout",
            ends: None,
            login_name: None,
        },
        back: "/cgi-bin/protected",
        notice: None,
    };
    let page = logout.to_string();
    for outside in ["<script", "<img", "<link", "src=", "://", "url("] {
        assert!(!page.contains(outside), "{outside} in {page}");
    }
    assert!(page.contains("<title>Sign out</title>"), "{page}");
}

// The page then goes out in one write with its headers, and arrives quickly over a phone's bad line.
#[test]
fn a_page_is_under_12_kb() {
    for texts in LANGUAGES {
        for page in every_page(texts, "x") {
            assert!(page.len() < 12_000, "{}", page.len());
        }
    }
}

#[test]
fn a_time_is_readable_to_the_minute_and_exact_to_a_program() {
    let page = every_page(&ENGLISH, "2026-11-23T07:31:09Z").swap_remove(1);
    let time = r#"<time datetime="2026-11-23T07:31:09Z">2026-11-23 07:31 UTC</time>"#;
    assert_eq!(page.matches(time).count(), 2, "{page}");
}

// The browser tests show why.
#[test]
fn the_login_form_looks_different_each_time_and_sends_the_same() {
    let page = every_page(&ENGLISH, "x").swap_remove(0);
    assert!(page.contains(r#"<input type="hidden" name="at-1795419060123" disabled>"#));
}

#[test]
fn the_message_is_the_scripts_own() {
    let page = every_page(chinese(), "x").swap_remove(2);
    assert!(page.contains("<title>错误! · x</title>"), "{page}");
    assert!(page.contains("<p>您尚未登录,3秒后将自动转到登录窗口!</p>"));
    let staying = every_page(chinese(), "x").swap_remove(3);
    assert!(
        !staying.contains("3秒") && !staying.contains("ring\""),
        "{staying}"
    );
}
