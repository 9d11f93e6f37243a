//! `cgi-session`: administration and the development server. Never in a cgi-bin.

mod check;
mod cli;
mod failure;
mod files;
mod init;
mod listing;
mod password;
mod print;
mod serve;
mod session;
mod settings;
mod space;
mod terminal;
mod topic;
mod trail;
mod user;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run(std::env::args_os().collect())
}
