//! Plain values into whole HTML pages, and nothing else: no rule, no header.
//!
//! The templates are compiled in, and escape what they are given. They hold no
//! script, and no style but [`STYLE`], which the policy allows by its hash.

use askama::Template;

use crate::page::texts::Language;
use crate::page::texts::Texts;

/// The style sheet that stands in every page, byte for byte.
pub const STYLE: &str = include_str!("style.css");

/// [`STYLE`] as a source of the policy's `style-src` (CSP 3, 2.3.1): its SHA-256 in base64.
pub const STYLE_SOURCE: &str = "'sha256-Qd3ux8bjPNj8wtRSbP8/3Eho4qf09XU2nfUL1/kIOw4='";

/// What the site's owner may change, and the language.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    /// Of every sentence that is ours.
    pub language: Language,
    /// The site's name; empty: none is shown.
    pub title: &'a str,
    /// URL of an image, instead of our mark; empty: our mark.
    pub logo: &'a str,
    /// URL of a style sheet that comes after ours; empty: none.
    pub stylesheet: &'a str,
}

/// What the login form holds.
#[derive(Debug)]
pub struct LoginForm<'a> {
    /// URL that takes the form.
    pub action: &'a str,
    /// When the page was made, in Unix seconds. A browser puts what was typed back into a form
    /// that looks the same, so that after sign-out, Back would show the last visitor's name.
    pub moment: i64,
    /// Where to go after sign-in; carried along.
    pub next: Option<&'a str>,
    /// What was typed before, or nothing.
    pub login_name: &'a str,
    /// Whether `remember` is ticked; `None`: there is no such box.
    pub remember: Option<bool>,
    /// Good news above the form: signed out.
    pub notice: Option<&'a str>,
    /// Why the last try failed.
    pub error: Option<&'a str>,
}

/// What the protected page tells; times are RFC 3339, UTC.
#[derive(Debug)]
pub struct SignedIn<'a> {
    /// Who.
    pub login_name: &'a str,
    /// Of sign-in: `2026-11-23T07:31:00Z`.
    pub since: &'a str,
    /// When the session ends at the latest.
    pub until: &'a str,
    /// URL that a POST signs out at.
    pub logout: &'a str,
}

/// Where the message page leads.
#[derive(Debug)]
pub struct SignedOut<'a> {
    /// URL of the login page, with its `next`.
    pub login: &'a str,
    /// URL of this page without the countdown; `None`: that is the page to show.
    pub stay: Option<&'a str>,
}

/// What went wrong, as much of it as is for the visitor.
#[derive(Debug)]
pub struct Failure<'a> {
    /// In a few words.
    pub title: &'a str,
    /// And what to do now.
    pub detail: &'a str,
    /// Under which the log tells more; no secret.
    pub id: Option<&'a str>,
    /// URL of a page that may work.
    pub back: Option<&'a str>,
}

/// The login form.
#[must_use]
pub fn login(look: &Look<'_>, form: &LoginForm<'_>) -> String {
    let texts = look.language.texts();
    LoginPage { look, texts, form }.to_string()
}

/// The page that only the signed in see.
#[must_use]
pub fn protected(look: &Look<'_>, user: &SignedIn<'_>) -> String {
    ProtectedPage {
        look,
        texts: look.language.texts(),
        user,
        since: &readable(user.since),
        until: &readable(user.until),
    }
    .to_string()
}

/// The page for those who are signed out. Its countdown only shows the time:
/// leaving it is the `Refresh` header's work.
#[must_use]
pub fn message(look: &Look<'_>, visitor: &SignedOut<'_>) -> String {
    MessagePage {
        look,
        texts: look.language.texts(),
        visitor,
    }
    .to_string()
}

/// One button, which posts to `action`, and a link `back`.
#[must_use]
pub fn logout(look: &Look<'_>, action: &str, back: &str) -> String {
    LogoutPage {
        look,
        texts: look.language.texts(),
        action,
        back,
    }
    .to_string()
}

/// Any error that has no page of its own.
#[must_use]
pub fn failure(look: &Look<'_>, failure: &Failure<'_>) -> String {
    FailurePage {
        look,
        texts: look.language.texts(),
        failure,
    }
    .to_string()
}

/// `2026-11-23T07:31:00Z` as `2026-11-23 07:31 UTC`; anything else as it is.
fn readable(time: &str) -> String {
    match time.split_once('T') {
        Some((date, clock)) if clock.ends_with('Z') => {
            format!("{date} {} UTC", clock.get(..5).unwrap_or(clock))
        }
        _ => time.to_owned(),
    }
}

// Each becomes a String by `to_string`: a template of plain strings fails only
// where its writer does, and a String never does.

#[derive(Template)]
#[template(path = "login.html", config = "src/page/askama.toml")]
struct LoginPage<'a> {
    look: &'a Look<'a>,
    texts: &'static Texts,
    form: &'a LoginForm<'a>,
}

