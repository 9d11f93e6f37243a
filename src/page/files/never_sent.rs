//! Files that a server would have run, or that hold what no visitor should read: their source is never sent.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;

/// Extensions of files that servers run, that keep a program's data, or that hold its settings and secrets.
const EXTENSIONS: &[&str] = &[
    "ashx", "asmx", "asp", "aspx", "awk", "bash", "cfg", "cgi", "conf", "config", "csh", "db",
    "db3", "env", "fcgi", "fpl", "htaccess", "htpasswd", "inc", "ini", "jsp", "jspx", "ksh", "lua",
    "mdb", "phar", "php", "phps", "pht", "phtm", "phtml", "pl", "plx", "pm", "psgi", "py", "pyc",
    "pyo", "pyw", "rb", "rhtml", "sh", "shtm", "shtml", "sqlite", "sqlite3", "sqlitedb", "stm",
    "swn", "swo", "swp", "tcl", "toml", "wsgi", "zsh",
];

/// Names of files that hold passwords or settings of a server, also without the dot that hides them.
const NAMES: &[&str] = &["htaccess", "htpasswd"];

/// How scripts begin that a server runs inside a text.
const MARKS: &[&str] = &["<?php", "<?=", "<%"];

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
    if begins_as_script(begins) {
        return Some("begins as a script for a server does, with <?php, <?= or <%");
    }
    let listed = |part: &[u8]| {
        let is = |extension: &str| word(part).eq_ignore_ascii_case(extension.as_bytes());
        match extensions {
            Some(own) => own.iter().any(|own| is(own.trim_start_matches('.'))),
            None => EXTENSIONS.iter().any(|extension| is(extension)) || is_php(word(part)),
        }
    };
    let is_named = |own: &&str| word(name).eq_ignore_ascii_case(own.as_bytes());
    if extensions.is_none() && NAMES.iter().any(is_named) {
        return Some("has a name of files.never_send, of passwords or settings of a server");
    }
    // Each extension counts: Apache would run `a.php.txt` where `AddHandler` names `.php`.
    let mut parts = name.split(|b| *b == b'.').skip(1);
    parts
        .any(listed)
        .then_some("has an extension of files.never_send")
}

/// Whether the first bytes are such a mark, also behind blanks or the mark of UTF-8.
fn begins_as_script(begins: &[u8]) -> bool {
    let text = begins.strip_prefix("\u{feff}".as_bytes()).unwrap_or(begins);
    let text = text.trim_ascii_start();
    MARKS.iter().any(|mark| {
        let start = text.get(..mark.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(mark.as_bytes()))
    })
}

/// Whether an extension is that of a version of PHP, such as `php5` and `php82`.
fn is_php(extension: &[u8]) -> bool {
    let version = extension.split_at_checked(3);
    version.is_some_and(|(php, digits)| {
        php.eq_ignore_ascii_case(b"php") && digits.iter().all(u8::is_ascii_digit)
    })
}

/// The extension without what an editor or a database hangs behind it, as in `php~` and `sqlite-wal`.
fn word(part: &[u8]) -> &[u8] {
    let end = part.iter().position(|b| !b.is_ascii_alphanumeric());
    part.get(..end.unwrap_or(part.len())).unwrap_or(part)
}
