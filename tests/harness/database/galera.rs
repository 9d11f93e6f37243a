//! A MariaDB Galera cluster of three on loopback: each node a private server, the second and third with the
//! first one's state, as rsync brings it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rustix::process::Signal;
use tempfile::TempDir;

use super::mariadb::{answers, install};
use super::{Database, DatabaseServer};
use crate::harness::machine::{free_port, installed, unpacked};
use crate::harness::process::Process;
use crate::harness::user;

/// The library that makes a MariaDB a node.
const PROVIDER: &str = "/usr/lib/galera/libgalera_smm.so";

/// The cluster gives up a node after a second, where the default is five. Until then all commits wait.
const TIMES: &str = "evs.keepalive_period=PT0.25S;evs.inactive_check_period=PT0.25S;\
    evs.suspect_timeout=PT1S;evs.inactive_timeout=PT3S;evs.join_retrans_period=PT0.25S;\
    evs.install_timeout=PT2S";

/// Three nodes, numbered from 0. They end with this value.
pub struct Galera {
    nodes: Vec<Node>,
}

/// One of them; its `root` has no password.
pub struct Node {
    process: Process,
    folder: PathBuf,
    ports: Ports,
}

#[derive(Clone, Copy)]
struct Ports {
    mysql: u16,
    group: u16,
    increments: u16,
    state: u16,
}

impl Ports {
    fn free() -> Self {
        Self {
            mysql: free_port(),
            group: free_port(),
            increments: free_port(),
            state: free_port(),
        }
    }
}

impl Galera {
    /// Takes about 15 s.
    pub fn start() -> Self {
        let ports = [Ports::free(), Ports::free(), Ports::free()];
        let mut nodes = Vec::new();
        for own in ports {
            let node = Node::start(&ports, own, nodes.is_empty());
            node.wait_until_it_is_synced();
            nodes.push(node);
        }
        Self { nodes }
    }

    pub fn node(&self, number: usize) -> &Node {
        &self.nodes[number]
    }

    /// All three in `store`, this database, in this order.
    pub fn url(&self, database: &Database, order: &[usize]) -> String {
        let one = database.tcp_url();
        let (account, place) = one.rsplit_once('@').unwrap();
        let (_, name) = place.split_once('/').unwrap();
        let host = |number: &usize| format!("127.0.0.1:{}", self.nodes[*number].ports.mysql);
        let hosts: Vec<_> = order.iter().map(host).collect();
        format!("{account}@{}/{name}", hosts.join(","))
    }
}

impl Node {
    fn start(all: &[Ports], ports: Ports, is_first: bool) -> Self {
        let folder = TempDir::new().unwrap().keep();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        for name in ["", "data", "tmp"] {
            let path = folder.join(name);
            fs::create_dir_all(&path).unwrap();
            user::give(&path, 0o755);
        }
        scripts(&folder.join("bin"));
        let owner = if user::is_root() { user::NAME } else { "" };
        install(&folder, owner);
        let line = command_line(&folder, all, ports, is_first);
        let line: Vec<&str> = line.iter().map(String::as_str).collect();
        let process = Process::start_in(&folder, &line);
        Self {
            process,
            folder,
            ports,
        }
    }

    fn wait_until_it_is_synced(&self) {
        let socket = self.socket();
        self.process.wait_until(|| {
            answers(&socket) && self.status("wsrep_local_state_comment") == "Synced"
        });
    }

    /// One of its variables of state.
    pub fn status(&self, name: &str) -> String {
        let row = self.sql(&format!("SHOW GLOBAL STATUS LIKE '{name}'"));
        row.trim().split('\t').nth(1).unwrap_or_default().to_owned()
    }

    /// Ends it as a crash does, or suspends it.
    pub fn signal(&self, signal: Signal) {
        self.process.signal(signal);
    }
}

impl DatabaseServer for Node {
    fn database(&self) -> Database {
        Database::new(self, "BY")
    }

    fn socket(&self) -> PathBuf {
        self.folder.join("s.sock")
    }

    fn port(&self) -> u16 {
        self.ports.mysql
    }
}

/// The scripts that bring a node another's state, in a folder that its user can read.
fn scripts(folder: &Path) {
    fs::create_dir(folder).unwrap();
    for (package, name) in [
        ("mariadb", "wsrep_sst_rsync"),
        ("mariadb", "wsrep_sst_common"),
        ("rsync", "rsync"),
        ("procps", "ps"),
    ] {
        let folders = ["usr/bin", "bin"].map(|folder| unpacked(package).join(folder));
        let there = || folders.iter().map(|folder| folder.join(name));
        let script = installed(name).or_else(|| there().find(|path| path.exists()));
        let script = script.unwrap_or_else(|| panic!("no {name}: tests/run unpacks it"));
        fs::copy(&script, folder.join(name)).unwrap_or_else(|_| panic!("{}", script.display()));
        fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o755)).unwrap();
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
}

fn command_line(folder: &Path, all: &[Ports], ports: Ports, is_first: bool) -> Vec<String> {
    let group: Vec<_> = all
        .iter()
        .map(|node| format!("127.0.0.1:{}", node.group))
        .collect();
    let Ports {
        mysql,
        group: own,
        increments,
        state,
    } = ports;
    let folder = folder.display();
    let mut line = vec![
        "/usr/bin/env".to_owned(),
        format!("PATH={folder}/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
        installed("mariadbd")
            .expect("mariadb-server-core")
            .display()
            .to_string(),
        "--no-defaults".to_owned(),
        format!("--datadir={folder}/data"),
        format!("--tmpdir={folder}/tmp"),
        format!("--socket={folder}/s.sock"),
        format!("--pid-file={folder}/pid"),
        "--bind-address=127.0.0.1".to_owned(),
        format!("--port={mysql}"),
        "--skip-name-resolve".to_owned(),
        "--innodb-buffer-pool-size=16M".to_owned(),
        // No test here is about the disk.
        "--innodb-flush-log-at-trx-commit=0".to_owned(),
        "--binlog-format=ROW".to_owned(),
        "--innodb-autoinc-lock-mode=2".to_owned(),
        "--wsrep-on=ON".to_owned(),
        format!("--wsrep-provider={PROVIDER}"),
        "--wsrep-cluster-name=cgi-session-test".to_owned(),
        format!("--wsrep-cluster-address=gcomm://{}", group.join(",")),
        format!("--wsrep-node-address=127.0.0.1:{own}"),
        "--wsrep-sst-method=rsync".to_owned(),
        format!("--wsrep-sst-receive-address=127.0.0.1:{state}"),
        format!(
            "--wsrep-provider-options=base_port={own};gmcast.listen_addr=tcp://127.0.0.1:{own};\
             ist.recv_addr=127.0.0.1:{increments};gcache.size=8M;{TIMES}"
        ),
    ];
    if user::is_root() {
        line.push(format!("--user={}", user::NAME));
    }
    if is_first {
        line.push("--wsrep-new-cluster".to_owned());
    }
    line
}
