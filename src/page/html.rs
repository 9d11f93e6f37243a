//! The HTML pages: plain values, each with its template. Nothing here decides anything or sets a header.
//!
//! The templates are compiled in, and escape every value. They hold no script, and no style but [`STYLE`], which the
//! content security policy allows by its hash.

#[cfg(test)]
mod tests;

use askama::Template;

use crate::texts::Texts;

/// The style sheet that stands in every page, byte for byte.
pub const STYLE: &str = include_str!("style.css");

/// [`STYLE`] as a source of the policy's `style-src` (CSP 3, 2.3.1): its SHA-256 in base64.
pub const STYLE_SOURCE: &str = "'sha256-sV8lT92Y+313yRCM4Tmk2+prHAumfnxmcMpjBueCqOU='";

/// What every page shows of the site, and the language.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    /// The texts in the page's language.
    pub texts: &'static Texts,
    /// The site's name, which the window's title also shows. If it is empty, the page shows `host`.
    pub title: &'a str,
    /// The host's name; empty if the request names none.
    pub host: &'a str,
    /// URL of an image that replaces our logo; empty if none.
    pub logo: &'a str,
    /// URL of a style sheet that comes after ours; empty if none.
    pub stylesheet: &'a str,
}

impl<'a> Look<'a> {
    /// The site's name on the page. It may be empty.
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
    /// URL to which the form is sent.
    pub action: &'a str,
    /// When the page was made, in milliseconds, so that every page differs. A browser restores what was typed into a
    /// form that it has seen before: after a sign-out, Back would show the last visitor's name.
    pub moment: &'a str,
    /// The URL to which the sign-in leads.
    pub next: Option<&'a str>,
    /// The login name that was typed before; empty if none.
    pub login_name: &'a str,
    /// Whether the box `remember` is ticked; `None` if there is no such box.
    pub remember: Option<bool>,
    /// A notice above the form, such as that the visitor is signed out.
    pub notice: Option<&'a str>,
    /// The login name that is signed in already, and the URL to continue to.
    pub signed_in: Option<(&'a str, &'a str)>,
    /// Why the last try failed.
    pub error: Option<&'a str>,
    /// Whether the name or the password was wrong, so that their fields are marked.
    pub is_wrong: bool,
}

/// The page that requires sign-in. Times are RFC 3339, in UTC.
#[derive(Debug, Template)]
#[template(path = "protected.html", config = "src/page/askama.toml")]
pub struct ProtectedPage<'a> {
    /// The site.
    pub look: Look<'a>,
    /// The login name that is signed in.
    pub login_name: &'a str,
    /// The time of sign-in, such as `2026-11-23T07:31:00Z`.
    pub since: &'a str,
    /// When the session ends at the latest.
    pub until: &'a str,
    /// The form that ends the session.
    pub sign_out: SignOutForm<'a>,
}

/// The form that ends a session, which two pages contain.
#[derive(Debug, Clone, Copy)]
pub struct SignOutForm<'a> {
    /// URL to which the form is sent.
    pub action: &'a str,
    /// The session that the form ends, by the first digits of its digest; `None` if it ends whichever session the
    /// browser then has.
    pub ends: Option<&'a str>,
    /// The login name of that session, if it is known.
    pub login_name: Option<&'a str>,
}

/// The page for a visitor who is signed out. Its countdown only shows the time; the `Refresh` header opens the login
/// page.
#[derive(Debug, Template)]
#[template(path = "message.html", config = "src/page/askama.toml")]
pub struct MessagePage<'a> {
    /// The site.
    pub look: Look<'a>,
    /// URL of the login page, with its `next`.
    pub login: &'a str,
    /// URL of this page without the countdown; `None` if this is that page.
    pub stay: Option<&'a str>,
    /// Why the page has no countdown although the visitor did not ask for that.
    pub notice: Option<&'a str>,
}

/// The sign-out page: a button that ends the session, and a link back.
#[derive(Debug, Template)]
#[template(path = "logout.html", config = "src/page/askama.toml")]
pub struct LogoutPage<'a> {
    /// The site.
    pub look: Look<'a>,
    /// The form with the button.
    pub sign_out: SignOutForm<'a>,
    /// URL of the link back.
    pub back: &'a str,
    /// Why the page asks again.
    pub notice: Option<&'a str>,
}

/// The page of an error that has no page of its own. It holds only what the visitor may know.
#[derive(Debug, Template)]
#[template(path = "failure.html", config = "src/page/askama.toml")]
pub struct FailurePage<'a> {
    /// The site.
    pub look: Look<'a>,
    /// What went wrong, in a few words.
    pub title: &'a str,
    /// What to do now.
    pub detail: &'a str,
    /// The id by which the log names this error. It is not a secret.
    pub id: Option<&'a str>,
    /// URL of a page that may work, and the text of its link.
    pub link: Option<(&'a str, &'a str)>,
}

/// Turns `2026-11-23T07:31:00Z` into `2026-11-23 07:31 UTC`. Any other text stays as it is.
fn readable(time: &str) -> String {
    match time.split_once('T') {
        Some((date, clock)) if clock.ends_with('Z') => {
            format!("{date} {} UTC", clock.get(..5).unwrap_or(clock))
        }
        _ => time.to_owned(),
    }
}
