//! Runs somebody else's script, if the visitor may start it.
//!
//! The guard becomes the interpreter: it has no child, and nothing of it is left when the script runs. So it keeps none
//! of the limits that the other programs set themselves, because they would hold for the script too. It does not touch
//! standard input, the umask, the folder, or a descriptor that is not its own.

use std::env;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode};
use std::time::Duration;

use rustix::process::DumpableBehavior;

use super::interpreter_line::{self, Script};
use super::stdin::Body;
use super::{Answer, answer_panics, deadline, failed, finished, send, to_stderr, unconfigured};
use crate::cgi::Variables;
use crate::config::Config;
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
    answer_panics(SCRIPT, finish);
    let variables = Variables::from_env();
    let body = Body::new(&variables);
    let (answer, log) = match Config::find(|name| env::var_os(name)) {
        Ok(config) => (configured(&variables, body, &config), SCRIPT.log(&config)),
        Err(error) => (
            unconfigured(&SCRIPT, &variables, &error),
            to_stderr(&SCRIPT),
        ),
    };
    if finish(&answer, &log) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The answer to a visitor who may not start the script. If they may, this does not return.
fn configured(variables: &Variables, mut body: Body, config: &Config) -> Answer {
    let presentation = SCRIPT.presentation(variables, config);
    let log = SCRIPT.log(config);
    let mut deadline = deadline(SCRIPT, presentation.clone(), SCRIPT.log(config), finish);
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

/// Writes the answer, then reads the rest of the request's body.
fn finish(answer: &Answer, log: &Log) -> bool {
    send(answer, log, DISCARDED, DISCARDING)
}
