//! Who is admitted to a guarded place: a file, or somebody else's script.

mod definition;
mod presentation;
mod refused;

use super::visit::Visit;
use crate::auth::rules::{Member, Rule, Rules, Verdict, verdict};
use crate::cgi::{Called, GuardedRequest, Response};
use crate::error::Error;
use crate::model::{GroupName, Session};

/// What a guarded place is told of its visitors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// Nothing, as a file. A place for everyone then needs no store, and groups are asked for only if a rule names one.
    Nothing,
    /// Who they are and which groups they are in, as a script.
    Who,
}

/// Whether the visitor is admitted.
#[derive(Debug)]
pub enum Admission {
    /// They are.
    Admitted(Admitted),
    /// They are not, and get this answer.
    Refused(Response),
}

/// A visitor who is admitted, and what the guarded place may know of them.
#[derive(Debug)]
pub struct Admitted {
    /// The session; `None` if the place is for everyone and the visitor is signed out, or was not asked.
    pub session: Option<Session>,
    /// The groups that the user is in; empty if nobody asked.
    pub groups: Vec<GroupName>,
}

/// Whether the visitor may reach both the path that they asked for and the path that the server made of it. `called`
/// says how the server calls this program; [`Page::guarding`](super::Page::guarding) must say the same.
///
/// # Errors
/// 400 if one of the paths has no normal form. Also if a rule of the configuration is wrong, if the answer needs
/// `http.login` and it is empty, or if the store cannot answer.
pub fn admission(visit: &mut Visit<'_>, called: Called, told: Told) -> Result<Admission, Error> {
    let request = GuardedRequest::read(visit.variables, called)?;
    admission_to(visit, &request, told)
}

/// The same for a request that is read already.
///
/// # Errors
/// As [`admission`].
pub fn admission_to(
    visit: &mut Visit<'_>,
    request: &GuardedRequest,
    told: Told,
) -> Result<Admission, Error> {
    let rules = Rules::from_config(visit.config)?;
    let paths = [&request.asked, &request.resolved];
    let paths = paths.into_iter().chain(&request.also);
    let counting: Vec<_> = paths.map(|path| rules.counting(path)).collect();
    let any = |is: fn(&Rule) -> bool| counting.iter().flatten().any(|rule| is(rule));
    let for_everyone = |rule: Option<&Rule>| rule.is_some_and(Rule::is_for_everyone);
    let mut admitted = Admitted {
        session: None,
        groups: Vec::new(),
    };
    if told == Told::Nothing && counting.iter().copied().all(for_everyone) {
        return Ok(Admission::Admitted(admitted));
    }
    admitted.session = visit.session()?;
    if let Some(session) = &admitted.session
        && (told == Told::Who || any(Rule::names_group))
    {
        let mut store = visit.store()?;
        admitted.groups = store.groups(session.user.id)?;
        visit.open = Some(store);
    }
    let member = admitted.session.as_ref().map(|session| Member {
        login_name: &session.user.login_name,
        groups: &admitted.groups,
    });
    let is = |wanted| {
        counting
            .iter()
            .find(|rule| verdict(**rule, member) == wanted)
    };
    if let Some(rule) = is(Verdict::Forbidden) {
        let session = admitted.session.as_ref();
        refused::forbidden(visit, request, *rule, session).map(Admission::Refused)
    } else if is(Verdict::SignInFirst).is_some() {
        refused::sign_in_first(visit, request).map(Admission::Refused)
    } else {
        Ok(Admission::Admitted(admitted))
    }
}
