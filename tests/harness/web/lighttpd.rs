//! lighttpd, installed or unpacked.

use std::fmt::Write;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use tempfile::TempDir;

use super::{Ports, WebServer};
use crate::harness::Deployment;
use crate::harness::machine::{free_port, installed, unpacked};
use crate::harness::process::Process;
use crate::harness::readme::{help_blocks, substitute};
use crate::harness::tls::{Certificate, HOST};
use crate::harness::user;

/// Over plain HTTP.
pub fn start(site: &Deployment) -> WebServer {
    start_with(site, "")
}

/// Over plain HTTP, with further lines of configuration, in which paths are those of `help`.
pub fn start_with(site: &Deployment, lines: &str) -> WebServer {
    start_after(site, "", lines)
}

/// The same with lines that come first, for modules that see a request before `mod_cgi`.
pub fn start_after(site: &Deployment, first: &str, lines: &str) -> WebServer {
    let lines = on_this_machine(site, lines);
    let port = free_port();
    let configuration = base(site, port)
        + first
        + &format!(
            "server.modules += ( \"mod_setenv\", \"mod_cgi\" )\n\
             $HTTP[\"url\"] =~ \"^/cgi-bin/\" {{\n\
             alias.url += ( \"/cgi-bin/\" => \"{}/\" )\n\
             cgi.assign = ( \"\" => \"\" )\n\
             setenv.set-environment = ( \"CGI_SESSION_CONFIG\" => \"{}\" )\n\
             }}\n",
            site.path("cgi-bin").display(),
            site.config().display(),
        );
    let folder = TempDir::new().unwrap();
    let log = format!("server.breakagelog = \"{}\"\n", log_in(&folder).display());
    WebServer::over_http(run(folder, &(configuration + &log + &lines)), port)
}

/// Over TLS, with the file of `help lighttpd` and no module but what it and Debian's load, before it adds HSTS.
pub fn start_before_hsts(site: &Deployment) -> WebServer {
    let [cgi, _, _, https, _] = help_blocks("lighttpd");
    start_over_tls(site, &(cgi + &https))
}

/// The same with HSTS.
pub fn start_as_in_help(site: &Deployment) -> WebServer {
    start_over_tls(site, &file())
}

/// The file that `help lighttpd` has written in the end.
pub fn file() -> String {
    let [cgi, _, _, https, hsts] = help_blocks("lighttpd");
    cgi + &https + &hsts
}

/// With what is of this machine in place of what is of the reader's.
fn start_over_tls(site: &Deployment, file: &str) -> WebServer {
    let ports = Ports {
        http: free_port(),
        https: free_port(),
    };
    let folder = TempDir::new().unwrap();
    let certificate = Certificate::make(folder.path());
    let configuration = substitute(
        file,
        &[
            (
                "/var/log/lighttpd/cgi.log",
                log_in(&folder).to_str().unwrap(),
            ),
            ("\":443\"", &format!("\"127.0.0.1:{}\"", ports.https)),
            // Debian's own configuration is tested with it: end_to_end/distribution.rs.
            (
                "include_shell \"/usr/share/lighttpd/use-ipv6.pl 443\"\n",
                "",
            ),
            (
                "https://www.example.org$",
                &format!("https://{HOST}:{}$", ports.https),
            ),
            (
                "/etc/ssl/certs/www.example.org.pem",
                certificate.chain.to_str().unwrap(),
            ),
            (
                "/etc/ssl/private/www.example.org.key",
                certificate.key.to_str().unwrap(),
            ),
            ("/usr/lib/cgi-bin", site.path("cgi-bin").to_str().unwrap()),
            ("/etc/cgi-session.toml", site.config().to_str().unwrap()),
        ],
    );
    let process = run(folder, &(base(site, ports.http) + &configuration));
    WebServer::over_tls(process, HOST, ports, certificate.authority)
}

/// The lines with this machine's paths, for those that occur in them.
fn on_this_machine(site: &Deployment, lines: &str) -> String {
    lines
        .replace("/usr/lib/cgi-bin", site.path("cgi-bin").to_str().unwrap())
        .replace("/etc/cgi-session.toml", site.config().to_str().unwrap())
        .replace("/var/www/html", site.path("www").to_str().unwrap())
}

/// What stands in Debian's own configuration.
fn base(site: &Deployment, port: u16) -> String {
    let mut text = format!(
        "server.modules = ( \"mod_indexfile\", \"mod_access\", \"mod_alias\", \"mod_redirect\" )\n\
         server.document-root = \"{}\"\n\
         server.bind = \"127.0.0.1\"\nserver.port = {port}\n\
         index-file.names = ( \"index.php\", \"index.html\" )\n\
         url.access-deny = ( \"~\", \".inc\" )\n",
        site.path("www").display(),
    );
    if user::is_root() {
        writeln!(
            text,
            "server.username = \"{0}\"\nserver.groupname = \"{0}\"",
            user::NAME
        )
        .unwrap();
    }
    text
}

/// The server's log, for its programs' stderr too; it is opened as the user who serves.
fn log_in(folder: &TempDir) -> PathBuf {
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let log = folder.path().join("log");
    fs::write(&log, "").unwrap();
    user::give(&log, 0o600);
    log
}

fn run(folder: TempDir, configuration: &str) -> Process {
    let (program, modules) = find();
    let file = folder.path().join("lighttpd.conf");
    fs::write(&file, configuration).unwrap();
    let line = [
        program.as_path(),
        "-D".as_ref(),
        "-m".as_ref(),
        &modules,
        "-f".as_ref(),
        &file,
    ];
    Process::start(folder, &line.map(|word| word.to_str().unwrap()))
}

/// The program and the folder of its modules.
fn find() -> (PathBuf, PathBuf) {
    let unpacked = unpacked("lighttpd");
    if unpacked.exists() {
        return (
            unpacked.join("usr/sbin/lighttpd"),
            unpacked.join("usr/lib/lighttpd"),
        );
    }
    (
        installed("lighttpd").expect("lighttpd"),
        PathBuf::from("/usr/lib/lighttpd"),
    )
}
