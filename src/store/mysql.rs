//! MySQL and MariaDB, as one connection a process: no pool, and no round trip that is not needed.

mod connect;
mod failure;
mod socket;
#[cfg(feature = "tls")]
mod tls;

use mysql::prelude::{Protocol, Queryable};
use mysql::{Conn, Params, QueryResult};

use self::failure::code;
use super::engine::{Engine, Fault, Row, Value};
use crate::config::MysqlUrl;
use crate::confine::Need;
use crate::error::Error;

/// Most bytes of a result that a request takes: the sessions of one user, at most.
pub const RESULT_MAX: usize = 1 << 20;

/// So that 1205 comes before the deadline; and on a Galera cluster what other nodes had committed is seen:
/// a session that was opened through one ends through another. One round trip. Only MariaDB reads what
/// stands in `/*M! */`.
const BEGIN: &str =
    "SET innodb_lock_wait_timeout = 1/*M!, wsrep_sync_wait = 1 */; START TRANSACTION";

/// The same for a MariaDB that was built without Galera.
const BEGIN_ALONE: &str = "SET innodb_lock_wait_timeout = 1; START TRANSACTION";

/// Before a query: it waits for what other nodes have committed. Anywhere else it does nothing.
const LATEST: &str = "/*M! SET STATEMENT wsrep_sync_wait = 1 FOR */ ";

/// Of a variable that the server does not have.
const UNKNOWN_VARIABLE: Option<u16> = Some(1193);

#[cfg(feature = "tools")]
const MIGRATIONS: &[&str] = &[include_str!("../../sql/mysql/001_tables.sql")];

/// The servers and the connection to one of them.
pub struct Mysql {
    url: MysqlUrl,
    /// Which of the hosts the connection leads to.
    host: usize,
    connection: Conn,
    result_max: usize,
}

impl Mysql {
    /// Connects, but not to a socket that may be anybody's. A result of more than `result_max` bytes is an error: a
    /// rogue server must not fill the memory.
    pub fn open(url: &MysqlUrl, result_max: usize) -> Result<Self, Error> {
        if let Some(why) = url.socket.as_deref().and_then(socket::doubtful) {
            return Err(Error::Config(why));
        }
        let connected = connect::connect(url, 0);
        let (host, connection) = connected.map_err(|fault| fault.during("connect"))?;
        Ok(Self {
            url: url.clone(),
            host,
            connection,
            result_max,
        })
    }

    /// The same for the administration: of any size, and after a look at who listens at a socket.
    #[cfg(feature = "tools")]
    pub fn open_administration(url: &MysqlUrl) -> Result<Self, Error> {
        if let Some(why) = url.socket.as_deref().and_then(socket::of_another) {
            return Err(Error::Config(why));
        }
        Self::open(url, usize::MAX)
    }
}

impl Engine for Mysql {
    fn begin(&mut self) -> Result<(), Fault> {
        match self.connection.query_drop(BEGIN) {
            Err(why) if code(&why) == UNKNOWN_VARIABLE => {
                Ok(self.connection.query_drop(BEGIN_ALONE)?)
            }
            begun => Ok(begun?),
        }
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

    fn query_latest(&mut self, sql: &str) -> Result<Vec<Row>, Fault> {
        let late = self.connection.query_iter(format!("{LATEST}{sql}"));
        match late.map(|result| rows(result, self.result_max)) {
            Err(why) if code(&why) == UNKNOWN_VARIABLE => self.query(sql, &[]),
            late => late?,
        }
    }

    fn reconnect(&mut self) -> Result<(), Fault> {
        (self.host, self.connection) = connect::connect(&self.url, self.host + 1)?;
        Ok(())
    }

    fn other_hosts(&self) -> usize {
        match self.url.socket {
            Some(_) => 0,
            None => self.url.hosts.len().saturating_sub(1),
        }
    }

    fn needs(&self) -> Vec<Need> {
        connect::needs(&self.url)
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
