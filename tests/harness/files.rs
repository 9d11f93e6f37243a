//! Folders behind `files`, in each of the ways that `cgi-session help protect` prints.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::deployment::Deployment;
use super::readme::help;
use super::web::{WebServer, apache, lighttpd};

/// The only snippet of `help protect` that begins with this text.
#[track_caller]
pub fn snippet(begins: &str) -> String {
    let mut found = help("protect");
    found.retain(|block| block.starts_with(begins));
    assert_eq!(
        found.len(),
        1,
        "snippets of `help protect` that begin with {begins:?}"
    );
    found.remove(0)
}

/// lighttpd with the snippet of `help protect` for `/private`.
pub fn lighttpd(site: &Deployment) -> WebServer {
    lighttpd::start_with(site, &snippet("$HTTP"))
}

/// The same, with the lines for X-Sendfile where `help` says that they go.
pub fn lighttpd_with_x_sendfile(site: &Deployment) -> WebServer {
    let snippet_of_the_folder = snippet("$HTTP");
    let inside = snippet_of_the_folder.strip_suffix("}\n").unwrap();
    lighttpd::start_with(site, &format!("{inside}{}}}\n", snippet("cgi.x-sendfile")))
}

/// Apache with the snippet of `help protect` for `/private`.
pub fn apache(site: &Deployment) -> WebServer {
    apache::start_guarding(site, &["cgid", "actions"], &location())
}

/// The lines of `help protect` for a virtual host.
pub fn location() -> String {
    help("protect")
        .into_iter()
        .find(|block| block.contains("<Location"))
        .unwrap()
}

/// The file `.htaccess` of `help protect`.
pub fn htaccess() -> String {
    help("protect")
        .into_iter()
        .find(|block| block.contains("<Files"))
        .unwrap()
}

/// Apache that allows nothing but `FileInfo` in a file `.htaccess`, which is the one of `help protect`.
pub fn apache_with_htaccess(site: &Deployment) -> WebServer {
    write(site, "private/.htaccess", htaccess().as_bytes());
    let allow = "<Directory /var/www/html>\nOptions None\nAllowOverride FileInfo\n</Directory>\n";
    apache::start_guarding(site, &["cgid", "actions"], allow)
}

/// Writes a file below the web root, which the web server's user may read.
pub fn write(site: &Deployment, name: &str, bytes: &[u8]) {
    let path = site.path("www").join(name);
    make_folder(path.parent().unwrap());
    fs::write(&path, bytes).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
}

/// Makes a folder and those above it, which everybody may enter.
pub fn make_folder(folder: &Path) {
    if !folder.exists() {
        make_folder(folder.parent().unwrap());
        fs::create_dir(folder).unwrap();
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    }
}
