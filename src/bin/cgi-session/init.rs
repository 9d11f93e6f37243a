//! `cgi-session init`: writes a configuration if there is none, and makes the store's tables.

mod advice;

use std::fs;
use std::path::{self, Path, PathBuf};

use cgi_session::config::{Config, DEFAULT_STATE, StoreUrl};
use cgi_session::store::{self, Migrated};
use rustix::process::geteuid;

use crate::check;
use crate::command_error::CommandError;
use crate::password;
use crate::print::{escaped, print};
use crate::private_files::{private_folder, write_new};
use crate::settings::{self, New};

/// Endings of the files that SQLite may make beside a database's.
const BESIDE: [&str; 3] = ["-journal", "-wal", "-shm"];

/// Write a commented configuration, if there is none, and make or upgrade the store's tables
///
/// Nothing that exists is overwritten, so it may be run again. After an update it must be: if the tables are older than
/// the programs, the programs answer 503 until it is done. It signs nobody out; copy the database first.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Where a new configuration keeps users and sessions; `-` asks for it, as a password is asked for
    ///
    /// `sqlite:/PATH` or `mysql://USER:PASSWORD@HOST/DATABASE`; without it
    /// `sqlite:/var/lib/cgi-session/sessions.sqlite`, and for a user other than root
    /// `cgi-session-data/sessions.sqlite` beside the configuration.
    #[arg(long, value_name = "URL")]
    store: Option<String>,
    /// An account that may make tables in the same MySQL database; `-` asks for it, after the store's
    ///
    /// The web account needs no more than SELECT, INSERT, UPDATE and DELETE.
    #[arg(long, value_name = "URL")]
    admin_url: Option<String>,
}

/// Makes what is missing and prints what it did. If that fails, it removes the files and folders that
/// it made; tables in MySQL stay.
///
/// # Errors
/// If the store cannot be made, or differs from the one that the configuration names already.
pub fn init(options: &Options, path: &Path) -> Result<(), CommandError> {
    let store = options.store.as_deref().map(asked).transpose()?;
    let store = store.as_deref();
    let admin = options.admin_url.as_deref().map(asked).transpose()?;
    let admin = admin
        .as_deref()
        .map(|url| parsed("--admin-url", url))
        .transpose()?;

    let is_new = write_configuration(path, store).map_err(advice::with_cure)?;
    let mut made = Vec::from_iter(is_new.then(|| path.to_owned()));
    match set_up(path, store, admin, &mut made) {
        Ok(done) => print(&done),
        Err(failure) => {
            take_back(&made);
            Err(advice::with_cure(failure))
        }
    }
}

/// Makes what the configuration at `path` names and what is missing; returns lines that say what was done. Adds what
/// was made to `made`, which already holds the configuration if that is new.
fn set_up(
    path: &Path,
    store: Option<&str>,
    admin: Option<StoreUrl>,
    made: &mut Vec<PathBuf>,
) -> Result<String, CommandError> {
    let is_new = !made.is_empty();
    let config = Config::load(path)?;
    if let Some(store) = store
        && parsed("--store", store)? != config.store
    {
        let (path, named) = (path.display(), &config.store);
        return Err(CommandError::Refused(format!(
            "{path} already exists and uses another store ({named}, or other parameters): change `store` in it, \
             or name another file: cgi-session --config FILE init"
        )));
    }
    advice::refuse_shared_folder(&config.store, &own_folder(path)?)?;
    let Migrated { from, to } = tables(&config, admin, made)?;
    let done = match from {
        0 => "made",
        _ if from < to => "upgraded",
        _ => "kept",
    };
    // With the account of the programs: a server may have settings that hold for every account but root's.
    check::store(&mut *store::open_administration(&config.store)?)?;
    let shown = path.display().to_string();
    let mut lines = line(
        if is_new { "made" } else { "kept" },
        "configuration",
        &shown,
    );
    for folder in made.iter().filter(|path| path.is_dir()) {
        lines += &line("made", "folder", &folder.display().to_string());
    }
    lines += &line(done, "tables", &format!("version {to} in {}", config.store));
    if let Some(next) = advice::next(&config, path, is_new, folders(&config)) {
        lines += &line("next", "web server", &next);
    }
    Ok(lines)
}

/// Removes what was made, in reverse order, so that the same command can be run again. A folder that is not empty
/// stays.
fn take_back(made: &[PathBuf]) {
    for path in made.iter().rev() {
        let _ = fs::remove_file(path).or_else(|_| fs::remove_dir(path));
    }
}

