//! English.

use super::language::{Texts, Unit};

/// The texts in English.
pub static ENGLISH: Texts = Texts {
    tag: "en",
    range: "en",

    sign_in: "Sign in",
    login_name: "Login name",
    password: "Password",
    remember: "Keep me signed in",
    wrong: "Error:",
    wrong_password: "The login name or the password is wrong.",
    signed_out_now: "You are signed out.",
    signed_in_as: "You are signed in as",
    go_on: "Continue",
    sign_in_as_another: "Or sign in as somebody else:",
    sign_in_as_somebody_else: "Sign in as somebody else",

    signed_in: "You are signed in",
    signed_in_only: "Only those who are signed in see this page.",
    since: "Signed in since",
    until: "Session ends by",

    signed_out_title: "Not signed in",
    signed_out_message: "You are not signed in. The login page opens in 3 seconds.",
    not_signed_in: "You are not signed in.",
    sign_in_now: "Sign in now",
    stay: "Stay on this page",
    no_cookies: "If you have just signed in, your browser did not keep the cookie that a sign-in needs. \
                 Please allow cookies for this site, then sign in again.",

    sign_out: "Sign out",
    sign_out_question: "Sign out?",
    sign_out_effect: "This ends your session in this browser.",
    another_session: "That page belonged to an earlier session; this browser has signed in again since. \
                      Nothing has ended yet.",
    not_signed_out: "You are not signed out yet. Please try again in a moment.",

    back: "Back",
    try_again: "Try again",
    failure_id: "If you report this, please mention",

    bad_request: ("Bad request", "This request could not be understood."),
    cross_origin: (
        "Refused",
        "This form was sent from another site. Please open the page itself and try again.",
    ),
    forbidden: ("Not allowed", "You may not open this address."),
    plain_http: (
        "This connection is not secure",
        "To keep your password and your session safe, this page opens over HTTPS only. \
         Please open the address that begins with https://.",
    ),
    unknown_proxy: (
        "This site is not ready yet",
        "To keep your password and your session safe, this page opens over HTTPS only, and this site cannot tell \
         whether you came over HTTPS: it does not know the proxy that you came through. There is nothing that \
         you can do; the site's owner finds in its log what to set.",
    ),
    not_found: ("Not found", "There is no page at this address."),
    not_allowed: (
        "Not possible",
        "This page does not answer requests of this kind.",
    ),
    too_slow: (
        "Too slow",
        "The form did not arrive in time. Please try again.",
    ),
    too_large: ("Too large", "More was sent than this page accepts."),
    not_a_form: (
        "Not a form",
        "This page accepts application/x-www-form-urlencoded only.",
    ),
    too_many: (
        "Too many tries",
        "There were too many tries. Please wait a while, then try again.",
    ),
    too_many_until,
    broken: (
        "Something went wrong",
        "The fault is ours, not yours. Please try again later.",
    ),
    unavailable: (
        "Back in a moment",
        "This is temporarily unavailable; whether you are signed in has not changed. \
         Please try again in a moment.",
    ),
};

fn too_many_until(count: i64, unit: Unit, clock: &str) -> String {
    let unit = match unit {
        Unit::Second => "second",
        Unit::Minute => "minute",
        Unit::Hour => "hour",
    };
    let s = if count == 1 { "" } else { "s" };
    format!("There were too many tries. Please try again in {count} {unit}{s}, at {clock} UTC.")
}
