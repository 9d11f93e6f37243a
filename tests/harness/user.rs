//! The user who serves: the tests' own, or `www-data` if that is root.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// The web server's user where the tests run as root; Apache refuses to serve as root.
pub const NAME: &str = "www-data";

pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The user and group of `www-data`; Debian and Ubuntu have it from the start.
fn ids() -> (u32, u32) {
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let line = users
        .lines()
        .find_map(|line| line.strip_prefix("www-data:x:"))
        .unwrap();
    let mut fields = line.split(':').map(|field| field.parse().ok());
    (
        fields.next().flatten().unwrap(),
        fields.next().flatten().unwrap(),
    )
}

/// The number of the user who serves, and of their group.
pub fn number() -> u32 {
    ids().0
}

/// Gives a file or a folder to the web server's user, with `mode`.
pub fn give(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    if is_root() {
        let (user, group) = ids();
        chown(path, Some(user), Some(group)).unwrap();
    }
}

/// Lets `command` run as the web server's user.
pub fn become_it(command: &mut Command) -> &mut Command {
    if is_root() {
        let (user, group) = ids();
        command.uid(user).gid(group);
    }
    command
}
