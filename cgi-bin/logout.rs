//! `/cgi-bin/logout`: GET shows a button, POST ends the session.

use std::process::ExitCode;

fn main() -> ExitCode {
    cgi_session::run(cgi_session::page::LOGOUT)
}
