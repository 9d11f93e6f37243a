//! What a program gives up: at its start the ways to more rights and to a core dump, and all but a bounded
//! part of the machine; with its store open, every file that it does not need any more.
//!
//! All of it is a second wall, for the day when a library of ours has a hole: nothing depends on it, and
//! where a kernel lacks a part of it, a program serves without.

use std::path::PathBuf;

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, NetPort, PathBeneath,
    PathFd, Ruleset, RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetError, RulesetStatus,
    make_bitflags,
};
use rustix::process::{DumpableBehavior, Resource, Rlimit};

/// What a process may take at most; less where it is started with less.
const LIMITS: [(Resource, u64); 4] = [
    // Nothing is written of a memory that holds a password.
    (Resource::Core, 0),
    // Bytes: a stored hash of 128 MiB, a body of 16 MiB and its copies, and what the C library sets aside
    // for the heap of each thread, 128 MiB for a moment.
    (Resource::As, 512 << 20),
    // Seconds of the processor: twice the deadline for everything.
    (Resource::Cpu, 10),
    // Descriptors: three, a store's, the log's, and the few locks that a sign-in holds.
    (Resource::Nofile, 64),
];

/// The last version of Landlock whose rights are asked for. Later ones know more of sockets: to reach
/// MySQL's and syslog's would then need a right of its own.
const LANDLOCK: ABI = ABI::V7;

/// What a program still needs when its store is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Need {
    /// To read this file.
    Read(PathBuf),
    /// To write this file.
    Write(PathBuf),
    /// To read, write, make and remove files in this folder.
    Folder(PathBuf),
    /// To connect to this port, over TCP.
    Port(u16),
}

/// How far the kernel holds a program to its needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confined {
    /// To the letter.
    Wholly,
    /// An older kernel: some doings with files, or all with ports, stay open.
    Partly,
}

/// Takes less from the machine, for good. To be called before anything is read: what was started with
/// less keeps that, and no failure of it is a reason not to serve.
pub fn limit() {
    let _ = rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable);
    let _ = rustix::thread::set_no_new_privs(true);
    for (resource, most) in LIMITS {
        let had = rustix::process::getrlimit(resource);
        let least = |had: Option<u64>| Some(had.map_or(most, |had| had.min(most)));
        let limits = Rlimit {
            current: least(had.current),
            maximum: least(had.maximum),
        };
        let _ = rustix::process::setrlimit(resource, limits);
    }
}

/// Gives up every file and every port but `needs`, and to execute anything, for good. A file that is not
/// there is not needed. What is open stays open, and a thread that runs already is not held.
///
/// # Errors
/// Why nothing was given up: the kernel has no Landlock, or it failed.
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
        // As it is since the start.
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
