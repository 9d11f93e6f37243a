//! Our own development server, `cgi-session serve`, on a site's configuration.

use std::path::Path;

use tempfile::TempDir;

use super::WebServer;
use crate::harness::deployment::{Deployment, PROGRAMS, place};
use crate::harness::machine::free_port;
use crate::harness::process::Process;
use crate::harness::user;

/// Over plain HTTP, as the user who owns the site. What else lies in the site's `cgi-bin` answers too.
pub fn start(site: &Deployment) -> WebServer {
    // It runs the programs that lie beside it.
    for (name, program) in PROGRAMS {
        place(Path::new(program), &site.path("bin").join(name));
    }
    let port = free_port();
    let (program, config) = (site.administration(), site.config());
    let mut line = Vec::new();
    if user::is_root() {
        line.extend([
            "setpriv",
            "--reuid",
            user::NAME,
            "--regid",
            user::NAME,
            "--clear-groups",
        ]);
    }
    let listen = format!("127.0.0.1:{port}");
    let cgi_bin = site.path("cgi-bin");
    line.extend([
        program.to_str().unwrap(),
        "--config",
        config.to_str().unwrap(),
    ]);
    line.extend(["serve", "--listen", &listen]);
    line.extend(["--cgi-bin", cgi_bin.to_str().unwrap()]);
    WebServer::over_http(Process::start(TempDir::new().unwrap(), &line), port)
}
