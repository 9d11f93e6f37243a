//! `cgi-session user groups`: which groups a user is in.

use cgi_session::log::Event;
use cgi_session::model::{GroupName, LoginName};
use cgi_session::store::{Administration, GROUPS_MAX, Regrouped};
use serde::Serialize;

use crate::audit_log;
use crate::command_error::CommandError;
use crate::listing::{Format, Line};
use crate::settings::Settings;

/// One change of a user's groups, as the command line has it.
#[derive(Debug, Clone)]
pub enum Change {
    /// `+GROUP`
    Add(GroupName),
    /// `-GROUP`
    Remove(String),
}

impl Change {
    /// Reads `+GROUP` or `-GROUP`.
    ///
    /// # Errors
    /// What would be right, for clap to print.
    pub fn parse(text: &str) -> Result<Self, String> {
        let group =
            "at most 64 letters and digits of any language, `.`, `_`, `@` and `-`; no blanks";
        match text.split_at_checked(1) {
            Some(("-", name)) if name.starts_with('-') => {
                Err("options stand before the name of the user".to_owned())
            }
            Some(("+", name)) => GroupName::parse(name)
                .map(Self::Add)
                .ok_or_else(|| format!("the name of a group is {group}")),
            Some(("-", name)) if !name.is_empty() => Ok(Self::Remove(name.to_owned())),
            _ => Err(
                "a change is +GROUP, which adds the user, or -GROUP, which removes them".to_owned(),
            ),
        }
    }
}

/// Changes the user's groups, then prints them.
///
/// # Errors
/// If there is no such user, or they would be in too many groups.
pub fn groups(
    settings: &Settings,
    name: &LoginName,
    changes: &[Change],
    format: &Format,
) -> Result<(), CommandError> {
    let mut store = settings.store()?;
    let missing = || super::unknown(name);
    if !changes.is_empty() {
        let had = store.membership(name)?.ok_or_else(missing)?.groups;
        change(settings, store.as_mut(), name, changes, &had)?;
    }
    let is_in = store.membership(name)?.ok_or_else(missing)?.groups;
    let mut lines = Some(is_in.into_iter().map(|group| Group { group }).collect());
    format.print(|_| Ok((lines.take().unwrap_or_default(), None)))
}

fn change(
    settings: &Settings,
    store: &mut dyn Administration,
    name: &LoginName,
    changes: &[Change],
    had: &[String],
) -> Result<(), CommandError> {
    let (mut add, mut remove) = (Vec::new(), Vec::new());
    for change in changes {
        match change {
            Change::Add(group) => add.push(group.clone()),
            Change::Remove(text) => remove.push(stored(text, had)),
        }
    }
    match store.change_groups(name, &add, &remove)? {
        Regrouped::Done(added, removed) if added.is_empty() && removed.is_empty() => Ok(()),
        Regrouped::Done(added, removed) => {
            let (user, uid) = (name.as_str(), &audit_log::uid());
            let (added, removed) = (&added.join(" "), &removed.join(" "));
            let event = Event::GroupsChanged {
                user,
                added,
                removed,
                uid,
            };
            audit_log::record(settings, &event);
            Ok(())
        }
        Regrouped::NoUser => Err(super::unknown(name)),
        Regrouped::TooMany => Err(CommandError::Refused(format!(
            "a user is in at most {GROUPS_MAX} groups: nothing was changed"
        ))),
    }
}

/// The name of a group as it is stored. An imported name may be one that no group can have; it is removed as it is.
fn stored(text: &str, had: &[String]) -> String {
    let mapped = GroupName::parse(text).filter(|_| !had.iter().any(|group| group == text));
    mapped.map_or_else(|| text.to_owned(), |group| group.as_str().to_owned())
}

/// A group, as lists show it.
#[derive(Serialize)]
struct Group {
    group: String,
}

impl Line for Group {
    const HEADS: &'static [&'static str] = &["GROUP"];

    fn cells(&self) -> Vec<String> {
        vec![self.group.clone()]
    }
}
