//! The login page: GET shows the form, POST checks the password and opens a session.

use serde::Serialize;

use super::definition::Page;
use super::html::LoginPage;
use super::visit::Visit;
use super::{headers, reply};
use crate::auth::next::Next;
use crate::auth::session_cookie;
use crate::auth::sign_in::{self, Outcome, Rules, SignIn, SignedIn};
use crate::auth::throttle::{Throttle, Tries, Wait};
use crate::cgi::{Form, Method, Response};
use crate::error::Error;
use crate::log::{Event, Log};
use crate::model::{LoginName, Session};

/// The login page.
pub const LOGIN: Page = Page::open("login", login).with_form_of_ours();

/// What a script needs to know to sign in.
#[derive(Serialize)]
struct FormJson<'a> {
    form_action: &'a str,
    fields: &'static [&'static str],
}

/// The answer to a script that has signed in.
#[derive(Serialize)]
struct SignedInJson<'a> {
    user: &'a str,
    expires_at: String,
}

/// What the form shows.
#[derive(Default)]
struct Shown<'a> {
    /// What the visitor typed before, without the password.
    login_name: &'a str,
    remember: bool,
    next: Option<Next>,
    /// Why the sign-in failed.
    error: Option<String>,
    notice: Option<&'static str>,
    /// The session of a visitor who is signed in already.
    signed_in: Option<Session>,
}

fn login(visit: &mut Visit<'_>) -> Result<Response, Error> {
    if visit.request.method == Method::Post {
        return sign_in(visit);
    }
    let query = Form::from_query(visit.request)?;
    let texts = visit.presentation.texts;
    let shown = Shown {
        next: query.get("next")?.and_then(Next::parse),
        notice: query.get("signed_out")?.map(|_| texts.signed_out_now),
        signed_in: signed_in_already(visit),
        ..Shown::default()
    };
    form(visit, 200, &shown)
}

/// The session of a visitor who is signed in already. Only a browser that presents a token makes this ask the store.
fn signed_in_already(visit: &mut Visit<'_>) -> Option<Session> {
    if visit.presentation.json {
        return None;
    }
    let digest = visit.digest()?;
    visit.session_if_known(&digest)
}

fn sign_in(visit: &mut Visit<'_>) -> Result<Response, Error> {
    let Visit {
        request,
        form: fields,
        config,
        log,
        now,
        ..
    } = *visit;
    let typed = Shown {
        // A phone's keyboard adds a blank after a word. No login name begins or ends with one.
        login_name: fields.get("login_name")?.unwrap_or_default().trim(),
        remember: config.session.remember > 0 && fields.get("remember")?.is_some(),
        next: fields.get("next")?.and_then(Next::parse),
        ..Shown::default()
    };
    let tried = SignIn {
        login_name: typed.login_name,
        password: fields.get("password")?.unwrap_or_default(),
        remember: typed.remember,
        presented: &visit.presented(),
        cookie: &request.cookie,
        https: request.https,
        remote_addr: &request.remote_addr,
        user_agent: &request.user_agent,
    };
    let rules = Rules {
        now,
        limits: &config.session,
        throttle: Throttle::from_config(config),
        log,
    };
    let slot = sign_in::await_turn(&config.state, &tried, &config.secret, visit.deadline)?;
    let outcome = sign_in::sign_in(visit.store()?.as_mut(), slot, &tried, &rules)?;
    answered(visit, outcome, typed)
}

/// The answer to a sign-in, and its line in the log.
fn answered(visit: &Visit<'_>, outcome: Outcome, mut typed: Shown<'_>) -> Result<Response, Error> {
    let (log, texts) = (visit.log, visit.presentation.texts);
    let client = visit.request.remote_addr.as_str();
    match outcome {
        Outcome::SignedIn(signed_in) => {
            let user = signed_in.login_name.as_str();
            log.event(&Event::SignInSucceeded { user, client });
            welcome(visit, &signed_in, typed.next, typed.remember)
        }
        Outcome::Refused(known) => {
            let user = logged_name(known.as_ref());
            log.event(&Event::SignInFailed { user, client });
            typed.error = Some(texts.wrong_password.to_owned());
            form(visit, 401, &typed)
        }
        Outcome::Throttled(wait, known) => {
            log_wait(log, &wait, logged_name(known.as_ref()), client);
            typed.error = Some(texts.too_many_for(visit.now.0, wait.seconds));
            form(visit, 429, &typed)?.with("Retry-After", wait.seconds.to_string())
        }
    }
}

