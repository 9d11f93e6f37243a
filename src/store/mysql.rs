//! MySQL and MariaDB, as one connection a process: no pool, and no round trip that is not needed.

use std::error::Error as _;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, ToSocketAddrs};
use std::thread;
use std::time::{Duration, Instant};

use mysql::consts::CapabilityFlags;
use mysql::prelude::{Protocol, Queryable};
use mysql::{Conn, Error as Failure, LocalInfileHandler, OptsBuilder, Params, QueryResult};

use super::engine::{Engine, Fault, Row, Value};
use crate::config::MysqlUrl;
use crate::confine::Need;
use crate::deadline::CONNECTING;
use crate::error::Error;

/// Longest wait for one read or write, the greeting's included; the deadline holds for their sum.
const IO_TIMEOUT: Duration = Duration::from_millis(1900);

/// Tries where the server has too many connections.
const CONNECT_TRIES: u32 = 3;

/// Largest packet taken, in bytes: no row of ours is near it, and a rogue server must not fill the
/// memory. Given, because the driver asks the server otherwise.
const PACKET_MAX: usize = 1 << 20;

/// Most bytes of a result that a request takes: the sessions of one user, at most.
pub const RESULT_MAX: usize = 1 << 20;

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

#[cfg(feature = "tools")]
const MIGRATIONS: &[&str] = &[include_str!("../../sql/mysql/001_tables.sql")];

/// A server and the connection to it.
pub struct Mysql {
    url: MysqlUrl,
    connection: Conn,
    result_max: usize,
}

impl Mysql {
    /// Connects. A result of more than `result_max` bytes is an error: a rogue server must not fill
    /// the memory.
    pub fn open(url: &MysqlUrl, result_max: usize) -> Result<Self, Error> {
        let connection = connect(url).map_err(|fault| fault.during("connect"))?;
        Ok(Self {
            url: url.clone(),
            connection,
            result_max,
        })
    }
}

impl Engine for Mysql {
    fn begin(&mut self) -> Result<(), Fault> {
        // So that 1205 comes before the deadline. The two statements are one round trip.
        let sql = "SET innodb_lock_wait_timeout = 1; START TRANSACTION";
        Ok(self.connection.query_drop(sql)?)
    }

    fn commit(&mut self) -> Result<(), Fault> {
        Ok(self.connection.query_drop("COMMIT")?)
    }

    fn rollback(&mut self) {
        // Where that fails, the connection is at its end, and so is the transaction.
        let _ = self.connection.query_drop("ROLLBACK");
    }

    fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, Fault> {
        let result = self.connection.exec_iter(sql, params(values))?;
        Ok(result.affected_rows())
    }

    fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>, Fault> {
        if values.is_empty() {
            rows(self.connection.query_iter(sql)?, self.result_max)
        } else {
            let result = self.connection.exec_iter(sql, params(values))?;
            rows(result, self.result_max)
        }
    }

    fn reconnect(&mut self) -> Result<(), Fault> {
        self.connection = connect(&self.url)?;
        Ok(())
    }

    /// A socket in the file system is reached without a right; a host's name is looked up again.
    fn needs(&self) -> Vec<Need> {
        if self.url.socket.is_some() {
            return Vec::new();
        }
        let mut needs: Vec<Need> = self
            .url
            .hosts
            .iter()
            .map(|host| Need::Port(host.port))
            .collect();
        if self
            .url
            .hosts
            .iter()
            .any(|host| host.name.parse::<IpAddr>().is_err())
        {
            needs.push(Need::Port(DNS));
            needs.extend(NAMES.map(|path| Need::Read(path.into())));
        }
        needs
    }

    #[cfg(feature = "tools")]
    fn migrations(&self) -> &'static [&'static str] {
        MIGRATIONS
    }

    #[cfg(feature = "tools")]
    fn script(&mut self, sql: &str) -> Result<(), Fault> {
        Ok(self.connection.query_drop(sql)?)
    }
}

/// Tries the socket, or every address of every host, in order, within one deadline. The driver itself
/// gives up at the first address that refuses, so that `localhost` fails where the server listens on
/// 127.0.0.1 only and `::1` comes first.
fn connect(url: &MysqlUrl) -> Result<Conn, Fault> {
    let until = Instant::now() + CONNECTING;
    let options = options(url);
    if let Some(socket) = &url.socket {
        let path = socket.to_string_lossy().into_owned();
        return patiently(&options.socket(Some(path)), until);
    }
    let mut last = Fault::Other("no address".to_owned());
    for host in &url.hosts {
        match (host.name.as_str(), host.port).to_socket_addrs() {
            Err(why) => last = Fault::Other(format!("{}: {why}", host.name)),
            Ok(addresses) => {
                for address in addresses {
                    match patiently(&at(&options, address.ip(), address.port(), until), until) {
                        Ok(connection) => return Ok(connection),
                        Err(fault) => last = fault,
                    }
                }
            }
        }
    }
    Err(last)
}

