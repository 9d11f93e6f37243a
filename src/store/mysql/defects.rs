//! Whether a server and its tables are as the SQL relies on. A server may make other tables than it was asked for, and
//! says so in a warning at most.

use mysql::Conn;
use mysql::prelude::Queryable as _;

use super::begin;
use crate::store::engine::Fault;

/// Smallest `max_allowed_packet`, in bytes: no statement of ours is near it.
const PACKET_MIN: u64 = 1 << 20;

/// Tables of ours; a reference keeps `sessions` and `memberships` free of rows whose user is gone.
const TABLES: [&str; 5] = [
    "users",
    "sessions",
    "memberships",
    "attempts",
    "schema_version",
];

/// Text that is compared: by its bytes, or another spelling is the same. Table, column, collation, type.
const COMPARED: [(&str, &str, &str, &str); 5] = [
    ("users", "login_name", "utf8mb4_bin", "VARCHAR(255)"),
    ("users", "password", "ascii_bin", "VARCHAR(255)"),
    ("sessions", "session", "ascii_bin", "CHAR(64)"),
    ("memberships", "group_name", "utf8mb4_bin", "VARCHAR(64)"),
    ("attempts", "subject", "ascii_bin", "CHAR(64)"),
];

/// `LIKE` and `IN` know no variable that is missing, where `@@` is an error.
const VARIABLES: &str = "SHOW VARIABLES WHERE Variable_name IN ('character_set_client', \
    'character_set_connection', 'character_set_results', 'enforce_storage_engine', 'max_allowed_packet', \
    'tx_isolation', 'transaction_isolation', 'sql_mode', 'sql_safe_updates', 'foreign_key_checks', \
    'init_connect', 'version')";

const ENGINES: &str = "SELECT table_name, engine FROM information_schema.tables \
    WHERE table_schema = DATABASE()";

const COLLATIONS: &str = "SELECT table_name, column_name, collation_name FROM information_schema.columns \
    WHERE table_schema = DATABASE() AND collation_name IS NOT NULL";

const REFERENCES: &str = "SELECT table_name, delete_rule FROM information_schema.referential_constraints \
    WHERE constraint_schema = DATABASE() AND referenced_table_name = 'users'";

/// The session's variables, as `SHOW` prints them.
struct Variables(Vec<(String, Option<String>)>);

impl Variables {
    fn read(connection: &mut Conn) -> Result<Self, Fault> {
        Ok(Self(connection.query(VARIABLES)?))
    }

    /// Empty where the server does not have it.
    fn get(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.and_then(|(_, value)| value.as_deref()).unwrap_or("")
    }
}

/// What keeps the tables from being made as they must be.
pub fn before_tables(connection: &mut Conn) -> Result<Vec<String>, Fault> {
    let variables = Variables::read(connection)?;
    let mut found: Vec<String> = old(&variables).into_iter().collect();
    let enforced = variables.get("enforce_storage_engine");
    if !enforced.is_empty() && !enforced.eq_ignore_ascii_case("InnoDB") {
        found.push(format!(
            "enforce_storage_engine is {enforced}, and would make tables without transactions: \
            SET GLOBAL enforce_storage_engine = 'InnoDB', and the same in the server's configuration"
        ));
    }
    Ok(found)
}

/// What programs cannot rely on; `connection` is as theirs are, and nothing was asked of it yet.
pub fn of(connection: &mut Conn) -> Result<Vec<String>, Fault> {
    // It holds for `SHOW`, too.
    connection.query_drop("SET sql_select_limit = 18446744073709551615")?;
    let fresh = Variables::read(connection)?;
    let mut found: Vec<String> = old(&fresh).into_iter().collect();
    found.extend(charset(&fresh));
    found.extend(limits(&fresh));
    begin::begin(connection)?;
    let begun = Variables::read(connection)?;
    connection.query_drop("ROLLBACK")?;
    found.extend(settings(&begun));
    found.extend(engines(connection)?);
    found.extend(collations(connection)?);
    Ok(found)
}

/// Older ones read CHECK and do not heed it.
fn old(variables: &Variables) -> Option<String> {
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

/// A name that is sent or read in another one is another name.
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

/// Each transaction sets these: a proxy may keep that to itself.
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

fn engines(connection: &mut Conn) -> Result<Vec<String>, Fault> {
    let mut found = Vec::new();
    let rows: Vec<(String, Option<String>)> = connection.query(ENGINES)?;
    let references: Vec<(String, String)> = connection.query(REFERENCES)?;
    for (table, engine) in rows.iter().filter(|(table, _)| is_ours(table)) {
        let engine = engine.as_deref().unwrap_or("none");
        if !engine.eq_ignore_ascii_case("InnoDB") {
            found.push(format!(
                "the table {table} has the engine {engine}, without transactions: ALTER TABLE {table} ENGINE = InnoDB"
            ));
        }
        let needs = matches!(table.as_str(), "sessions" | "memberships");
        let has = |(from, rule): &(String, String)| from == table && rule == "CASCADE";
        if needs && !references.iter().any(has) {
            found.push(format!(
                "the table {table} keeps rows of users who are deleted: ALTER TABLE {table} \
                ADD FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE"
            ));
        }
    }
    Ok(found)
}

fn is_ours(table: &str) -> bool {
    TABLES.contains(&table)
}

fn collations(connection: &mut Conn) -> Result<Vec<String>, Fault> {
    let rows: Vec<(String, String, String)> = connection.query(COLLATIONS)?;
    let wrong = rows.iter().filter_map(|(table, column, is)| {
        let known = COMPARED.iter().find(|known| (known.0, known.1) == (table, column));
        if let Some((_, _, needed, kind)) = known.filter(|known| known.2 != is) {
            let charset = needed.trim_end_matches("_bin");
            return Some(format!(
                "{table}.{column} is compared by {is}, where other spellings are the same: ALTER TABLE {table} \
                MODIFY {column} {kind} CHARACTER SET {charset} COLLATE {needed} NOT NULL"
            ));
        }
        let kind = match (table.as_str(), column.as_str()) {
            ("sessions", "user_agent") => "VARCHAR(255) CHARACTER SET utf8mb4 NOT NULL DEFAULT ''",
            ("sessions", "data") => "MEDIUMTEXT CHARACTER SET utf8mb4",
            _ => return None,
        };
        (!is.starts_with("utf8mb4")).then(|| {
            format!(
                "{table}.{column} is {is} and cannot hold every character: \
                ALTER TABLE {table} MODIFY {column} {kind}"
            )
        })
    });
    Ok(wrong.collect())
}
