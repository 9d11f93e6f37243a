//! `files`, run as each server runs it.

mod conditions;
mod copying;
mod places;
mod refused;

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use crate::harness::{Program, Row, Sent, Site, executable, write_with_mode};

/// A site with a folder of files, and a visitor who is signed in.
pub struct Folder {
    pub site: Site,
    pub token: String,
}

impl Folder {
    /// With these settings in `[files]`, besides the folder.
    pub fn with(settings: &str) -> Self {
        let site = Site::new();
        let root = site.path("www").display().to_string();
        fs::create_dir_all(site.path("www/private/sub")).unwrap();
        site.configure(&format!(
            "[http]\nlogin = \"/cgi-bin/login\"\n[files]\nfolder = {root:?}\n{settings}\n"
        ));
        let token = site.session(Row::FRESH);
        let folder = Self { site, token };
        folder.write("private/a.txt", b"0123456789");
        folder.write("private/index.html", b"<p>index</p>");
        folder
    }

    pub fn new() -> Self {
        Self::with("")
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.site.path("www").join(name)
    }

    /// A file that was modified long ago.
    pub fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.path(name);
        fs::write(&path, bytes).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let modified = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        let file = fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(modified).unwrap();
    }

    pub fn link(&self, to: &str, name: &str) {
        symlink(to, self.path(name)).unwrap();
    }

    /// The request of one who is signed in, by the URL of the program itself.
    pub fn ask(&self, path: &str) -> Program {
        self.stranger(path).cookie(&self.token)
    }

    /// The same without a cookie.
    pub fn stranger(&self, path: &str) -> Program {
        self.site
            .program("files")
            .set("DOCUMENT_ROOT", self.site.path("htdocs"))
            .set("SCRIPT_FILENAME", executable("files"))
            .set("PATH_INFO", path)
            .set("REQUEST_URI", format!("/cgi-bin/files{path}"))
    }

    /// The configuration without `files.folder`: the folder `www` is a web root here, and has no second URL.
    pub fn without_folder(&self) -> PathBuf {
        let text = fs::read_to_string(self.site.config()).unwrap();
        let lines = text.lines().map(|line| match line {
            line if line.starts_with("folder = ") => "\n".to_owned(),
            line => format!("{line}\n"),
        });
        let path = self.site.path("handed-over/cgi-session.toml");
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        write_with_mode(&path, &lines.collect::<String>(), 0o600);
        path
    }

    /// As lighttpd's `cgi.assign` calls it, for a file below the web root `www`.
    pub fn assigned(&self, path: &str) -> Program {
        self.site
            .program("files")
            .set("CGI_SESSION_CONFIG", self.without_folder())
            .cookie(&self.token)
            .set("DOCUMENT_ROOT", self.site.path("www"))
            .set("SCRIPT_FILENAME", self.site.path(&format!("www{path}")))
            .set("SCRIPT_NAME", path)
            .set("REQUEST_URI", path)
    }

    /// As Apache's `Action` calls it, for a file below the web root `www`.
    pub fn by_action(&self, path: &str) -> Program {
        let config = self.without_folder();
        self.site
            .program("files")
            .without("CGI_SESSION_CONFIG")
            .set("REDIRECT_CGI_SESSION_CONFIG", config)
            .cookie(&self.token)
            .set("DOCUMENT_ROOT", self.site.path("www"))
            .set("SCRIPT_FILENAME", executable("files"))
            .set("PATH_INFO", path)
            .set("PATH_TRANSLATED", self.site.path(&format!("www{path}")))
            .set("REDIRECT_HANDLER", "cgi-session-files")
            .set("REDIRECT_STATUS", "200")
            .set("REDIRECT_URL", path)
            .set("REQUEST_URI", path)
    }
}

/// The answer to a request that must get a file.
#[track_caller]
pub fn gets(program: &Program) -> Vec<u8> {
    let sent = Sent::by(program);
    sent.is(200, "");
    sent.body
}
