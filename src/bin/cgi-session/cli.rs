//! The command line: which commands there are, and what the exit code says.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::command_error::{CommandError, EXIT_CODES};
use crate::print::{complain, escaped, print};
use crate::settings::{self, Settings};
use crate::{check, guard, help, init, rule, serve, session, user};

/// A login for the web server you already have: administration and a development server.
#[derive(Debug, Parser)]
#[command(name = "cgi-session", version, after_help = format!("{}\n\n{EXIT_CODES}", help::TOPICS))]
struct Cli {
    /// The configuration to use; without it, the one that the CGI programs would find
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Options),
    Init(init::Options),
    /// Who can sign in
    #[command(subcommand)]
    User(user::Command),
    /// Who is signed in
    #[command(subcommand)]
    Session(session::Command),
    /// Who may reach which URL
    #[command(subcommand)]
    Rule(rule::Command),
    /// Whether a folder is guarded
    #[command(subcommand)]
    Guard(guard::Command),
    /// The configuration: check it, or read in `help config` what its keys mean
    #[command(subcommand, after_long_help = settings::example())]
    Config(check::Command),
    #[command(flatten)]
    Topic(help::Topic),
}

/// Does what the command line asks. Errors are printed here and nowhere else.
pub fn run(mut arguments: Vec<OsString>) -> ExitCode {
    if arguments.len() < 2 {
        // Plain `cargo run` leads to a login page.
        let under_cargo = std::env::var_os("CARGO").is_some();
        arguments.push(if under_cargo { "serve" } else { "help" }.into());
    }
    match Cli::try_parse_from(arguments) {
        Ok(cli) => finish(cli.command.run(cli.config)),
        Err(help) => {
            let text = help.render().to_string();
            if help.use_stderr() {
                complain(&text);
                return ExitCode::from(u8::try_from(help.exit_code()).unwrap_or(2));
            }
            finish(print(&text))
        }
    }
}

fn finish(done: Result<(), CommandError>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // The text may quote a server or an argument.
            let text = escaped(&failure.to_string());
            complain(&format!("cgi-session: {text}\n"));
            failure.exit_code()
        }
    }
}

impl Command {
    fn run(self, config: Option<PathBuf>) -> Result<(), CommandError> {
        match self {
            Self::Serve(options) => serve::serve(&options, config),
            Self::Init(options) => init::init(&options, &settings::path(config)),
            Self::User(command) => command.run(&Settings::load(config)?),
            Self::Session(command) => command.run(&Settings::load(config)?),
            Self::Rule(command) => command.run(&Settings::load(config)?),
            Self::Guard(command) => command.run(&Settings::load(config)?),
            Self::Config(check::Command::Check) => check::check(&Settings::load(config)?),
            Self::Topic(topic) => print(&topic.text()),
        }
    }
}
