//! `/cgi-bin/files`: sends the files of a folder to those who may have them.

use std::process::ExitCode;

fn main() -> ExitCode {
    cgi_session::run(cgi_session::page::FILES)
}
