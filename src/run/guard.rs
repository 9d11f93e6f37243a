//! Runs somebody else's script, if the visitor may start it.
//!
//! The guard becomes the interpreter: it has no child, and nothing of it is left when the script runs. So it keeps none
//! of the limits that the other programs set themselves, because they would hold for the script too. It does not touch
//! standard input, the umask, the folder, or a descriptor that is not its own.

use std::env;
use std::os::unix::process::CommandExt as _;
use std::panic;
use std::process::{self, Command, ExitCode};
use std::time::Duration;

use rustix::process::DumpableBehavior;

use super::interpreter_line::{self, Script};
use super::stdin::{self, Body};
use super::{Answer, failed, finished, panicked, stdout, unconfigured};
use crate::cgi::Variables;
use crate::config::Config;
use crate::deadline::Deadline;
use crate::error::Error;
use crate::log::Log;
use crate::model::Time;
use crate::page::{self, Context, Entry, SCRIPT, Visitor};
use crate::sandbox::Confined;

/// How much of a refused request's body is read, so that its client sees the answer: most bytes.
const DISCARDED: u64 = 16 << 20;

/// The same: longest time.
const DISCARDING: Duration = Duration::from_secs(5);

/// Becomes the interpreter of the script for which this process was started, or answers that the visitor may not start
/// it.
#[must_use]
pub fn guard() -> ExitCode {
    // Until the script starts: the kernel forgets it then.
    let _ = rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable);
    panic::set_hook(Box::new(move |panic| {
        let at = panic.location().map(ToString::to_string);
        finish(&panicked(&SCRIPT, &at.unwrap_or_default()));
    }));
    let variables = Variables::from_env();
    let body = Body::new(&variables);
    let answer = match Config::find(|name| env::var_os(name)) {
        Ok(config) => configured(&variables, body, &config),
        Err(error) => unconfigured(&SCRIPT, &variables, &error),
    };
    if finish(&answer) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The answer to a visitor who may not start the script. If they may, this does not return.
fn configured(variables: &Variables, mut body: Body, config: &Config) -> Answer {
    let presentation = SCRIPT.presentation(variables, config);
    let log = || Log::new(SCRIPT.name(), config.log.to.clone()).in_format(config.log.format);
    let (late_presentation, late_log, log) = (presentation.clone(), log(), log());
    let mut deadline = Deadline::new(move |error| {
        let written = finish(&failed(&SCRIPT, &late_presentation, &late_log, error));
        process::exit(i32::from(!written));
    });
    let answered = script(variables).and_then(|script| {
        let entry = page::entry(Context {
            variables,
            body: &mut body,
            config,
            presentation: &presentation,
            log: &log,
            clock: Time::now_and_millisecond,
            deadline: &mut deadline,
            // Confinement would hold for the script.
            confine: |_| Ok(Confined::Partly),
        });
        deadline.answered();
        match entry? {
            Entry::Shut(response) => finished(&presentation, response),
            Entry::Open(visitor) => Err(start(&script, variables, visitor.as_ref())),
        }
    });
    answered.unwrap_or_else(|error| failed(&SCRIPT, &presentation, &log, &error))
}

fn script(variables: &Variables) -> Result<Script, Error> {
    interpreter_line::script(env::args_os().skip(1), variables)
}

/// Becomes the interpreter. It returns only if that fails.
///
/// The standard library ignores SIGPIPE while Rust runs, and undoes that here. A variable that occurs twice has its first
/// value in the script, as `getenv` gives it: the last one that is set counts.
fn start(script: &Script, variables: &Variables, visitor: Option<&Visitor>) -> Error {
    let passed_on = page::passed_on(variables, visitor);
    let why = Command::new(&script.interpreter)
        .args(&script.option)
        .arg(&script.path)
        .env_clear()
        .envs(passed_on.into_iter().rev())
        .exec();
    Error::Config(format!(
        "cannot start the interpreter {}: {why}; correct the first line of the script",
        script.interpreter.display()
    ))
}

/// Writes the answer, then reads the rest of the request's body. Returns whether the answer was written.
fn finish(answer: &Answer) -> bool {
    let written = stdout::write(answer.head.as_bytes(), answer.body.bytes());
    if written {
        stdin::discard_rest(DISCARDED, DISCARDING);
    }
    written
}
