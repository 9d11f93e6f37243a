//! Files that a server would have run, or that hold what no visitor should read: their source is never sent.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;

/// Extensions of files that servers run, that keep a program's data, or that hold its settings and secrets.
const EXTENSIONS: &[&str] = &[
    "asp", "aspx", "awk", "bash", "cfg", "cgi", "conf", "csh", "db", "db3", "env", "fcgi", "fpl",
    "htaccess", "htpasswd", "inc", "ini", "jsp", "jspx", "ksh", "lua", "mdb", "phar", "php",
    "php3", "php4", "php5", "php7", "php8", "phps", "pht", "phtml", "pl", "pm", "psgi", "py",
    "pyc", "pyo", "pyw", "rb", "rhtml", "sh", "shtm", "shtml", "sqlite", "sqlite3", "sqlitedb",
    "stm", "swp", "tcl", "toml", "wsgi", "zsh",
];

/// Bits of a mode that make a file a program.
const EXECUTE: u32 = 0o111;

/// Why a file is never sent, as the end of a sentence for the log; `None` if it may be sent. `name` is the file's name,
/// `begins` its first bytes. `extensions` are those of the configuration, if it has any.
#[must_use]
pub fn reason(
    name: &[u8],
    about: &Metadata,
    begins: &[u8],
    extensions: Option<&[String]>,
) -> Option<&'static str> {
    if about.mode() & EXECUTE != 0 {
        return Some("has an execute bit: if it is no program, chmod a-x");
    }
    if begins.starts_with(b"#!") {
        return Some("begins with #!, as a program does");
    }
    let listed = |part: &[u8]| {
        let is = |extension: &str| word(part).eq_ignore_ascii_case(extension.as_bytes());
        match extensions {
            Some(own) => own.iter().any(|own| is(own.trim_start_matches('.'))),
            None => EXTENSIONS.iter().any(|extension| is(extension)),
        }
    };
    // Each extension counts: Apache would run `a.php.txt` where `AddHandler` names `.php`.
    let mut parts = name.split(|b| *b == b'.').skip(1);
    parts
        .any(listed)
        .then_some("has an extension of files.never_send")
}

/// The extension without what an editor or a database hangs behind it, as in `php~` and `sqlite-wal`.
fn word(part: &[u8]) -> &[u8] {
    let end = part.iter().position(|b| !b.is_ascii_alphanumeric());
    part.get(..end.unwrap_or(part.len())).unwrap_or(part)
}
