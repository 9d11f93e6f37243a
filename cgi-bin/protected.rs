//! `/cgi-bin/protected`: the page that only the signed in see.

use std::process::ExitCode;

fn main() -> ExitCode {
    cgi_session::run(cgi_session::page::PROTECTED)
}
