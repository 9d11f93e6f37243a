//! The way to a server: the socket, or the hosts in their order, within one deadline.

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use mysql::consts::CapabilityFlags;
use mysql::prelude::Queryable as _;
use mysql::{Conn, LocalInfileHandler, OptsBuilder};

use super::failure::code;
use crate::config::{Host, MysqlUrl};
use crate::deadline::CONNECTING;
use crate::sandbox::Need;
use crate::store::engine::Fault;

/// Longest wait of a program for one read or write, the greeting's included; the deadline holds for their sum.
pub const IO_TIMEOUT: Duration = Duration::from_millis(1900);

/// No file: a link that anybody may be at the end of takes no key from there to send the password with. The driver
/// then reads a file that is not there, and gives up.
const NO_KEY: &str = "/nonexistent/key-of-the-server";

/// What the C library reads to look a name up.
const NAMES: [&str; 5] = [
    "/etc/hosts",
    "/etc/resolv.conf",
    "/etc/nsswitch.conf",
    "/etc/host.conf",
    "/etc/gai.conf",
];

/// Where a name server answers what is too long for a datagram.
const DNS: u16 = 53;

/// Tries where the server has too many connections.
const CONNECT_TRIES: u32 = 3;

/// Largest packet taken, in bytes: no row of ours is near it, and a rogue server must not fill the
/// memory. Given, because the driver asks the server otherwise.
const PACKET_MAX: usize = 1 << 20;

/// Tries the socket, or each host once, from the one numbered `first` on. The connection, each of whose reads and
/// writes may take as long as `patience`, and the number of its host.
pub fn connect(url: &MysqlUrl, first: usize, patience: Duration) -> Result<(usize, Conn), Fault> {
    if url.socket.is_none() && url.hosts.len() != 1 {
        return to_one_of_many(url, first, patience);
    }
    let until = Instant::now() + CONNECTING;
    let connection = if patience > IO_TIMEOUT {
        // Not for the greeting.
        let url = url.clone();
        in_time(IO_TIMEOUT, move || to_the_one(&url, until, patience))?
    } else {
        to_the_one(url, until, patience)?
    };
    Ok((0, connection))
}

fn to_the_one(url: &MysqlUrl, until: Instant, patience: Duration) -> Result<Conn, Fault> {
    match (&url.socket, url.hosts.first()) {
        (Some(socket), _) => {
            let path = socket.to_string_lossy().into_owned();
            let options = options(url, patience).socket(Some(path));
            ready(url, patiently(&options, until)?)
        }
        (None, Some(host)) => to_host(url, host, until, patience),
        (None, None) => Err(Fault::Other("no host".to_owned())),
    }
}

/// What it needs to connect again. A socket in the file system is reached without a right; a host's name is
/// looked up again.
pub fn needs(url: &MysqlUrl) -> Vec<Need> {
    if url.socket.is_some() {
        return Vec::new();
    }
    let mut needs: Vec<Need> = url.hosts.iter().map(|host| Need::Port(host.port)).collect();
    let is_name = |host: &Host| host.name.parse::<IpAddr>().is_err();
    if url.hosts.iter().any(is_name) {
        needs.push(Need::Port(DNS));
        needs.extend(NAMES.map(|path| Need::Read(path.into())));
    }
    #[cfg(feature = "tls")]
    if let Some(files) = &url.tls {
        needs.extend(super::tls::files(files).into_iter().map(Need::Read));
    }
    needs
}

/// Each host has its share of the time that is left, so that one that hangs does not take the others'.
fn to_one_of_many(
    url: &MysqlUrl,
    first: usize,
    patience: Duration,
) -> Result<(usize, Conn), Fault> {
    // A little before the deadline, which could not say what is wrong with each.
    let until = Instant::now() + IO_TIMEOUT;
    let numbered = url.hosts.iter().enumerate().cycle();
    let mut failures = Vec::new();
    for ((number, host), left) in numbered.skip(first).zip((1..=url.hosts.len()).rev()) {
        let share = share(until, left);
        let (url, to) = (url.clone(), host.clone());
        let last = Instant::now() + share;
        match in_time(share, move || to_host(&url, &to, last, patience)) {
            Ok(connection) => return Ok((number, connection)),
            Err(fault) => failures.push(format!("{host}: {fault}")),
        }
    }
    Err(Fault::Other(failures.join("; ")))
}

/// In a thread, which is left behind where it takes longer: a name that is looked up has no timeout, and
/// that of a greeting would hold for every query after it.
fn in_time(
    share: Duration,
    connect: impl FnOnce() -> Result<Conn, Fault> + Send + 'static,
) -> Result<Conn, Fault> {
    let (tell, told) = mpsc::sync_channel(1);
    thread::Builder::new()
        .stack_size(256 << 10)
        .spawn(move || tell.send(connect()))
        .map_err(|why| Fault::Other(format!("cannot start a thread: {why}")))?;
    let slow = |_| Err(Fault::Slow(format!("no answer within {share:.1?}")));
    told.recv_timeout(share).unwrap_or_else(slow)
}

