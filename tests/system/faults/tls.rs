//! TLS to MySQL: the programs verify certificate and name, or say nothing at all.

use std::fs;
use std::io::{Read, Write};
use std::net::{IpAddr, Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tempfile::TempDir;

use crate::harness::Run;
use crate::harness::Site;
use crate::harness::database::mariadb::Mariadb;
use crate::harness::database::mysql::Mysql;
use crate::harness::database::{Database, DatabaseServer as _};
use crate::harness::mysql_protocol::{OK, greeting, packet, read_packet, session};
use crate::harness::tls::{Authority, Pair};

/// A proxy between the programs and a server that records everything they say.
struct Recorder {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<Vec<u8>>>>,
}

type Change = fn(Vec<u8>) -> Vec<u8>;

impl Recorder {
    /// Serves until the test program ends. The server's greeting goes through `change`.
    fn start(server: u16, at: IpAddr, change: Change) -> Self {
        let listener = TcpListener::bind((at, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let all = Arc::clone(&heard);
        thread::spawn(move || {
            for client in listener.incoming() {
                let number = {
                    let mut all = all.lock().unwrap();
                    all.push(Vec::new());
                    all.len() - 1
                };
                let (all, client) = (Arc::clone(&all), client.unwrap());
                let server = TcpStream::connect(("127.0.0.1", server)).unwrap();
                let streams = (client.try_clone().unwrap(), server.try_clone().unwrap());
                thread::spawn(move || answer(&server, &client, change));
                thread::spawn(move || hear(&streams.0, &streams.1, &all, number));
            }
        });
        Self { address, heard }
    }

    /// Takes what each connection's client has said.
    fn heard(&self) -> Vec<Vec<u8>> {
        // What was still on its way.
        thread::sleep(Duration::from_millis(50));
        std::mem::take(&mut *self.heard.lock().unwrap())
    }
}

fn answer(mut server: &TcpStream, mut client: &TcpStream, change: Change) {
    let mut header = [0; 4];
    let mut rest = vec![0; 1 << 16];
    if server.read_exact(&mut header).is_ok() {
        let length = u32::from_le_bytes([header[0], header[1], header[2], 0]) as usize;
        let mut payload = vec![0; length];
        let _ = server.read_exact(&mut payload);
        let _ = client.write_all(&change([&header[..], &payload].concat()));
        while let Ok(length) = server.read(&mut rest)
            && length > 0
            && client.write_all(&rest[..length]).is_ok()
        {}
    }
    let _ = client.shutdown(Shutdown::Both);
}

fn hear(mut client: &TcpStream, mut server: &TcpStream, all: &Mutex<Vec<Vec<u8>>>, number: usize) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(length) = client.read(&mut buffer)
        && length > 0
    {
        if let Some(heard) = all.lock().unwrap().get_mut(number) {
            heard.extend(&buffer[..length]);
        }
        let _ = server.write_all(&buffer[..length]);
    }
    let _ = server.shutdown(Shutdown::Both);
}

/// `SSLRequest`: 32 bytes, and nobody's name in it.
const REQUEST: usize = 36;

/// A record of TLS that carries an alert in TLS 1.3: two bytes, their type and a tag.
const ALERT: usize = 19;

const HANDSHAKE: u8 = 22;
const APPLICATION: u8 = 23;

/// The records of TLS, as type and length, after the request for it.
#[track_caller]
fn records(heard: &[u8]) -> Vec<(u8, usize)> {
    assert!(
        heard.len() > REQUEST && heard[..4] == [32, 0, 0, 1],
        "{heard:?}"
    );
    let (mut rest, mut records) = (&heard[REQUEST..], Vec::new());
    while let [kind, 3, _, high, low, after @ ..] = rest {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        records.push((*kind, length));
        rest = &after[length..];
    }
    assert!(rest.is_empty(), "not TLS: {rest:?}");
    assert_eq!(records[0].0, HANDSHAKE);
    records
}

/// A MariaDB whose certificate a test changes, and the recorder in front of it.
struct Secured {
    mariadb: Mariadb,
    recorder: Recorder,
    authority: Authority,
    folder: TempDir,
}

impl Secured {
    fn start() -> Self {
        let folder = folder();
        let authority = Authority::make(folder.path(), "authority");
        let pair = authority.sign("server", "DNS:localhost", 2);
        let options = [
            format!("--ssl-cert={}", pair.certificate.display()),
            format!("--ssl-key={}", pair.key.display()),
            format!("--ssl-ca={}", authority.certificate.display()),
        ];
        let mariadb = Mariadb::start(&options.each_ref().map(String::as_str));
        let recorder = Recorder::start(mariadb.port(), [127, 0, 0, 1].into(), |greeting| greeting);
        Self {
            mariadb,
            recorder,
            authority,
            folder,
        }
    }

    /// Lets the server present this certificate from now on.
    fn show(&self, pair: &Pair) {
        let path = |name| self.folder.path().join(name);
        fs::copy(&pair.certificate, path("server.pem")).unwrap();
        fs::copy(&pair.key, path("server.key")).unwrap();
        self.mariadb.sql("FLUSH SSL");
    }

    fn url(&self, database: &Database) -> String {
        url(
            database,
            "localhost",
            &self.recorder,
            &self.authority.certificate,
        )
    }
}

fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

/// `store` for a database behind a recorder.
fn url(database: &Database, host: &str, recorder: &Recorder, authority: &Path) -> String {
    let direct = database.tcp_url();
    let (account, place) = direct.rsplit_once('@').unwrap();
    let (_, name) = place.split_once('/').unwrap();
    let port = recorder.address.port();
    let authority = authority.display();
    format!("{account}@{host}:{port}/{name}?tls=required&tls_ca={authority}")
}

/// Asserts 503 for all three, a reason in the log, and that the recorder heard no name and no password.
#[track_caller]
fn is_refused(site: &Site, token: &str, recorder: &Recorder, why: &[&str]) -> Vec<Vec<u8>> {
    recorder.heard();
    for run in site.is_unavailable(token) {
        for why in why {
            assert!(run.log.contains(why), "no {why:?}: {run:?}");
        }
    }
    let heard = recorder.heard();
    for heard in &heard {
        let text = String::from_utf8_lossy(heard);
        assert!(!text.contains("site") && !text.contains("native"), "{text}");
    }
    heard
}

/// Asserts that the client ended the handshake: after the request for TLS, a hello and an alert, and no more.
#[track_caller]
fn is_refused_in_the_handshake(site: &Site, token: &str, recorder: &Recorder, why: &[&str]) {
    let heard = is_refused(site, token, recorder, why);
    assert!(heard.len() >= 3);
    for heard in heard {
        for (kind, length) in records(&heard) {
            assert!(kind != APPLICATION || length == ALERT, "{kind} {length}");
        }
    }
}

#[test]
#[ignore = "needs mariadbd: tests/run installs and runs it"]
fn only_a_server_that_proves_its_name_hears_who_we_are() {
    let server = Secured::start();
    let database = server.mariadb.database();
    let site = Site::on(&database, &database.url());
    let token = site.token();
    let right = server.url(&database);
    let recorder = &server.recorder;

    site.point_to(&right);
    site.works(&token);
    let heard = recorder.heard();
    assert!(heard.len() >= 6);
    for heard in heard {
        assert!(
            records(&heard)
                .iter()
                .any(|(kind, length)| *kind == APPLICATION && *length > 100)
        );
    }
    let token = site.token();

    // The same server by a name that its certificate has not.
    site.point_to(&right.replace("@localhost:", "@127.0.0.1:"));
    let why = ["not valid for name", "write the host in `store`"];
    is_refused_in_the_handshake(&site, &token, recorder, &why);
    site.point_to(&right);
    server.show(
        &server
            .authority
            .sign("other", "DNS:db.example.org,DNS:localhost.example.org", 2),
    );
    is_refused_in_the_handshake(&site, &token, recorder, &why);

    // One that cannot prove its name is passed over.
    let both = right.replace(
        "@localhost:",
        &format!("@127.0.0.1:{},localhost:", recorder.address.port()),
    );
    server.show(&server.authority.sign("back", "DNS:localhost", 2));
    site.point_to(&both);
    site.works(&site.token());
    site.point_to(&right);

    // Of an authority of the same name.
    let folder = folder();
    let unknown = Authority::make(folder.path(), "authority");
    server.show(&unknown.sign("server", "DNS:localhost", 2));
    let why = [
        "UnknownIssuer",
        "tls_ca= in `store` must name the authority",
    ];
    // Its signature is wrong, or its key unknown.
    is_refused_in_the_handshake(&site, &token, recorder, &["certificate"]);
    let stranger = Authority::make(folder.path(), "stranger");
    server.show(&stranger.sign("server", "DNS:localhost", 2));
    is_refused_in_the_handshake(&site, &token, recorder, &why);

    server.show(&server.authority.sign("expired", "DNS:localhost", 0));
    thread::sleep(Duration::from_millis(1100));
    let why = ["expired", "give the server a new one"];
    is_refused_in_the_handshake(&site, &token, recorder, &why);

    // Right again, but the system does not know our authority, and neither does an empty file.
    server.show(&server.authority.sign("again", "DNS:localhost", 2));
    let (without, _) = right.split_once("&tls_ca").unwrap();
    site.point_to(without);
    is_refused_in_the_handshake(&site, &token, recorder, &["UnknownIssuer", "tls_ca="]);
    for (file, why) in [
        ("/nonexistent", "tls_ca=/nonexistent: No such file"),
        ("/dev/null", ""),
    ] {
        site.point_to(&format!("{without}&tls_ca={file}"));
        is_refused(&site, &token, recorder, &[why]);
    }
    site.point_to(&right);
    site.works(&token);
}

#[test]
#[ignore = "needs mariadbd: tests/run installs and runs it"]
fn a_client_certificate_is_shown_where_the_account_wants_one() {
    let server = Secured::start();
    let database = server.mariadb.database();
    let site = Site::on(&database, &database.url());
    let token = site.token();
    let name = database.sql("SELECT DATABASE()");
    let require = format!("ALTER USER {}_web@'%' REQUIRE X509", name.trim());
    server.mariadb.sql(&require);
    let right = server.url(&database);
    let ours = server.authority.sign("ours", "DNS:web.example.org", 2);

    site.point_to(&right);
    for run in site.is_unavailable(&token) {
        assert!(run.log.contains("Access denied"), "{run:?}");
    }
    let with = format!(
        "{right}&tls_cert={}&tls_key={}",
        ours.certificate.display(),
        ours.key.display()
    );
    site.point_to(&with);
    Run::of(&site.protected(&token)).is(200);
    Run::of(&site.login()).is(303);
    site.point_to(&with.replace("ours.key", "no.key"));
    for run in site.is_unavailable(&token) {
        assert!(run.log.contains("tls_key="), "{run:?}");
    }
    // Another's key.
    site.point_to(&with.replace("ours.key", "server.key"));
    is_refused(&site, &token, &server.recorder, &[]);
}

/// Whether a client said nothing, or only the driver's `COM_QUIT`.
#[track_caller]
fn heard_nothing(heard: &[Vec<u8>]) {
    assert!(heard.len() >= 3);
    let nothing = |heard: &Vec<u8>| heard.is_empty() || *heard == packet(0, &[1]);
    assert!(heard.iter().all(nothing), "{heard:?}");
}

/// A greeting without TLS among the server's capabilities.
fn without_tls(mut greeting: Vec<u8>) -> Vec<u8> {
    let version = greeting[5..].iter().position(|byte| *byte == 0).unwrap();
    // The version's end, the connection's number, eight bytes of challenge and a zero.
    let capabilities = 5 + version + 1 + 4 + 8 + 1;
    assert!(greeting[capabilities + 1] & 0x08 != 0, "the server has TLS");
    greeting[capabilities + 1] &= !0x08;
    greeting
}

#[test]
#[ignore = "needs mariadbd: tests/run installs and runs it"]
fn without_tls_a_server_hears_nothing_at_all() {
    let why = ["the server has no TLS", "ssl_cert"];
    let server = Secured::start();
    let database = server.mariadb.database();
    let site = Site::on(&database, &database.url());
    let token = site.token();
    let authority = &server.authority.certificate;
    let local = IpAddr::from([127, 0, 0, 1]);

    // Somebody on the way says that the server has none.
    let between = Recorder::start(server.mariadb.port(), local, without_tls);
    site.point_to(&url(&database, "localhost", &between, authority));
    let heard = is_refused(&site, &token, &between, &why);
    heard_nothing(&heard);

    let plain = Mariadb::start(&["--skip-ssl"]);
    let recorder = Recorder::start(plain.port(), local, |greeting| greeting);
    site.point_to(&url(&database, "localhost", &recorder, authority));
    let heard = is_refused(&site, &token, &recorder, &why);
    heard_nothing(&heard);
}

/// Bytes that came with the greeting, before TLS, must not pass for an answer that came through TLS.
#[test]
#[ignore = "needs mariadbd: tests/run installs and runs it"]
fn what_is_said_before_tls_is_not_believed() {
    let server = Secured::start();
    let database = server.mariadb.database();
    let site = Site::on(&database, &database.url());
    let authority = &server.authority.certificate;
    let local = IpAddr::from([127, 0, 0, 1]);
    let forged: [Change; 2] = [
        |greeting| [greeting, packet(3, OK), session()].concat(),
        |greeting| [greeting, packet(3, OK), session(), session()].concat(),
    ];
    for forged in forged {
        let between = Recorder::start(server.mariadb.port(), local, forged);
        site.point_to(&url(&database, "localhost", &between, authority));
        let nobody = "0123456789abcdef0123456789abcdef01234567";
        let run = Run::of(&site.protected(nobody));
        run.is_unavailable();
        run.logs(&["somebody is between us"]);
    }
}

/// What a client says to a server that has the right certificate, and then wants what `script` asks for.
fn heard_by(script: fn(&mut Inside) -> std::io::Result<()>) -> String {
    let folder = folder();
    let authority = Authority::make(folder.path(), "authority");
    let pair = authority.sign("server", "DNS:localhost", 2);
    let config = secured(&pair);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let all = Arc::clone(&heard);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (config, all, mut stream) =
                (Arc::clone(&config), Arc::clone(&all), stream.unwrap());
            thread::spawn(move || {
                let mut greeting = greeting("mysql_native_password");
                // It has TLS.
                greeting["x10.11.0-MariaDB\0".len() + 4 + 9 + 1] |= 0x08;
                stream.write_all(&packet(0, &greeting)).unwrap();
                assert_eq!(read_packet(&mut stream).unwrap().len(), 32);
                let connection = ServerConnection::new(config).unwrap();
                let mut inside = Inside {
                    stream: StreamOwned::new(connection, stream),
                    heard: Vec::new(),
                };
                // It goes when the program does; a pipe that breaks then is no failure.
                let _ = inside.hear().and_then(|()| script(&mut inside));
                all.lock().unwrap().extend(inside.heard);
            });
        }
    });
    let site = Site::with_many_tries();
    let token = site.token();
    let authority = authority.certificate.display();
    let url = format!("mysql://web:secret%40%2F%3A%25@localhost:{port}/site");
    site.point_to(&format!("{url}?tls=required&tls_ca={authority}"));
    site.is_unavailable(&token);
    thread::sleep(Duration::from_millis(50));
    let heard = String::from_utf8_lossy(&heard.lock().unwrap()).into_owned();
    assert!(heard.contains("web\0"), "nobody came: {heard:?}");
    heard
}

