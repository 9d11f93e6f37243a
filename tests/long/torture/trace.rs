//! Which system calls a program makes, and how one of them is made to fail.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::harness::Program;
use crate::harness::Run;

/// The program ends there.
pub const KILL: &str = "signal=KILL";

/// What any call can say, and the program's end there.
const EVERY: &[&str] = &[
    "error=EIO",
    "error=ENOSPC",
    "error=EINTR",
    "error=EAGAIN",
    "error=EMFILE",
    "error=ENOMEM",
    KILL,
];

/// What strace itself makes, and what has no way to fail.
const NOT_OURS: &[&str] = &["execve", "exit", "exit_group", "rt_sigreturn"];

/// The ways of a call to fail, its own ones too.
pub fn faults(call: &str) -> Vec<&'static str> {
    let own: &[&str] = match call {
        "open" | "openat" => &["error=EACCES"],
        "getrandom" => &["error=ENOSYS"],
        "connect" => &["error=ECONNREFUSED"],
        "sendto" | "recvfrom" => &["error=ECONNRESET"],
        _ => &[],
    };
    [EVERY, own].concat()
}

/// One call of one run, and how it fails.
#[derive(Debug, Clone)]
pub struct Fault {
    pub call: String,
    pub how: &'static str,
    /// The how-manieth of its kind in its thread, from 1 on.
    pub number: usize,
}

/// The calls of a program, each with the most that one of its threads makes.
pub fn calls(program: &Program, trace: &Path) -> BTreeMap<String, usize> {
    strace(program, trace, &[]);
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    for line in fs::read_to_string(trace).unwrap().lines() {
        let (thread, said) = line.split_once(' ').unwrap();
        // What was interrupted in the trace goes on as `<... call resumed>`.
        let call = said.trim_start().split_once('(').map(|(call, _)| call);
        if let Some(call) = call.filter(|call| !call.starts_with(['<', '+', '-'])) {
            *counts.entry((thread.into(), call.into())).or_default() += 1;
        }
    }
    let mut most = BTreeMap::new();
    for ((_, call), count) in counts {
        let before: &mut usize = most.entry(call).or_default();
        *before = count.max(*before);
    }
    most.retain(|call, _| !NOT_OURS.contains(&call.as_str()));
    assert!(most.len() > 15, "not a program of ours: {most:?}");
    most
}

/// Runs `program` with a fault; `None` if it has no such call.
#[track_caller]
pub fn inject(program: &Program, trace: &Path, fault: &Fault) -> Option<Run> {
    let Fault { call, how, number } = fault;
    let options = [
        format!("trace={call}"),
        format!("inject={call}:{how}:when={number}"),
    ];
    let run = strace(program, trace, &["-e", &options[0], "-e", &options[1]]);
    let traced = fs::read_to_string(trace).unwrap();
    (traced.contains("(INJECTED)") || traced.contains("SIGKILL")).then_some(run)
}

#[track_caller]
fn strace(program: &Program, trace: &Path, options: &[&str]) -> Run {
    let output = ["strace", "-f", "-qq", "-o", trace.to_str().unwrap()];
    Run::of(&program.under(&[&output[..], options].concat()))
}