/// Tries every address of a host, in order: the driver itself gives up at the first that refuses.
fn to_host(url: &MysqlUrl, host: &Host, until: Instant, patience: Duration) -> Result<Conn, Fault> {
    let addresses = (host.name.as_str(), host.port).to_socket_addrs();
    let addresses = addresses.map_err(|why| Fault::Other(format!("{}: {why}", host.name)))?;
    let mut addresses: Vec<SocketAddr> = addresses.collect();
    if url.tls.is_some() {
        // The driver looks the name up again, and tries all of one kind.
        addresses.dedup_by_key(|address| address.is_ipv4());
    } else if host.is_loopback() && addresses.iter().any(SocketAddr::is_ipv4) {
        // Servers that listen at one address of `localhost` listen at 127.0.0.1: the port of `::1` is then whose it
        // may be, and a server that answers with an error must not lead there.
        addresses.retain(SocketAddr::is_ipv4);
    }
    let mut last = Fault::Other(format!("{}: no address", host.name));
    for (address, left) in addresses.iter().zip((1..=addresses.len()).rev()) {
        let options =
            at(url, host, *address, patience)?.tcp_connect_timeout(Some(share(until, left)));
        match patiently(&options, until).and_then(|connection| ready(url, connection)) {
            Ok(connection) => return Ok(connection),
            Err(fault) => last = fault,
        }
    }
    Err(last)
}

/// Of the time until then, where so many are `left` to be tried. Never nothing, which would be no limit.
fn share(until: Instant, left: usize) -> Duration {
    let left = u32::try_from(left).unwrap_or(u32::MAX);
    let share = until.saturating_duration_since(Instant::now()) / left;
    share.max(Duration::from_millis(1))
}

fn options(url: &MysqlUrl, patience: Duration) -> OptsBuilder {
    let refuse = LocalInfileHandler::new(|_, _| Err(ErrorKind::PermissionDenied.into()));
    OptsBuilder::new()
        .user(Some(&url.user))
        .pass(Some(url.password.expose()))
        .db_name(Some(&url.database))
        // Asked of the server otherwise: a round trip each, and a second connection.
        .prefer_socket(false)
        .max_allowed_packet(Some(PACKET_MAX))
        .stmt_cache_size(0)
        .read_timeout(Some(patience))
        .write_timeout(Some(patience))
        .local_infile_handler(Some(refuse))
        // An UPDATE to the same value matches its row.
        .additional_capabilities(CapabilityFlags::CLIENT_FOUND_ROWS)
}

/// One address of a host.
fn at(
    url: &MysqlUrl,
    host: &Host,
    address: SocketAddr,
    patience: Duration,
) -> Result<OptsBuilder, Fault> {
    let options = options(url, patience).tcp_port(address.port());
    match &url.tls {
        #[cfg(feature = "tls")]
        Some(files) => Ok(options
            // The certificate is held against the name. Bound, the driver tries every address of a kind.
            .ip_or_hostname(Some(&host.name))
            .bind_address(Some(any_of_ours(address)))
            .ssl_opts(super::tls::options(files)?)),
        #[cfg(not(feature = "tls"))]
        Some(_) => Err(Fault::Other(format!("{host}: this build has no TLS"))),
        None => Ok(options
            .ip_or_hostname(Some(address.ip().to_string()))
            .server_key_path(Some(PathBuf::from(NO_KEY)))),
    }
}

#[cfg(feature = "tls")]
fn any_of_ours(to: SocketAddr) -> SocketAddr {
    match to {
        SocketAddr::V4(_) => (std::net::Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (std::net::Ipv6Addr::UNSPECIFIED, 0).into(),
    }
}

/// What is asked of a connection before its first query.
fn ready(url: &MysqlUrl, mut connection: Conn) -> Result<Conn, Fault> {
    #[cfg(feature = "tls")]
    if url.tls.is_some() {
        super::tls::prove(&mut connection)?;
    }
    if url.strict {
        connection.query_drop("SET SESSION wsrep_sync_wait = 1")?;
    }
    Ok(connection)
}

/// Connects, and tries again where the server has too many connections (1040, 1203): they come and go
/// in milliseconds. The pauses differ between processes that failed together.
fn patiently(options: &OptsBuilder, until: Instant) -> Result<Conn, Fault> {
    let mut tries = 1;
    loop {
        let failure = match Conn::new(options.clone()) {
            Ok(connection) => return Ok(connection),
            Err(failure) => failure,
        };
        let crowded = matches!(code(&failure), Some(1040 | 1203));
        let pause = Duration::from_millis(u64::from(50 * tries + std::process::id() % 50));
        if !crowded || tries == CONNECT_TRIES || Instant::now() + pause > until {
            return Err(failure.into());
        }
        thread::sleep(pause);
        tries += 1;
    }
}
