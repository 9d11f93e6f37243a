//! What a program gives up. At its start: gaining rights, dumping core, and all but a bounded part of the machine. Once
//! its store is open: every file and port that it no longer needs.
//!
//! This is a second line of defence, for the day when one of our libraries has a hole. Nothing depends on it: if a
//! kernel lacks a part of it, a program serves without that part.

mod copying;

use std::path::PathBuf;

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, NetPort, PathBeneath,
    PathFd, Ruleset, RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetError, RulesetStatus,
    make_bitflags,
};
use rustix::process::{DumpableBehavior, Resource, Rlimit};

pub use copying::lift_processor_limit;

/// The most that a process may take of each resource. Lower limits that it was started with stay.
const LIMITS: [(Resource, u64); 4] = [
    // No core dump: the memory holds a password.
    (Resource::Core, 0),
    // Bytes of address space: a stored hash that takes 128 MiB, a body of 16 MiB and its copies, and the 128 MiB that
    // the C library reserves for a moment for each thread's heap.
    (Resource::As, 512 << 20),
    // Seconds of processor time: twice the deadline of a request. See `lift_processor_limit`.
    (Resource::Cpu, 10),
    // Descriptors: the standard three, the store's, the log's, and the few locks that a sign-in holds.
    (Resource::Nofile, 64),
];

/// The newest version of Landlock whose rights are restricted. Later versions also restrict sockets, so that reaching
/// those of MySQL and syslog would need further rules.
const LANDLOCK: ABI = ABI::V7;

/// Something that a program still needs once its store is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Need {
    /// To read this file, or the files beneath this folder.
    Read(PathBuf),
    /// To write this file.
    Write(PathBuf),
    /// To read, write, make and remove files in this folder.
    Folder(PathBuf),
    /// To connect to this port, over TCP.
    Port(u16),
}

/// How far the kernel restricts a program to its needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confined {
    /// Completely.
    Wholly,
    /// In part: an older kernel does not restrict some operations on files, or does not restrict ports.
    Partly,
}

/// Limits this process for good: bounded resources, no core dump, no new privileges. Call it before reading any input.
/// Lower limits stay as they are. A failure is ignored, because it is no reason not to serve. If the process
/// `copies_later`, [`lift_processor_limit`] can take back the limit of processor time.
pub fn limit(copies_later: bool) {
    let _ = rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable);
    let _ = rustix::thread::set_no_new_privs(true);
    for (resource, most) in LIMITS {
        let had = rustix::process::getrlimit(resource);
        let least = |had: Option<u64>| Some(had.map_or(most, |had| had.min(most)));
        let limits = Rlimit {
            current: least(had.current),
            maximum: if copies_later && resource == Resource::Cpu {
                had.maximum
            } else {
                least(had.maximum)
            },
        };
        let _ = rustix::process::setrlimit(resource, limits);
    }
}

/// Gives up every file and every TCP port but `needs`, and executing programs, for good. A needed file that does not
/// exist is skipped. Open descriptors stay open. Threads that are running already are not restricted.
/// Call [`limit`] first: a process that is not root must have given up new privileges.
///
/// # Errors
/// If nothing was given up, because the kernel has no Landlock, or because Landlock failed.
pub fn confine(needs: &[Need]) -> Result<Confined, String> {
    match confined(needs) {
        Ok(RulesetStatus::FullyEnforced) => Ok(Confined::Wholly),
        Ok(RulesetStatus::PartiallyEnforced) => Ok(Confined::Partly),
        Ok(RulesetStatus::NotEnforced) => Err("this kernel has no Landlock, or it is off".into()),
        Err(why) => Err(why.to_string()),
    }
}

fn confined(needs: &[Need]) -> Result<RulesetStatus, RulesetError> {
    let mut rules = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(LANDLOCK))?
        .handle_access(AccessNet::from_all(LANDLOCK))?
        .create()?
        // `limit` has set it at the start.
        .no_new_privs(false);
    for need in needs {
        rules = match need {
            Need::Read(path) => with_path(rules, path, AccessFs::ReadFile.into())?,
            Need::Write(path) => with_path(rules, path, AccessFs::WriteFile.into())?,
            Need::Folder(path) => with_path(rules, path, in_folder())?,
            Need::Port(port) => rules.add_rule(NetPort::new(*port, AccessNet::ConnectTcp))?,
        };
    }
    Ok(rules.restrict_self()?.ruleset)
}

fn with_path(
    rules: RulesetCreated,
    path: &PathBuf,
    rights: BitFlags<AccessFs>,
) -> Result<RulesetCreated, RulesetError> {
    match PathFd::new(path) {
        Ok(fd) => rules.add_rule(PathBeneath::new(fd, rights)),
        Err(_) => Ok(rules),
    }
}

fn in_folder() -> BitFlags<AccessFs> {
    make_bitflags!(AccessFs::{ReadFile | ReadDir | WriteFile | MakeReg | RemoveFile | Truncate})
}
