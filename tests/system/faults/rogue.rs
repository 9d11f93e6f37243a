//! A server that is malicious, or no MySQL server at all: 503, and it gets neither a password nor a file.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use crate::harness::mysql_protocol::{OK, greeting, packet, read_packet};
use crate::harness::write_with_mode;
use crate::harness::{Run, Site, at_once};

/// The password of the database's account, and how a URL encodes it.
const PASSWORD: &str = "secret@/:%";
const PASSWORD_IN_URL: &str = "secret%40%2F%3A%25";

/// The text of a file that the web server's user can read.
const PRIVATE: &str = "what no other server may read";

/// The most memory that a run may take, whatever it is sent. Two threads reserve half of it without using it.
const MEMORY: &str = "--as=402653184";

type Script = dyn Fn(&mut Peer) -> io::Result<()> + Send + Sync;

/// One connection, and everything that the programs have said on all connections.
struct Peer {
    stream: TcpStream,
    heard: Arc<Mutex<Vec<u8>>>,
}

impl Peer {
    fn say(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// A whole packet.
    fn hear(&mut self) -> io::Result<()> {
        let payload = read_packet(&mut self.stream)?;
        self.heard.lock().unwrap().extend(payload);
        Ok(())
    }

    /// Reads everything to the end.
    fn listen(&mut self) -> io::Result<()> {
        let mut rest = Vec::new();
        let read = self.stream.read_to_end(&mut rest);
        self.heard.lock().unwrap().extend(rest);
        read.map(drop)
    }

    /// What a MariaDB says first.
    fn greet(&mut self) -> io::Result<()> {
        self.say(&packet(0, &greeting("mysql_native_password")))
    }

    /// Accepts the account, and reads its first command.
    fn let_in(&mut self) -> io::Result<()> {
        self.greet()?;
        self.hear()?;
        self.say(&packet(2, OK))?;
        self.hear()
    }

    /// Asks the client to switch to another authentication method.
    fn switch_to(&mut self, plugin: &str) -> io::Result<()> {
        self.greet()?;
        self.hear()?;
        let request = [b"\xfe", plugin.as_bytes(), b"\0abcdefghijklmnopqrst\0"].concat();
        self.say(&packet(2, &request))?;
        self.listen()
    }

    /// Sends the same again and again until the program closes the connection.
    fn for_ever(&mut self, bytes: &[u8]) -> io::Result<()> {
        loop {
            self.say(bytes)?;
        }
    }
}

#[track_caller]
fn met_by(name: &str, script: impl Fn(&mut Peer) -> io::Result<()> + Send + Sync + 'static) {
    for run in meet(name, script) {
        run.is_unavailable();
    }
}

/// Runs the three requests against it, and asserts that it hears no secret.
#[track_caller]
fn meet(
    name: &str,
    script: impl Fn(&mut Peer) -> io::Result<()> + Send + Sync + 'static,
) -> Vec<Run> {
    eprintln!("{name}");
    let site = Site::with_many_tries();
    let token = site.token();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let heard = Arc::new(Mutex::new(Vec::new()));
    serve(listener, Arc::clone(&heard), Arc::new(script));
    site.point_to(&format!("mysql://web:{PASSWORD_IN_URL}@{address}/site"));

    let programs = [site.protected(&token), site.login(), site.logout(&token)];
    let runs = at_once(&programs.map(|program| program.under(&["prlimit", MEMORY])));

    // What was still on its way.
    thread::sleep(Duration::from_millis(50));
    let heard = String::from_utf8_lossy(&heard.lock().unwrap()).into_owned();
    for secret in [
        PASSWORD,
        PASSWORD_IN_URL,
        PRIVATE,
        "root:",
        "GATEWAY_INTERFACE",
        crate::harness::PASSWORD,
        &token,
    ] {
        assert!(!heard.contains(secret), "{name} heard {secret}: {heard:?}");
    }
    runs
}

fn serve(listener: TcpListener, heard: Arc<Mutex<Vec<u8>>>, script: Arc<Script>) {
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (heard, script) = (Arc::clone(&heard), Arc::clone(&script));
            thread::spawn(move || {
                let stream = stream.unwrap();
                // It goes when the program does; a pipe that breaks then is no failure.
                let _ = script(&mut Peer { stream, heard });
            });
        }
    });
}

/// CVE-2019-2503's kind: a server may ask for any file instead of answering a query.
#[test]
fn a_server_that_asks_for_a_file_gets_none() {
    let folder = TempDir::new().unwrap();
    let private = folder.path().join("private");
    write_with_mode(&private, PRIVATE, 0o600);
    for path in [
        "/etc/passwd",
        "/proc/self/environ",
        private.to_str().unwrap(),
    ] {
        let name = path.to_owned();
        met_by(path, move |peer| {
            peer.let_in()?;
            peer.say(&packet(1, &[b"\xfb", name.as_bytes()].concat()))?;
            peer.listen()
        });
    }
}

#[test]
fn a_server_that_asks_for_the_password_gets_none() {
    for plugin in [
        "mysql_clear_password",
        "mysql_old_password",
        "dialog",
        "sha256_password",
        "auth_gssapi_client",
        "authentication_webauthn_client",
        "",
    ] {
        met_by(plugin, move |peer| peer.switch_to(plugin));
    }
    met_by("the switch of MySQL 4.0", |peer| {
        peer.greet()?;
        peer.hear()?;
        peer.say(&packet(2, b"\xfe"))?;
        peer.listen()
    });
    met_by("a greeting with that plugin", |peer| {
        peer.say(&packet(0, &greeting("mysql_clear_password")))?;
        peer.listen()
    });
    met_by("two switches", |peer| {
        peer.greet()?;
        peer.hear()?;
        peer.say(&packet(
            2,
            b"\xfemysql_native_password\0abcdefghijklmnopqrst\0",
        ))?;
        peer.hear()?;
        peer.say(&packet(
            4,
            b"\xfemysql_clear_password\0abcdefghijklmnopqrst\0",
        ))?;
        peer.listen()
    });
}

