//! `cgi-session user`: who can sign in.

mod groups;
mod list;

use std::net::IpAddr;

use cgi_session::auth::throttle::Rows;
use cgi_session::log::Event;
use cgi_session::model::{LoginName, Time};
use cgi_session::store::Administration;

use self::groups::Change;
use crate::audit_log;
use crate::command_error::CommandError;
use crate::listing::Format;
use crate::password::Source;
use crate::print::print;
use crate::settings::Settings;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Add a user
    Add {
        /// The name to sign in with; no spaces; capitals are treated as lower case (RFC 8265)
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
    /// Add a user to groups or remove them from some, and list the groups they are in, which rules name
    Groups {
        #[arg(value_parser = login_name)]
        name: LoginName,
        /// +GROUP adds the user to a group, -GROUP removes them; it counts from their next request on
        #[arg(value_name = "+GROUP|-GROUP", value_parser = Change::parse, allow_hyphen_values = true)]
        changes: Vec<Change>,
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
    /// Forget a user's failed attempts, so that the next one need not wait
    Unlock {
        #[arg(value_parser = login_name)]
        name: LoginName,
        /// Also forget the attempts from this address and from the networks that it lies in, whoever made them
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
    /// Carries out the command and prints what it did.
    ///
    /// # Errors
    /// If there is no such user, or the store refuses.
    pub fn run(self, settings: &Settings) -> Result<(), CommandError> {
        let now = Time::now();
        match self {
            Self::Add { name, password } => add(settings, &name, &password, now),
            Self::List { format } => list::list(settings, &format, now),
            Self::Groups {
                name,
                changes,
                format,
            } => groups::groups(settings, &name, &changes, &format),
            Self::Password { name, password } => {
                must_exist(&mut *settings.store()?, &name)?;
                let hash = password.new_hash(&settings.config, &name)?;
                // A server may have closed a connection that waited for somebody to type.
                let mut store = settings.store()?;
                let changed = store.set_password(&name, &hash, now)?;
                let what = "password set, sessions ended:";
                done(settings, changed, what, &name, |user, uid| {
                    Event::PasswordSet { user, uid }
                })?;
                // Whoever needs a new password has tried old ones before.
                Ok(store.unlock(&Rows::from_config(&settings.config).account(&name))?)
            }
            Self::Disable { name } => {
                let changed = settings.store()?.set_disabled(&name, Some(now))?;
                let what = "disabled, sessions ended:";
                done(settings, changed, what, &name, |user, uid| {
                    Event::UserDisabled { user, uid }
                })
            }
            Self::Enable { name } => {
                let changed = settings.store()?.set_disabled(&name, None)?;
                done(settings, changed, "enabled", &name, |user, uid| {
                    Event::UserEnabled { user, uid }
                })
            }
            Self::Unlock { name, client } => unlock(settings, &name, client),
            Self::Delete { name } => {
                let changed = settings.store()?.delete_user(&name)?;
                done(settings, changed, "deleted", &name, |user, uid| {
                    Event::UserDeleted { user, uid }
                })
            }
        }
    }
}

/// Looks the name up before it asks for a password.
fn add(
    settings: &Settings,
    name: &LoginName,
    password: &Source,
    now: Time,
) -> Result<(), CommandError> {
    let exists = || CommandError::Refused(format!("there is a user `{}` already", name.as_str()));
    if settings.store()?.has_user(name)? {
        return Err(exists());
    }
    let hash = password.new_hash(&settings.config, name)?;
    if !settings.store()?.add_user(name, &hash, now)? {
        return Err(exists());
    }
    report(settings, "added", name, |user, uid| Event::UserAdded {
        user,
        uid,
    })
}

fn unlock(
    settings: &Settings,
    name: &LoginName,
    client: Option<IpAddr>,
) -> Result<(), CommandError> {
    let mut store = settings.store()?;
    must_exist(&mut *store, name)?;
    let rows = Rows::from_config(&settings.config);
    for counted in rows.all_of_account(name) {
        store.unlock(&counted)?;
    }
    let client = client.map(|client| client.to_canonical().to_string());
    if let Some(client) = &client {
        for counted in rows.all_of_client(client) {
            store.unlock(&counted)?;
        }
    }
    let (user, uid) = (name.as_str(), &audit_log::uid());
    let client = client.as_deref().unwrap_or_default();
    audit_log::record(settings, &Event::UserUnlocked { user, client, uid });
    say("unlocked", name)
}

/// The name that an argument spells.
///
/// # Errors
/// What a name is, for clap to print.
pub fn login_name(text: &str) -> Result<LoginName, String> {
    let refused = "a login name is letters and digits of any language and signs such as . - _ @: \
        no blanks, no emoji, at most 255 characters";
    LoginName::parse(text).ok_or_else(|| refused.to_owned())
}

/// Checks that there is a user with this name.
///
/// # Errors
/// If there is none.
pub fn must_exist(store: &mut dyn Administration, name: &LoginName) -> Result<(), CommandError> {
    if store.has_user(name)? {
        Ok(())
    } else {
        Err(unknown(name))
    }
}

/// The error for a name that no user has.
pub fn unknown(name: &LoginName) -> CommandError {
    CommandError::Missing(format!("there is no user `{}`", name.as_str()))
}

/// Makes the event for a user and the user id of whoever changed them.
type MakeEvent = for<'a> fn(&'a str, &'a str) -> Event<'a>;

fn done(
    settings: &Settings,
    changed: bool,
    what: &str,
    name: &LoginName,
    event: MakeEvent,
) -> Result<(), CommandError> {
    if changed {
        report(settings, what, name, event)
    } else {
        Err(unknown(name))
    }
}

/// Records and prints what was done. The log comes first: printing may fail, and the change was made.
fn report(
    settings: &Settings,
    what: &str,
    name: &LoginName,
    event: MakeEvent,
) -> Result<(), CommandError> {
    audit_log::record(settings, &event(name.as_str(), &audit_log::uid()));
    say(what, name)
}

fn say(what: &str, name: &LoginName) -> Result<(), CommandError> {
    print(&format!("{what} {}\n", name.as_str()))
}