/// Logs one of two events, so that fail2ban can tell them apart: an office that signs in often is not an attack.
fn log_wait(log: &Log, wait: &Wait, user: &str, client: &str) {
    let (whose, seconds) = (wait.whose, &*wait.seconds.to_string());
    log.event(&match wait.tries {
        Tries::Failed => Event::SignInThrottled {
            user,
            client,
            whose,
            seconds,
        },
        Tries::SignedIn => Event::SignInsTooMany {
            user,
            client,
            whose,
            seconds,
        },
    });
}

/// The login name for the log, empty if no user has it: what was typed in its place may be a password.
fn logged_name(known: Option<&LoginName>) -> &str {
    known.map_or("", LoginName::as_str)
}

fn welcome(
    visit: &Visit<'_>,
    signed_in: &SignedIn,
    next: Option<Next>,
    remember: bool,
) -> Result<Response, Error> {
    let response = if visit.presentation.json {
        let user = signed_in.login_name.as_str();
        let expires_at = signed_in.expires_at.to_string();
        reply::json(200, "application/json", &SignedInJson { user, expires_at })?
    } else {
        let protected = || visit.presentation.links.program("protected");
        reply::see_other(next.map_or_else(protected, |next| next.as_str().to_owned()))?
    };
    let https = visit.request.https;
    let max_age = remember.then_some(visit.config.session.remember);
    let response = response.with(
        "Set-Cookie",
        session_cookie::set(&signed_in.token, https, max_age),
    )?;
    match &signed_in.device {
        Some(cookie) => response.with("Set-Cookie", cookie),
        None => Ok(response),
    }
}

/// The login form. Its status says how the last try went; it is 200 if there was none.
fn form(visit: &Visit<'_>, status: u16, shown: &Shown<'_>) -> Result<Response, Error> {
    let response = match (visit.presentation.json, shown.error.as_deref()) {
        (true, Some(error)) => reply::problem(status, error, None)?,
        (true, None) => fields(visit)?,
        (false, _) => html_form(visit, status, shown)?,
    };
    match status {
        401 => headers::with_challenge(response, visit.presentation, visit.request.https),
        _ => Ok(response),
    }
}

/// The form for a script.
fn fields(visit: &Visit<'_>) -> Result<Response, Error> {
    let fields: &[_] = if visit.config.session.remember > 0 {
        &["login_name", "password", "remember", "next"]
    } else {
        &["login_name", "password", "next"]
    };
    let form = FormJson {
        form_action: &visit.presentation.links.here,
        fields,
    };
    reply::json(200, "application/json", &form)
}

fn html_form(visit: &Visit<'_>, status: u16, shown: &Shown<'_>) -> Result<Response, Error> {
    let links = &visit.presentation.links;
    // `next` is also in the URL, from which the page of a failure takes it.
    let action = match &shown.next {
        Some(next) => format!("{}?next={}", links.here, next.in_query()),
        None => links.here.clone(),
    };
    let next = shown.next.as_ref().map(Next::as_str);
    let protected = links.program("protected");
    let page = LoginPage {
        look: visit.presentation.look(),
        action: &action,
        moment: &format!("{}{:03}", visit.now.0, visit.millisecond),
        next,
        login_name: shown.login_name,
        remember: (visit.config.session.remember > 0).then_some(shown.remember),
        notice: shown.notice,
        signed_in: shown.signed_in.as_ref().map(|session| {
            let name = session.user.login_name.as_str();
            (name, next.unwrap_or(&protected))
        }),
        error: shown.error.as_deref(),
        is_wrong: status == 401,
    };
    reply::html(status, visit.presentation, &page)
}
