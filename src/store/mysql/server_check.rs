//! Checks that a server's version and settings are as the SQL relies on.

use mysql::Conn;
use mysql::prelude::Queryable as _;

use super::{table_check, transaction};
use crate::store::fault::Fault;

/// Smallest `max_allowed_packet`, in bytes. No statement of ours comes near it.
const PACKET_MIN: u64 = 1 << 20;

/// A variable that the server does not have is left out; with `@@` it would be an error.
const VARIABLES: &str = "SHOW VARIABLES WHERE Variable_name IN ('character_set_client', \
    'character_set_connection', 'character_set_results', 'enforce_storage_engine', 'max_allowed_packet', \
    'tx_isolation', 'transaction_isolation', 'sql_mode', 'sql_safe_updates', 'foreign_key_checks', \
    'init_connect', 'version')";

/// The session's variables, as `SHOW` prints them.
struct Variables(Vec<(String, Option<String>)>);

impl Variables {
    fn read(connection: &mut Conn) -> Result<Self, Fault> {
        Ok(Self(connection.query(VARIABLES)?))
    }

    /// A variable's value; empty if the server does not have it.
    fn get(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.and_then(|(_, value)| value.as_deref()).unwrap_or("")
    }
}

/// Why the tables cannot be made as they must be.
pub fn obstacles(connection: &mut Conn) -> Result<Vec<String>, Fault> {
    let variables = Variables::read(connection)?;
    let mut found: Vec<String> = too_old(&variables).into_iter().collect();
    let enforced = variables.get("enforce_storage_engine");
    if !enforced.is_empty() && !enforced.eq_ignore_ascii_case("InnoDB") {
        found.push(format!(
            "enforce_storage_engine is {enforced}, and would make tables without transactions: \
            SET GLOBAL enforce_storage_engine = 'InnoDB', and the same in the server's configuration"
        ));
    }
    Ok(found)
}

/// What programs cannot rely on. `connection` must be new, and opened as a program opens its own.
pub fn defects(connection: &mut Conn) -> Result<Vec<String>, Fault> {
    // If the server sets such a limit, it would cut off the rows of `SHOW` as well.
    connection.query_drop("SET sql_select_limit = 18446744073709551615")?;
    let fresh = Variables::read(connection)?;
    let mut found: Vec<String> = too_old(&fresh).into_iter().collect();
    found.extend(charset(&fresh));
    found.extend(limits(&fresh));
    transaction::begin(connection)?;
    let begun = Variables::read(connection)?;
    connection.query_drop("ROLLBACK")?;
    found.extend(settings(&begun));
    found.extend(table_check::defects(connection)?);
    Ok(found)
}

/// Why the server is too old, if it is: older ones parse CHECK and ignore it.
fn too_old(variables: &Variables) -> Option<String> {
    let version = variables.get("version");
    let mut numbers = version.split(['.', '-']).map_while(|n| n.parse().ok());
    let mut next = || numbers.next().unwrap_or(0);
    let number: (u32, u32, u32) = (next(), next(), next());
    let (name, oldest) = if version.contains("MariaDB") {
        ("MariaDB", (10, 3, 0))
    } else {
        ("MySQL", (8, 0, 16))
    };
    let (a, b, c) = oldest;
    (number < oldest).then(|| {
        format!("the server is {version}, which is too old: install {name} {a}.{b}.{c} or newer")
    })
}

/// What is wrong with the character sets: a name that is sent or read in another one is another name.
fn charset(variables: &Variables) -> Option<String> {
    let names = [
        "character_set_client",
        "character_set_connection",
        "character_set_results",
    ];
    let name = names
        .into_iter()
        .find(|name| variables.get(name) != "utf8mb4")?;
    let is = variables.get(name);
    let cure = match variables.get("init_connect") {
        "" => "start the server without skip-character-set-client-handshake".to_owned(),
        init => format!(
            "init_connect is \"{init}\": SET GLOBAL init_connect = '', and the same in the server's configuration"
        ),
    };
    Some(format!(
        "{name} is {is} where a connection begins, which garbles names (need utf8mb4): {cure}"
    ))
}

fn limits(variables: &Variables) -> Vec<String> {
    let mut found = Vec::new();
    let packet = variables.get("max_allowed_packet");
    if packet.parse::<u64>().is_ok_and(|size| size < PACKET_MIN) {
        found.push(format!(
            "max_allowed_packet is {packet}: SET GLOBAL max_allowed_packet = {PACKET_MIN}, or more"
        ));
    }
    for name in ["tx_isolation", "transaction_isolation"] {
        if variables.get(name) == "READ-UNCOMMITTED" {
            found.push(format!(
                "{name} is READ-UNCOMMITTED, which shows what is not committed: \
                SET GLOBAL TRANSACTION ISOLATION LEVEL REPEATABLE READ"
            ));
        }
    }
    found
}

/// What is wrong although each transaction sets these variables: a proxy may not pass that on.
fn settings(variables: &Variables) -> Vec<String> {
    let wrong = [
        ("sql_mode", "STRICT_ALL_TABLES"),
        ("sql_safe_updates", "OFF"),
        ("foreign_key_checks", "ON"),
        ("character_set_client", "utf8mb4"),
    ];
    let wrong = wrong
        .iter()
        .filter(|(name, needed)| !variables.get(name).contains(needed));
    let say = |(name, needed): &(&str, &str)| {
        let is = variables.get(name);
        format!("{name} stays \"{is}\" though the programs set {needed}: connect without the proxy")
    };
    wrong.map(say).collect()
}
