//! Debian's own lighttpd and Apache as they are installed, each on a machine of its own (`machine.sh`), with
//! the snippets and commands of `cgi-session help` added, and nothing else.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tempfile::TempDir;

use super::WebServer;
use super::{apache, lighttpd};
use crate::harness::Deployment;
use crate::harness::machine::unpacked;
use crate::harness::process::Process;
use crate::harness::readme::help_blocks;
use crate::harness::tls::{Certificate, HOST};

/// lighttpd, over TLS.
pub fn lighttpd(site: &Deployment) -> WebServer {
    let [_, commands, ..]: [String; 5] = help_blocks("lighttpd");
    start(site, "lighttpd", &lighttpd::file(), &commands)
}

/// Apache, over TLS.
pub fn apache(site: &Deployment) -> WebServer {
    let [_, commands, _] = help_blocks("apache");
    start(site, "apache2", &apache::virtual_hosts(), &commands)
}

/// Starts `server` with its `snippet` and `commands`.
fn start(site: &Deployment, server: &str, snippet: &str, commands: &str) -> WebServer {
    let deployment = site.path("deployment");
    fs::create_dir(&deployment).unwrap();
    let certificate = Certificate::make(&deployment);
    fs::write(deployment.join("snippet"), snippet).unwrap();
    fs::write(deployment.join("commands"), commands).unwrap();
    let folder = TempDir::new().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/harness/web/machine.sh");
    let path = folder.path().to_owned();
    let packages = unpacked(&format!("debian-{server}"));
    let site = site.path("");
    let line = ["unshare", "--mount", "--net", "sh"].map(Path::new);
    let line = line
        .into_iter()
        .chain([&*script, &*path, Path::new(server), &*packages, &*site]);
    let line: Vec<&str> = line.map(|word| word.to_str().unwrap()).collect();
    WebServer::on_a_machine_of_its_own(Process::start(folder, &line), HOST, certificate.authority)
}
