//! Every sentence that a visitor or a script can read, in each language.
//!
//! Nothing else in the crate holds such a sentence. A language is one file here, and its line in [`LANGUAGES`]. The
//! log is for the site's owner, in English, and not here.

mod chinese;
mod english;
mod wait;

use chinese::CHINESE;
pub use english::ENGLISH;
pub use wait::Unit;

/// Every language that the pages speak. The first one is for browsers that ask for none of them.
pub const LANGUAGES: [&Texts; 2] = [&ENGLISH, &CHINESE];

impl Texts {
    /// The language with this tag.
    #[must_use]
    pub fn tagged(tag: &str) -> Option<&'static Self> {
        LANGUAGES.into_iter().find(|texts| texts.tag == tag)
    }

    /// What went wrong, as (title, detail), for an answer with this status.
    ///
    /// A status without a text of its own is told as 500 is. 401 has none: it is either [`Texts::wrong_password`] or
    /// [`Texts::not_signed_in`]. 403 is the cross-origin one; [`Texts::plain_http`] and [`Texts::unknown_proxy`] are the
    /// others.
    #[must_use]
    pub fn failure(&self, status: u16) -> (&'static str, &'static str) {
        match status {
            400 => self.bad_request,
            403 => self.cross_origin,
            404 => self.not_found,
            405 => self.not_allowed,
            408 => self.too_slow,
            413 => self.too_large,
            415 => self.not_a_form,
            429 => self.too_many,
            503 => self.unavailable,
            _ => self.broken,
        }
    }
}

/// A language: its names, and one field for each thing that the pages say. A pair is a title and a detail.
#[derive(Debug)]
pub struct Texts {
    /// The language's tag (RFC 5646): the configuration's `page.language`, and the pages' `lang` and
    /// `Content-Language`.
    pub tag: &'static str,
    /// What a browser's `Accept-Language` calls the language, in lower case: `zh` also matches `zh-TW`.
    pub range: &'static str,

    /// Title of the login page, and its button.
    pub sign_in: &'static str,
    /// Label of the name's field, and of the name on the protected page.
    pub login_name: &'static str,
    /// Label of the password's field.
    pub password: &'static str,
    /// Label of the box that makes the session outlast the browser.
    pub remember: &'static str,
    /// Before the login page's title when a try failed, so that a screen reader says it first.
    pub wrong: &'static str,
    /// The one answer to a failed sign-in, whatever the reason.
    pub wrong_password: &'static str,
    /// Shown once on the login page after signing out.
    pub signed_out_now: &'static str,
    /// Before the name, on the login page, of whoever is signed in already.
    pub signed_in_as: &'static str,
    /// From the login page to where the sign-in would lead.
    pub go_on: &'static str,
    /// Above the form that ends that session for another.
    pub sign_in_as_another: &'static str,

    /// Title of the protected page.
    pub signed_in: &'static str,
    /// What the protected page is.
    pub signed_in_only: &'static str,
    /// Before the time of sign-in.
    pub since: &'static str,
    /// Before the time when the session ends.
    pub until: &'static str,

    /// Title of the message page.
    pub signed_out_title: &'static str,
    /// What the message page says while it counts down.
    pub signed_out_message: &'static str,
    /// Signed out, without a countdown: the message page that stays, and JSON.
    pub not_signed_in: &'static str,
    /// The message page's link to the login page.
    pub sign_in_now: &'static str,
    /// The message page's link to itself, without the countdown.
    pub stay: &'static str,
    /// To whoever comes from a sign-in and brings no cookie.
    pub no_cookies: &'static str,

    /// The button that signs out, and the title of the sign-out page.
    pub sign_out: &'static str,
    /// What the sign-out page asks.
    pub sign_out_question: &'static str,
    /// What signing out does.
    pub sign_out_effect: &'static str,
    /// The sign-out form was made for another session than the browser has now.
    pub another_session: &'static str,
    /// Sign-out met a failure (503): the visitor must not believe that it worked.
    pub not_signed_out: &'static str,

    /// Link from a page that leads nowhere to one that does.
    pub back: &'static str,
    /// Link to the same page, where that may work a moment later.
    pub try_again: &'static str,
    /// Before the id under which the log tells more.
    pub failure_id: &'static str,

    /// 400: malformed.
    pub bad_request: (&'static str, &'static str),
    /// 403: a form that another site sent.
    pub cross_origin: (&'static str, &'static str),
    /// 403: plain HTTP where it is not allowed.
    pub plain_http: (&'static str, &'static str),
    /// 403: plain HTTP from a proxy that nobody named, while the visitor may be on HTTPS already.
    pub unknown_proxy: (&'static str, &'static str),
    /// 404: nothing here.
    pub not_found: (&'static str, &'static str),
    /// 405: a method that this page does not answer.
    pub not_allowed: (&'static str, &'static str),
    /// 408: the body did not arrive in time.
    pub too_slow: (&'static str, &'static str),
    /// 413: the body is over the limit.
    pub too_large: (&'static str, &'static str),
    /// 415: the body is no form.
    pub not_a_form: (&'static str, &'static str),
    /// 429: throttled, the same whether or not the account exists.
    pub too_many: (&'static str, &'static str),
    /// 429 with the time of the next try: how many of which unit from now, and the time of day in UTC, `07:31`.
    pub too_many_until: fn(count: i64, unit: Unit, clock: &str) -> String,
    /// 500: the fault is ours, and only the log tells what it is.
    pub broken: (&'static str, &'static str),
    /// 503: the database is away.
    pub unavailable: (&'static str, &'static str),
}
