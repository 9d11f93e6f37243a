//! Debian's own lighttpd and Apache as they are installed, each on a machine of its own (`machine.sh`), with
//! the README's snippet and commands added, and nothing else.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tempfile::TempDir;

use super::WebServer;
use crate::harness::Deployment;
use crate::harness::machine::unpacked;
use crate::harness::process::Process;
use crate::harness::readme::{snippet, snippets};
use crate::harness::tls::{Certificate, HOST};

/// lighttpd, over TLS.
pub fn lighttpd(site: &Deployment) -> WebServer {
    start(
        site,
        "lighttpd",
        "Deploy on MySQL behind lighttpd",
        "lighttpd",
    )
}

/// Apache, over TLS.
pub fn apache(site: &Deployment) -> WebServer {
    start(site, "apache2", "Deploy on MySQL behind Apache", "apache")
}

/// Starts `server` with the snippet and the last commands of the README's `section`.
fn start(site: &Deployment, server: &str, section: &str, language: &str) -> WebServer {
    let deployment = site.path("deployment");
    fs::create_dir(&deployment).unwrap();
    let certificate = Certificate::make(&deployment);
    let commands = snippets(section, "console").pop().unwrap();
    let commands: String = commands.lines().map(command).collect();
    fs::write(deployment.join("snippet"), snippet(section, language)).unwrap();
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

/// A line of a `console` block as a line of a script.
fn command(line: &str) -> String {
    line.strip_prefix("$ ").unwrap().to_owned() + "\n"
}