#[derive(Template)]
#[template(path = "protected.html", config = "src/page/askama.toml")]
struct ProtectedPage<'a> {
    look: &'a Look<'a>,
    texts: &'static Texts,
    user: &'a SignedIn<'a>,
    since: &'a str,
    until: &'a str,
}

#[derive(Template)]
#[template(path = "message.html", config = "src/page/askama.toml")]
struct MessagePage<'a> {
    look: &'a Look<'a>,
    texts: &'static Texts,
    visitor: &'a SignedOut<'a>,
}

#[derive(Template)]
#[template(path = "logout.html", config = "src/page/askama.toml")]
struct LogoutPage<'a> {
    look: &'a Look<'a>,
    texts: &'static Texts,
    action: &'a str,
    back: &'a str,
}

#[derive(Template)]
#[template(path = "failure.html", config = "src/page/askama.toml")]
struct FailurePage<'a> {
    look: &'a Look<'a>,
    texts: &'static Texts,
    failure: &'a Failure<'a>,
}

#[cfg(test)]
mod tests {
    use sha2::Digest;
    use sha2::Sha256;

    use super::*;

    /// Goes wherever a visitor's words or the owner's may stand.
    const HOSTILE: &str = r#""'><script>x</script>&amp;"#;

    fn every_page(language: Language, text: &str) -> Vec<String> {
        let look = Look {
            language,
            title: text,
            logo: text,
            stylesheet: text,
        };
        let form = LoginForm {
            action: text,
            moment: 1_795_419_060,
            next: Some(text),
            login_name: text,
            remember: Some(true),
            notice: Some(text),
            error: Some(text),
        };
        let user = SignedIn {
            login_name: text,
            since: text,
            until: text,
            logout: text,
        };
        let going = SignedOut {
            login: text,
            stay: Some(text),
        };
        let staying = SignedOut {
            login: text,
            stay: None,
        };
        let broken = Failure {
            title: text,
            detail: text,
            id: Some(text),
            back: Some(text),
        };
        vec![
            login(&look, &form),
            protected(&look, &user),
            message(&look, &going),
            message(&look, &staying),
            logout(&look, text, text),
            failure(&look, &broken),
        ]
    }

    fn base64(bytes: &[u8]) -> String {
        const DIGITS: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
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

    // After a change of style.css, the right value stands in this failure.
    #[test]
    fn style_source_is_the_hash_of_the_style() {
        let right = format!("'sha256-{}'", base64(&Sha256::digest(STYLE)));
        assert_eq!(STYLE_SOURCE, right, "the second one belongs into html.rs");
    }

    // The hash is over what stands between the tags, and a browser reads CR as LF.
    #[test]
    fn every_page_has_the_style_byte_for_byte_and_no_other() {
        assert!(!STYLE.contains(['<', '\r', '\0']));
        for page in every_page(Language::English, "x") {
            assert_eq!(page.matches("<style").count(), 1);
            assert!(page.contains(&format!("<style>{STYLE}</style>")));
            assert!(!page.contains(" style="), "{page}");
        }
    }

    #[test]
    fn whatever_is_echoed_is_escaped() {
        for page in every_page(Language::Chinese, HOSTILE) {
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
            language: Language::English,
            title: "",
            logo: "",
            stylesheet: "",
        };
        let page = logout(&look, "/cgi-bin/logout", "/cgi-bin/protected");
        for outside in ["<script", "<img", "<link", "src=", "://", "url("] {
            assert!(!page.contains(outside), "{outside} in {page}");
        }
        assert!(page.contains("<title>Sign out</title>"), "{page}");
    }

    // In one write with the headers, and on a phone's bad line in one breath.
    #[test]
    fn a_page_is_under_12_kb() {
        for language in [Language::English, Language::Chinese] {
            for page in every_page(language, "x") {
                assert!(page.len() < 12_000, "{}", page.len());
            }
        }
    }

    #[test]
    fn a_time_is_readable_to_the_minute_and_exact_to_a_program() {
        let page = every_page(Language::English, "2026-11-23T07:31:09Z").swap_remove(1);
        let time = r#"<time datetime="2026-11-23T07:31:09Z">2026-11-23 07:31 UTC</time>"#;
        assert_eq!(page.matches(time).count(), 2, "{page}");
    }

    // The browser tests show what it is good for.
    #[test]
    fn the_login_form_looks_different_each_second_and_sends_the_same() {
        let page = every_page(Language::English, "x").swap_remove(0);
        assert!(page.contains(r#"<input type="hidden" name="at-1795419060" disabled>"#));
    }

    #[test]
    fn the_message_is_the_scripts_own() {
        let page = every_page(Language::Chinese, "x").swap_remove(2);
        assert!(page.contains("<title>错误! · x</title>"), "{page}");
        assert!(page.contains("<p>您尚未登录,3秒后将自动转到登录窗口!</p>"));
        let staying = every_page(Language::Chinese, "x").swap_remove(3);
        assert!(
            !staying.contains("3秒") && !staying.contains("ring\""),
            "{staying}"
        );
    }
}
