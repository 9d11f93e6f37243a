//! `cgi-session init`: a configuration where there is none, and the store's tables.

use std::fmt::Write;
use std::path::Path;

use cgi_session::config::{Config, StoreUrl};
use cgi_session::store::{self, Migrated};

use crate::check;
use crate::failure::Failure;
use crate::files::{private_folder, write_new};
use crate::password;
use crate::print::{escaped, print};
use crate::settings::{self, DEFAULT_STATE, DEFAULT_STORE, New};

/// Write a commented configuration, if there is none, and make the store's tables or bring them forward
///
/// Nothing that is there is overwritten, so it may be run again. After an update it has to be: where the tables are
/// older than the programs, these answer 503 until it is done. It signs nobody out; copy the database before it.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Where a new configuration keeps users and sessions; `-` asks for it, as a password is asked for
    ///
    /// `sqlite:/PATH` or `mysql://USER:PASSWORD@HOST/DATABASE`; without it
    /// `sqlite:/var/lib/cgi-session/sessions.sqlite`.
    #[arg(long, value_name = "URL")]
    store: Option<String>,
    /// An account that may make tables in the same MySQL database; `-` asks for it, after the store's
    ///
    /// The web account needs no more than SELECT, INSERT, UPDATE and DELETE.
    #[arg(long, value_name = "URL")]
    admin_url: Option<String>,
}

/// Makes what is missing and says what it did.
///
/// # Errors
/// If the store cannot be made, or differs from the one that the configuration names already.
pub fn init(options: &Options, path: &Path) -> Result<(), Failure> {
    let store = options.store.as_deref().map(asked).transpose()?;
    let admin = options.admin_url.as_deref().map(asked).transpose()?;
    let admin = admin
        .as_deref()
        .map(|url| parsed("--admin-url", url))
        .transpose()?;

    let made = write_configuration(path, store.as_deref().unwrap_or(DEFAULT_STORE))?;
    let config = Config::load(path)?;
    if let Some(store) = &store
        && parsed("--store", store)? != config.store
    {
        let (path, named) = (path.display(), &config.store);
        return Err(Failure::Refused(format!(
            "{path} names another store, {named}, or another way to it: change it there"
        )));
    }
    say(
        if made { "made" } else { "kept" },
        "configuration",
        &path.display().to_string(),
    )?;

    let new_folders: Vec<_> = folders(&config).filter(|folder| !folder.exists()).collect();
    let Migrated { from, to } = make_tables(&config, admin)?;
    let done = match from {
        0 => "made",
        _ if from < to => "brought forward",
        _ => "kept",
    };
    say(done, "tables", &format!("version {to} in {}", config.store))?;
    // With the account of the programs, which sees what a server sets for all but its root.
    check::store(&mut *store::open_administration(&config.store)?)?;
    if made {
        say_what_is_next(&config, path, &new_folders)?;
    }
    Ok(())
}

/// The store's tables, by the account of `admin` where there is one; the folders they need are
/// made, too.
///
/// # Errors
/// If the database refuses, or `admin` is not another account of the same database.
pub fn make_tables(config: &Config, admin: Option<StoreUrl>) -> Result<Migrated, Failure> {
    let url = match (&config.store, admin) {
        (store, None) => store.clone(),
        (StoreUrl::Mysql(web), Some(StoreUrl::Mysql(admin))) if web.database == admin.database => {
            StoreUrl::Mysql(admin)
        }
        (store, Some(_)) => {
            let text = format!("--admin-url is for the database of {store}, with another account");
            return Err(Failure::Refused(text));
        }
    };
    let mut folders: Vec<&Path> = folders(config).collect();
    // One may lie in the other: made as the way to it, it would not be private.
    folders.sort_unstable();
    for folder in folders {
        private_folder(folder)?;
    }
    Ok(store::open_administration(&url)?.migrate()?)
}

fn write_configuration(path: &Path, store: &str) -> Result<bool, Failure> {
    if path.exists() {
        return Ok(false);
    }
    let url = parsed("--store", store)?;
    let state = store_folder(&url).unwrap_or(Path::new(DEFAULT_STATE));
    let secret = settings::new_secret()?;
    let new = New {
        store,
        secret: &secret,
        state,
        allow_http: false,
    };
    // Root's, and its group's to read: `chgrp` gives it to the web server.
    write_new(path, 0o640, &settings::text(&new)?)
}

/// The message never holds a part of the URL: there is a password in it.
fn parsed(option: &str, url: &str) -> Result<StoreUrl, Failure> {
    StoreUrl::parse(url).map_err(|why| Failure::Refused(format!("{option}: {why}")))
}

/// A URL with a password in it can be kept off the command line, where all users of the machine see it.
fn asked(url: &str) -> Result<String, Failure> {
    if url == "-" {
        password::line("URL: ")
    } else {
        Ok(url.to_owned())
    }
}

/// What root has made, the web server cannot open yet. A folder that was there may hold other things.
fn say_what_is_next(config: &Config, path: &Path, new_folders: &[&Path]) -> Result<(), Failure> {
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    let mut next = format!("chgrp www-data {}", quoted(path));
    let file = match &config.store {
        StoreUrl::Sqlite(file) if new_folders.is_empty() => Some(&**file),
        _ => None,
    };
    for made in new_folders.iter().copied().chain(file) {
        let _ = write!(next, " && chown -R www-data: {}", quoted(made));
    }
    say(
        "next",
        "web server",
        &format!("{next}  (or whoever it runs as)"),
    )
}

/// A path as a shell reads it.
fn quoted(path: &Path) -> String {
    let text = path.to_string_lossy();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+,:@%".contains(c);
    if text.chars().all(plain) {
        text.into_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// The folders that the programs write to, each once.
fn folders(config: &Config) -> impl Iterator<Item = &Path> {
    let state = &*config.state;
    let beside = store_folder(&config.store).filter(move |folder| *folder != state);
    [state].into_iter().chain(beside)
}

/// Where the store is a file: SQLite needs to write beside it.
fn store_folder(store: &StoreUrl) -> Option<&Path> {
    match store {
        StoreUrl::Sqlite(file) => file.parent(),
        StoreUrl::Mysql(_) => None,
    }
}

fn say(done: &str, what: &str, detail: &str) -> Result<(), Failure> {
    let detail = escaped(detail);
    print(&format!("{done:<16}{what:<15}{detail}\n"))
}

#[cfg(test)]
mod tests {
    use super::quoted;
    use std::path::Path;

    #[test]
    fn a_path_is_one_word_of_a_shell() {
        for (path, word) in [
            ("/var/lib/cgi-session", "/var/lib/cgi-session"),
            ("/tmp/q/a b;id", "'/tmp/q/a b;id'"),
            ("/it's/$(id)", r"'/it'\''s/$(id)'"),
            ("/back\\slash/错误", r"'/back\slash/错误'"),
        ] {
            assert_eq!(quoted(Path::new(path)), word);
        }
    }
}
