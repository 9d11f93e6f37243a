//! The part of `config check` that is about guarded files and scripts.

use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use cgi_session::auth::rules::Rules;
use cgi_session::config::{Config, overlap};
use cgi_session::ownership::quoted;

use crate::command_error::CommandError;
use crate::print::{escaped, print};

/// The mode bit that lets everybody make files in a folder.
const OTHERS_WRITE: u32 = 0o002;

/// Prints what guards what; nothing if the configuration says nothing about that.
///
/// # Errors
/// If a rule is wrong, or the folder of files is not there, or lies where the server sends files by itself.
pub fn check(config: &Config) -> Result<(), CommandError> {
    Rules::from_config(config)?;
    config.file_roots()?;
    config.never_sent()?;
    let folder = &config.files.folder;
    let has_folder = !folder.as_os_str().is_empty();
    if !config.rules.is_empty() {
        print(&format!("rules          {}: good\n", config.rules.len()))?;
    }
    if has_folder {
        let left = files(folder)?;
        let folder = escaped(&folder.to_string_lossy());
        print(&format!("files          {folder}: good{left}\n"))?;
    }
    if config.http.login.is_empty() && (has_folder || !config.rules.is_empty()) {
        let why = "login          none: a guarded place that does not lie beside `login` answers 500 to strangers; \
            set http.login\n";
        print(why)?;
    }
    Ok(())
}

/// Checks the folder of files; what is left to warn of.
fn files(folder: &Path) -> Result<String, CommandError> {
    let refused = |why: &str| {
        let place = folder.display();
        Err(CommandError::Refused(format!(
            "files.folder: {place}: {why}"
        )))
    };
    let about = match fs::metadata(folder).and_then(|about| fs::read_dir(folder).map(|_| about)) {
        Ok(about) => about,
        Err(why) => return refused(&format!("cannot read the folder: {why}")),
    };
    let root = env::var_os("DOCUMENT_ROOT").filter(|root| !root.is_empty());
    if root.is_some_and(|root| overlap(Path::new(&root), folder)) {
        return refused(
            "overlaps with DOCUMENT_ROOT, where the server sends its files to everybody: move it elsewhere",
        );
    }
    Ok(if about.permissions().mode() & OTHERS_WRITE == 0 {
        String::new()
    } else {
        let word = escaped(&quoted(folder));
        format!("; BUT EVERYBODY ON THIS MACHINE MAY PUT FILES THERE: chmod o-w {word}")
    })
}
