//! `cgi-session init`: a configuration where there is none, and the store's tables.

mod advice;

use std::fs;
use std::path::{self, Path, PathBuf};

use cgi_session::config::{Config, StoreUrl};
use cgi_session::store::{self, Migrated};
use rustix::process::geteuid;

use crate::check;
use crate::failure::Failure;
use crate::files::{private_folder, write_new};
use crate::password;
use crate::print::{escaped, print};
use crate::settings::{self, New, SYSTEM_FOLDER};

/// What SQLite may make beside a database's file.
const BESIDE: [&str; 3] = ["-journal", "-wal", "-shm"];

/// Write a commented configuration, if there is none, and make the store's tables or bring them forward
///
/// Nothing that is there is overwritten, so it may be run again. After an update it has to be: where the tables are
/// older than the programs, these answer 503 until it is done. It signs nobody out; copy the database before it.
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

/// Makes what is missing and says what it did. Where that fails, nothing is left of it.
///
/// # Errors
/// If the store cannot be made, or differs from the one that the configuration names already.
pub fn init(options: &Options, path: &Path) -> Result<(), Failure> {
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

/// What the configuration at `path` names, made where it is missing; what was done, in lines. What is made goes
/// into `made`, where the configuration stands already, if it is new.
fn set_up(
    path: &Path,
    store: Option<&str>,
    admin: Option<StoreUrl>,
    made: &mut Vec<PathBuf>,
) -> Result<String, Failure> {
    let is_new = !made.is_empty();
    let config = Config::load(path)?;
    if let Some(store) = store
        && parsed("--store", store)? != config.store
    {
        let (path, named) = (path.display(), &config.store);
        return Err(Failure::Refused(format!(
            "{path} is there, and names another store, {named}, or another way to it: change `store` in it, \
             or name another file: cgi-session --config FILE init"
        )));
    }
    let new_folders: Vec<_> = folders(&config).filter(|folder| !folder.exists()).collect();
    let Migrated { from, to } = tables(&config, admin, made)?;
    let done = match from {
        0 => "made",
        _ if from < to => "brought forward",
        _ => "kept",
    };
    // With the account of the programs, which sees what a server sets for all but its root.
    check::store(&mut *store::open_administration(&config.store)?)?;
    let shown = path.display().to_string();
    let mut lines = line(
        if is_new { "made" } else { "kept" },
        "configuration",
        &shown,
    );
    lines += &line(done, "tables", &format!("version {to} in {}", config.store));
    if is_new {
        let next = advice::next(&config, path, &new_folders);
        lines += &line("next", "web server", &next);
    }
    Ok(lines)
}

/// Removes what was made, the last first, so that the same command can be given again. A folder that holds more by
/// now stays.
fn take_back(made: &[PathBuf]) {
    for path in made.iter().rev() {
        let _ = fs::remove_file(path).or_else(|_| fs::remove_dir(path));
    }
}

/// The store's tables, by the account of `admin` where there is one; the folders they need are
/// made, too.
///
/// # Errors
/// If the database refuses, or `admin` is not another account of the same database.
pub fn make_tables(config: &Config, admin: Option<StoreUrl>) -> Result<Migrated, Failure> {
    tables(config, admin, &mut Vec::new())
}

/// The same; the folders and files that were not there before go into `made`.
fn tables(
    config: &Config,
    admin: Option<StoreUrl>,
    made: &mut Vec<PathBuf>,
) -> Result<Migrated, Failure> {
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
        private_folder(folder, made)?;
    }
    if let StoreUrl::Sqlite(file) = &url {
        let beside = BESIDE.map(|end| {
            let mut beside = file.clone().into_os_string();
            beside.push(end);
            PathBuf::from(beside)
        });
        // A link is there, also where it leads nowhere: to a disk that is not mounted, say.
        let is_there = |path: &PathBuf| path.symlink_metadata().is_ok();
        if !is_there(file) {
            let files = [file.clone()].into_iter().chain(beside);
            made.extend(files.filter(|path| !is_there(path)));
        }
    }
    Ok(store::open_administration(&url)?.migrate()?)
}

/// `false`, and nothing is written, if there is one.
fn write_configuration(path: &Path, store: Option<&str>) -> Result<bool, Failure> {
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
    // Root's, and its group's to read: `chgrp` gives it to the web server.
    write_new(path, 0o640, &settings::text(&new)?)
}

/// Where the programs may write, unless a setting says another place: the system's folder is root's to make, and
/// anybody else has a folder beside their configuration.
fn own_folder(path: &Path) -> Result<PathBuf, Failure> {
    if geteuid().is_root() {
        return Ok(SYSTEM_FOLDER.into());
    }
    let path = path::absolute(path).map_err(Failure::file("find", path))?;
    Ok(path.with_file_name("cgi-session-data"))
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

fn line(done: &str, what: &str, detail: &str) -> String {
    let detail = escaped(detail);
    format!("{done:<16}{what:<15}{detail}\n")
}
