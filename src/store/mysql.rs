//! MySQL and MariaDB, as one connection a process: no pool, and no round trip that is not needed.

mod begin;
mod connect;
#[cfg(feature = "tools")]
mod defects;
mod failure;
mod socket;
#[cfg(feature = "tls")]
mod tls;

use std::time::Duration;

use mysql::prelude::{Protocol, Queryable};
use mysql::{Conn, Params, QueryResult};

use self::begin::UNKNOWN_VARIABLE;
use self::failure::code;
use super::engine::{Engine, Fault, Row, Value};
use crate::config::MysqlUrl;
use crate::error::Error;
use crate::sandbox::Need;

/// Most bytes of a result that a request takes: the sessions of one user, at most.
pub const RESULT_MAX: usize = 1 << 20;

/// The same for the administration, whose lists come in parts.
#[cfg(feature = "tools")]
const ADMINISTRATION_RESULT_MAX: usize = 8 << 20;

/// How long the administration waits for an answer: somebody looks on, and no visitor. A table of millions of rows is
/// changed or read by then.
#[cfg(feature = "tools")]
const ADMINISTRATION_TIMEOUT: Duration = Duration::from_mins(10);

/// Before a query: it waits for what other nodes have committed. Anywhere else it does nothing.
const LATEST: &str = "/*M! SET STATEMENT wsrep_sync_wait = 1 FOR */ ";

#[cfg(feature = "tools")]
const MIGRATIONS: &[&str] = &[
    include_str!("../../sql/mysql/001_tables.sql"),
    include_str!("../../sql/mysql/002_epochs.sql"),
];

/// Of a column that is to be added, and is there.
#[cfg(feature = "tools")]
const DUPLICATE_COLUMN: Option<u16> = Some(1060);

/// Of a table or a row that another transaction held for too long.
#[cfg(feature = "tools")]
const LOCKED: Option<u16> = Some(1205);

/// What to do about it.
#[cfg(feature = "tools")]
const OTHER_USER: &str =
    "; another connection is using the table (a dump?): run init again when it has ended";

/// So that a table that another transaction holds is an error after a second. Requests wait behind a statement that
/// waits for a table, and they wait less than two.
#[cfg(feature = "tools")]
const LOCK_TABLES_WITHIN: &str = "SET lock_wait_timeout = 1";

/// The servers and the connection to one of them.
pub struct Mysql {
    url: MysqlUrl,
    /// Which of the hosts the connection leads to.
    host: usize,
    connection: Conn,
    result_max: usize,
    /// How long an answer is waited for.
    patience: Duration,
    /// What is asked of a connection first; empty for a request, which has no round trip to spare.
    first: &'static str,
}

impl Mysql {
    /// Connects, but not to a socket that may be anybody's. A result of more than `result_max` bytes is an error: a
    /// rogue server must not fill the memory.
    pub fn open(url: &MysqlUrl, result_max: usize) -> Result<Self, Error> {
        if let Some(why) = url.socket.as_deref().and_then(socket::doubtful) {
            return Err(Error::Config(why));
        }
        Self::open_patient(url, result_max, connect::IO_TIMEOUT)
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

    /// The same for the administration, after a look at who listens at a socket.
    #[cfg(feature = "tools")]
    pub fn open_administration(url: &MysqlUrl) -> Result<Self, Error> {
        let socket = url.socket.as_deref();
        let refused = |socket| socket::of_another(socket).or_else(|| socket::doubtful(socket));
        if let Some(why) = socket.and_then(refused) {
            return Err(Error::Config(why));
        }
        let patience = ADMINISTRATION_TIMEOUT;
        let mut store = Self::open_patient(url, ADMINISTRATION_RESULT_MAX, patience)?;
        store.first = begin::SETTINGS;
        let set = store.connection.query_drop(store.first);
        set.map_err(|why| Fault::from(why).during("connect"))?;
        Ok(store)
    }
}

impl Engine for Mysql {
    fn begin(&mut self) -> Result<(), Fault> {
        begin::begin(&mut self.connection)
    }

    fn begin_soon(&mut self, row: &str) -> Result<(), Fault> {
        begin::begin_soon(&mut self.connection, row)
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
        connect::needs(&self.url)
    }

    #[cfg(feature = "tools")]
    fn migrations(&self) -> &'static [&'static str] {
        MIGRATIONS
    }

    #[cfg(feature = "tools")]
    fn migrate(&mut self, statements: &[String]) -> Result<(), Fault> {
        self.connection.query_drop(LOCK_TABLES_WITHIN)?;
        // One by one: of several in one query the driver tells the first one's failure alone.
        for statement in statements {
            match self.connection.query_drop(statement) {
                Err(why) if code(&why) == DUPLICATE_COLUMN => {}
                Err(why) if code(&why) == LOCKED => {
                    return Err(Fault::LockWait(format!("{}{OTHER_USER}", Fault::from(why))));
                }
                done => done?,
            }
        }
        Ok(())
    }

    #[cfg(feature = "tools")]
    fn obstacles(&mut self) -> Result<Vec<String>, Fault> {
        defects::before_tables(&mut self.connection)
    }

    /// On a connection of its own, as a program's is.
    #[cfg(feature = "tools")]
    fn defects(&mut self) -> Result<Vec<String>, Fault> {
        let (_, mut connection) = connect::connect(&self.url, self.host, connect::IO_TIMEOUT)?;
        defects::of(&mut connection)
    }

    #[cfg(feature = "tools")]
    fn clock(&mut self) -> Result<Option<i64>, Fault> {
        Ok(self.connection.query_first("SELECT UNIX_TIMESTAMP()")?)
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
        Value::Bytes(bytes) => mysql::Value::Bytes(bytes.clone()),
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
        mysql::Value::Bytes(bytes) => Value::of_text(bytes),
        _ => Value::Null,
    }
}
