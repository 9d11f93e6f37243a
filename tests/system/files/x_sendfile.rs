//! Files that the server itself sends, by X-Sendfile.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::{NAME, signed_in, site_with};
use crate::harness::deployment::Deployment;
use crate::harness::files;
use crate::harness::machine::unpacked;
use crate::harness::user;
use crate::harness::web::{WebServer, apache};

/// Gives the folder to the web server's user, so that nobody else may write there.
fn site() -> Deployment {
    let site = site_with("x_sendfile = true\n");
    files::write(&site, "private/50 % 错.txt", b"0123456789");
    for path in ["www", "www/private"] {
        user::give(&site.path(path), 0o755);
    }
    site
}

fn sends(server: &WebServer) {
    let path = "/private/50%20%25%20%E9%94%99.txt";
    assert_eq!(server.browser().get(path, &[]).status, 401);
    let browser = signed_in(server);

    let whole = browser.get(path, &[]);

    assert_eq!(
        (whole.status, &*whole.body),
        (200, "0123456789"),
        "{whole:?}\n{}",
        server.log()
    );
    assert_eq!(whole.header("x-sendfile"), None);
    assert_eq!(
        whole.header("content-type"),
        Some("text/plain; charset=utf-8")
    );
    assert_eq!(whole.header("cache-control"), Some("private, no-cache"));
    let tag = whole.header("etag").expect("the server's");
    let again = browser.get(path, &["--header", &format!("If-None-Match: {tag}")]);
    assert_eq!(again.status, 304, "{again:?}");
    let part = browser.get(path, &["--range", "2-4"]);
    assert_eq!((part.status, &*part.body), (206, "234"), "{part:?}");
    assert_eq!(
        server.browser().get(path, &["--range", "2-4"]).status,
        401,
        "{NAME} is needed"
    );
}

/// A link in a folder that somebody else may write: neither is it followed, nor is anything sent by its path.
fn refuses_what_others_may_write(site: &Deployment, server: &WebServer) {
    fs::write(site.path("secret.txt"), "tangerine-secret").unwrap();
    let folder = site.path("www/private");
    symlink(site.path("secret.txt"), folder.join("link.txt")).unwrap();
    let browser = signed_in(server);
    assert_eq!(browser.get("/private/link.txt", &[]).status, 404);

    fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();

    let refused = browser.get("/private/50%20%25%20%E9%94%99.txt", &[]);
    assert_eq!(refused.status, 500);
    assert!(
        server.log().contains("files.x_sendfile = false"),
        "{}",
        server.log()
    );
}

#[test]
#[ignore = "needs lighttpd: tests/run installs and runs it"]
fn lighttpd_sends_the_file_as_help_says() {
    let site = site();
    let server = files::lighttpd_with_x_sendfile(&site);
    sends(&server);
    refuses_what_others_may_write(&site, &server);
}

#[test]
#[ignore = "needs apache2 and mod_xsendfile: tests/run gets them"]
fn apache_with_mod_xsendfile_sends_the_file() {
    let module = unpacked("mod-xsendfile").join("usr/lib/apache2/modules/mod_xsendfile.so");
    // A module is loaded outside of the virtual host's lines, but in this file there is no such section.
    let lines = format!(
        "LoadModule xsendfile_module {}\nXSendFile On\nXSendFilePath /var/www/html/private\n{}",
        module.display(),
        files::location()
    );
    let site = site();
    let server = apache::start_guarding(&site, &["cgid", "actions"], &lines);
    sends(&server);
    refuses_what_others_may_write(&site, &server);
}
