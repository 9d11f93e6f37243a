//! Apache with `mod_cgid` and the event MPM, from the package without a service.

use std::fmt::Write;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tempfile::TempDir;

use super::{Ports, WebServer};
use crate::harness::Deployment;
use crate::harness::machine::{free_port, installed};
use crate::harness::process::Process;
use crate::harness::readme::{help_blocks, snippet, snippets, substitute};
use crate::harness::tls::{Certificate, HOST};
use crate::harness::user;

/// The modules that Debian's package enables and that may change an answer.
const ENABLED: &[&str] = &[
    "mpm_event",
    "alias",
    "authz_core",
    "authz_host",
    "autoindex",
    "deflate",
    "dir",
    "env",
    "filter",
    "mime",
    "negotiation",
    "reqtimeout",
    "setenvif",
];

/// Over plain HTTP.
pub fn start(site: &Deployment) -> WebServer {
    start_with(site, "cgid")
}

/// Over plain HTTP, with the module that runs programs: `cgid`, or `cgi`, which escapes what they log.
pub fn start_with(site: &Deployment, module: &str) -> WebServer {
    start_guarding(site, &[module], "")
}

/// Over plain HTTP, with these modules and further lines in the virtual host, in which paths are those of `help`.
pub fn start_guarding(site: &Deployment, modules: &[&str], lines: &str) -> WebServer {
    let lines = lines.replace("/var/www/html", site.path("www").to_str().unwrap());
    let port = free_port();
    let (folder, base) = base(modules, &[port]);
    let cgi_bin = site.path("cgi-bin");
    let virtual_host = format!(
        "DocumentRoot {}\n\
         ScriptAlias /cgi-bin/ {}/\n\
         SetEnv CGI_SESSION_CONFIG {}\n\
         <Directory {}>\nRequire all granted\n</Directory>\n{lines}\n",
        site.path("www").display(),
        cgi_bin.display(),
        site.config().display(),
        site.path("").display(),
    );
    WebServer::over_http(run(folder, &(base + &virtual_host)), port)
}

/// Over TLS, in a virtual host that its owner has already, with the README's lines added.
pub fn start_as_in_the_readme(site: &Deployment) -> WebServer {
    let section = "Put it behind your server";
    let commands = snippets(section, "console").concat();
    // What the owner has: `ssl` and what it needs.
    let modules = [enabled_by(&commands), vec!["ssl", "socache_shmcb"]].concat();
    let virtual_hosts = format!(
        "<VirtualHost *:80>\nServerName {HOST}\nRedirect permanent / https://{HOST}/\n</VirtualHost>\n\
         <VirtualHost *:443>\nServerName {HOST}\nDocumentRoot /var/www/html\nSSLEngine on\n\
         SSLCertificateFile /etc/ssl/certs/{HOST}.pem\n\
         SSLCertificateKeyFile /etc/ssl/private/{HOST}.key\n\
         {}</VirtualHost>\n",
        snippet(section, "apache")
    );
    start_over_tls(site, &modules, &virtual_hosts)
}

/// Over TLS, with the virtual hosts of `help apache` and no module but what it enables, before it adds HSTS.
pub fn start_before_hsts(site: &Deployment) -> WebServer {
    let [virtual_hosts, commands, _] = help_blocks("apache");
    start_as_help_enables(site, &commands, &virtual_hosts)
}

/// The same with HSTS.
pub fn start_as_in_help(site: &Deployment) -> WebServer {
    let [_, commands, _] = help_blocks("apache");
    start_as_help_enables(site, &commands, &virtual_hosts())
}

/// The virtual hosts of `help apache` with the line that it adds at the end, where it says that it goes.
pub fn virtual_hosts() -> String {
    let [virtual_hosts, _, hsts] = help_blocks("apache");
    let key = virtual_hosts
        .lines()
        .find(|line| line.contains("SSLCertificateKeyFile"))
        .unwrap();
    substitute(&virtual_hosts, &[(key, &format!("{key}\n{hsts}"))])
}

fn start_as_help_enables(site: &Deployment, commands: &str, virtual_hosts: &str) -> WebServer {
    // a2enmod enables what mod_ssl depends on, too.
    let modules = [enabled_by(commands), vec!["socache_shmcb"]].concat();
    start_over_tls(site, &modules, virtual_hosts)
}

