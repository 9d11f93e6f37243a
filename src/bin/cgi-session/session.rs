//! `cgi-session session`: who is signed in.

use cgi_session::log::Event;
use cgi_session::model::{DIGEST_LEN, DIGITS_SHOWN, LoginName, SessionRow, Time};
use cgi_session::store::{Administration, Which};
use serde::Serialize;

use crate::audit_log;
use crate::command_error::CommandError;
use crate::listing::{Format, Line};
use crate::print::print;
use crate::settings::Settings;
use crate::user::{login_name, must_exist};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List sessions, also those that are over but not yet deleted
    List {
        /// Only this user's sessions
        #[arg(long, value_name = "NAME", value_parser = login_name)]
        user: Option<LoginName>,
        #[command(flatten)]
        format: Format,
    },
    /// End sessions: a user's, one, or everybody's
    Revoke(Sessions),
    /// Delete the rows of sessions that are past their end
    Prune,
}

/// Which sessions to end.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub struct Sessions {
    /// End this user's sessions
    #[arg(value_parser = login_name)]
    name: Option<LoginName>,
    /// End the one whose digest begins with these digits, 8 or more, as `session list` shows them
    #[arg(long, value_name = "DIGITS", value_parser = digits)]
    session: Option<String>,
    /// End all sessions
    #[arg(long)]
    all: bool,
}

impl Command {
    /// Carries out the command and prints what it did.
    ///
    /// # Errors
    /// If there is no such user or session, or the store refuses.
    pub fn run(self, settings: &Settings) -> Result<(), CommandError> {
        let mut store = settings.store()?;
        match self {
            Self::List { user, format } => list(&mut *store, user.as_ref(), &format),
            Self::Revoke(sessions) => {
                let ended = sessions.revoke(&mut *store)?;
                sessions.record(settings, ended);
                say(ended, "ended")
            }
            Self::Prune => {
                let deleted = store.prune(Time::now())?;
                let (count, uid) = (&deleted.to_string(), &audit_log::uid());
                audit_log::record(settings, &Event::SessionsPruned { count, uid });
                say(deleted, "deleted")
            }
        }
    }
}

fn list(
    store: &mut dyn Administration,
    user: Option<&LoginName>,
    format: &Format,
) -> Result<(), CommandError> {
    if let Some(name) = user {
        must_exist(store, name)?;
    }
    format.print(|from| {
        let page = store.sessions(user, from)?;
        Ok((page.rows.iter().map(Session::from).collect(), page.next))
    })
}

impl Sessions {
    /// Records that so many were ended.
    fn record(&self, settings: &Settings, ended: u64) {
        let (count, uid) = (&ended.to_string(), &audit_log::uid());
        let event = match &self.session {
            Some(digits) => Event::SessionRevoked {
                session: digits.get(..DIGITS_SHOWN).unwrap_or(digits),
                uid,
            },
            None => Event::SessionsRevoked {
                user: self.name.as_ref().map_or("", LoginName::as_str),
                count,
                uid,
            },
        };
        audit_log::record(settings, &event);
    }

    /// Ends the sessions; how many.
    fn revoke(&self, store: &mut dyn Administration) -> Result<u64, CommandError> {
        if let Some(name) = &self.name {
            must_exist(store, name)?;
            return Ok(store.end_sessions(Which::Of(name))?);
        }
        let Some(digits) = &self.session else {
            return Ok(store.end_sessions(Which::All)?);
        };
        match store.sessions_beginning(digits)?.as_slice() {
            [only] => Ok(store.end_sessions(Which::One(only))?),
            [] => Err(CommandError::Missing(format!(
                "no session begins with {digits}"
            ))),
            _ => Err(CommandError::Refused(format!(
                "more than one session begins with {digits}: give more digits"
            ))),
        }
    }
}

/// A session, as lists show it. Its digits sign nobody in: they begin the digest of a token, and
/// the cookie holds the token.
#[derive(Serialize)]
struct Session {
    login_name: String,
    #[serde(rename = "session")]
    digits: String,
    created_at: String,
    seen_at: String,
    expires_at: String,
    remote_addr: String,
    user_agent: String,
}

impl From<&SessionRow> for Session {
    fn from(row: &SessionRow) -> Self {
        Self {
            login_name: row.login_name.clone(),
            digits: row.session.chars().take(DIGITS_SHOWN).collect(),
            created_at: row.created_at.to_string(),
            seen_at: row.seen_at.to_string(),
            expires_at: row.expires_at.to_string(),
            remote_addr: row.remote_addr.clone(),
            user_agent: row.user_agent.clone(),
        }
    }
}

impl Line for Session {
    const HEADS: &'static [&'static str] = &[
        "USER",
        "SESSION",
        "SIGNED IN",
        "SEEN",
        "ENDS",
        "ADDRESS",
        "AGENT",
    ];

    fn cells(&self) -> Vec<String> {
        let texts = [
            &self.login_name,
            &self.digits,
            &self.created_at,
            &self.seen_at,
            &self.expires_at,
            &self.remote_addr,
            &self.user_agent,
        ];
        texts.map(Clone::clone).to_vec()
    }
}

/// The first digits of a digest.
fn digits(text: &str) -> Result<String, String> {
    let fits = (DIGITS_SHOWN..=DIGEST_LEN).contains(&text.len());
    if fits
        && text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    {
        Ok(text.to_owned())
    } else {
        Err(format!(
            "need {DIGITS_SHOWN} to {DIGEST_LEN} digits of 0-9 and a-f"
        ))
    }
}

fn say(count: u64, done: &str) -> Result<(), CommandError> {
    let sessions = if count == 1 { "session" } else { "sessions" };
    print(&format!("{count} {sessions} {done}\n"))
}
