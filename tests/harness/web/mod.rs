//! A running web server of any kind.

pub mod apache;
pub mod curl;
pub mod debian;
#[cfg(feature = "tools")]
pub mod development;
pub mod lighttpd;

use std::fs;
use std::net::TcpStream;
use std::path::PathBuf;

use crate::harness::process::Process;
use curl::Curl;

/// Ends when it is dropped.
pub struct WebServer {
    process: Process,
    /// `http://127.0.0.1:PORT` or `https://www.example.org:PORT`, without a slash behind it.
    pub base: String,
    /// Where plain HTTP is answered too: it leads to `base`.
    pub plain: Option<String>,
    /// The certificate that a client must trust.
    pub authority: Option<PathBuf>,
    /// What runs a command where the server can be reached: nothing, or `nsenter` and its options.
    pub inside: Vec<String>,
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
            inside: Vec::new(),
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
            inside: Vec::new(),
        }
    }

    /// Waits until `process`, which has a machine of its own, listens on the two ports of a web server there.
    pub fn on_a_machine_of_its_own(process: Process, host: &str, authority: PathBuf) -> Self {
        let id = process.id();
        process.wait_until(|| [80, 443].iter().all(|&port| listens(id, port)));
        let inside = ["nsenter", "--target", &id.to_string(), "--net", "--mount"];
        Self {
            process,
            base: format!("https://{host}"),
            plain: Some(format!("http://{host}")),
            authority: Some(authority),
            inside: inside.map(str::to_owned).to_vec(),
        }
    }

    /// A new browser without cookies, which trusts the test's authority.
    pub fn browser(&self) -> Curl {
        Curl::new(&self.base, self.authority.clone()).inside(&self.inside)
    }

    /// The same over plain HTTP, where the server answers it at an address of its own.
    pub fn plain_browser(&self) -> Curl {
        Curl::new(self.plain.as_deref().unwrap_or(&self.base), None).inside(&self.inside)
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

/// Whether anybody listens on a port in the network of a process, which must not be this one's.
fn listens(process: i32, port: u16) -> bool {
    let network = |process: &str| fs::read_link(format!("/proc/{process}/ns/net")).ok();
    let table =
        |name| fs::read_to_string(format!("/proc/{process}/net/{name}")).unwrap_or_default();
    let is_it = |line: &str| {
        // Number, "ADDRESS:PORT" here and there in hexadecimal, and 0A for a socket that listens.
        let fields: Vec<&str> = line.split_whitespace().collect();
        fields.get(3) == Some(&"0A") && fields[1].ends_with(&format!(":{port:04X}"))
    };
    network(&process.to_string()) != network("self")
        && ["tcp", "tcp6"]
            .into_iter()
            .any(|name| table(name).lines().any(is_it))
}

fn wait_for(process: &Process, port: u16) {
    process.wait_until(|| TcpStream::connect(("127.0.0.1", port)).is_ok());
}
