//! `cgi-session user`: who can sign in.

use std::net::IpAddr;

use cgi_session::auth::throttle::Throttle;
use cgi_session::model::{LoginName, Time, UserRow};
use serde::Serialize;

use crate::failure::Failure;
use crate::listing::{Format, Line};
use crate::password::Source;
use crate::print::{To, print};
use crate::settings::Settings;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Add a user
    Add {
        /// The name to sign in with; no blanks, and upper case is lower case (RFC 8265)
        #[arg(value_parser = login_name)]
        name: LoginName,
        #[command(flatten)]
        password: Source,
    },
    /// List all users
    List {
        #[command(flatten)]
        format: Format,
    },
    /// Set a password, and end the user's sessions
    Password {
        #[arg(value_parser = login_name)]
        name: LoginName,
        #[command(flatten)]
        password: Source,
    },
    /// Refuse a user's sign-ins, and end their sessions
    Disable {
        #[arg(value_parser = login_name)]
        name: LoginName,
    },
    /// Allow a disabled user's sign-ins again
    Enable {
        #[arg(value_parser = login_name)]
        name: LoginName,
    },
    /// Forget a user's failed tries, so that the next one need not wait
    Unlock {
        #[arg(value_parser = login_name)]
        name: LoginName,
        /// And those from this address, and from the networks that it lies in, whoever made them
        #[arg(long, value_name = "ADDRESS")]
        client: Option<IpAddr>,
    },
    /// Delete a user with their sessions
    Delete {
        #[arg(value_parser = login_name)]
        name: LoginName,
    },
}

impl Command {
    /// Does it and says so.
    ///
    /// # Errors
    /// If there is no such user, or the store refuses.
    pub fn run(self, settings: &Settings) -> Result<(), Failure> {
        let now = Time::now();
        match self {
            Self::Add { name, password } => {
                let hash = password.new_hash(&settings.config, &name)?;
                if !settings.store()?.add_user(&name, &hash, now)? {
                    let name = name.as_str();
                    return Err(Failure::Refused(format!(
                        "there is a user `{name}` already"
                    )));
                }
                say("added", &name);
                Ok(())
            }
            Self::List { format } => {
                let users = settings.store()?.users()?;
                format.print(&users.iter().map(User::from).collect::<Vec<_>>())
            }
            Self::Password { name, password } => {
                let hash = password.new_hash(&settings.config, &name)?;
                let mut store = settings.store()?;
                let changed = store.set_password(&name, &hash, now)?;
                // Who needed a new one has tried the old ones.
                store.unlock(&Throttle::of(&settings.config).account(&name))?;
                done(changed, "password set, sessions ended:", &name)
            }
            Self::Disable { name } => {
                let changed = settings.store()?.set_disabled(&name, Some(now))?;
                done(changed, "disabled, sessions ended:", &name)
            }
            Self::Enable { name } => done(
                settings.store()?.set_disabled(&name, None)?,
                "enabled",
                &name,
            ),
            Self::Unlock { name, client } => {
                let mut store = settings.store()?;
                if !store
                    .users()?
                    .iter()
                    .any(|user| user.login_name == name.as_str())
                {
                    return Err(unknown(&name));
                }
                let throttle = Throttle::of(&settings.config);
                for counted in throttle.all_of_account(&name) {
                    store.unlock(&counted)?;
                }
                if let Some(client) = client {
                    let client = client.to_canonical().to_string();
                    for counted in throttle.all_of_client(&client) {
                        store.unlock(&counted)?;
                    }
                }
                say("unlocked", &name);
                Ok(())
            }
            Self::Delete { name } => done(settings.store()?.delete_user(&name)?, "deleted", &name),
        }
    }
}

/// A user, as lists show them.
#[derive(Serialize)]
struct User {
    login_name: String,
    created_at: String,
    disabled_at: Option<String>,
    sessions: u64,
}

impl From<&UserRow> for User {
    fn from(row: &UserRow) -> Self {
        Self {
            login_name: row.login_name.as_str().to_owned(),
            created_at: row.created_at.to_string(),
            disabled_at: row.disabled_at.map(|since| since.to_string()),
            sessions: row.sessions,
        }
    }
}

impl Line for User {
    const HEADS: &'static [&'static str] = &["USER", "ADDED", "DISABLED", "SESSIONS"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.login_name.clone(),
            self.created_at.clone(),
            self.disabled_at.clone().unwrap_or_default(),
            self.sessions.to_string(),
        ]
    }
}

/// The name that an argument spells.
///
/// # Errors
/// What a name is, for clap to print.
pub fn login_name(text: &str) -> Result<LoginName, String> {
    let refused =
        "no login name: letters, digits and marks, no blanks (RFC 8265, UsernameCaseMapped)";
    LoginName::parse(text).ok_or_else(|| refused.to_owned())
}

/// For a name that is no user's.
pub fn unknown(name: &LoginName) -> Failure {
    Failure::Missing(format!("there is no user `{}`", name.as_str()))
}

fn done(changed: bool, what: &str, name: &LoginName) -> Result<(), Failure> {
    if !changed {
        return Err(unknown(name));
    }
    say(what, name);
    Ok(())
}

fn say(what: &str, name: &LoginName) {
    print(To::Stdout, &format!("{what} {}\n", name.as_str()));
}
