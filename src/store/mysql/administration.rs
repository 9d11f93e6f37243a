//! A server for the administration: connected to with more patience than for a request, brought forward and checked.

use std::time::Duration;

use mysql::prelude::Queryable as _;

use super::connect::{self, IO_TIMEOUT};
use super::{Mysql, migration, server_check, socket_listener, transaction};
use crate::config::MysqlUrl;
use crate::error::Error;
use crate::store::administration::maintenance::Maintenance;
use crate::store::fault::Fault;

/// Largest result of a query, in bytes. Lists come in pages.
const RESULT_MAX: usize = 8 << 20;

/// The longest wait for an answer: long enough to change or read a table of millions of rows. No visitor waits for it.
const TIMEOUT: Duration = Duration::from_mins(10);

impl Mysql {
    /// Connects for the administration, which also checks that the process at a socket is the server's.
    pub fn open_administration(url: &MysqlUrl) -> Result<Self, Error> {
        let socket = url.socket.as_deref();
        if let Some(why) = socket.and_then(socket_listener::doubtful_listener) {
            return Err(Error::Config(why));
        }
        let mut store = Self::open_patient(url, RESULT_MAX, TIMEOUT)?;
        store.first = transaction::SETTINGS;
        let set = store.connection.query_drop(store.first);
        set.map_err(|why| Fault::from(why).during("connect"))?;
        Ok(store)
    }
}

impl Maintenance for Mysql {
    fn migrations(&self) -> &'static [&'static str] {
        &[
            include_str!("../../../sql/mysql/001_tables.sql"),
            include_str!("../../../sql/mysql/002_epochs.sql"),
        ]
    }

    fn migrate(&mut self, statements: &[String]) -> Result<(), Fault> {
        migration::run(&mut self.connection, statements)
    }

    fn obstacles(&mut self) -> Result<Vec<String>, Fault> {
        server_check::obstacles(&mut self.connection)
    }

    /// Looks at a new connection, which is as a CGI program's is.
    fn defects(&mut self) -> Result<Vec<String>, Fault> {
        let (_, mut connection) = connect::connect(&self.url, self.host, IO_TIMEOUT)?;
        server_check::defects(&mut connection)
    }

    fn clock(&mut self) -> Result<Option<i64>, Fault> {
        Ok(self.connection.query_first("SELECT UNIX_TIMESTAMP()")?)
    }
}