fn options(url: &MysqlUrl) -> OptsBuilder {
    let refuse = LocalInfileHandler::new(|_, _| Err(ErrorKind::PermissionDenied.into()));
    OptsBuilder::new()
        .user(Some(&url.user))
        .pass(Some(url.password.expose()))
        .db_name(Some(&url.database))
        // Asked of the server otherwise: a round trip each, and a second connection.
        .prefer_socket(false)
        .max_allowed_packet(Some(PACKET_MAX))
        .stmt_cache_size(0)
        .read_timeout(Some(IO_TIMEOUT))
        .write_timeout(Some(IO_TIMEOUT))
        .local_infile_handler(Some(refuse))
        // An UPDATE to the same value matches its row.
        .additional_capabilities(CapabilityFlags::CLIENT_FOUND_ROWS)
}

fn at(options: &OptsBuilder, ip: IpAddr, port: u16, until: Instant) -> OptsBuilder {
    let left = until
        .saturating_duration_since(Instant::now())
        .max(Duration::from_millis(1));
    options
        .clone()
        .ip_or_hostname(Some(ip.to_string()))
        .tcp_port(port)
        .tcp_connect_timeout(Some(left))
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

fn params(values: &[Value]) -> Params {
    if values.is_empty() {
        return Params::Empty;
    }
    let value = |value: &Value| match value {
        Value::Null => mysql::Value::NULL,
        Value::Int(value) => mysql::Value::Int(*value),
        Value::Text(text) => mysql::Value::Bytes(text.as_bytes().to_vec()),
    };
    Params::Positional(values.iter().map(value).collect())
}

/// All rows, if they are at most `most` bytes. The rest is read by the driver and kept nowhere; where
/// it never ends, the deadline ends it.
fn rows<P: Protocol>(result: QueryResult<'_, '_, '_, P>, most: usize) -> Result<Vec<Row>, Fault> {
    let (mut rows, mut size) = (Vec::new(), 0);
    for row in result {
        let row: Vec<Value> = row?.unwrap().into_iter().map(value).collect();
        size += row.iter().map(Value::size).sum::<usize>();
        if size > most {
            return Err(Fault::Other(format!("a result of more than {most} bytes")));
        }
        rows.push(Row(row));
    }
    Ok(rows)
}

/// What is neither a number nor a text makes no sense in our tables: as good as NULL.
fn value(value: mysql::Value) -> Value {
    match value {
        mysql::Value::Int(value) => Value::Int(value),
        mysql::Value::UInt(value) => i64::try_from(value).map_or(Value::Null, Value::Int),
        mysql::Value::Bytes(bytes) => String::from_utf8(bytes).map_or(Value::Null, Value::Text),
        _ => Value::Null,
    }
}

fn code(failure: &Failure) -> Option<u16> {
    match failure {
        Failure::MySqlError(error) => Some(error.code),
        _ => None,
    }
}

/// What went wrong below the protocol. The driver wraps it, in a type that it does not name, where it
/// was reading or writing a packet.
fn io(failure: &Failure) -> Option<ErrorKind> {
    match failure {
        Failure::IoError(why) => Some(why.kind()),
        Failure::CodecError(why) => Some(why.source()?.downcast_ref::<io::Error>()?.kind()),
        _ => None,
    }
}

/// The failure in one line: the server's own words, and what to do where only the owner can.
fn described(failure: &Failure) -> String {
    let Failure::MySqlError(error) = failure else {
        return failure.to_string();
    };
    let cure = match error.code {
        1044 | 1049 => "; is the database in `store` right, and granted?",
        1045 | 1698 => "; are user and password in `store` right? (@ is %40, : is %3A, / is %2F)",
        1142 => "; grant the account what the README says, or use --admin-url for tables",
        _ => "",
    };
    format!("{} {}{cure}", error.code, error.message)
}

impl From<Failure> for Fault {
    fn from(failure: Failure) -> Self {
        use ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, Other, TimedOut};
        let text = described(&failure);
        match (code(&failure), io(&failure)) {
            (Some(1062), _) => Fault::Duplicate,
            (Some(1146), _) => Fault::Schema(None),
            (Some(1205), _) => Fault::LockWait(text),
            // 1020: MariaDB from 11.6 on, where another transaction wrote the row since our first read.
            (Some(1020 | 1213), _) => Fault::Deadlock(text),
            // The server shuts down, or somebody ended the connection.
            (Some(1053 | 1927 | 4031), _) => Fault::LinkLost(text),
            (_, Some(ErrorKind::WouldBlock | TimedOut)) => {
                Fault::Slow(format!("no answer within {IO_TIMEOUT:?}"))
            }
            // `Other` is what the driver says of half a packet.
            (_, Some(BrokenPipe | ConnectionAborted | ConnectionReset | Other)) => {
                Fault::LinkLost(text)
            }
            _ => Fault::Other(text),
        }
    }
}
