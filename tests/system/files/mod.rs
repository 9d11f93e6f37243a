//! Folders behind `files` in real web servers, as `cgi-session help protect` has them.

mod changes;
mod downloads;
mod handlers;
mod help;
mod spellings;
mod video;
mod x_sendfile;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use crate::harness::deployment::Deployment;
use crate::harness::files;
use crate::harness::web::WebServer;
use crate::harness::web::curl::Curl;

const NAME: &str = "alice";
const PASSWORD: &str = "copper otter lantern 42";

/// How a server is started on a site.
type Start = fn(&Deployment) -> WebServer;

/// The two servers, each with the snippet of `help protect` for `/private`.
const SERVERS: [(&str, Start); 3] = [
    ("lighttpd", files::lighttpd),
    ("Apache", files::apache),
    ("Apache, .htaccess", files::apache_with_htaccess),
];

/// A site with a user, and the folder `www/private`, which is also the one of `/cgi-bin/files/`.
fn site() -> Deployment {
    site_with("")
}

/// The same with further lines in section `[files]`.
fn site_with(settings: &str) -> Deployment {
    let site = Deployment::new();
    let folder = site.path("www/private");
    files::make_folder(&folder);
    let folder = folder.display().to_string();
    site.configure(
        &site.sqlite_url(),
        &format!(
            "[http]\nallow_http = true\nlogin = \"/cgi-bin/login\"\n[files]\nfolder = {folder:?}\n{settings}"
        ),
    );
    site.admin(&["init"], "");
    site.admin(&["user", "add", NAME, "--password-stdin"], PASSWORD);
    site
}

/// A browser that is signed in.
fn signed_in(server: &WebServer) -> Curl {
    let browser = server.browser();
    let fields = [("login_name", NAME), ("password", PASSWORD)];
    let reply = browser.post("/cgi-bin/login", &fields, &[]);
    assert_eq!(reply.status, 303, "{reply:?}\n{}", server.log());
    browser
}

/// The `Cookie` header of a browser that is signed in.
fn cookie(server: &WebServer) -> String {
    let token = signed_in(server).cookie("cgi-session").unwrap();
    format!("cgi-session={token}")
}

/// What the server answers to these very bytes, in one string: a client that mends no URL. Nothing, if the server
/// closes without a word.
fn raw(server: &WebServer, target: &[u8], cookie: &str) -> String {
    let address = server.base.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    let mut request = b"GET ".to_vec();
    request.extend(target);
    request.extend(
        format!(" HTTP/1.1\r\nHost: {address}\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n")
            .as_bytes(),
    );
    // The server may refuse and close before it has all.
    let _ = stream.write_all(&request);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

/// The status of an answer; 0 for none.
fn status(answer: &str) -> u16 {
    let status = answer.split(' ').nth(1);
    status.and_then(|status| status.parse().ok()).unwrap_or(0)
}
