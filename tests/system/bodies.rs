//! A body that no program asked for. Apache's `mod_cgid` sends it while the program answers, and loses the answer if
//! the program has ended by then.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::Duration;

use crate::harness::deployment::Deployment;
use crate::harness::web::WebServer;
use crate::harness::web::apache;

const PASSWORD: &str = "copper otter lantern 42";

/// Over plain HTTP.
const COOKIE: &str = "cgi-session";

/// How often each request is made: without a reader of the body, about every second answer was lost.
const TIMES: usize = 40;

/// How a client announces a body.
#[derive(Clone, Copy, Debug)]
enum Body {
    Sized(usize),
    Chunked(usize),
}

impl Body {
    fn header(self) -> String {
        match self {
            Self::Sized(length) => format!("Content-Length: {length}"),
            Self::Chunked(_) => "Transfer-Encoding: chunked".to_owned(),
        }
    }

    fn bytes(self) -> Vec<u8> {
        match self {
            Self::Sized(length) => vec![b'x'; length],
            Self::Chunked(length) => {
                format!("{length:x}\r\n{}\r\n0\r\n\r\n", "x".repeat(length)).into()
            }
        }
    }
}

const BODIES: &[Body] = &[Body::Sized(7), Body::Sized(300_000), Body::Chunked(300_000)];

/// A server with a signed-in user's cookie. It is the second of two; the first belongs to no session.
fn start(server: fn(&Deployment) -> WebServer) -> (Deployment, WebServer, [String; 2]) {
    let site = Deployment::new();
    site.configure(&site.sqlite_url(), "[http]\nallow_http = true\n");
    site.admin(&["init"], "");
    site.admin(&["user", "add", "alice", "--password-stdin"], PASSWORD);
    let server = server(&site);
    let browser = server.browser();
    let fields = [("login_name", "alice"), ("password", PASSWORD)];
    let reply = browser.post("/cgi-bin/login", &fields, &[]);
    assert_eq!(reply.status, 303, "{reply:?}");
    let token = browser.cookie(COOKIE).unwrap();
    let nobody = "0".repeat(40);
    (
        site,
        server,
        [nobody, token].map(|token| format!("{COOKIE}={token}")),
    )
}

/// Reads the answer to the end of the connection. It is no error if the server does not take the whole body.
fn ask(address: &str, head: &str, body: Body) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let mut writer = stream.try_clone().unwrap();
    let request = format!("{head}{}\r\n\r\n", body.header());
    let sends = thread::spawn(move || {
        let _ = writer.write_all(request.as_bytes());
        let _ = writer.write_all(&body.bytes());
    });
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let _ = stream.shutdown(Shutdown::Both);
    sends.join().unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// The expected status lines of each program, without and with a session.
const EXPECTED: &[(&str, [&str; 2])] = &[
    ("login", ["200", "200"]),
    ("logout", ["200", "200"]),
    ("protected", ["401", "200"]),
];

#[test]
#[ignore = "needs apache2: tests/run installs and runs it"]
fn a_get_with_a_body_keeps_its_answer_under_mod_cgid() {
    let (_site, server, cookies) = start(apache::start);
    let address = server.base.strip_prefix("http://").unwrap();
    let mut lost = Vec::new();
    for (program, statuses) in EXPECTED {
        for (cookie, status) in cookies.iter().zip(statuses) {
            for method in ["GET", "HEAD"] {
                for &body in BODIES {
                    let head = format!(
                        "{method} /cgi-bin/{program} HTTP/1.1\r\nHost: {address}\r\n\
                         Connection: close\r\nCookie: {cookie}\r\n"
                    );
                    let whole = |answer: &String| {
                        answer.starts_with(&format!("HTTP/1.1 {status} "))
                            && (method == "HEAD" || answer.contains("</html>"))
                    };
                    let answers = (0..TIMES).map(|_| ask(address, &head, body));
                    let right = answers.filter(whole).count();
                    if right < TIMES {
                        lost.push(format!(
                            "{method} {program}, {body:?}, {status}: {right} of {TIMES}"
                        ));
                    }
                }
            }
        }
    }
    assert!(
        lost.is_empty(),
        "answers came back whole:\n{}",
        lost.join("\n")
    );
}
