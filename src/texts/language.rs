//! What a language consists of.

/// A language: its names, and one field for each text of the pages. A pair is a title and a detail.
#[derive(Debug)]
pub struct Texts {
    /// The language's tag (RFC 5646): the configuration's `page.language`, and the pages' `lang` and
    /// `Content-Language`.
    pub tag: &'static str,
    /// What a browser's `Accept-Language` calls the language, in lower case: `zh` also matches `zh-TW`.
    pub range: &'static str,

    /// The title of the login page, and its button.
    pub sign_in: &'static str,
    /// The label of the login name, on the login page and on the protected page.
    pub login_name: &'static str,
    /// The label of the password.
    pub password: &'static str,
    /// The label of the box that makes the session outlast the browser.
    pub remember: &'static str,
    /// Precedes the login page's title after a failed try, so that a screen reader says it first.
    pub wrong: &'static str,
    /// The answer to a wrong login name and to a wrong password, so that nobody learns which it was.
    pub wrong_password: &'static str,
    /// On the login page, right after signing out.
    pub signed_out_now: &'static str,
    /// On the login page, before the name of a visitor who is signed in already.
    pub signed_in_as: &'static str,
    /// On the login page, the link for a visitor who is signed in already. It leads where a sign-in would.
    pub go_on: &'static str,
    /// On the login page, above the form for a visitor who is signed in already. A new sign-in ends the old session.
    pub sign_in_as_another: &'static str,
    /// On the page for a visitor who may not reach a guarded place, the link to the login page.
    pub sign_in_as_somebody_else: &'static str,

    /// The title of the protected page.
    pub signed_in: &'static str,
    /// On the protected page, who can see it.
    pub signed_in_only: &'static str,
    /// On the protected page, the label of the time of sign-in.
    pub since: &'static str,
    /// On the protected page, the label of the time when the session ends at the latest.
    pub until: &'static str,

    /// The title of the message page, which a visitor who is not signed in gets.
    pub signed_out_title: &'static str,
    /// On the message page, during the countdown.
    pub signed_out_message: &'static str,
    /// On the message page without a countdown, and in JSON.
    pub not_signed_in: &'static str,
    /// On the message page, the link to the login page.
    pub sign_in_now: &'static str,
    /// On the message page, the link to the same page without the countdown.
    pub stay: &'static str,
    /// On the message page, for a visitor who comes from the login page without any cookie.
    pub no_cookies: &'static str,

    /// The button that signs out, and the title of the sign-out page.
    pub sign_out: &'static str,
    /// The question of the sign-out page.
    pub sign_out_question: &'static str,
    /// On the sign-out page, the effect of signing out.
    pub sign_out_effect: &'static str,
    /// On the sign-out page, if the form was made for another session than the browser has now.
    pub another_session: &'static str,
    /// 503 on sign-out: the visitor must not believe that it worked.
    pub not_signed_out: &'static str,

    /// The link back, on the sign-out page and on the page of a failure.
    pub back: &'static str,
    /// The link that repeats a request which may work a moment later.
    pub try_again: &'static str,
    /// Before the id by which the owner finds the failure in the log.
    pub failure_id: &'static str,

    /// 400: the request is malformed.
    pub bad_request: (&'static str, &'static str),
    /// 403: another site sent the form.
    pub cross_origin: (&'static str, &'static str),
    /// 403: a rule does not allow the visitor.
    pub forbidden: (&'static str, &'static str),
    /// 403: plain HTTP is not allowed.
    pub plain_http: (&'static str, &'static str),
    /// 403: plain HTTP from a proxy that is not configured. The visitor may be using HTTPS already.
    pub unknown_proxy: (&'static str, &'static str),
    /// 404: there is no such page.
    pub not_found: (&'static str, &'static str),
    /// 405: the page does not answer this method.
    pub not_allowed: (&'static str, &'static str),
    /// 408: the body did not arrive in time.
    pub too_slow: (&'static str, &'static str),
    /// 413: the body is over the limit.
    pub too_large: (&'static str, &'static str),
    /// 415: the body is not a form.
    pub not_a_form: (&'static str, &'static str),
    /// 429: there were too many tries. The text is the same whether or not the account exists.
    pub too_many: (&'static str, &'static str),
    /// 429 with the time of the next try: in `count` `unit`s, and at `clock`, the time of day in UTC, such as `07:31`.
    pub too_many_until: fn(count: i64, unit: Unit, clock: &str) -> String,
    /// 500: the fault is ours. Only the log says what it is.
    pub broken: (&'static str, &'static str),
    /// 503: the database does not answer.
    pub unavailable: (&'static str, &'static str),
}

/// The unit in which a wait is told.
#[derive(Debug, Clone, Copy)]
pub enum Unit {
    /// For a wait of up to a minute.
    Second,
    /// For a wait of up to an hour.
    Minute,
    /// For a wait of more than an hour.
    Hour,
}

impl Texts {
    /// The title and detail that explain a failure with this status.
    ///
    /// A status without a text of its own gets that of 500. 401 has no text here, because its page chooses between
    /// [`Texts::wrong_password`] and [`Texts::not_signed_in`]. 403 gets the text for a cross-origin request; the caller
    /// chooses [`Texts::plain_http`] or [`Texts::unknown_proxy`] for the other two reasons.
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
