//! `store = "..."`: which database, and how to reach it.

use std::fmt;
use std::net::IpAddr;
use std::num::NonZeroU16;
use std::path::PathBuf;

use serde::{Deserialize, Deserializer, de::Error as _};

use super::secret::Secret;
use super::tls::{TlsFiles, tls};
use super::url_parameters::{Parameters, decoded, file, parameters};

/// The port that MySQL and MariaDB are registered for.
const MYSQL_PORT: u16 = 3306;

/// Where users and sessions are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreUrl {
    /// `sqlite:/ABSOLUTE/PATH`
    Sqlite(PathBuf),
    /// `mysql://USER:PASSWORD@HOST[:PORT][,HOST...]/DATABASE[?PARAMETER=VALUE[&...]]`
    Mysql(MysqlUrl),
}

/// A MySQL or MariaDB server's address and account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MysqlUrl {
    /// The web account.
    pub user: String,
    /// Its password.
    pub password: Secret,
    /// The hosts, in the order in which they are tried.
    pub hosts: Vec<Host>,
    /// The name of the database.
    pub database: String,
    /// The server's socket, used instead of the hosts.
    pub socket: Option<PathBuf>,
    /// `tls=required`: the hosts' certificates and names are verified, always. `None`: no TLS.
    pub tls: Option<TlsFiles>,
    /// `sync=strict`: on a Galera cluster, each read waits for what other nodes have committed.
    pub strict: bool,
}

/// A host name or address, and its port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// Name or IP address, without brackets.
    pub name: String,
    /// TCP port.
    pub port: u16,
}

impl Host {
    /// Whether everything that is sent there stays on this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let address = self.name.parse::<IpAddr>();
        address.map_or(self.name == "localhost", |ip| ip.is_loopback())
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.name, self.port)
    }
}

impl StoreUrl {
    /// Reads a URL.
    ///
    /// # Errors
    /// What would be right; never a part of the URL, which holds a password.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            return sqlite(path);
        }
        let rest = text.strip_prefix("mysql://");
        let rest =
            rest.ok_or("need \"sqlite:/PATH\" or \"mysql://USER:PASSWORD@HOST/DATABASE\"")?;
        if cfg!(feature = "mysql") {
            mysql(rest).map(Self::Mysql)
        } else {
            Err("this build has no MySQL: build with the feature `mysql`")
        }
    }
}

impl<'de> Deserialize<'de> for StoreUrl {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(from)?).map_err(D::Error::custom)
    }
}

/// Shows neither user nor password nor parameters.
impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Mysql(url) => {
                let hosts: Vec<_> = url.hosts.iter().map(|host| host.name.as_str()).collect();
                write!(f, "mysql://{}/{}", hosts.join(","), url.database)
            }
        }
    }
}

fn sqlite(path: &str) -> Result<StoreUrl, &'static str> {
    if !path.starts_with('/') {
        return Err("need an absolute path, as in \"sqlite:/var/lib/cgi-session/sessions.sqlite\"");
    }
    if cfg!(feature = "sqlite") {
        Ok(StoreUrl::Sqlite(path.into()))
    } else {
        Err("this build has no SQLite: build with the feature `sqlite`")
    }
}

fn mysql(rest: &str) -> Result<MysqlUrl, &'static str> {
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (account, place) = rest
        .rsplit_once('@')
        .ok_or("need USER:PASSWORD@ before the host")?;
    let (user, password) = account.split_once(':').unwrap_or((account, ""));
    let (hosts, database) = place
        .split_once('/')
        .ok_or("need /DATABASE behind the host")?;
    let database = decoded(database)?;
    if user.is_empty() || database.is_empty() {
        return Err("need a user and a database: mysql://USER:PASSWORD@HOST/DATABASE");
    }
    let parameters = parameters(query)?;
    let url = MysqlUrl {
        user: decoded(user)?,
        password: Secret::new(decoded(password)?),
        hosts: hosts.split(',').map(host).collect::<Result<_, _>>()?,
        database,
        socket: file(&parameters, "socket")?,
        tls: tls(&parameters)?,
        strict: strict(&parameters)?,
    };
    let local = url.socket.is_some() || url.hosts.iter().all(Host::is_loopback);
    if !local && !parameters.contains_key("tls") {
        return Err(
            "a host on the network needs tls=required behind the ? (or tls=off, where nobody can listen)",
        );
    }
    if url.socket.is_some() && url.tls.is_some() {
        return Err("a socket has no TLS: take out socket= or tls=required");
    }
    Ok(url)
}

fn host(text: &str) -> Result<Host, &'static str> {
    let bracketed = text.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let (name, port) = match bracketed {
        Some((name, "")) => (name, None),
        // Anything after the bracket must be a port; an empty one is refused below.
        Some((name, rest)) => (name, Some(rest.strip_prefix(':').unwrap_or_default())),
        None => match text.split_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (text, None),
        },
    };
    if name.is_empty() {
        return Err("need a host: with socket=, write localhost");
    }
    let port = port
        .map_or(Ok(MYSQL_PORT), |port| port.parse().map(NonZeroU16::get))
        .map_err(|_| "need a port of 1 to 65535")?;
    Ok(Host {
        name: name.to_owned(),
        port,
    })
}

fn strict(parameters: &Parameters<'_>) -> Result<bool, &'static str> {
    match parameters.get("sync").map(String::as_str) {
        None => Ok(false),
        Some("strict") => Ok(true),
        Some(_) => Err("need sync=strict, or no sync="),
    }
}
