//! `/cgi-bin/login`: GET shows the form, POST checks it and opens a session.

use std::process::ExitCode;

fn main() -> ExitCode {
    cgi_session::run(cgi_session::page::LOGIN)
}
