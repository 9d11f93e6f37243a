//! Who is admitted to a guarded place: a file, or somebody else's script.

use super::signed_out::signed_out;
use super::visit::Visit;
use crate::auth::rules::{Member, Verdict, verdict};
use crate::cgi::{Response, UrlPath};
use crate::error::Error;
use crate::model::Session;

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
    /// The session; `None` if the place is for everyone and the visitor is signed out.
    pub session: Option<Session>,
    /// The groups that the user is in.
    pub groups: Vec<String>,
}

/// Whether the visitor may reach both the path that they asked for and `resolved`, the path that the server made of it.
///
/// # Errors
/// If the path that they asked for has no normal form, or the store cannot answer.
pub fn admission(
    visit: &mut Visit<'_>,
    asked: &UrlPath,
    resolved: &UrlPath,
) -> Result<Admission, Error> {
    let session = visit.session()?;
    let groups = Vec::new();
    let member = session.as_ref().map(|session| Member {
        login_name: session.user.login_name.as_str(),
        groups: &groups,
    });
    for path in [asked, resolved] {
        match verdict(&visit.config.rules, path, member)? {
            Verdict::Allowed => {}
            Verdict::SignInFirst => return signed_out(visit).map(Admission::Refused),
            Verdict::Forbidden => return Err(Error::CrossOrigin),
        }
    }
    Ok(Admission::Admitted(Admitted { session, groups }))
}
