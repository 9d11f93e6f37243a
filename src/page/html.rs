//! The HTML pages: plain values, each with its template, and nothing else. No rule is here, and no header.
//!
//! The templates are compiled in, and escape what they are given. They hold no script, and no style but [`STYLE`], which
//! the policy allows by its hash.

#[cfg(test)]
mod tests;

use askama::Template;

use crate::texts::Texts;

/// The style sheet that stands in every page, byte for byte.
pub const STYLE: &str = include_str!("style.css");

/// [`STYLE`] as a source of the policy's `style-src` (CSP 3, 2.3.1): its SHA-256 in base64.
pub const STYLE_SOURCE: &str = "'sha256-tpZyZVYAEAra/hAGhBAv3x0eTb64uXb0aebWXVZH9Wk='";

/// What every page shows of the site, and in which language.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    /// Every sentence that is ours.
    pub texts: &'static Texts,
    /// The site's name, also in the window's title. If it is empty, the page shows `host`.
    pub title: &'a str,
    /// The host's name; empty if the request names none.
    pub host: &'a str,
    /// URL of an image that replaces our mark; empty: our mark.
    pub logo: &'a str,
    /// URL of a style sheet that comes after ours; empty: none.
    pub stylesheet: &'a str,
}

impl<'a> Look<'a> {
    /// What the page calls the site; may be empty.
    #[must_use]
    pub fn name(&self) -> &'a str {
        if self.title.is_empty() {
            self.host
        } else {
            self.title
        }
    }
}

/// The login form.
#[derive(Debug, Clone, Copy, Template)]
#[template(path = "login.html", config = "src/page/askama.toml")]
pub struct LoginPage<'a> {
    /// The site.
    pub look: Look<'a>,
    /// URL that takes the form.
    pub action: &'a str,
    /// When the page was made, in milliseconds: it makes every page different. A browser puts what was typed back into
    /// a form that it has seen before, so that after a sign-out Back would show the last visitor's name.
    pub moment: &'a str,
    /// Where the sign-in leads to.
    pub next: Option<&'a str>,
    /// The name that was typed before, or nothing.
    pub login_name: &'a str,
    /// Whether `remember` is ticked; `None`: there is no such box.
    pub remember: Option<bool>,
    /// Good news above the form: signed out.
    pub notice: Option<&'a str>,
    /// Who is signed in already, and the URL to go on to.
    pub signed_in: Option<(&'a str, &'a str)>,
    /// Why the last try failed.
    pub error: Option<&'a str>,
    /// Whether what was typed is wrong: its fields are marked.
    pub is_wrong: bool,
}

/// The page that only the signed in see. Times are RFC 3339, UTC.
#[derive(Debug, Template)]
#[template(path = "protected.html", config = "src/page/askama.toml")]
pub struct ProtectedPage<'a> {
    /// The site.
    pub look: Look<'a>,
    /// Who is signed in.
    pub login_name: &'a str,
    /// When they signed in: `2026-11-23T07:31:00Z`.
    pub since: &'a str,
    /// When the session ends at the latest.
    pub until: &'a str,
    /// The form that ends the session.
    pub sign_out: SignOutForm<'a>,
}

/// The form that ends a session, a part of two pages.
#[derive(Debug, Clone, Copy)]
pub struct SignOutForm<'a> {
    /// URL that takes the form.
    pub action: &'a str,
    /// Which session it ends, by the first digits of its digest; `None`: whichever the browser has.
    pub ends: Option<&'a str>,
    /// Whose session it is, if that is known.
    pub login_name: Option<&'a str>,
}

/// The page for those who are signed out. Its countdown only shows the time; the `Refresh` header leaves the page.
#[derive(Debug, Template)]
#[template(path = "message.html", config = "src/page/askama.toml")]
pub struct MessagePage<'a> {
    /// The site.
    pub look: Look<'a>,
    /// URL of the login page, with its `next`.
    pub login: &'a str,
    /// URL of this page without the countdown; `None`: this is that page.
    pub stay: Option<&'a str>,
    /// Why the page has no countdown, if the visitor did not ask for that.
    pub notice: Option<&'a str>,
}

/// One button, which ends the session, and a link back.
#[derive(Debug, Template)]
#[template(path = "logout.html", config = "src/page/askama.toml")]
pub struct LogoutPage<'a> {
    /// The site.
    pub look: Look<'a>,
    /// The form with the button.
    pub sign_out: SignOutForm<'a>,
    /// URL of the link back.
    pub back: &'a str,
    /// Why the page asks once more.
    pub notice: Option<&'a str>,
}

/// Any error that has no page of its own: as much of it as is for the visitor.
#[derive(Debug, Template)]
#[template(path = "failure.html", config = "src/page/askama.toml")]
pub struct FailurePage<'a> {
    /// The site.
    pub look: Look<'a>,
    /// What went wrong, in a few words.
    pub title: &'a str,
    /// What to do now.
    pub detail: &'a str,
    /// The id under which the log tells more; no secret.
    pub id: Option<&'a str>,
    /// URL of a page that may work, and what its link says.
    pub link: Option<(&'a str, &'a str)>,
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
