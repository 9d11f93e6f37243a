//! Warns of a disk with little room left for what the programs write.

use std::path::Path;

use rustix::fs::statvfs;

/// Room below which a warning is printed, in bytes: a day of sign-ins on a busy site, or of its log.
const LITTLE: u64 = 16 << 20;

/// A warning about the disk that `path` is on; empty if there is room.
pub fn warning(path: &Path) -> String {
    let Ok(disk) = statvfs(path) else {
        return String::new();
    };
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    if disk.f_files > 0 && disk.f_favail == 0 {
        return "; BUT ITS DISK HAS NO ROOM FOR ANOTHER FILE: delete some".to_owned();
    }
    if free >= LITTLE {
        return String::new();
    }
    format!("; BUT ITS DISK HAS ONLY {} KIB LEFT: make room", free >> 10)
}
