//! `#!/usr/local/bin/cgi-session-guard /usr/bin/python3`: the first line of a script that only those who are signed in may
//! start. It must never be in a folder of CGI programs.

use std::process::ExitCode;

fn main() -> ExitCode {
    cgi_session::guard()
}
