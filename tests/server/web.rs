//! A running web server, whichever it is.

use std::net::TcpStream;
use std::path::PathBuf;

use super::curl::Curl;
use super::process::Process;

/// Ends when it is dropped.
pub struct WebServer {
    process: Process,
    /// `http://127.0.0.1:PORT` or `https://www.example.org:PORT`, without a slash behind it.
    pub base: String,
    /// Where plain HTTP is answered too: it leads to `base`.
    pub plain: Option<String>,
    /// The certificate that a client must trust.
    pub authority: Option<PathBuf>,
}

impl WebServer {
    /// Waits until `process` listens on `port`.
    pub fn over_http(process: Process, port: u16) -> Self {
        wait_for(&process, port);
        Self {
            process,
            base: format!("http://127.0.0.1:{port}"),
            plain: None,
            authority: None,
        }
    }

    /// Waits until `process` listens on both ports.
    pub fn over_tls(process: Process, host: &str, ports: Ports, authority: PathBuf) -> Self {
        wait_for(&process, ports.http);
        wait_for(&process, ports.https);
        Self {
            process,
            base: format!("https://{host}:{}", ports.https),
            plain: Some(format!("http://{host}:{}", ports.http)),
            authority: Some(authority),
        }
    }

    /// A browser of its own: no cookie, trusting the test's authority.
    pub fn browser(&self) -> Curl {
        Curl::new(&self.base, self.authority.clone())
    }

    /// The server's log, with what its programs wrote to stderr.
    pub fn log(&self) -> String {
        self.process.log()
    }
}

/// The two ports of a site with TLS.
#[derive(Clone, Copy)]
pub struct Ports {
    pub http: u16,
    pub https: u16,
}

fn wait_for(process: &Process, port: u16) {
    process.wait_until(|| TcpStream::connect(("127.0.0.1", port)).is_ok());
}
