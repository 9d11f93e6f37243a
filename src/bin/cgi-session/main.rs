//! `cgi-session`: the administration and the development server. It must not be in a cgi-bin.

mod audit_log;
mod check;
mod cli;
mod command_error;
mod disk_space;
mod guard;
mod help;
mod init;
mod listing;
mod password;
mod print;
mod private_files;
mod rule;
mod serve;
mod session;
mod settings;
mod terminal;
mod user;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run(std::env::args_os().collect())
}
