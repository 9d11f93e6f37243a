//! Connects to a server: by the socket, or to the hosts in their order, within one deadline.

use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use mysql::prelude::Queryable as _;
use mysql::{Conn, OptsBuilder};

use super::connection_options as options;
use super::error_codes::code;
use crate::config::{Host, MysqlUrl};
use crate::deadline::CONNECTING;
use crate::store::driver_panic::driver_works;
use crate::store::fault::Fault;

/// Longest wait of a CGI program for one read or write, the greeting included; the deadline bounds their sum.
pub const IO_TIMEOUT: Duration = Duration::from_millis(1900);

/// How soon a password must be refused to be tried again: a server that takes longer would use up the time.
const AT_ONCE: Duration = Duration::from_millis(200);

/// How often a server that has too many connections is tried.
const CONNECT_TRIES: u32 = 3;

/// Tries the socket, or each host once, beginning with the one at index `first`. Returns the index of the host and the
/// connection, each of whose reads and writes may take as long as `patience`.
pub fn connect(url: &MysqlUrl, first: usize, patience: Duration) -> Result<(usize, Conn), Fault> {
    if url.socket.is_none() && url.hosts.len() != 1 {
        return to_one_of_many(url, first, patience);
    }
    let until = Instant::now() + CONNECTING;
    let connection = if patience > IO_TIMEOUT {
        // The greeting may not take as long as an answer.
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
            let options = options::common(url, patience).socket(Some(path));
            ready(url, patiently(&options, until)?)
        }
        (None, Some(host)) => to_host(url, host, until, patience),
        (None, None) => Err(Fault::Other("no host".to_owned())),
    }
}

/// Gives each host its share of the time that is left, so that a host that hangs does not use up the others' time.
fn to_one_of_many(
    url: &MysqlUrl,
    first: usize,
    patience: Duration,
) -> Result<(usize, Conn), Fault> {
    // It ends a little before the deadline, so that the message can say what is wrong with each host.
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

/// Connects in a thread, which is left behind if it takes longer than `share`. Looking up a name has no timeout, and
/// a timeout of the greeting would also hold for every query after it.
fn in_time(
    share: Duration,
    connect: impl FnOnce() -> Result<Conn, Fault> + Send + 'static,
) -> Result<Conn, Fault> {
    let (tell, told) = mpsc::sync_channel(1);
    thread::Builder::new()
        .stack_size(256 << 10)
        .spawn(move || tell.send(driver_works(connect)))
        .map_err(|why| Fault::Other(format!("cannot start a thread: {why}")))?;
    let slow = |_| Err(Fault::Slow(format!("no answer within {share:.1?}")));
    told.recv_timeout(share).unwrap_or_else(slow)
}

/// Tries every address of a host, in order; the driver itself would give up at the first that refuses.
fn to_host(url: &MysqlUrl, host: &Host, until: Instant, patience: Duration) -> Result<Conn, Fault> {
    let addresses = (host.name.as_str(), host.port).to_socket_addrs();
    let addresses = addresses.map_err(|why| Fault::Other(format!("{}: {why}", host.name)))?;
    let mut addresses: Vec<SocketAddr> = addresses.collect();
    if url.tls.is_some() {
        // The driver looks the name up again, and tries all addresses of one kind.
        addresses.dedup_by_key(|address| address.is_ipv4());
    } else if host.is_loopback() && addresses.iter().any(SocketAddr::is_ipv4) {
        // A server that listens at one address of `localhost` listens at 127.0.0.1. On that machine anybody may listen
        // at the same port of `::1`, so a failure at 127.0.0.1 must not lead there.
        addresses.retain(SocketAddr::is_ipv4);
    }
    let mut last = Fault::Other(format!("{}: no address", host.name));
    for (address, left) in addresses.iter().zip((1..=addresses.len()).rev()) {
        let options = options::for_address(url, host, *address, patience)?
            .tcp_connect_timeout(Some(share(until, left)));
        match patiently(&options, until).and_then(|connection| ready(url, connection)) {
            Ok(connection) => return Ok(connection),
            Err(fault) => last = fault,
        }
    }
    Err(last)
}

/// The share that one address or host has of the time until `until`, if `left` of them are still to be tried, this one
/// included. Never zero, which would mean no limit.
fn share(until: Instant, left: usize) -> Duration {
    let left = u32::try_from(left).unwrap_or(u32::MAX);
    let share = until.saturating_duration_since(Instant::now()) / left;
    share.max(Duration::from_millis(1))
}

/// Connects, and tries again if the server has too many connections (1040, 1203), because they come and go in
/// milliseconds. The pauses differ between processes that failed together.
fn patiently(options: &OptsBuilder, until: Instant) -> Result<Conn, Fault> {
    let mut tries = 1;
    loop {
        let failure = match log_in(options) {
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

/// Connects, and once more if the server refuses the password (1045) at once. The driver (28.0.4) drops the last byte of a
/// challenge that ends in zero, so that one of 256 connections of an ed25519 account is refused with the right password.
/// There is no third time: a server may lock an account after a few failures.
fn log_in(options: &OptsBuilder) -> Result<Conn, mysql::Error> {
    let began = Instant::now();
    let first = Conn::new(options.clone());
    let refused = matches!(&first, Err(why) if code(why) == Some(1045));
    if refused && began.elapsed() < AT_ONCE {
        return Conn::new(options.clone()).or(first);
    }
    first
}

/// Prepares a connection for its first query.
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
