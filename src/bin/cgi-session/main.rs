//! `cgi-session`: administration and the development server. Never in a cgi-bin.

mod cli;
mod failure;
mod print;
mod serve;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run(std::env::args_os().collect())
}
