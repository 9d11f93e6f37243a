//! What a program takes back once it only copies a file.

use rustix::process::{Resource, Rlimit};

/// Lets this process take as much processor time as it could before [`limit`](super::limit), because copying a file may
/// take long.
pub fn lift_processor_limit() {
    let had = rustix::process::getrlimit(Resource::Cpu);
    let limits = Rlimit {
        current: had.maximum,
        maximum: had.maximum,
    };
    let _ = rustix::process::setrlimit(Resource::Cpu, limits);
}
