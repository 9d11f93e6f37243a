//! The script that the server started, and the interpreter that its first line names behind the guard.
//!
//! The kernel starts the guard with two arguments: what stands behind the guard's path in the first line, and the path of
//! the script. Apache appends the words of a query without `=` (RFC 3875, 4.4). If the guard were in a folder of CGI
//! programs, those words would come first, and a client would choose what it starts. So the arguments are believed only
//! if the server has named the same script, and the script itself names the same interpreter.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{Mode, OFlags};

use crate::cgi::Variables;
use crate::error::Error;

/// Most bytes of the first line, its end included: the kernel reads no further (`BINPRM_BUF_SIZE`).
const LINE_MAX: usize = 256;

/// A script that may be started, once the visitor is admitted.
#[derive(Debug, PartialEq, Eq)]
pub struct Script {
    /// The path by which the kernel found it.
    pub path: OsString,
    /// The absolute path of the interpreter.
    pub interpreter: OsString,
    /// The one word that may stand behind it, as the kernel would pass it: the whole rest of the line.
    pub option: Option<OsString>,
}

/// The script for which this process was started with `arguments`, the program's own name left out.
///
/// # Errors
/// 500 if the arguments are not those of the kernel for the script that the server names, or the script's first line
/// cannot be used. The error holds no argument, because a client may have written it.
pub fn script(
    mut arguments: impl Iterator<Item = OsString>,
    variables: &Variables,
) -> Result<Script, Error> {
    let (Some(words), Some(path)) = (arguments.next(), arguments.next()) else {
        return Err(misplaced());
    };
    let asked = variables.bytes("SCRIPT_FILENAME").ok_or_else(|| {
        let why = "the server does not say which script it starts: it must set SCRIPT_FILENAME";
        Error::Config(why.to_owned())
    })?;
    let asked = Path::new(OsStr::from_bytes(asked));
    let cannot = |doing: &str, why: io::Error| {
        let asked = asked.display();
        Error::Config(format!(
            "{asked}: cannot {doing}: {why}; the script must be readable"
        ))
    };
    let mut file = open(Path::new(&path)).map_err(|_| misplaced())?;
    let about = file.metadata().map_err(|why| cannot("stat", why))?;
    let named = fs::metadata(asked).map_err(|why| cannot("stat", why))?;
    let guard = fs::metadata("/proc/self/exe")
        .map_err(|why| Error::Config(format!("cannot stat /proc/self/exe: {why}; mount /proc")))?;
    if !are_same(&about, &named) || are_same(&about, &guard) || !about.is_file() {
        return Err(misplaced());
    }
    let line = first_line(&mut file).map_err(|why| cannot("read", why))?;
    let right = line.as_deref().and_then(parts).filter(|(by, rest)| {
        let by = fs::metadata(OsStr::from_bytes(by));
        by.is_ok_and(|by| are_same(&by, &guard)) && *rest == words.as_bytes()
    });
    if right.is_none() {
        return Err(wrong_line(asked));
    }
    let (interpreter, option) = interpreter(words.as_bytes()).ok_or_else(|| wrong_line(asked))?;
    Ok(Script {
        path,
        interpreter,
        option,
    })
}

/// The guard was started by something else than the first line of the script that the server names.
fn misplaced() -> Error {
    Error::Config(
        "started for another file than the script that the server names (SCRIPT_FILENAME): keep cgi-session-guard out \
         of every folder of CGI programs, and name it only in the first line of scripts"
            .to_owned(),
    )
}

fn wrong_line(script: &Path) -> Error {
    Error::Config(format!(
        "{}: its first line must be `#!`, the path of cgi-session-guard, a blank, and the absolute path of an interpreter, \
         in at most {} bytes and without a carriage return, as in `#!/usr/local/bin/cgi-session-guard /usr/bin/python3`",
        script.display(),
        LINE_MAX - 1
    ))
}

/// NONBLOCK, because a pipe that nobody writes would hold up the request.
fn open(path: &Path) -> io::Result<File> {
    let how = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    Ok(rustix::fs::open(path, how, Mode::empty())?.into())
}

fn are_same(one: &Metadata, other: &Metadata) -> bool {
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// The first line, without its end; `None` if it is longer than what the kernel reads.
fn first_line(file: &mut File) -> io::Result<Option<Vec<u8>>> {
    let mut text = Vec::new();
    file.take(LINE_MAX as u64).read_to_end(&mut text)?;
    let is_whole = text.contains(&b'\n') || text.len() < LINE_MAX;
    let line = text.split(|byte| *byte == b'\n').next();
    Ok(line.map(<[u8]>::to_vec).filter(|_| is_whole))
}

/// The path behind `#!`, and what else stands there, as the kernel takes the line apart.
fn parts(line: &[u8]) -> Option<(&[u8], &[u8])> {
    word(trimmed(line.strip_prefix(b"#!")?))
}

/// The first word, and the rest without the blanks around it; `None` if there is no word.
fn word(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = text.iter().position(|byte| is_blank(*byte));
    let (word, rest) = text.split_at(end.unwrap_or(text.len()));
    (!word.is_empty()).then(|| (word, trimmed(rest)))
}

/// Blanks and tabs only: the kernel takes a carriage return for a part of the name.
fn trimmed(mut text: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = text
        && is_blank(*first)
    {
        text = rest;
    }
    while let [rest @ .., last] = text
        && is_blank(*last)
    {
        text = rest;
    }
    text
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// The interpreter and its option. A name without a folder would be looked for along PATH.
fn interpreter(words: &[u8]) -> Option<(OsString, Option<OsString>)> {
    let (interpreter, option) = word(words)?;
    let usable = interpreter.starts_with(b"/") && !words.contains(&b'\r');
    let owned = |text: &[u8]| OsString::from_vec(text.to_vec());
    usable.then(|| {
        let option = (!option.is_empty()).then(|| owned(option));
        (owned(interpreter), option)
    })
}
