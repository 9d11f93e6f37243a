//! TLS to a server: which authorities are trusted, and which certificate this program shows.

use std::fs::File;
use std::path::{Path, PathBuf};

use mysql::prelude::Queryable;
use mysql::{ClientIdentity, Conn, Row, SslOpts, Value};
use rustix::rand::{GetRandomFlags, getrandom};

use crate::config::TlsFiles;
use crate::store::fault::Fault;

/// Where systems keep their authorities: Debian, Fedora, openSUSE, Alpine, and systems like them.
const SYSTEM: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// The driver's options. The driver verifies the chain and the name unless it is told not to, which nothing here does.
pub fn options(files: &TlsFiles) -> Result<SslOpts, Fault> {
    let authorities = match &files.authorities {
        Some(path) => path.clone(),
        None => system()?,
    };
    readable(&authorities, "tls_ca")?;
    let mut identity = None;
    if let Some((certificate, key)) = files.identity.clone() {
        readable(&certificate, "tls_cert")?;
        readable(&key, "tls_key")?;
        identity = Some(ClientIdentity::new(certificate, key));
    }
    Ok(SslOpts::default()
        .with_root_cert_path(Some(authorities))
        .with_client_identity(identity))
}

/// The files that a connection reads.
pub fn files(files: &TlsFiles) -> Vec<PathBuf> {
    let identity = files.identity.clone();
    let identity = identity
        .into_iter()
        .flat_map(|(certificate, key)| [certificate, key]);
    let authorities = files.authorities.clone().or_else(|| system().ok());
    identity.chain(authorities).collect()
}

fn system() -> Result<PathBuf, Fault> {
    let found = SYSTEM.iter().map(Path::new).find(|path| path.exists());
    found.map(Path::to_owned).ok_or_else(|| {
        let why =
            "no authorities on this system: install ca-certificates, or add tls_ca=FILE to `store`";
        Fault::Other(why.to_owned())
    })
}

/// Fails if a file cannot be read. The driver's own error would not name it.
fn readable(path: &Path, parameter: &str) -> Result<(), Fault> {
    let opened = File::open(path).map(drop);
    opened.map_err(|why| Fault::Other(format!("{parameter}={}: {why}", path.display())))
}

/// Makes sure that everything read from now on comes through TLS. The driver keeps bytes that came with the greeting,
/// before TLS, and takes them for the server's next answers: with such bytes an attacker on the way could say who is
/// signed in. Only the server can repeat a random number that was sent through TLS.
pub fn prove(connection: &mut Conn) -> Result<(), Fault> {
    let mut random = [0_u8; 16];
    let filled = getrandom(&mut random, GetRandomFlags::empty());
    if filled.map_err(|why| Fault::Other(why.to_string()))? != random.len() {
        return Err(Fault::Other("too few random bytes".to_owned()));
    }
    let said = u128::from_ne_bytes(random).to_string();
    let heard: Option<Row> = connection.query_first(format!("SELECT '{said}'"))?;
    let heard = heard.map(Row::unwrap).unwrap_or_default();
    if heard == [Value::from(&said)] {
        Ok(())
    } else {
        let why = "answers that did not come through TLS: somebody is between us and the server";
        Err(Fault::Other(why.to_owned()))
    }
}