/// The modules that the commands enable.
fn enabled_by(commands: &str) -> Vec<&str> {
    let mut lines = commands.lines();
    let modules = lines.find_map(|line| line.split_once("a2enmod "));
    modules.unwrap().1.split(' ').collect()
}

/// With what is of this machine in place of what is of the reader's.
fn start_over_tls(site: &Deployment, modules: &[&str], virtual_hosts: &str) -> WebServer {
    let ports = Ports {
        http: free_port(),
        https: free_port(),
    };
    let (folder, base) = base(modules, &[ports.http, ports.https]);
    let certificate = Certificate::make(folder.path());
    let virtual_hosts = substitute(
        virtual_hosts,
        &[
            ("*:80>", &format!("127.0.0.1:{}>", ports.http)),
            ("*:443>", &format!("127.0.0.1:{}>", ports.https)),
            (
                "https://www.example.org/",
                &format!("https://{HOST}:{}/", ports.https),
            ),
            (
                "/etc/ssl/certs/www.example.org.pem",
                certificate.chain.to_str().unwrap(),
            ),
            (
                "/etc/ssl/private/www.example.org.key",
                certificate.key.to_str().unwrap(),
            ),
            ("/var/www/html", site.path("www").to_str().unwrap()),
            ("/usr/lib/cgi-bin", site.path("cgi-bin").to_str().unwrap()),
            ("/etc/cgi-session.toml", site.config().to_str().unwrap()),
        ],
    );
    WebServer::over_tls(
        run(folder, &(base + &virtual_hosts)),
        HOST,
        ports,
        certificate.authority,
    )
}

/// What stands in Debian's own configuration: a folder for it, and its text.
fn base(modules: &[&str], ports: &[u16]) -> (TempDir, String) {
    let folder = TempDir::new().unwrap();
    // Apache's children open the socket of mod_cgid as another user.
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let at = folder.path().display();
    let mut text = format!(
        "ServerRoot {at}\nPidFile {at}/pid\nDefaultRuntimeDir {at}\nErrorLog {at}/log\n\
         ServerName localhost\nTypesConfig /dev/null\nMutex pthread\n"
    );
    for module in ENABLED.iter().chain(modules) {
        writeln!(
            text,
            "LoadModule {module}_module /usr/lib/apache2/modules/mod_{module}.so"
        )
        .unwrap();
    }
    for port in ports {
        writeln!(text, "Listen 127.0.0.1:{port}").unwrap();
    }
    if user::is_root() {
        writeln!(text, "User {0}\nGroup {0}", user::NAME).unwrap();
    }
    text.push_str("<Directory />\nAllowOverride None\nRequire all denied\n</Directory>\n");
    (folder, text)
}

fn run(folder: TempDir, configuration: &str) -> Process {
    let file = folder.path().join("apache2.conf");
    fs::write(&file, configuration).unwrap();
    let apache = installed("apache2").expect("apache2-bin");
    let line = [
        apache.as_path(),
        Path::new("-DFOREGROUND"),
        Path::new("-f"),
        &file,
    ];
    Process::start(folder, &line.map(|word| word.to_str().unwrap()))
}

/// Over plain HTTP, with the programs in `~NAME/cgi-bin` of each folder in `homes`. It sets no variable for them,
/// because suEXEC would drop it.
pub fn start_with_homes(site: &Deployment, homes: &Path) -> WebServer {
    start_with_user_folders(site, homes, "Options +ExecCGI\nSetHandler cgi-script\n")
}

/// The same where a file `.htaccess` of theirs must say that programs are run.
pub fn start_with_homes_and_htaccess(site: &Deployment, homes: &Path) -> WebServer {
    start_with_user_folders(site, homes, "AllowOverride All\n")
}

fn start_with_user_folders(site: &Deployment, homes: &Path, rules: &str) -> WebServer {
    let port = free_port();
    let (folder, base) = base(&["cgid", "userdir"], &[port]);
    let homes = homes.display();
    let virtual_host = format!(
        "DocumentRoot {}\nUserDir {homes}/*/public_html\n\
         <Directory {homes}>\nRequire all granted\n{rules}</Directory>\n",
        site.path("www").display(),
    );
    WebServer::over_http(run(folder, &(base + &virtual_host)), port)
}