#[test]
fn a_server_that_is_none_is_a_fault() {
    met_by("nothing", |_| Ok(()));
    met_by("another protocol", |peer| {
        peer.say(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
    });
    met_by("one more", |peer| {
        peer.say(b"SSH-2.0-OpenSSH_9.2p1\r\n")?;
        peer.listen()
    });
    met_by("half a greeting", |peer| {
        let whole = packet(0, &greeting("mysql_native_password"));
        peer.say(&whole[..20])
    });
    met_by("the wrong protocol version", |peer| {
        peer.say(&packet(0, b"\x095.0.0\0"))?;
        peer.listen()
    });
    met_by("noise after a greeting", |peer| {
        peer.greet()?;
        peer.hear()?;
        let noise: Vec<u8> = (0..50_000_u32)
            .flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes())
            .collect();
        peer.say(&noise)?;
        peer.listen()
    });
    met_by("noise after a query", |peer| {
        peer.let_in()?;
        peer.say(&packet(1, b"\x05noise"))?;
        peer.say(&packet(2, b"noise"))?;
        peer.listen()
    });
    met_by("an empty greeting", |peer| {
        peer.say(&packet(0, b""))?;
        peer.listen()
    });
    met_by("an empty answer to the password", |peer| {
        peer.greet()?;
        peer.hear()?;
        peer.say(&packet(2, b""))?;
        peer.listen()
    });
    met_by("an empty answer to a query", |peer| {
        peer.let_in()?;
        peer.say(&packet(1, b""))?;
        peer.listen()
    });
    met_by("a column that is missing, then an empty answer", |peer| {
        peer.let_in()?;
        // 1054, upon which the programs ask for the version of the tables.
        peer.say(&packet(1, b"\xff\x1e\x04#42S22Unknown column"))?;
        peer.hear()?;
        peer.say(&packet(1, b""))?;
        peer.listen()
    });
    met_by("an error with no text", |peer| {
        peer.say(&packet(0, b"\xff"))?;
        peer.listen()
    });
}

#[test]
fn a_server_that_never_ends_ends_with_the_deadline() {
    met_by("a greeting without an end", |peer| {
        peer.say(&[0xff, 0xff, 0xff, 0, 10])?;
        peer.for_ever(&vec![b'5'; 1 << 16])
    });
    met_by("a greeting in drops", |peer| {
        let whole = packet(0, &greeting("mysql_native_password"));
        for byte in whole {
            peer.say(&[byte])?;
            thread::sleep(Duration::from_millis(100));
        }
        peer.listen()
    });
    met_by("huge packets", |peer| {
        peer.let_in()?;
        peer.for_ever(&packet(1, &vec![7; (1 << 24) - 2]))
    });
    met_by("reports of progress", |peer| {
        peer.let_in()?;
        peer.for_ever(&packet(1, b"\xff\xff\xff\x01\x01\x01\x00\x00\x00\x03abc"))
    });
    met_by("warnings of errors", |peer| {
        peer.greet()?;
        peer.hear()?;
        peer.for_ever(&packet(2, b"\x01\x04"))
    });
    met_by("rows", |peer| {
        peer.let_in()?;
        let column = b"\x03def\0\0\0\x01a\x01a\x0c\x2d\0\xff\0\0\0\xfd\0\0\0\0\0";
        peer.say(&packet(1, b"\x01"))?;
        peer.say(&packet(2, column))?;
        peer.say(&packet(3, b"\xfe\0\0\x02\0"))?;
        let mut number = 3_u8;
        loop {
            number = number.wrapping_add(1);
            let row = [&[0xfd, 0x00, 0x00, 0x08], &vec![b'x'; 0x80000][..]].concat();
            peer.say(&packet(number, &row))?;
        }
    });
}

/// The driver keeps the definitions of columns, and allocates memory for as many as are announced. If that exceeds the
/// limit, the process ends without an answer, and the web server answers 500.
#[test]
fn columns_without_an_end_end_the_program() {
    let flood = |peer: &mut Peer| {
        peer.let_in()?;
        let name = [&[0xfd, 0x00, 0x00, 0x08], &vec![b'x'; 0x80000][..]].concat();
        let before = b"\x03def\0\0\0";
        let behind = b"\x01a\x0c\x2d\0\xff\0\0\0\xfd\0\0\0\0\0";
        let column = [&before[..], &name, behind].concat();
        peer.say(&packet(1, b"\xfd\xff\xff\x0f"))?;
        let mut number = 1_u8;
        loop {
            number = number.wrapping_add(1);
            peer.say(&packet(number, &column))?;
        }
    };
    let announcing = |bytes: &'static [u8]| {
        move |peer: &mut Peer| {
            peer.let_in()?;
            peer.say(&packet(1, bytes))?;
            peer.listen()
        }
    };
    for run in meet("columns", flood)
        .into_iter()
        .chain(meet("10^12 columns", announcing(b"\xfe\0\0\0\0\0\x01\0\0")))
        .chain(meet("2^64 columns", announcing(&[0xff; 9])))
        .chain(meet(
            "2^64 columns",
            announcing(b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff"),
        ))
    {
        match run.status() {
            0 => assert!(run.log.contains("memory allocation"), "{run:?}"),
            503 => run.is_unavailable(),
            500 => run.logs(&["panic at"]),
            _ => panic!("{run:?}"),
        }
    }
}
