//! What the pages show: plain values, ready to be put into a template.

use crate::page::texts::Language;

/// What the site's owner may change, and the language.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    /// Of every sentence that is ours.
    pub language: Language,
    /// The site's name, also in the window's title; empty: `host` stands for it on the page.
    pub title: &'a str,
    /// The host's name; empty where a request names none that could be one.
    pub host: &'a str,
    /// URL of an image, instead of our mark; empty: our mark.
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

/// What the login form holds.
#[derive(Debug)]
pub struct LoginForm<'a> {
    /// URL that takes the form.
    pub action: &'a str,
    /// When the page was made, in milliseconds: a quick visitor has two of them within a second. A browser puts what was typed back into a form
    /// that looks the same, so that after sign-out, Back would show the last visitor's name.
    pub moment: &'a str,
    /// Where to go after sign-in; carried along.
    pub next: Option<&'a str>,
    /// What was typed before, or nothing.
    pub login_name: &'a str,
    /// Whether `remember` is ticked; `None`: there is no such box.
    pub remember: Option<bool>,
    /// Good news above the form: signed out.
    pub notice: Option<&'a str>,
    /// Who is signed in already, and the URL to go on to.
    pub signed_in: Option<(&'a str, &'a str)>,
    /// Why the last try failed.
    pub error: Option<&'a str>,
    /// Whether what was typed is wrong, so that its fields are marked.
    pub is_wrong: bool,
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
    /// The form that ends the session.
    pub sign_out: SignOut<'a>,
}

/// The form that ends a session.
#[derive(Debug)]
pub struct SignOut<'a> {
    /// URL that takes the form.
    pub action: &'a str,
    /// Which session it ends, by the first digits of its digest; `None`: whichever the browser has.
    pub ends: Option<&'a str>,
    /// Whose session it is, if that is known.
    pub login_name: Option<&'a str>,
}

/// Where the message page leads.
#[derive(Debug)]
pub struct SignedOut<'a> {
    /// URL of the login page, with its `next`.
    pub login: &'a str,
    /// URL of this page without the countdown; `None`: that is the page to show.
    pub stay: Option<&'a str>,
    /// Why there is no countdown, where the visitor did not ask for none.
    pub notice: Option<&'a str>,
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
    /// URL of a page that may work, and what its link says.
    pub link: Option<(&'a str, &'a str)>,
}
