//! `cgi-session user list`: all users, and which of them have to wait for their next try.

use cgi_session::auth::throttle::Rows;
use cgi_session::model::{Counted, LoginName, Time, UserRow};
use serde::Serialize;

use crate::command_error::CommandError;
use crate::listing::{Format, Line};
use crate::settings::Settings;

/// Prints all users, page by page.
///
/// # Errors
/// If the store cannot answer, or the list cannot be written.
pub fn list(settings: &Settings, format: &Format, now: Time) -> Result<(), CommandError> {
    let rows = Rows::from_config(&settings.config);
    let mut store = settings.store()?;
    format.print(|from| {
        let page = store.users(from)?;
        // Nobody can try a name that no sign-in can spell.
        let names = page
            .rows
            .iter()
            .map(|row| LoginName::parse(&row.login_name));
        let counted: Vec<Vec<Counted>> = names
            .map(|name| name.map_or_else(Vec::new, |name| rows.all_of_account(&name)))
            .collect();
        let mut blocked = store.blocked_until(&counted.concat(), now)?.into_iter();
        let users = page.rows.iter().zip(&counted).map(|(row, counted)| {
            // The later of the blocks: a stranger can sign in when both are over. A known device may sooner.
            let blocked_until = blocked.by_ref().take(counted.len()).flatten().max();
            User::new(row, blocked_until)
        });
        Ok((users.collect(), page.next))
    })
}

/// A user, as lists show them.
#[derive(Serialize)]
struct User {
    login_name: String,
    created_at: String,
    disabled_at: Option<String>,
    /// Until when tries are refused, after too many.
    blocked_until: Option<String>,
    sessions: u64,
}

impl User {
    fn new(row: &UserRow, blocked_until: Option<Time>) -> Self {
        Self {
            login_name: row.login_name.clone(),
            created_at: row.created_at.to_string(),
            disabled_at: row.disabled_at.map(|since| since.to_string()),
            blocked_until: blocked_until.map(|until| until.to_string()),
            sessions: row.sessions,
        }
    }
}

impl Line for User {
    const HEADS: &'static [&'static str] =
        &["USER", "ADDED", "DISABLED", "BLOCKED UNTIL", "SESSIONS"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.login_name.clone(),
            self.created_at.clone(),
            self.disabled_at.clone().unwrap_or_default(),
            self.blocked_until.clone().unwrap_or_default(),
            self.sessions.to_string(),
        ]
    }
}
