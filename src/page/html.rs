//! Plain values into whole HTML pages, and nothing else: no rule, no header.
//!
//! The templates are compiled in, and escape what they are given. They hold no
//! script, and no style but [`STYLE`], which the policy allows by its hash.

mod shown;
#[cfg(test)]
mod tests;

use askama::Template;

use crate::page::texts::Texts;

pub use shown::{Failure, LoginForm, Look, SignOut, SignedIn, SignedOut};

/// The style sheet that stands in every page, byte for byte.
pub const STYLE: &str = include_str!("style.css");

/// [`STYLE`] as a source of the policy's `style-src` (CSP 3, 2.3.1): its SHA-256 in base64.
pub const STYLE_SOURCE: &str = "'sha256-tpZyZVYAEAra/hAGhBAv3x0eTb64uXb0aebWXVZH9Wk='";

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
        sign_out: &user.sign_out,
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

/// One button, which ends the session, and a link `back`; `notice` says why it is asked once more.
#[must_use]
pub fn logout(look: &Look<'_>, sign_out: &SignOut<'_>, back: &str, notice: Option<&str>) -> String {
    LogoutPage {
        look,
        texts: look.language.texts(),
        sign_out,
        back,
        notice,
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
    sign_out: &'a SignOut<'a>,
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
    sign_out: &'a SignOut<'a>,
    back: &'a str,
    notice: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "failure.html", config = "src/page/askama.toml")]
struct FailurePage<'a> {
    look: &'a Look<'a>,
    texts: &'static Texts,
    failure: &'a Failure<'a>,
}