/// The server's side of a link in TLS, and all that the client has said in it.
struct Inside {
    stream: StreamOwned<ServerConnection, TcpStream>,
    heard: Vec<u8>,
}

impl Inside {
    fn say(&mut self, number: u8, payload: &[u8]) -> std::io::Result<()> {
        self.stream.write_all(&packet(number, payload))?;
        self.stream.flush()
    }

    fn hear(&mut self) -> std::io::Result<()> {
        self.heard.extend(read_packet(&mut self.stream)?);
        Ok(())
    }
}

fn secured(pair: &Pair) -> Arc<ServerConfig> {
    let certificate = CertificateDer::from_pem_file(&pair.certificate).unwrap();
    let key = PrivateKeyDer::from_pem_file(&pair.key).unwrap();
    let config = ServerConfig::builder().with_no_client_auth();
    Arc::new(config.with_single_cert(vec![certificate], key).unwrap())
}

/// An attacker who took over the server has its certificate, too.
#[test]
fn in_tls_too_a_server_gets_neither_a_readable_password_nor_a_file() {
    let scripts: [fn(&mut Inside) -> std::io::Result<()>; 3] = [
        |inside| switch(inside, b"mysql_clear_password"),
        |inside| switch(inside, b"dialog"),
        |inside| switch(inside, b"sha256_password"),
    ];
    for script in scripts {
        let heard = heard_by(script);
        assert!(!heard.contains("secret"), "{heard:?}");
    }
    let heard = heard_by(|inside| {
        inside.say(3, OK)?;
        inside.hear()?;
        inside.say(1, b"\xfb/etc/passwd")?;
        inside.hear()?;
        inside.hear()
    });
    assert!(
        heard.contains("SELECT") && !heard.contains("root:"),
        "{heard:?}"
    );
}