/// Makes the store's tables, with the account of `admin` if there is one, and the folders that the programs need.
///
/// # Errors
/// If the database refuses, or `admin` is not another account of the same database.
pub fn make_tables(config: &Config, admin: Option<StoreUrl>) -> Result<Migrated, CommandError> {
    tables(config, admin, &mut Vec::new())
}

/// The same. Adds the new folders and files to `made`.
fn tables(
    config: &Config,
    admin: Option<StoreUrl>,
    made: &mut Vec<PathBuf>,
) -> Result<Migrated, CommandError> {
    let url = match (&config.store, admin) {
        (store, None) => store.clone(),
        (StoreUrl::Mysql(web), Some(StoreUrl::Mysql(admin))) if web.database == admin.database => {
            StoreUrl::Mysql(admin)
        }
        (StoreUrl::Mysql(web), Some(StoreUrl::Mysql(admin))) => {
            return Err(CommandError::Refused(format!(
                "--admin-url names the database `{}`, and the store names `{}`: they must be the same",
                admin.database, web.database
            )));
        }
        (store, Some(_)) => {
            let text = format!("--admin-url is for MySQL, and the store is {store}: leave it out");
            return Err(CommandError::Refused(text));
        }
    };
    let mut folders: Vec<&Path> = folders(config).collect();
    // An outer folder is made before an inner one: a folder that is made on the way to another is not private.
    folders.sort_unstable();
    for folder in folders {
        private_folder(folder, made)?;
    }
    if let StoreUrl::Sqlite(file) = &url {
        let beside = BESIDE.map(|end| {
            let mut beside = file.clone().into_os_string();
            beside.push(end);
            PathBuf::from(beside)
        });
        // A link exists even if it leads nowhere, such as to a disk that is not mounted.
        let is_there = |path: &PathBuf| path.symlink_metadata().is_ok();
        if !is_there(file) {
            let files = [file.clone()].into_iter().chain(beside);
            made.extend(files.filter(|path| !is_there(path)));
        }
    }
    Ok(store::open_administration(&url)?.migrate()?)
}

/// Writes a new configuration; `false`, and nothing is written, if there is one.
fn write_configuration(path: &Path, store: Option<&str>) -> Result<bool, CommandError> {
    if path.exists() {
        return Ok(false);
    }
    let own = own_folder(path)?;
    let default = format!("sqlite:{}/sessions.sqlite", own.display());
    let store = store.unwrap_or(&default);
    let url = parsed("--store", store)?;
    let state = store_folder(&url).unwrap_or(&own);
    let secret = settings::new_secret()?;
    let new = New {
        store,
        secret: &secret,
        state,
        allow_http: false,
    };
    // The group may read it: `chgrp` makes that the web server's.
    write_new(path, 0o640, &settings::text(&new)?)
}

/// The folder in which the programs write, unless a setting names another: the system's if root runs this, else one
/// beside the configuration.
fn own_folder(path: &Path) -> Result<PathBuf, CommandError> {
    if geteuid().is_root() {
        return Ok(DEFAULT_STATE.into());
    }
    let path = path::absolute(path).map_err(CommandError::file("find", path))?;
    Ok(path.with_file_name("cgi-session-data"))
}

/// Reads a URL. The message never quotes it, because it holds a password.
fn parsed(option: &str, url: &str) -> Result<StoreUrl, CommandError> {
    StoreUrl::parse(url).map_err(|why| CommandError::Refused(format!("{option}: {why}")))
}

/// The URL itself, or what is typed if it is `-`: that keeps a password off the command line, which all users of the
/// machine can see.
fn asked(url: &str) -> Result<String, CommandError> {
    if url == "-" {
        password::line("URL: ")
    } else {
        Ok(url.to_owned())
    }
}

/// The folders that the programs write to, each once.
fn folders(config: &Config) -> impl Iterator<Item = &Path> {
    let state = &*config.state;
    let beside = store_folder(&config.store).filter(move |folder| *folder != state);
    [state].into_iter().chain(beside)
}

/// The folder of a store that is a file: SQLite writes beside it.
fn store_folder(store: &StoreUrl) -> Option<&Path> {
    match store {
        StoreUrl::Sqlite(file) => file.parent(),
        StoreUrl::Mysql(_) => None,
    }
}

fn line(done: &str, what: &str, detail: &str) -> String {
    let detail = escaped(detail);
    format!("{done:<16}{what:<15}{detail}\n")
}
