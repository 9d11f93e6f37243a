//! MySQL and MariaDB, as one connection a process: no pool, and no round trip that is not needed.

mod connect;
mod failure;
#[cfg(feature = "tls")]
mod tls;

use mysql::prelude::{Protocol, Queryable};
use mysql::{Conn, Params, QueryResult};

use super::engine::{Engine, Fault, Row, Value};
use crate::config::MysqlUrl;
use crate::error::Error;

/// Most bytes of a result that a request takes: the sessions of one user, at most.
pub const RESULT_MAX: usize = 1 << 20;

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
    /// Connects. A result of more than `result_max` bytes is an error: a rogue server must not fill
    /// the memory.
    pub fn open(url: &MysqlUrl, result_max: usize) -> Result<Self, Error> {
        let connected = connect::connect(url, 0);
        let (host, connection) = connected.map_err(|fault| fault.during("connect"))?;
        Ok(Self {
            url: url.clone(),
            host,
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
        (self.host, self.connection) = connect::connect(&self.url, self.host + 1)?;
        Ok(())
    }

    fn other_hosts(&self) -> usize {
        match self.url.socket {
            Some(_) => 0,
            None => self.url.hosts.len().saturating_sub(1),
        }
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