fn switch(inside: &mut Inside, plugin: &[u8]) -> std::io::Result<()> {
    inside.say(3, &[b"\xfe", plugin, b"\0abcdefghijklmnopqrst\0"].concat())?;
    inside.hear()?;
    inside.hear()
}

/// An address of this machine that is not loopback, if it has one.
fn on_the_network() -> Option<IpAddr> {
    // Nothing is sent: it only asks which address would be used.
    let socket = UdpSocket::bind(("0.0.0.0", 0)).unwrap();
    let found = socket
        .connect("192.0.2.200:9")
        .and_then(|()| socket.local_addr());
    let found = found
        .ok()
        .map(|address| address.ip())
        .filter(|ip| !ip.is_loopback());
    if found.is_none() {
        eprintln!("SKIPPED: THIS MACHINE HAS NO ADDRESS BUT LOOPBACK");
    }
    found
}

#[test]
#[ignore = "needs mariadbd: tests/run installs and runs it"]
fn without_tls_a_network_is_crossed_where_the_url_says_so() {
    let Some(ip) = on_the_network() else { return };
    let database = Mariadb::shared().database();
    let site = Site::on(&database, &database.url());
    let token = site.token();
    let recorder = Recorder::start(Mariadb::shared().port(), ip, |greeting| greeting);
    let url = url(&database, &ip.to_string(), &recorder, Path::new("/"));
    let (url, _) = url.split_once('?').unwrap();

    site.point_to(&format!("{url}?tls=off"));
    site.works(&token);
    assert!(recorder.heard().len() >= 6);
    site.point_to(url);
    let run = Run::of(&site.protected(&site.token()));
    run.is(500);
    run.logs(&["store: a host on the network needs tls=required"]);
    assert!(recorder.heard().is_empty(), "not even connected");
}

