//! MySQL and MariaDB, as one connection a process: no pool, and no round trip that is not needed.

#[cfg(feature = "tools")]
mod administration;
mod connect;
mod connection_options;
mod error_codes;
#[cfg(feature = "tools")]
mod migration;
mod needs;
#[cfg(feature = "tools")]
mod server_check;
#[cfg(feature = "tools")]
mod socket_listener;
mod socket_owner;
#[cfg(feature = "tools")]
mod table_check;
#[cfg(feature = "tls")]
mod tls;
mod transaction;
mod values;

use std::time::Duration;

use mysql::Conn;
use mysql::prelude::Queryable as _;

use self::connect::IO_TIMEOUT;
use self::error_codes::code;
use self::transaction::UNKNOWN_VARIABLE;
use self::values::{params, rows};
use super::database::Database;
use super::fault::Fault;
use super::value::{Row, Value};
use crate::config::MysqlUrl;
use crate::error::Error;
use crate::sandbox::Need;

/// Largest result of a query, in bytes, that a request accepts. The largest that a request asks for is the list of a
/// user's sessions to end.
const RESULT_MAX: usize = 1 << 20;

/// Put before a query, it makes a node of a cluster wait for what other nodes have committed. Other servers ignore it.
const LATEST: &str = "/*M! SET STATEMENT wsrep_sync_wait = 1 FOR */ ";

/// A connection to one of the servers that the URL names.
pub struct Mysql {
    url: MysqlUrl,
    /// The index of the host that the connection leads to.
    host: usize,
    connection: Conn,
    /// Largest result of a query, in bytes: a rogue server must not fill the memory.
    result_max: usize,
    /// The longest wait for an answer.
    patience: Duration,
    /// The first statement of a connection; empty for a request, which has no round trip to spare.
    first: &'static str,
}

impl Mysql {
    /// Connects for a CGI program, but not to a socket that another user may have made.
    pub fn open(url: &MysqlUrl) -> Result<Self, Error> {
        if let Some(why) = url.socket.as_deref().and_then(socket_owner::doubtful) {
            return Err(Error::Config(why));
        }
        Self::open_patient(url, RESULT_MAX, IO_TIMEOUT)
    }

    fn open_patient(url: &MysqlUrl, result_max: usize, patience: Duration) -> Result<Self, Error> {
        let connected = connect::connect(url, 0, patience);
        let (host, connection) = connected.map_err(|fault| fault.during("connect"))?;
        Ok(Self {
            url: url.clone(),
            host,
            connection,
            result_max,
            patience,
            first: "",
        })
    }
}

impl Database for Mysql {
    fn begin(&mut self) -> Result<(), Fault> {
        transaction::begin(&mut self.connection)
    }

    fn begin_soon(&mut self, row: &str) -> Result<(), Fault> {
        transaction::begin_soon(&mut self.connection, row)
    }

    fn commit(&mut self) -> Result<(), Fault> {
        Ok(self.connection.query_drop("COMMIT")?)
    }

    fn rollback(&mut self) {
        // If it fails, the connection is lost, and the transaction with it.
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

    fn query_latest(&mut self, sql: &str) -> Result<Vec<Row>, Fault> {
        let late = self.connection.query_iter(format!("{LATEST}{sql}"));
        match late.map(|result| rows(result, self.result_max)) {
            Err(why) if code(&why) == UNKNOWN_VARIABLE => self.query(sql, &[]),
            late => late?,
        }
    }

    fn reconnect(&mut self) -> Result<(), Fault> {
        (self.host, self.connection) = connect::connect(&self.url, self.host + 1, self.patience)?;
        if self.first.is_empty() {
            return Ok(());
        }
        Ok(self.connection.query_drop(self.first)?)
    }

    fn other_hosts(&self) -> usize {
        match self.url.socket {
            Some(_) => 0,
            None => self.url.hosts.len().saturating_sub(1),
        }
    }

    fn needs(&self) -> Vec<Need> {
        needs::needs(&self.url)
    }
}