/// `caching_sha2_password` without TLS: a server that has no hash of the password in its memory wants the
/// password itself, encrypted with a key that it sends. That key may be anybody's, on this machine too: the port is
/// free while the server is away.
#[test]
fn without_tls_no_key_is_asked_for_to_send_the_password_with() {
    let loopback = IpAddr::from([127, 0, 0, 1]);
    for ip in on_the_network().into_iter().chain([loopback]) {
        let listener = TcpListener::bind((ip, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let asked = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let greeting = packet(0, &greeting("caching_sha2_password"));
            stream.write_all(&greeting).unwrap();
            let said = read_packet(&mut stream).unwrap();
            assert!(!String::from_utf8_lossy(&said).contains("secret"));
            stream.write_all(&packet(2, &[1, 4])).unwrap();
            read_packet(&mut stream).ok()
        });
        let site = Site::with_many_tries();
        let token = site.token();
        site.point_to(&format!("mysql://u:secret%40@{address}/d?tls=off"));

        let run = Run::of(&site.protected(&token));
        run.is_unavailable();
        run.logs(&["use socket= in `store`, or tls=required"]);
        assert_eq!(asked.join().unwrap(), Some(vec![1]), "good-bye");
    }
}

#[test]
#[ignore = "needs MySQL 9: tests/run --mysql builds and runs it"]
fn mysql9_is_reached_through_tls() {
    let mysql = Mysql::shared();
    let database = mysql.database();
    let site = Site::on(&database, &database.url());
    let token = site.token();
    let folder = folder();
    let authority = Authority::make(folder.path(), "authority");
    let pair = authority.sign("server", "DNS:localhost", 2);
    // Inside the folder that is its root.
    let outside = mysql.socket().with_file_name("");
    let inside = Path::new("/tmp").join(outside.file_name().unwrap());
    fs::copy(&pair.certificate, outside.join("server.pem")).unwrap();
    fs::copy(&pair.key, outside.join("server.key")).unwrap();
    fs::copy(&authority.certificate, outside.join("ca.pem")).unwrap();
    let inside = inside.display();
    mysql.sql(&format!(
        "SET GLOBAL ssl_cert = '{inside}/server.pem', ssl_key = '{inside}/server.key', ssl_ca = '{inside}/ca.pem';\
         ALTER INSTANCE RELOAD TLS"
    ));
    let recorder = Recorder::start(mysql.port(), [127, 0, 0, 1].into(), |greeting| greeting);

    site.point_to(&url(
        &database,
        "localhost",
        &recorder,
        &authority.certificate,
    ));
    site.works(&token);
    for heard in recorder.heard() {
        records(&heard);
    }
    let token = site.token();
    let stranger = Authority::make(folder.path(), "stranger");
    site.point_to(&url(
        &database,
        "localhost",
        &recorder,
        &stranger.certificate,
    ));
    is_refused_in_the_handshake(&site, &token, &recorder, &["UnknownIssuer"]);
}

/// `mysql` would trust every public authority beside the one in `tls_ca`.
#[test]
fn no_authority_is_trusted_that_nobody_configured() {
    let lock = include_str!("../../../Cargo.lock");
    let (_, roots) = lock.split_once("name = \"webpki-roots\"\n").unwrap();
    let (roots, _) = roots.split_once("[[package]]").unwrap();
    assert!(!roots.contains("source ="), "not src/webpki-roots: {roots}");
}
